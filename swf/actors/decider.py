"""Decider: takes decision tasks, and answers them with decisions.

Low level: `poll` and `complete`. On top of it override `decide`, and `run`. From a task to its
answer: `_poll_task` takes it with its new events only, `Histories` gives it the whole history,
`decide` decides, `_answer` says it, and what was accepted is remembered. What fails goes to
`Failures` instead.
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
from swf.actors.histories import Histories
from swf.actors.runtime import Runtime
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
from swf.payload import decode, encode

logger = logging.getLogger(__name__)

#: Members of a poll's request that the caller may choose.
POLL_OPTIONS = {
    "reverse_order": "reverseOrder",
    "start_at_previous_started_event": "startAtPreviousStartedEvent",
}
_CACHE = instance(StickyCache)
_TIMEOUT = seconds(unlimited=False)


class Decider(Actor[DecisionTask]):
    """Take decision tasks from a task list and answer them.

    :param sticky: how many histories to remember, and how large they may be in all; None: the
        default. `StickyCache(count=0)` remembers nothing.
    :param audit_rate: share of the remembered histories (0 to 1) that is read all the same, and
        compared; what is wrong is logged as an error, and the service is believed.
    :param own_task_list_timeout: if given, the runs decided here go on to a task list of this
        process's own, where the histories are remembered. It is how many seconds a decision task
        waits there, should the process be gone; then the run goes back to where it was started.
        Each list has its pollers, and each poller a slot.
    :param attempts: after how many failures in a row an execution is put in quarantine.
    :param quarantine: seconds between two attempts there.

    The other parameters, and `options`, are those of `Actor`.
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
        self._mark = secrets.token_hex(4)
        self.histories = Histories(
            StickyCache() if sticky is None else _CACHE.validate("sticky", sticky),
            self._call_patiently,
            audit_rate=non_negative_number("audit_rate", audit_rate, 1),
            at_a_time=2,
            draw=self.backoff.random,
        )
        # A bug heals more slowly than a throttled call.
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
        """Wait up to 60 seconds for a decision task; unpacks as `(token, history)`.

        The task's other fields are attributes of what is returned: `execution`, `workflow_type`,
        `started_event_id`, `previous_started_event_id`. All pages of the history are gathered; one
        that is throttled is asked for again.

        :param task_list: another list than the decider's own.
        :param identity: another name than the decider's own.
        :param maximum_page_size: events of a page, 1 to 1000; as many as the service gives when
            None.
        :param kw: `reverse_order` (the order of the pages; the history is always in order),
            `start_at_previous_started_event` (only what is new).
        :raises PollTimeout: when no task came.
        :raises DoesNotExistError: when the domain does not exist, or the task does not any more.
        """
        params = self._from(task_list, identity)
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
        """Do what `poll` does, under its older name."""
        return self.poll(*args, **kw)

    def _next_page(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return a further page of a task that was polled."""
        try:
            return self._call_patiently("PollForDecisionTask", **params)
        except ResponseError as error:
            if fault_action(error) is not FaultAction.REJECT:
                raise
            # A page token may expire before its task does; nobody can get at the rest then.
            raise translate_error(error, DoesNotExistError) from error.__cause__

    def complete(
        self,
        task_token: str,
        decisions: Iterable[Decision | Mapping[str, Any]] | None = None,
        execution_context: Any = None,
        task_list: str | None = None,
        task_list_schedule_to_start_timeout: int | str | None = None,
    ) -> None:
        """Answer a decision task.

        :param decisions: each a `Decision`, or a decision as it is on the wire.
        :param execution_context: what to keep with the execution, for `describe` and for deciders.
        :param task_list: the list for the decision tasks of this run from here on.
        :param task_list_schedule_to_start_timeout: seconds (or `NONE`) that one may wait there;
            then the run goes back to the list it was started with.
        :raises ValidationError: when a decision is wrong; nothing is sent then.
        :raises DoesNotExistError: when the task is not waiting for an answer any more.
        """
        timeout = task_list_schedule_to_start_timeout
        self.connection.call(
            "RespondDecisionTaskCompleted",
            taskToken=task_token,
            decisions=_checked(decisions),
            executionContext=encode(execution_context, "execution_context", DATA_LIMIT),
            taskList=None if task_list is None else {"name": task_list},
            taskListScheduleToStartTimeout=None if timeout is None else str(timeout),
        )

    # For subclasses.

    def decide(self, task: DecisionTaskContext) -> Iterable[Decision]:
        """Return the decisions for a task; override this.

        It must not matter in which process it runs. An error here does not close the execution:
        it is logged, and the task is decided again later; see `on_error`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define decide(task)")

    def on_error(
        self,
        task: DecisionTaskContext,  # noqa: ARG002 - for those who override it
        error: BaseException,  # noqa: ARG002
    ) -> Iterable[Decision] | None:
        """Return what to decide where `decide` failed, e.g. to fail the execution.

        None, the default, lets the execution wait for somebody to repair the decider.
        """
        return None

    # The runtime.

    def _prepare(self) -> Runtime[DecisionTask]:
        if self.own_task_list_timeout is not None:
            # The same after a restart: what was routed there meanwhile is not left to time out.
            place = f"{platform.node()}.{os.getpid()}.{self._mark}"
            self._own_task_list = f"{self.task_list[: ID_LIMIT - 100]}.{place[-99:]}"
        return super()._prepare()

    def _polled_lists(self) -> list[str]:
        own = [self._own_task_list] * self.pollers if self._own_task_list else []
        return super()._polled_lists() + own

    def _poll_task(self, task_list: str) -> DecisionTask | None:
        retried = self.failures.next_due()
        if retried is not None:
            return retried
        polled = self.poll(task_list, start_at_previous_started_event=True)
        task: DecisionTask = polled.task
        return None if self.failures.waits(polled.execution.run_id or "", task) else task

    def _perform(self, task: DecisionTask) -> None:
        try:
            context = self.histories.open(task)
        except SWFError as error:
            if fault_action(error) is FaultAction.STOP:
                raise
            if fault_action(error) is FaultAction.DROP:
                logger.warning("%r: a decision task is lost: %s", self, error)
            else:
                self._failed(task, error)
            return
        self.hooks("before_decision", self, context)
        decisions = None
        try:
            decisions = self._decide(context)
        finally:
            self.hooks("after_decision", self, context, decisions)

    def _decide(self, context: DecisionTaskContext) -> list[Decision] | None:
        """Decide and answer; return the decisions if they were accepted."""
        try:
            decisions = fitting(self.decide(context), context)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - the edge of a user's code
            return self._recover(context, error)
        try:
            return self._answer(context, decisions)
        except SWFError as error:
            if fault_action(error) is not FaultAction.REJECT:
                raise
            return self._recover(context, error)

    def _recover(self, context: DecisionTaskContext, error: BaseException) -> list[Decision] | None:
        """Say that deciding failed; let `on_error` decide, or the task be tried again."""
        self._failed(context.task, error, context)
        instead = self.on_error(context, error)
        return None if instead is None else self._answer(context, fitting(instead, context))

    def _failed(
        self, task: DecisionTask, error: BaseException, context: DecisionTaskContext | None = None
    ) -> None:
        """Say that a task could not be decided, and keep it to be tried again."""
        execution = task.workflow_execution
        failure = self.failures.failed((execution and execution.run_id) or "", task)
        logger.error(
            "%r: deciding %r failed %d times in a row; it stays open and is tried again",
            self, execution, failure.attempts, exc_info=error,
        )  # fmt: skip
        if self.failures.is_quarantine(failure):
            logger.critical("%r: %r is in quarantine: repair its decider", self, execution)
        self.hooks("on_error", self, error, context)

    def _answer(
        self, context: DecisionTaskContext, decisions: list[Decision]
    ) -> list[Decision] | None:
        """Answer a task; return the decisions if they were accepted, None if it is lost."""
        try:
            self._persist(
                partial(
                    self.complete,
                    context.token,
                    decisions,
                    execution_context=_changed_context(context),
                    **self._routing(context.task),
                )
            )
        except SWFError as error:
            if fault_action(error) is not FaultAction.DROP:
                raise
            logger.warning("%r: %s is lost: %s", self, context, error)
            return None
        if not (decisions and decisions[-1].is_closing):
            # A run that is closed is not decided again; if the close was refused, it is read anew.
            self.histories.keep(context)
        self.failures.succeeded(context.execution.run_id or "")
        return decisions

    def _hand_back(self) -> None:
        for task in self.failures.waiting():
            try:
                # Whether this timer fires or is refused, a new decision task follows.
                wake_up = start_timer(WAKE_UP_TIMER_ID, 0)
                self.complete(task.task_token, [wake_up], **self._routing(task))
            except SWFError as error:  # noqa: PERF203 - one that is lost is no reason to lose more
                logger.warning("%r: %r is left to time out: %s", self, task, error)

    def _routing(self, task: DecisionTask) -> dict[str, Any]:
        """Return where the run goes on: here while this process runs, then where all can get it."""
        own, came_from = self._own_task_list, task.task_list
        stopping = self._runtime is None or self._runtime.stopping.is_set()
        if stopping and came_from == own:
            return {"task_list": self.task_list}
        if stopping or own is None or came_from == own:
            return {}
        return {
            "task_list": own,
            "task_list_schedule_to_start_timeout": self.own_task_list_timeout,
        }

    def _call_patiently(self, operation: str, **params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._persist(partial(self.connection.call, operation, **params))
        return answer


def _option(name: str, value: object) -> tuple[str, Any]:
    if name not in POLL_OPTIONS:
        known = ("maximum_page_size", *POLL_OPTIONS)
        raise InvalidKeywordArgumentError.unknown(name, value, known)
    return POLL_OPTIONS[name], FLAG.validate_optional(name, value)


def _checked(decisions: Iterable[Decision | Mapping[str, Any]] | None) -> list[Decision]:
    if decisions is None:
        return []
    # A decision is a mapping itself, and so are its wire's dictionaries: one alone looks like many.
    if isinstance(decisions, (Mapping, str)) or not isinstance(decisions, Iterable):
        raise InvalidTypeError("decisions", decisions, "must be a list of decisions")
    return [Decision.from_wire(decision) for decision in decisions]


def fitting(
    decisions: Iterable[Decision | Mapping[str, Any]] | None, context: DecisionTaskContext
) -> list[Decision]:
    """Return the decisions, checked, or as many of them as fit one answer."""
    text = encode(context.execution_context, "execution_context", DATA_LIMIT)
    now, _later = split(_checked(decisions), execution_context=text)
    return now


def _changed_context(context: DecisionTaskContext) -> Any:
    """Return the execution context to keep, None if it is the one that is kept already."""
    kept = decode(context.history.execution.execution_context)
    return None if context.execution_context == kept else context.execution_context
