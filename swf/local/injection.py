"""Trouble on purpose, for the tests of programs that use SWF.

Rules say which calls meet with trouble and what it is; a service takes them as `faults=[...]`.

    LocalSWF(faults=[
        Throttling("StartWorkflowExecution", times=2),
        ServerError(probability=0.1, seed=7),
        LostResponse("RespondActivityTaskCompleted", when=lambda operation, params: ...),
        FailedDecision("StartTimer", cause="TIMER_CREATION_RATE_EXCEEDED", times=1),
    ])

A call may meet several rules; they are looked at in order, and each counts and draws by itself, so
that the same calls in the same order always meet with the same. Times are seconds. Latency, and a
jump of the clock, pass at once on a virtual clock.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

from attrs import field, frozen

from swf.local.faults import Fault
from swf.local.protocol import ApiResponse, refuse, succeed

Params = dict[str, Any]
Predicate = Callable[[str, Params], bool]


@frozen
class FaultRule:
    """Which calls meet with trouble: those to which everything that is given here applies.

    :param operation: the API's name, such as "PollForActivityTask"; all operations when None.
    :param domain: the domain that the request names; a request that goes by a task token has none.
    :param when: called with the operation and the request's parameters; says whether it applies.
    :param probability: how often the rule applies where it could, from 0 to 1.
    :param times: how often it applies at most; always when None.
    :param seed: where its draws begin.
    """

    operation: str | None = None
    domain: str | None = field(default=None, kw_only=True)
    when: Predicate | None = field(default=None, kw_only=True)
    probability: float = field(default=1.0, kw_only=True)
    times: int | None = field(default=None, kw_only=True)
    seed: int = field(default=0, kw_only=True)

    def matches(self, operation: str, params: Params) -> bool:
        """Say whether the rule is about this call, whatever chance and count say."""
        return (
            self.operation in (None, operation)
            and self.domain in (None, params.get("domain"))
            and (self.when is None or self.when(operation, params))
        )


@frozen
class Throttling(FaultRule):
    """The service refuses the call, as it does when there are too many."""


@frozen
class Refusal(FaultRule):
    """The service refuses the call with a fault that it has no rule for, such as one of permission.

    :param code: the fault's name.
    """

    code: str = field(default="OperationNotPermittedFault", kw_only=True)
    message: str | None = field(default=None, kw_only=True)


@frozen
class FailedDecision(FaultRule):
    """A decision fails in its execution's history; the call that brings it succeeds.

    Here `operation` is the type of the decision, such as "ScheduleActivityTask", all types when
    None, and `when` is called with it and the decision's attributes; `domain` is not told.

    :param cause: the failure's cause, one of the decision's own.
    """

    cause: str = field(default="OPERATION_NOT_PERMITTED", kw_only=True)


@frozen
class ServerError(FaultRule):
    """The service fails with an error of its own, and nothing is done."""

    status: int = field(default=500, kw_only=True)


@frozen
class Latency(FaultRule):
    """The call takes longer."""

    seconds: float = field(default=1.0, kw_only=True)


@frozen
class ClockJump(FaultRule):
    """The service's clock jumps before the call is carried out; what is due by then fires."""

    seconds: float = field(default=60.0, kw_only=True)


@frozen
class LostRequest(FaultRule):
    """The connection breaks before the service has seen the request."""


@frozen
class LostResponse(FaultRule):
    """The call is carried out, and the connection breaks before the answer arrives."""


@frozen
class DuplicateDelivery(FaultRule):
    """A poll is given the task that was last delivered from its list, token and all, once more.

    It applies from the first delivery on.
    """


@frozen
class InjectedFault:
    """The trouble that one call meets with."""

    latency: float = 0.0
    jump: float = 0.0
    refusal: Fault | None = None
    lost_request: bool = False
    lost_response: bool = False
    duplicate: dict[str, Any] | None = None

    @property
    def instead(self) -> ApiResponse | None:
        """The answer that is given in place of the service's; None: the call is carried out."""
        if self.refusal is not None:
            return refuse(self.refusal)
        return None if self.duplicate is None else succeed(self.duplicate)


FINE = InjectedFault()


class FaultInjector:
    """Finds the trouble of each call; not safe for threads, its service's lock is around it."""

    def __init__(self, rules: Iterable[FaultRule]) -> None:
        counted = [_CountedRule(rule) for rule in rules]
        self._decisions = [each for each in counted if isinstance(each.rule, FailedDecision)]
        self._rules = [each for each in counted if each not in self._decisions]
        self._delivered: dict[object, dict[str, Any]] = {}
        self._duplicates = any(isinstance(each.rule, DuplicateDelivery) for each in self._rules)

    def injected_fault(self, tenant: object, operation: str, params: Params) -> InjectedFault:
        """Return what the next call meets with."""
        if not self._rules:
            return FINE
        delivered = self._delivered.get(_queue(tenant, operation, params))
        matches = [
            each.rule
            for each in self._rules
            if (delivered is not None or not isinstance(each.rule, DuplicateDelivery))
            and each.applies(operation, params)
        ]
        return InjectedFault(
            latency=sum(rule.seconds for rule in matches if isinstance(rule, Latency)),
            jump=sum(rule.seconds for rule in matches if isinstance(rule, ClockJump)),
            refusal=next((fault for rule in matches if (fault := _refusal(rule))), None),
            lost_request=any(isinstance(rule, LostRequest) for rule in matches),
            lost_response=any(isinstance(rule, LostResponse) for rule in matches),
            duplicate=delivered if any(isinstance(r, DuplicateDelivery) for r in matches) else None,
        )

    def cause(self, decision_type: str, attributes: Params) -> str | None:
        """Return the cause for which a decision fails; None: it is carried out."""
        matches = [each.rule for each in self._decisions if each.applies(decision_type, attributes)]
        return next((rule.cause for rule in matches if isinstance(rule, FailedDecision)), None)

    def record_delivery(self, tenant: object, operation: str, params: Params, answer: Any) -> None:
        """Remember a delivered task, the last of its list, where a rule may ask for it."""
        if self._duplicates and operation.startswith("PollFor") and answer.get("taskToken"):
            self._delivered[_queue(tenant, operation, params)] = answer


class _CountedRule:
    """A rule, how often it may still apply, and its own chance."""

    def __init__(self, rule: FaultRule) -> None:
        self.rule = rule
        self._left = rule.times
        self._random = random.Random(rule.seed)  # noqa: S311 (repeatable, and no secret)

    def applies(self, operation: str, params: Params) -> bool:
        if self._left == 0 or not self.rule.matches(operation, params):
            return False
        if self._random.random() >= self.rule.probability:
            return False
        if self._left is not None:
            self._left -= 1
        return True


def _refusal(rule: FaultRule) -> Fault | None:
    if isinstance(rule, Throttling):
        return Fault("ThrottlingException", "Rate exceeded")
    if isinstance(rule, Refusal):
        return Fault(rule.code, rule.message)
    if isinstance(rule, ServerError):
        return Fault("InternalFailure", None, rule.status)
    return None


def _queue(tenant: object, operation: str, params: Params) -> object:
    task_list = params.get("taskList")
    name = task_list.get("name") if isinstance(task_list, dict) else None
    return tenant, operation, str(params.get("domain")), str(name)
