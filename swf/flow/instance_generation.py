"""Generate the instances of a step by its `when` condition and its generators.

Both are evaluated once, when all required steps have completed; `expansions.py` records the result.
"""

from __future__ import annotations

import json
import logging
from copy import deepcopy
from typing import Any

from swf import payload
from swf.actors.functions import require_result
from swf.exceptions import SWFError
from swf.flow.expansions import EXPANSION_LIMIT
from swf.flow.step import Context, FlowStep
from swf.flow.unwritable import writing

logger = logging.getLogger(__name__)


class ExpansionError(SWFError):
    """`when` or a generator of a step raised an error, which is the cause of this one.

    :param step: the name of the step.
    """

    def __init__(self, step: str, error: Exception) -> None:
        super().__init__(step, error)
        self.step = step
        self.error = error

    def __str__(self) -> str:
        cause = f"{type(self.error).__name__}: {self.error}".removesuffix(": ")
        return f"{self.step}: cannot generate instances: {cause}"


def expand(step: FlowStep, context: Context) -> list[dict[str, Any]]:
    """Return the local contexts of a step's instances, decoded from JSON.

    :param context: the input and results of the execution.
    :raises ExpansionError: `when` or a generator raised an error.
    :raises InvalidTypeError: a generator yields something other than dictionaries.
    :raises UnwritableDataError: the dictionaries cannot be encoded as JSON, or are too long.
    """
    try:
        local_contexts = _generate(step, context)
    except SWFError:
        raise
    except Exception as error:
        raise ExpansionError(str(step.name), error) from error
    with writing():
        text = payload.encode(local_contexts, f"generators of {step.name}", EXPANSION_LIMIT)
    decoded: list[dict[str, Any]] = payload.decode(text)
    return _unique(step, decoded)


def _generate(step: FlowStep, context: Context) -> list[dict[str, Any]]:
    if step.when is not None:
        answer = step.when(deepcopy(dict(context)))
        if not require_result(f"when of {step.name}", answer):
            return []
    local_contexts = step.local_contexts(context)
    if not local_contexts:
        logger.warning("Step counts as complete: its generators yield no instances: %s", step.name)
    return local_contexts


def _unique(step: FlowStep, local_contexts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the distinct local contexts: equal ones would have the same instance id."""
    unique = list({json.dumps(local, sort_keys=True): local for local in local_contexts}.values())
    duplicates = len(local_contexts) - len(unique)
    if duplicates:
        logger.warning("Ignoring duplicate instances of a step: %d of %s", duplicates, step.name)
    return unique
