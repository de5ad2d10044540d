"""Call the Python functions that stand in for Lambda functions.

A function receives the decoded JSON input, and its result is encoded as JSON, as for a handler of
Lambda. An exception fails the call and nothing else.
Source: AWS Lambda Developer Guide, "Lambda function errors in Python".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from swf.local.lambdas import LambdaCompleted, LambdaFailed, LambdaOutcome
from swf.local.step import LambdaCall

Function = Callable[[Any], Any]

#: Maximum length of a result or of failure details in a history, in characters.
LIMIT = 32768


def invoke(functions: Mapping[str, Function], call: LambdaCall) -> LambdaOutcome:
    """Call the function with the name in `call` and return its outcome.

    :param functions: functions of the decoded input, by name. A call may also use an ARN, with or
        without a qualifier.
    """
    function = functions.get(call.name) or functions.get(base_name(call.name))
    if function is None:
        return LambdaFailed("ResourceNotFoundException", f"Function not found: {call.name}")
    try:
        result = json.dumps(function(_decode(call.input)))
    except Exception as error:  # noqa: BLE001 (the edge of the user's code)
        return LambdaFailed("Unhandled", _details(error))
    if len(result) > LIMIT:
        message = f"{len(result)} characters exceed the limit of {LIMIT}"
        return LambdaFailed("Function.ResponseSizeTooLarge", message)
    return LambdaCompleted(result)


def base_name(name: str) -> str:
    """Return the name of a function without account, ARN and qualifier.

    :param name: `NAME`, `ACCOUNT:function:NAME` or an ARN, each with an optional `:QUALIFIER`.
        Source: AWS Lambda API Reference, Invoke, `FunctionName`.
    """
    head, separator, rest = name.rpartition("function:")
    return (rest if separator and (not head or head.endswith(":")) else name).partition(":")[0]


def _decode(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _details(error: Exception) -> str:
    message = str(error)[: LIMIT // 13]  # a character takes at most 12 when written as JSON
    return json.dumps({"errorMessage": message, "errorType": type(error).__name__})
