"""Fault injection: rules that make calls of a local service fail, for tests of SWF programs.

Pass the rules to the service as `faults=[...]`.

    LocalSWF(faults=[
        Throttling("StartWorkflowExecution", times=2),
        ServerError(probability=0.1, seed=7),
        LostResponse("RespondActivityTaskCompleted", when=lambda operation, params: ...),
        FailedDecision("StartTimer", cause="TIMER_CREATION_RATE_EXCEEDED", times=1),
    ])

Several rules may apply to one call. Rules are evaluated in order, and each has its own counter and
random generator, so the same calls in the same order always have the same faults. Times are in
seconds. On a virtual clock, latency and clock jumps pass at once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable
from http import HTTPStatus
from typing import Any, TypeVar, cast

from attrs import Attribute, field, frozen

from swf.local.engine import OPERATIONS
from swf.local.faults import Fault
from swf.local.limits import PAGE
from swf.local.protocol import ApiCall, ApiResponse, refuse, succeed
from swf.local.validation import DECISION_TYPES

Params = dict[str, Any]
Predicate = Callable[[str, Params], bool]

PAGED_PREFIXES = ("GetWorkflowExecutionHistory", "List", "PollForDecisionTask")
EVENT_ID_MEMBERS = ("previousStartedEventId", "startedEventId")


MAX_SECONDS = 100 * 365 * 86_400
"""The longest delay or jump of a rule."""


def _between(low: float, high: float) -> Any:
    """Return a validator for numbers in a range; None is valid too.

    :raises ValueError: from the validator.
    """

    def check(_: object, attribute: Attribute[Any], value: float | None) -> None:
        if value is not None and not low <= value <= high:
            limits = f"{low} to {high}" if high < float("inf") else f"{low} or more"
            raise ValueError(f"{attribute.name}={value!r}: must be {limits}")

    return check


def _validate_operation(rule: FaultRule, attribute: Attribute[Any], value: str | None) -> None:
    """Check that an operation exists, since a rule for a mistyped one would never apply."""
    names = rule.operation_names()
    if value is not None and value not in names:
        raise ValueError(f"{attribute.name}={value!r}: must be one of {', '.join(sorted(names))}")


@frozen
class FaultRule:
    """Selects calls; a rule applies if all of its conditions do.

    :param operation: an operation of the API, such as "PollForActivityTask". None: all operations.
    :param domain: the domain of the request; requests with a task token have none. None: any.
    :param when: a function of the operation and the request parameters that returns whether the
        rule applies.
    :param probability: the probability, from 0 to 1, that the rule applies to a call that it
        selects.
    :param times: the maximum number of calls to which it applies. None: without limit.
    :param seed: the seed of its random generator.
    :raises ValueError: if a parameter of the rule is out of range, or the operation does not exist.
    """

    operation: str | None = field(default=None, validator=_validate_operation)
    domain: str | None = field(default=None, kw_only=True)
    when: Predicate | None = field(default=None, kw_only=True)
    probability: float = field(default=1.0, kw_only=True, validator=_between(0, 1))
    times: int | None = field(default=None, kw_only=True, validator=_between(0, float("inf")))
    seed: int = field(default=0, kw_only=True)

    @classmethod
    def operation_names(cls) -> Collection[str]:
        """Return the valid values of `operation`."""
        return OPERATIONS

    def matches(self, operation: str, params: Params) -> bool:
        """Return whether the rule selects a call, apart from `probability` and `times`.

        :param params: the parameters of the request.
        """
        return (
            self.operation in (None, operation)
            and self.domain in (None, params.get("domain"))
            and (self.when is None or self.when(operation, params))
        )


@frozen
class Throttling(FaultRule):
    """The service refuses the call with a ThrottlingException."""


@frozen
class Refusal(FaultRule):
    """The service refuses the call with a fault that it cannot produce otherwise.

    :param code: the name of the fault, such as "OperationNotPermittedFault".
    :param message: the message of the fault. None: no message.
    """

    code: str = field(default="OperationNotPermittedFault", kw_only=True)
    message: str | None = field(default=None, kw_only=True)


@frozen
class FailedDecision(FaultRule):
    """A decision fails in the history of its execution; the call that contains it succeeds.

    For this rule `operation` is the decision type, such as "ScheduleActivityTask" (None: all
    types), and `when` receives the decision type and attributes; `domain` is not available.

    :param cause: the cause of the failure, one of those of the decision.
    """

    cause: str = field(default="OPERATION_NOT_PERMITTED", kw_only=True)

    @classmethod
    def operation_names(cls) -> Collection[str]:
        """Return the types of decisions."""
        return DECISION_TYPES


@frozen
class ServerError(FaultRule):
    """The service fails with an InternalFailure and does not apply the call.

    :param status: the HTTP status.
    """

    status: int = field(
        default=500, kw_only=True, validator=_between(HTTPStatus.INTERNAL_SERVER_ERROR.value, 599)
    )


@frozen
class Latency(FaultRule):
    """The call takes longer.

    :param seconds: the additional time.
    """

    seconds: float = field(default=1.0, kw_only=True, validator=_between(0, MAX_SECONDS))


@frozen
class ClockJump(FaultRule):
    """The clock of the service jumps before the call; everything due by then fires.

    :param seconds: the length of the jump.
    """

    seconds: float = field(default=60.0, kw_only=True, validator=_between(0, MAX_SECONDS))


@frozen
class LostRequest(FaultRule):
    """The connection breaks before the service receives the request."""


@frozen
class LostResponse(FaultRule):
    """The call is applied, and the connection breaks before the response arrives."""


@frozen
class DuplicateDelivery(FaultRule):
    """A poll receives the last task delivered from its list again, with the same task token.

    The rule applies once a task was delivered.
    """


@frozen
class LostDelivery(FaultRule):
    """A poll starts a task and receives an empty response, so that the task times out.

    AWS sometimes delivers a task to a client that has disconnected. The rule applies to polls that
    would receive a task.
    """


@frozen
class ShortPages(FaultRule):
    """Pages are shorter than the request allows, as AWS documents and did for years.

    :param size: maximum number of items in a page.
    """

    size: int = field(default=100, kw_only=True, validator=_between(1, PAGE))


@frozen
class ShortPollTokens(FaultRule):
    """Page tokens of PollForDecisionTask expire early; `when` receives the request of that poll.

    Earlier documentation of AWS gives 60 seconds, the current one 24 hours.

    :param seconds: for how long a token is valid.
    """

    seconds: float = field(default=60.0, kw_only=True, validator=_between(0, MAX_SECONDS))


@frozen
class MissingMessage(FaultRule):
    """The service refuses a call without a message, as AWS does for some executions.

    :param code: the name of the fault to which the rule applies.
    """

    code: str = field(default="WorkflowExecutionAlreadyStartedFault", kw_only=True)


@frozen
class InjectedFault:
    """The effects of all rules that apply to one call."""

    latency: float = 0.0
    jump: float = 0.0
    refusal: Fault | None = None
    lost_request: bool = False
    lost_response: bool = False
    duplicate: dict[str, Any] | None = None

    @property
    def response(self) -> ApiResponse | None:
        """The response that replaces the one of the service; None: the call is applied."""
        if self.refusal is not None:
            return refuse(self.refusal)
        return None if self.duplicate is None else succeed(self.duplicate)


NO_FAULT = InjectedFault()

SERVICE_RULES = (FailedDecision, LostDelivery, MissingMessage, ShortPages, ShortPollTokens)
"""Rules that change how the service applies a call."""


ServiceRule = TypeVar("ServiceRule", bound=FaultRule)


class FaultInjector:
    """Selects the fault for each call; its service calls it under a lock.

    :param rules: the rules, in order.
    """

    def __init__(self, rules: Iterable[FaultRule]) -> None:
        self._counted: dict[int, _CountedRule] = {}
        self._last_number = 0
        self._deliveries: dict[object, dict[str, Any]] = {}
        self._sort()
        for rule in rules:
            self.add(rule)

    @property
    def rules(self) -> dict[int, FaultRule]:
        """The rules by number, in order."""
        return {number: each.rule for number, each in self._counted.items()}

    def add(self, rule: FaultRule) -> int:
        """Add a rule after the others, and return its number.

        :param rule: the rule; its counter and its random generator start again.
        """
        self._last_number += 1
        self._counted[self._last_number] = _CountedRule(rule)
        self._sort()
        return self._last_number

    def remove(self, number: int) -> bool:
        """Remove a rule, and return whether there was one of this number.

        :param number: a result of `add`.
        """
        removed = self._counted.pop(number, None)
        self._sort()
        return removed is not None

    def _sort(self) -> None:
        counted = list(self._counted.values())
        self._service_rules = [each for each in counted if isinstance(each.rule, SERVICE_RULES)]
        self._rules = [each for each in counted if each not in self._service_rules]
        self._duplicates = any(isinstance(each.rule, DuplicateDelivery) for each in self._rules)

    @property
    def selects(self) -> bool:
        """Whether a rule may select a fault for a call."""
        return bool(self._rules)

    def select(self, tenant: object, operation: str, params: Params) -> InjectedFault:
        """Return the fault for a call, and count the rules that apply.

        :param tenant: identifies account and region.
        :param params: the parameters of the request.
        """
        delivery = self._deliveries.get(_queue(tenant, operation, params))
        rules = [
            each.rule
            for each in self._rules
            if (delivery is not None or not isinstance(each.rule, DuplicateDelivery))
            and each.applies(operation, params)
        ]
        return InjectedFault(
            latency=sum(rule.seconds for rule in rules if isinstance(rule, Latency)),
            jump=sum(rule.seconds for rule in rules if isinstance(rule, ClockJump)),
            refusal=next((fault for rule in rules if (fault := _refusal(rule))), None),
            lost_request=any(isinstance(rule, LostRequest) for rule in rules),
            lost_response=any(isinstance(rule, LostResponse) for rule in rules),
            duplicate=delivery if any(isinstance(r, DuplicateDelivery) for r in rules) else None,
        )

    def cause(self, decision_type: str, attributes: Params) -> str | None:
        """Return the cause with which a decision fails, None if it does not.

        :param attributes: the attributes of the decision.
        """
        rules = self._applicable(FailedDecision, decision_type, attributes)
        return rules[0].cause if rules else None

    def deliver(
        self, tenant: object, operation: str, params: Params, response: Any
    ) -> dict[str, Any] | None:
        """Return the response to send for a successful call.

        :param tenant: identifies account and region.
        :param params: the parameters of the request.
        :param response: the response of the service.
        """
        if not operation.startswith("PollFor") or "taskToken" not in response:
            return cast("dict[str, Any] | None", response)
        if "nextPageToken" not in params and self._applicable(LostDelivery, operation, params):
            return {name: 0 for name in EVENT_ID_MEMBERS if name in response}
        if self._duplicates:
            self._deliveries[_queue(tenant, operation, params)] = response
        return cast("dict[str, Any]", response)

    def refuse(self, operation: str, params: Params, fault: Fault) -> Fault:
        """Return the fault to send for a call that the service refuses.

        :param params: the parameters of the request.
        """
        codes = [rule.code for rule in self._applicable(MissingMessage, operation, params)]
        return Fault(fault.code, None, fault.status) if fault.code in codes else fault

    def shorten(self, call: ApiCall) -> ApiCall:
        """Return a call with the page size that rules allow.

        :param call: the request as it arrived.
        """
        params = call.params
        if not self._service_rules or not isinstance(params, dict):
            return call
        if not call.operation.startswith(PAGED_PREFIXES):
            return call
        sizes = [rule.size for rule in self._applicable(ShortPages, call.operation, params)]
        size = params.get("maximumPageSize") or PAGE
        if not sizes or type(size) is not int or not min(sizes) < size <= PAGE:
            return call
        return call._replace(params={**params, "maximumPageSize": min(sizes)})

    def poll_token_life(self, operation: str, params: Params) -> float | None:
        """Return for how long a page token of a poll is valid, None for the default.

        :param params: the parameters of the request.
        """
        if operation != "PollForDecisionTask":
            return None
        rules = self._applicable(ShortPollTokens, operation, params)
        return rules[0].seconds if rules else None

    def _applicable(
        self, kind: type[ServiceRule], operation: str, params: Params
    ) -> list[ServiceRule]:
        return [
            each.rule
            for each in self._service_rules
            if isinstance(each.rule, kind) and each.applies(operation, params)
        ]


class _CountedRule:
    """A rule with its counter and its random generator."""

    def __init__(self, rule: FaultRule) -> None:
        self.rule = rule
        self._remaining = rule.times
        self._random = random.Random(rule.seed)  # noqa: S311 (repeatable, not a secret)

    def applies(self, operation: str, params: Params) -> bool:
        if self._remaining == 0 or not self.rule.matches(operation, params):
            return False
        if self._random.random() >= self.rule.probability:
            return False
        if self._remaining is not None:
            self._remaining -= 1
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
