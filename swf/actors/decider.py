"""Decider: polls for decision tasks and responds with decisions.

Low level: `poll` and `complete`. High level: override `decide`, then call `run`. `_poll_task`
returns a task with its new events, `Histories` adds the complete history, `decide` returns the
decisions, `_answer` sends them, and the history is cached once they were accepted. Failures are
handled by `Failures`.
"""

from __future__ import annotations

import logging
import os
import platform
import secrets
import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import attrs

from swf.actors.core import Actor, Polled, non_negative_number, positive_int
from swf.actors.failures import Failures
from swf.actors.faults import FaultAction, fault_action
from swf.actors.functions import validate_not_async
from swf.actors.histories import Histories
from swf.actors.runtime import Runtime, is_user_interrupt
from swf.actors.sticky import StickyCache
from swf.actors.tasks import DecisionTaskContext
from swf.connection import Connection
from swf.constants import DATA_LIMIT, ID_LIMIT
from swf.exceptions import (
    DoesNotExistError,
    InvalidKeywordArgumentError,
    InvalidTypeError,
    ResponseError,
    SWFError,
)
from swf.models import DecisionTask, Domain
from swf.models.base import translate_error
from swf.models.decision import WAKE_UP_TIMER_ID, Decision, split, start_timer
from swf.models.fields import FLAG, PAGE_SIZE, instance, seconds
from swf.models.history import ReadOnlyHistory, wire_events
from swf.models.value import set_attribute
from swf.payload import decode, encode

logger = logging.getLogger(__name__)

#: Options of `poll` and the request members that they set.
POLL_OPTIONS = {
    "reverse_order": "reverseOrder",
    "start_at_previous_started_event": "startAtPreviousStartedEvent",
}
#: Task list without pollers: decision tasks wait there until their timeout, then return.
DELAY_TASK_LIST = "swf.delay"
_CACHE = instance(StickyCache)
_TIMEOUT = seconds(unlimited=False)


class Decider(Actor[DecisionTask]):
    """Polls a task list for decision tasks and responds to them.

    :param domain: the domain.
    :param task_list: name of the task list to poll.
    :param identity: name of this decider in histories, at most 256 characters; None uses host,
        process and thread.
    :param connection: the connection; None uses the domain's.
    :param sticky: cache of histories; None uses the default size. `StickyCache(count=0)` disables
        it.
    :param audit_rate: share of the cached histories, 0 to 1, that is fetched and compared.
        Differences are logged as errors, and the fetched history is used.
    :param own_task_list_timeout: seconds that a decision task may wait on the task list of this
        process. If set, executions decided here are routed to that task list, where their histories
        are cached; after the timeout they return to their original one. Each list has its own
        pollers, and each poller a slot. None disables routing.
    :param attempts: number of consecutive failures before an execution is quarantined.
    :param quarantine: seconds between attempts in quarantine.
    :param options: further options of `Actor`: `concurrency`, `pollers`, `processes`, `hooks`,
        `backoff`.
    :raises InvalidTypeError: a subclass defines `decide` or `on_error` as `async def`.

    Source: API Reference, PollForDecisionTask, RespondDecisionTaskCompleted.
    """

    def __init__(
        self,
        domain: Domain,
        task_list: str,
        identity: str | None = None,
        connection: Connection | None = None,
        *,
        sticky: StickyCache | None = None,
        audit_rate: float = 0.0,
        own_task_list_timeout: int | None = None,
        attempts: int = 5,
        quarantine: float = 300.0,
        **options: Any,
    ) -> None:
        super().__init__(domain, task_list, identity, connection, **options)
        self.own_task_list_timeout: int | None = _TIMEOUT.validate_optional(
            "own_task_list_timeout", own_task_list_timeout
        )
        self._own_task_list: str | None = None
        self._process_id = secrets.token_hex(4)
        self.histories = Histories(
            StickyCache() if sticky is None else _CACHE.validate("sticky", sticky),
            self._call_with_retries,
            audit_rate=non_negative_number("audit_rate", audit_rate, 1),
            max_fetches=2,
            random=self.backoff.random,
        )
        # A bug lasts longer than throttling.
        retries = attrs.evolve(self.backoff, base=10 * self.backoff.base)
        self.failures = Failures(
            retries,
            positive_int("attempts", attempts),
            non_negative_number("quarantine", quarantine),
            time.monotonic,
        )

    # The low level.

    def poll(
        self,
        task_list: str | None = None,
        identity: str | None = None,
        maximum_page_size: int | None = None,
        **kw: Any,
    ) -> Polled:
        """Poll up to 60 seconds for a decision task; unpacks as `(token, history)`.

        Further attributes: `execution`, `workflow_type`, `started_event_id`,
        `previous_started_event_id`. All pages of the history are fetched; throttled ones are
        retried.

        :param task_list: another task list than the decider's.
        :param identity: another identity than the decider's.
        :param maximum_page_size: events per page, 1 to 1000; None uses the service's maximum.
        :param kw: `reverse_order` (fetch the newest events first; the history is always ordered by
            id) and `start_at_previous_started_event` (fetch the new events only).
        :returns: the token and the history.
        :raises PollTimeout: if no task arrived.
        :raises DoesNotExistError: if the domain does not exist, or the task is no longer open.

        Source: API Reference, PollForDecisionTask.
        """
        params = self._poll_params(task_list, identity)
        params["maximumPageSize"] = PAGE_SIZE.validate_optional(
            "maximum_page_size", maximum_page_size
        )
        params |= dict(_option(name, value) for name, value in kw.items())
        first = page = self._poll("PollForDecisionTask", params)
        events = list(first["events"])
        while token := page.get("nextPageToken"):
            page = self._next_page({**params, "nextPageToken": token})
            events.extend(page["events"])
        whole = {**first, "events": events}
        task = DecisionTask.from_poll(self.domain, params["taskList"]["name"], whole)
        return Polled(task, task.history)

    def poll_for_task(self, *args: Any, **kw: Any) -> Polled:
        """Poll for a decision task; the former name of `poll`.

        :param args: as for `poll`.
        :param kw: as for `poll`.
        """
        return self.poll(*args, **kw)

    def _next_page(self, params: dict[str, Any]) -> dict[str, Any]:
        """Fetch another page of the history of a polled task."""
        try:
            return self._call_with_retries("PollForDecisionTask", **params)
        except ResponseError as error:
            if fault_action(error) is not FaultAction.REJECT:
                raise
            # A page token may expire before its task; the remaining pages are lost then.
            raise translate_error(error, DoesNotExistError) from error.__cause__

    def complete(
        self,
        task_token: str,
        decisions: Iterable[Decision | Mapping[str, Any]] | None = None,
        execution_context: Any = None,
        task_list: str | None = None,
        task_list_schedule_to_start_timeout: int | str | None = None,
    ) -> None:
        """Respond to a decision task.

        :param task_token: token of the task.
        :param decisions: each a `Decision` or a dictionary in wire format; None for no decisions.
        :param execution_context: value recorded with the execution, for `describe` and other
            deciders; None keeps the recorded one.
        :param task_list: task list of the next decision tasks; None keeps the current one.
        :param task_list_schedule_to_start_timeout: seconds (or `NONE`) that a decision task may
            wait there; then the execution returns to its original task list.
        :raises ValidationError: if a decision is invalid; nothing is sent.
        :raises DoesNotExistError: if the task is no longer open.

        Source: API Reference, RespondDecisionTaskCompleted.
        """
        context = encode(execution_context, "execution_context", DATA_LIMIT)
        self._complete(
            task_token, _checked(decisions), context, task_list, task_list_schedule_to_start_timeout
        )

    def _complete(
        self,
        task_token: str,
        decisions: list[Decision],
        execution_context: str | None,
        task_list: str | None = None,
        task_list_schedule_to_start_timeout: int | str | None = None,
    ) -> None:
        """Respond to a decision task with valid decisions."""
        timeout = task_list_schedule_to_start_timeout
        self.connection.call(
            "RespondDecisionTaskCompleted",
            taskToken=task_token,
            decisions=decisions,
            executionContext=execution_context,
            taskList=None if task_list is None else {"name": task_list},
            taskListScheduleToStartTimeout=None if timeout is None else str(timeout),
        )

    # For subclasses.

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in ("decide", "on_error"):
            validate_not_async(name, getattr(cls, name))

    def decide(self, task: DecisionTaskContext) -> Iterable[Decision]:
        """Return the decisions for a task; must be overridden.

        The result must not depend on the process. An exception does not close the execution: it is
        logged, and the task is decided again later; see `on_error`.

        :param task: the decision task with its history.
        :raises NotImplementedError: the class does not override it.
        """
        raise NotImplementedError(f"{type(self).__name__}: decide(task) is not overridden")

    def on_error(
        self,
        task: DecisionTaskContext,  # noqa: ARG002 - used by subclasses
        error: BaseException,  # noqa: ARG002
    ) -> Iterable[Decision] | None:
        """Return the decisions after an exception of `decide`, e.g. to fail the execution.

        None, the default, keeps the execution open until the decider is repaired.

        :param task: the decision task.
        :param error: the exception.
        """
        return None

    # The runtime.

    def _label(self, task: DecisionTask) -> str:
        return f"decision task {task.started_event_id} of {task.workflow_execution!r}"

    def _prepare(self, max_tasks: int | None) -> Runtime[DecisionTask]:
        if self.own_task_list_timeout is not None:
            # The name survives stop and start, so that routed tasks do not time out.
            place = f"{platform.node()}.{os.getpid()}.{self._process_id}"
            self._own_task_list = f"{self.task_list[: ID_LIMIT - 100]}.{place[-99:]}"
        return super()._prepare(max_tasks)

    def _polled_lists(self) -> list[str]:
        own = [self._own_task_list] * self.pollers if self._own_task_list else []
        return super()._polled_lists() + own

    def _poll_task(self, task_list: str) -> DecisionTask | None:
        retried = self.failures.next_due()
        if retried is not None:
            return retried
        polled = self.poll(task_list, start_at_previous_started_event=True)
        task: DecisionTask = polled.task
        history = ReadOnlyHistory.from_event_list(wire_events(polled.task.history))
        set_attribute(task, "history", history)  # it is new; `evolve` would validate all of it
        return None if self.failures.waits(polled.execution.run_id or "", task) else task

    def _perform(self, task: DecisionTask) -> None:
        try:
            context = self.histories.open(task)
        except SWFError as error:
            if fault_action(error) is FaultAction.STOP:
                raise
            if fault_action(error) is FaultAction.DROP:
                logger.warning("decision task lost: %r: %s", self, error)
            else:
                self._record_failure(task, error)
            return
        self.hooks("before_decision", self, context.for_hooks)
        decisions = None
        try:
            decisions = self._decide(context)
            if decisions is not None:
                self._decided(context, decisions)
        finally:
            accepted = None if decisions is None else tuple(decisions)
            self.hooks("after_decision", self, context.for_hooks, accepted)

    def _decided(self, context: DecisionTaskContext, decisions: list[Decision]) -> None:
        """Called when the service has accepted decisions."""

    def _decide(self, context: DecisionTaskContext) -> list[Decision] | None:
        """Decide and respond; return the decisions if they were accepted."""
        try:
            decisions = fit_to_response(self.decide(context), context)
        except BaseException as error:
            if is_user_interrupt(error):
                raise
            return self._recover(context, error)
        try:
            return self._respond(context, decisions)
        except SWFError as error:
            if fault_action(error) is not FaultAction.REJECT:
                raise
            return self._recover(context, error)

    def _recover(self, context: DecisionTaskContext, error: BaseException) -> list[Decision] | None:
        """Handle a failure: let `on_error` decide, or schedule a retry."""
        self._record_failure(context.task, error, context)
        decisions = self.on_error(context, error)
        return (
            None
            if decisions is None
            else self._respond(context, fit_to_response(decisions, context))
        )

    def _record_failure(
        self, task: DecisionTask, error: BaseException, context: DecisionTaskContext | None = None
    ) -> None:
        """Log a failure and keep the task for a retry."""
        execution = task.workflow_execution
        failure = self.failures.failed((execution and execution.run_id) or "", task)
        logger.error(
            "decision failed, execution stays open: %r: %r: %d consecutive failures",
            self, execution, failure.attempts, exc_info=error,
        )  # fmt: skip
        if self.failures.is_quarantine(failure):
            logger.critical("execution quarantined, repair its decider: %r: %r", self, execution)
        self.hooks("on_error", self, error, context and context.for_hooks)

    def _respond(
        self, context: DecisionTaskContext, decisions: list[Decision]
    ) -> list[Decision] | None:
        """Respond to a task; return the accepted decisions, None if the task is lost.

        :param decisions: a result of `fit_to_response`.
        """
        try:
            self._with_retries(
                partial(
                    self._complete,
                    context.token,
                    decisions,
                    _changed_context(context),
                    **(_delayed(context) or self._routing(context.task)),
                )
            )
        except SWFError as error:
            if fault_action(error) is not FaultAction.DROP:
                raise
            logger.warning("decision task lost: %r: %s: %s", self, context, error)
            return None
        if not (decisions and decisions[-1].is_closing):
            # A closed execution needs no cache; if closing fails, its history is fetched again.
            self.histories.keep(context)
        self.failures.succeeded(context.execution.run_id or "")
        return decisions

    def _return_tasks(self) -> None:
        for task in self.failures.waiting():
            try:
                # A new decision task follows whether this timer fires or is refused.
                wake_up = start_timer(WAKE_UP_TIMER_ID, 0)
                self.complete(task.task_token, [wake_up], **self._routing(task))
            except SWFError as error:  # noqa: PERF203 - the other tasks are still answered
                logger.warning("decision task will time out: %s: %s", self._label(task), error)

    def _routing(self, task: DecisionTask) -> dict[str, Any]:
        """Return the task list of the next decision task: this process's, or the shared one."""
        own, origin = self._own_task_list, task.task_list
        stopping = self._runtime is None or self._runtime.stopping.is_set()
        if stopping and origin == own:
            return {"task_list": self.task_list}
        if stopping or own is None or origin == own:
            return {}
        return {
            "task_list": own,
            "task_list_schedule_to_start_timeout": self.own_task_list_timeout,
        }

    def _call_with_retries(self, operation: str, **params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._with_retries(
            partial(self.connection.call, operation, **params)
        )
        return answer


def _delayed(context: DecisionTaskContext) -> dict[str, Any]:
    """Return the routing that holds the next decision task back, if its delay is set."""
    if context.next_task_delay is None:
        return {}
    return {
        "task_list": DELAY_TASK_LIST,
        "task_list_schedule_to_start_timeout": context.next_task_delay,
    }


def _option(name: str, value: object) -> tuple[str, Any]:
    if name not in POLL_OPTIONS:
        options = ("maximum_page_size", *POLL_OPTIONS)
        raise InvalidKeywordArgumentError.unknown(name, value, options)
    return POLL_OPTIONS[name], FLAG.validate_optional(name, value)


def _checked(decisions: Iterable[Decision | Mapping[str, Any]] | None) -> list[Decision]:
    if decisions is None:
        return []
    # A single decision is a mapping, which is iterable like a list.
    if isinstance(decisions, (Mapping, str)) or not isinstance(decisions, Iterable):
        raise InvalidTypeError("decisions", decisions, "must be a list of decisions")
    return [Decision.from_wire(decision) for decision in decisions]


def fit_to_response(
    decisions: Iterable[Decision | Mapping[str, Any]] | None, context: DecisionTaskContext
) -> list[Decision]:
    """Return validated decisions, at most as many as fit into one response.

    :param decisions: the decisions; None for none.
    :param context: the task whose execution context is sent as well.
    """
    text = encode(context.execution_context, "execution_context", DATA_LIMIT)
    now, _later = split(_checked(decisions), execution_context=text)
    return now


def _changed_context(context: DecisionTaskContext) -> str | None:
    """Return the text of the execution context to record, None if it is unchanged."""
    recorded = decode(context.history.execution.execution_context)
    if context.execution_context == recorded:
        return None
    return encode(context.execution_context, "execution_context", DATA_LIMIT)
