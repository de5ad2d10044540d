"""Call the Python functions that stand in for Lambda functions.

A function is given the decoded input and its result is encoded, both as JSON, as Lambda does for a
handler. What it raises fails the call and nothing else.
Source: AWS Lambda Developer Guide, "Lambda function errors in Python".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from swf.local.lambdas import LambdaCompleted, LambdaFailed, LambdaOutcome
from swf.local.step import LambdaCall

Function = Callable[[Any], Any]

#: Characters that a history takes of a result, or of the details of a failure.
LIMIT = 32768


def invoke(functions: Mapping[str, Function], call: LambdaCall) -> LambdaOutcome:
    """Call the function that is meant, and return how that ended."""
    function = functions.get(call.name)
    if function is None:
        return LambdaFailed("ResourceNotFoundException", f"Function not found: {call.name}")
    try:
        result = json.dumps(function(_event(call.input)))
    except Exception as error:  # noqa: BLE001 (the edge of the user's code)
        return LambdaFailed("Unhandled", _details(error))
    if len(result) > LIMIT:
        return LambdaFailed(
            "Function.ResponseSizeTooLarge", f"{len(result)} characters; {LIMIT} fit a history"
        )
    return LambdaCompleted(result)


def _event(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _details(error: Exception) -> str:
    message = str(error)[: LIMIT // 13]  # a character takes 12 at most, written as JSON
    return json.dumps({"errorMessage": message, "errorType": type(error).__name__})
