"""The service as a function: (state, request, now) -> (state, response, effects).

It is pure and single-threaded; the core owns the lock, the clock, the polls and the store.

    state = State(region, account, seed=..., limits="off" | "strict")
    store(state.records())                      # the first record of a tenant; later: a snapshot
    state = State.from_records(records, limits=...)

    apply(state, operation, params, now)        # one request -> StepResult, or raises Fault
    proceed(state, remaining, now)              # the next start of a batch -> StepResult
    tick(state, now)                            # everything due by now -> StepResult
    next_deadline(state)                        # the earliest deadline, or None
    finish_lambda(state, run_id, scheduled_event_id, LambdaCompleted(...) | LambdaFailed(...), now)
    open_lambdas(state)                         # calls without an outcome, to be repeated

- `now` is seconds since the epoch in whole milliseconds; a time before the latest one counts as the
  latest one.
- Call `tick` before each request and at `next_deadline`, and apply the effects of its result too.
- After a result with `remaining`, call `proceed` until none remain: the children and Lambda
  functions of a batch start one after the other.
- A `Fault` leaves the state unchanged.
- Write the `records` of a result to the store, in order and in one transaction, before the response
  is sent.
- A result with `waits_on` is an empty poll: wait until the `wakes` of another result contain that
  key, then apply the same request again; after 60 seconds, send the response.
- Responses share parts of the state: serialize them, never change them. Their members are unsorted.
- `state.refuse`, a function of decision type and attributes that returns a cause or None, makes
  decisions fail for causes without a rule, such as OPERATION_NOT_PERMITTED.

Continue with `step` (the interface of a request to the state), `state` and `fold` (how the state
changes); then the operations (domains, types, execution_operations, listing, polls, responses), the
decisions (decisions, children, external, lambdas) and the rest (consequences, closing, timeouts).
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from swf.local import domains, execution_operations, limits, listing, polls, responses, types
from swf.local.consequences import apply_consequences
from swf.local.entities import QueueKey
from swf.local.faults import Fault
from swf.local.lambdas import (
    LambdaCompleted,
    LambdaFailed,
    LambdaOutcome,
    finish,
    open_lambdas,
)
from swf.local.state import Record, State
from swf.local.step import Consequence, EngineStep, LambdaCall, StepResult
from swf.local.timeouts import next_deadline, tick
from swf.local.validation import validate

__all__ = [
    "OPERATIONS",
    "Fault",
    "LambdaCall",
    "LambdaCompleted",
    "LambdaFailed",
    "QueueKey",
    "Record",
    "State",
    "StepResult",
    "apply",
    "finish_lambda",
    "next_deadline",
    "open_lambdas",
    "proceed",
    "tick",
]

OPERATIONS: dict[str, Callable[[EngineStep, dict[str, Any]], dict[str, Any] | None]] = {
    **domains.OPERATIONS,
    **types.OPERATIONS,
    **execution_operations.OPERATIONS,
    **listing.OPERATIONS,
    **polls.OPERATIONS,
    **responses.OPERATIONS,
}


def apply(state: State, operation: str, params: Any, now: float) -> StepResult:
    """Apply one request.

    The order of checks: operation, JSON types, constraints of the model, throttling, rules beyond
    the model, then those of the operation.

    :param params: the decoded JSON body.
    :param now: seconds since the epoch.
    :raises Fault: if the service refuses the request; the state is unchanged.
    """
    handler = OPERATIONS.get(operation)
    if handler is None:
        raise Fault("UnknownOperationException", status=404)
    request, violations = validate(operation, params)
    step = EngineStep(state, now)
    if not step.has_token(operation, limits.OPERATION_RATES[operation]):
        raise Fault("ThrottlingException", "Rate exceeded")
    violations.refuse_beyond()
    response = handler(step, request)
    apply_consequences(step)
    return step.result(response)


def proceed(state: State, remaining: deque[Consequence], now: float) -> StepResult:
    """Apply the remaining consequences of a request, up to the next start.

    :param now: seconds since the epoch.
    """
    step = EngineStep(state, now)
    step.consequences = remaining
    apply_consequences(step)
    return step.result(None)


def finish_lambda(
    state: State, run_id: str, scheduled_event_id: int, outcome: LambdaOutcome, now: float
) -> StepResult:
    """Record the outcome of a Lambda call; ignore it if the function or execution has closed.

    :param now: seconds since the epoch.
    """
    step = EngineStep(state, now)
    finish(step, run_id, scheduled_event_id, outcome)
    apply_consequences(step)
    return step.result(None)
