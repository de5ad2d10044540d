"""The service as a function: (state, request, now) -> (state, answer, what to carry out).

Pure and single-threaded: the shell around it owns the lock, the clock, the waiters and the store.

    state = State(region, account, seed=..., limits="off" | "strict")
    store(state.records())                      # once: a world's first record; later: a snapshot
    state = State.from_records(records, limits=...)

    apply(state, operation, params, now)        # one request -> Outcome, or raises Fault
    tick(state, now)                            # all that fell due by now -> Outcome
    next_deadline(state)                        # when something falls due next, or None
    finish_lambda(state, run_id, scheduled_event_id, LambdaCompleted(...) | LambdaFailed(...), now)
    open_lambdas(state)                         # calls without an answer, to be made again

- `now` is seconds since the epoch in whole milliseconds; a time earlier than one seen before counts
  as that one.
- Call `tick` before each request, and when `next_deadline` has come; carry out its outcome too.
- A `Fault` leaves the state as it was.
- An outcome's `records` go to the store, in order, in one transaction, before its answer goes out.
- An answer with `waits_on` is an empty poll: wait until some outcome's `wakes` has that key (or the
  60 seconds are over, then give the answer), and apply the same request again.
- Answers share parts of the state: serialise them, never change them.  Their members are unsorted.
- `state.refuse`, a function from (decision type, attributes) to a cause or None, makes decisions
  fail for causes that have no rule here, such as OPERATION_NOT_PERMITTED.

Read on in `step` (what a request may do), `state` and `fold` (what that changes); then the requests
(domains, types, executions, listing, polls, responses), what deciders may ask for (decisions,
children, external, lambdas) and what happens by itself (consequences, closing, timeouts).
"""

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
from swf.local.step import EngineStep, LambdaCall, StepResult
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
    """Carry out one request; raise Fault, and change nothing, if the service refuses it.

    The order of refusals: operation, types, constraints of the model, throttling, rules beyond the
    model, then what the operation itself looks at.
    """
    handler = OPERATIONS.get(operation)
    if handler is None:
        raise Fault("UnknownOperationException", status=404)
    cleaned, violations = validate(operation, params)
    step = EngineStep(state, now)
    if not step.has_token(operation, limits.OPERATION_RATES[operation]):
        raise Fault("ThrottlingException", "Rate exceeded")
    violations.refuse_beyond()
    response = handler(step, cleaned)
    apply_consequences(step)
    return step.outcome(response)


def finish_lambda(
    state: State, run_id: str, scheduled_event_id: int, outcome: LambdaOutcome, now: float
) -> StepResult:
    """Record how a call ended; one that timed out or outlived its execution changes nothing."""
    step = EngineStep(state, now)
    finish(step, run_id, scheduled_event_id, outcome)
    apply_consequences(step)
    return step.outcome(None)
