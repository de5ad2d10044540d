"""`split`: sends more decisions than one response can hold.

The service limits the size of a request (1 MB, including headers) and not the number of decisions.
When the decisions of a decision task exceed it, the first of them are sent now, together with a
timer of zero seconds under a reserved id. The outcome of the timer does not matter: whether it
fires or is refused, because an earlier one is still open or a quota is used up, a new decision task
follows. The decider then decides again from a history that contains the decisions that were sent,
so that it makes the remaining ones::

    now, later = split(decide(history))
    respond(now)        # drop `later`: this process or another one computes it again

A decider must therefore make the same decisions in the same order, without those in the history;
both engines do. Histories do not show the timer (`WAKE_UP_TIMER_ID`) among their timers and
refusals.

Source: Developer Guide, "Amazon SWF quotas"; API Reference, RespondDecisionTaskCompleted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate, takewhile
from typing import Final

from swf.constants import WAKE_UP_TIMER_ID
from swf.exceptions import ValidationError
from swf.models.decision.base import Decision
from swf.models.decision.timer import start_timer

REQUEST_SIZE_LIMIT: Final = 1_000_000  # bytes; "1 MB" in its smaller meaning

# Bytes for everything else: headers with a session token, the task token, a task list.
_HEADROOM: Final = 16_384


def split(
    decisions: Sequence[Decision],
    *,
    execution_context: str | None = None,
    limit: int = REQUEST_SIZE_LIMIT,
) -> tuple[list[Decision], list[Decision]]:
    """Return the decisions to send in this response, and the remaining ones.

    If decisions remain, the first list ends with the wake-up timer. A decision that closes the
    execution is only sent after all others.

    :param decisions: the decisions, in order.
    :param execution_context: the execution context of the response.
    :param limit: the size of a request in bytes, including headers and `execution_context`.
    :raises ValidationError: a closing decision is not the last, or one decision exceeds the limit.
    """
    _check_close_is_last(decisions)
    room = limit - _HEADROOM - _size(execution_context)
    shared = room - _WAKE_UP_SIZE
    if _size(decisions) <= shared:  # the usual case
        return list(decisions), []
    sizes = [_size(decision) for decision in decisions]
    for i, size in enumerate(sizes):
        if size > shared:
            rule = f"takes {size} bytes; a response has room for {shared}"
            raise ValidationError(f"decisions[{i}]", decisions[i].type, rule)
    if sum(sizes) <= room:
        return list(decisions), []
    fitting = sum(1 for _ in takewhile(lambda total: total <= shared, accumulate(sizes)))
    return [*decisions[:fitting], start_timer(WAKE_UP_TIMER_ID, 0)], list(decisions[fitting:])


def _check_close_is_last(decisions: Sequence[Decision]) -> None:
    for i, decision in enumerate(decisions[:-1]):
        if decision.is_closing:
            rule = "closes the execution and must be the last decision"
            raise ValidationError(f"decisions[{i}]", decision.type, rule)


def _size(value: object) -> int:
    """Return the bytes that botocore writes for `value` in a request, separator included."""
    return len(json.dumps(value)) + 2


_WAKE_UP_SIZE: Final = _size(start_timer(WAKE_UP_TIMER_ID, 0))
