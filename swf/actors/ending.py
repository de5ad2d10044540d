"""Endings: the outcome of an activity task and its response."""

from __future__ import annotations

import traceback
from typing import Any

from attrs import frozen

from swf.constants import DATA_LIMIT, REASON_LIMIT
from swf.exceptions import ValidationError
from swf.payload import cut, encode, safe_str


@frozen
class Ending:
    """The outcome of a task and the call that reports it.

    :param outcome: `completed`, `failed`, `canceled`, `elsewhere` or `lost`.
    :param fields: the encoded fields of the response, in the order of `RESPONSES`.
    """

    outcome: str
    fields: tuple[str | None, ...] = ()


#: The response to each outcome: the operation and its fields. The other outcomes have none.
RESPONSES = {
    "completed": ("RespondActivityTaskCompleted", ("result",)),
    "failed": ("RespondActivityTaskFailed", ("details", "reason")),
    "canceled": ("RespondActivityTaskCanceled", ("details",)),
}


def failure_fields(error: BaseException) -> tuple[str, str]:
    """Return the details and the reason for a failure."""
    details = "".join(traceback.format_exception(error))
    reason = f"{type(error).__name__}: {safe_str(error)}"
    return cut(details, DATA_LIMIT), cut(reason, REASON_LIMIT)


def cancellation_details(details: Any) -> str | None:
    """Return the details of a cancellation as text, cut if necessary.

    :param details: a value; one that cannot be encoded is replaced by its `str`.
    """
    try:
        return encode(details, "details")
    except ValidationError:
        text = details if isinstance(details, str) else safe_str(details)
        return cut(text, DATA_LIMIT)
