"""The service without its transports: a lock around the engine, waiting polls, clock and store.

Each request is one transaction. Under the lock, the service applies everything that is due and then
the request, gives new tasks to the polls that wait for them in order of arrival, and writes all
records to the store. Only then does it send responses. So a task is delivered once, and everything
that was acknowledged is in the store.

How a poll waits is up to the transport: a thread waits on a condition, the HTTP server on a future.
Deadlines pass while polls wait, so the core calls the first of the registered waiters whenever the
next wakeup becomes earlier, and that waiter calls `tick` at that time. The core has no thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, cast

from attrs import evolve, frozen

from swf.local import engine, protocol
from swf.local.clock import Clock
from swf.local.compaction_thread import Compactor
from swf.local.entities import QueueKey
from swf.local.event_stream import EventStream
from swf.local.faults import Fault, UnknownDomainFault, unknown_run
from swf.local.injection import NO_FAULT, FaultInjector, FaultRule, InjectedFault
from swf.local.lambda_runner import Function, invoke
from swf.local.lambdas import LambdaOutcome
from swf.local.metrics import ServiceMetrics
from swf.local.process_lock import ProcessLock
from swf.local.protocol import ApiCall, ApiResponse
from swf.local.store import Entry, StoreError, TenantKey
from swf.local.tenants import Tenants, is_blocked_on_time, open_executions, pending_tasks
from swf.local.waiting import LONG_POLL, PendingRequest, TaskListKey, WaitingPolls

POLLERS = 1_000
"""Polls that may wait for one task list.  Source: Developer Guide, "Amazon SWF Quotas"."""

WRITE_RETRY = 1.0
"""Seconds between attempts to write a full database while polls wait."""

READ_PREFIXES = ("Count", "Describe", "Get", "List")
WRITES = frozenset(name for name in engine.OPERATIONS if not name.startswith(READ_PREFIXES))
"""The operations that need the database."""

TenantLambdaCall = tuple[TenantKey, engine.LambdaCall]

logger = logging.getLogger(__name__)


@frozen
class Snapshot:
    """The state of a service at one moment, for `LocalSWF.restore`."""

    now: float
    tenants: Mapping[TenantKey, bytes]


class ServiceClosedError(RuntimeError):
    """A closed service was used."""


class Transaction:
    """The effects of one transaction: records to write, responses to send, functions to call.

    :param now: the time of the transaction, in seconds since the epoch.
    """

    __slots__ = ("completed", "entries", "lambdas", "now")

    def __init__(self, now: float) -> None:
        self.now = now
        self.entries: list[Entry] = []
        self.completed: list[PendingRequest] = []
        self.lambdas: list[TenantLambdaCall] = []


class ServiceCore:
    """A service without its transports.

    :param clock: a clock that no other service uses.
    :param tenants: the states and their store; `close` closes it.
    :param lambda_functions: the functions that executions may call, by name.
    :param limits: "strict" applies account quotas and throttling, "off" does not.
    :param injector: selects the faults of calls.
    """

    def __init__(
        self,
        clock: Clock,
        tenants: Tenants,
        lambda_functions: Mapping[str, Function],
        limits: str,
        injector: FaultInjector,
    ) -> None:
        self.clock = clock
        self.metrics = ServiceMetrics(engine.OPERATIONS)
        self.events = EventStream()
        self._tenants = tenants
        self._functions = lambda_functions
        self._limits = limits
        self._injector = injector
        self._lock = ProcessLock()
        self._waiting = WaitingPolls()
        self._waiters: dict[Callable[[], None], None] = {}
        self._next_wakeup: float | None = None
        self._lambda_outcomes: list[tuple[TenantKey, engine.LambdaCall, LambdaOutcome]] = []
        self._is_closed = False
        self._compactor = Compactor(tenants, self._lock)
        self._has_warned = False
        clock.attach(self)
        clock.resume_from(self._tenants.latest)
        if tenants.states:
            self.tick()
        self._call_functions(self._open_lambda_calls())

    @property
    def may_block(self) -> bool:
        """Whether a request may run a user's function, which can take any time."""
        return self.clock.virtual and bool(self._functions)

    # -- Requests --------------------------------------------------------------------------------

    def inject(self, call: ApiCall) -> InjectedFault:
        """Return the fault for a call, after any clock jump it contains.

        On a virtual clock its latency passes here too.
        """
        if not self._injector.selects:
            return NO_FAULT
        params = call.params if isinstance(call.params, dict) else {}
        with self._lock:
            fault = self._injector.select(call.tenant, call.operation, params)
        if fault.jump:
            self.clock.jump(fault.jump)
        if fault.latency and self.clock.virtual:
            self.clock.jump(fault.latency)
            return evolve(fault, latency=0.0)
        return fault

    def submit(
        self,
        call: ApiCall,
        timeout: float,
        notify: Callable[[], None],
        is_alive: Callable[[], bool] = lambda: True,
    ) -> PendingRequest:
        """Apply a request; if it has no response afterwards, it is a poll that waits.

        :param timeout: seconds that a poll may wait; with 0 it never waits.
        :param notify: called under the lock once a waiting poll has its response. The caller ends
            the wait by `cancel`.
        :param is_alive: returns whether the client can still receive a task.
        """
        pending = PendingRequest(call, notify, is_alive)

        def work(transaction: Transaction) -> None:
            pending.call = self._injector.shorten(call)
            self._apply(transaction, pending)
            self._skip(transaction)
            if timeout <= 0:
                self._waiting.end(pending)

        self._transact(work, pending)
        return pending

    def wait(self, call: ApiCall, timeout: float) -> ApiResponse:
        """Apply a request and return its response; a poll blocks the calling thread.

        :param timeout: seconds that a poll may wait.
        """
        if timeout <= 0:  # then no call waits
            pending = self.submit(call, timeout, _ignore)
        else:
            condition = threading.Condition(cast("threading.Lock", self._lock))
            pending = self.submit(call, timeout, condition.notify)
            if pending.response is None:
                self._block(pending, condition, timeout)
        assert pending.response is not None  # noqa: S101 (a poll ends with a response)
        return pending.response

    def cancel(self, pending: PendingRequest) -> None:
        """End the wait of a poll with an empty response, unless it already has a response."""
        with self._lock:
            self._waiting.end(pending)

    def release(self) -> None:
        """End the wait of every poll with an empty response."""
        with self._lock:
            self._release()

    def has_task(self, key: TenantKey, queue: QueueKey) -> bool:
        """Return whether a task waits on a task list, or something is due that may create one.

        :param queue: kind, domain and name of the list.
        """
        with self._lock:
            deadline = self._next_deadline()
            if deadline is not None and deadline <= self.clock.now():
                return True
            state = self._tenants.states.get(key)
            return state is not None and state.task_lists.next(queue) is not None

    def end_polls(self, identities: Collection[str]) -> int:
        """End waiting polls of some pollers with an empty response.

        No task is lost: a poll either has its task already or receives none.

        :param identities: the `identity` of the polls.
        :returns: the number of polls that ended.
        """
        with self._lock:
            polls = [
                each for each in self._waiting if each.call.params.get("identity") in identities
            ]
            for pending in polls:
                self._waiting.end(pending)
                pending.notify()
        return len(polls)

    def pollers(self, key: TenantKey, domain: str) -> dict[str, list[str]]:
        """Return the identities of the waiting polls of each task list of a domain, sorted.

        A poll without an identity is not among them.
        """
        pollers: dict[str, set[str]] = {}
        with self._lock:
            for pending in self._waiting:
                identity = pending.call.params.get("identity")
                if pending.queue is not None and pending.call.tenant == key and identity:
                    _, name_of_domain, name = pending.queue[1]
                    if name_of_domain == domain:
                        pollers.setdefault(name, set()).add(identity)
        return {name: sorted(identities) for name, identities in pollers.items()}

    # -- Time ------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Return the earliest deadline of all tenants.

        None if there is none, or if the database cannot be written and nothing can fire.
        """
        with self._lock:
            return self._next_deadline() if self._tenants.is_writable else None

    def tick(self) -> None:
        """Apply everything that is due."""
        self._transact(self._skip)

    def add_waiter(self, notify: Callable[[], None]) -> None:
        """Register a waiter.

        :param notify: called under the lock when the waiter is the first one and the next wakeup
            becomes earlier, and when it becomes the first one.
        """
        with self._lock:
            self._waiters[notify] = None

    def remove_waiter(self, notify: Callable[[], None]) -> None:
        """Remove a waiter; if it was the first one, another waits for the next wakeup."""
        with self._lock:
            was_first = self._is_first(notify)
            del self._waiters[notify]
            if was_first and self._next_wakeup is not None:
                self._notify_first()

    def _is_first(self, notify: Callable[[], None]) -> bool:
        return next(iter(self._waiters)) == notify

    def _notify_first(self) -> None:
        for notify in self._waiters:
            notify()
            return

    def seconds_to_wakeup(self) -> float | None:
        """Return in how many real seconds to call `tick`; None if waiting changes nothing."""
        wakeup = self._next_wakeup
        return None if wakeup is None else self.clock.real_seconds_until(wakeup)

    # -- The whole service -----------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return the state of all tenants and the time."""
        with self._lock:
            return Snapshot(self.clock.now(), self._tenants.dump())

    def restore(self, snapshot: Snapshot) -> None:
        """Return to a snapshot, and a virtual clock to its time; polls keep waiting."""
        states = {key: self._tenants.parse(data) for key, data in snapshot.tenants.items()}
        with self._lock:
            self.clock.rewind(snapshot.now)
            self._replace(states)
            self.clock.resume_from(self._tenants.latest)
        self._call_functions(self._open_lambda_calls())
        self.tick()

    def rules(self) -> dict[int, FaultRule]:
        """Return the fault rules by number."""
        with self._lock:
            return self._injector.rules

    def add_rule(self, rule: FaultRule) -> int:
        """Add a fault rule, and return its number."""
        with self._lock:
            return self._injector.add(rule)

    def remove_rule(self, number: int) -> bool:
        """Remove a fault rule, and return whether there was one of this number."""
        with self._lock:
            return self._injector.remove(number)

    @property
    def limits(self) -> str:
        """Whether account quotas and throttling apply: "strict" or "off"."""
        return self._limits

    def set_limits(self, limits: str) -> None:
        """Turn account quotas and throttling on or off.

        :param limits: "strict" or "off".
        """
        with self._lock:
            self._limits = limits
            self._tenants.set_limits(limits)

    def accounts(self) -> list[dict[str, Any]]:
        """Return access key, region and counts of each tenant."""
        with self._lock:
            return [
                {
                    **key._asdict(),
                    "domains": len(state.domains),
                    "executions": len(state.executions),
                    "open_executions": len(list(open_executions([state]))),
                }
                for key, state in self._tenants.states.items()
            ]

    def newest_event(
        self, key: TenantKey, domain: str, workflow_id: str, run_id: str
    ) -> tuple[int, bool]:
        """Return the number of events of an execution, and whether it is open.

        It takes no lock, so that many observers cost little: the number may include events of a
        transaction that has not ended.

        :raises Fault: UnknownResourceFault if it does not exist.
        """
        state = self._tenants.states.get(key)
        if state is None:
            raise unknown_run(workflow_id, run_id)
        execution = state.run(domain, workflow_id, run_id)
        return len(execution.history), execution.is_open

    def reset(self) -> None:
        """Remove all tenants; waiting polls fail, because their domain is unknown."""
        with self._lock:
            self._replace({})

    def gauges(self) -> dict[str, int]:
        """Return the current values of the gauges in the metrics."""
        with self._lock:
            executions = list(open_executions(self._tenants.states.values()))
            return {
                "swf_open_executions": len(executions),
                "swf_waiting_polls": len(self._waiting),
                "swf_pending_tasks": sum(map(pending_tasks, executions)),
            }

    @property
    def is_foreign(self) -> bool:
        """Whether the service belongs to another process, of which this one is a fork."""
        return self._lock.is_foreign

    def check_process(self) -> None:
        """Raise ServiceForkedError if the service belongs to another process."""
        self._lock.check()

    def close(self) -> None:
        """End the wait of every poll, and release the clock and the store.

        In a forked process it does nothing: the clock and the store belong to the parent.
        """
        if self.is_foreign:
            return
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._release()
            self.clock.detach()
            self._tenants.cancel_compaction()
        self._compactor.stop()
        self._tenants.close()

    # -- Transactions ----------------------------------------------------------------------------

    def _transact(
        self, work: Callable[[Transaction], None], request: PendingRequest | None = None
    ) -> None:
        """Run `work` under the lock, after everything that is due; then write, respond and call.

        :param request: the request that fails if the transaction does.
        """
        with self._lock:
            if self._is_closed:
                raise ServiceClosedError("this local service is closed")
            transaction = Transaction(self.clock.now())
            try:
                self._tenants.refresh()
                self._apply_due(transaction)
                work(transaction)
                self._tenants.write(transaction.entries)
                self.events.publish(transaction.entries)
                self._compactor.begin()
            except BaseException as error:
                if transaction.entries or not isinstance(error, StoreError):
                    self._tenants.mark_stale()
                if not isinstance(error, Exception):
                    raise
                if not isinstance(error, StoreError):
                    logger.exception("A request failed within the local service")
                elif self._tenants.is_writable:
                    logger.error("Cannot read the database: %s", error)
                self._fail(transaction, request)
            else:
                self._lambda_outcomes.clear()
            for pending in transaction.completed:
                pending.notify()
            self._update_wakeup()
        self._call_functions(transaction.lambdas)

    def _fail(self, transaction: Transaction, request: PendingRequest | None) -> None:
        transaction.lambdas.clear()
        for pending in [*transaction.completed, *([request] if request else [])]:
            self._waiting.end(pending)
            pending.response = _internal_failure()

    def _release(self) -> None:
        for pending in self._waiting:
            self._waiting.end(pending)
            pending.notify()

    def _next_deadline(self) -> float | None:
        deadlines = [engine.next_deadline(state) for state in self._tenants.states.values()]
        return min((each for each in deadlines if each is not None), default=None)

    def _apply(self, transaction: Transaction, pending: PendingRequest) -> None:
        """Apply a request; a poll that finds no task starts to wait."""
        key, operation, params = pending.call
        if operation in WRITES and not self._tenants.is_writable:
            self._complete(transaction, pending, _internal_failure())
            return
        state, first = self._tenants.states.get(key), None
        if state is None:
            state, first = self._tenants.create(key)
        if not state.domains and operation != "RegisterDomain":
            self._warn_of_empty_account(key)
        state.refuse = self._injector.cause
        state.deadlines.delays_starts = not self.clock.virtual
        members = params if isinstance(params, dict) else {}
        state.poll_token_life = self._injector.poll_token_life(operation, members)
        try:
            result = engine.apply(state, operation, params, transaction.now)
        except Fault as error:
            fault = error
            if isinstance(error, UnknownDomainFault):
                fault = self._tenants.locate(key, error)
            fault = self._injector.refuse(operation, members, fault)
            self._complete(transaction, pending, protocol.refuse(fault))
            return
        if result.waits_on is None:
            delivery = self._injector.deliver(key, operation, members, result.response)
            self._complete(transaction, pending, protocol.succeed(delivery))
        elif pending.queue is None:
            empty_response = protocol.succeed(result.response)
            deadline = transaction.now + LONG_POLL
            self._start_waiting(pending, (key, result.waits_on), empty_response, deadline)
        if first is not None and result.records:
            # A tenant is stored once it has content: a client can name any number of tenants.
            self._tenants.states[key] = state
            transaction.entries.append(Entry(key, [first]))
        self._add_result(transaction, key, result)

    def _warn_of_empty_account(self, key: TenantKey) -> None:
        """Log once that an account has no domains while another one has some."""
        others = [] if self._has_warned else self._tenants.with_domains()
        if others:
            self._has_warned = True
            logger.warning(
                "A request reached an account without domains: access key %s, region %s; "
                "there are domains for %s",
                *key,
                ", ".join(
                    f"access key {other.access_key}, region {other.region}" for other in others[:3]
                ),
            )

    def _start_waiting(
        self,
        pending: PendingRequest,
        queue: TaskListKey,
        empty_response: ApiResponse,
        deadline: float,
    ) -> None:
        if self._limits == "strict" and self._waiting.count(queue) >= POLLERS:
            fault = Fault(
                "LimitExceededFault",
                "Limit on maximum concurrent poll requests per task list reached",
            )
            pending.response = protocol.refuse(fault)
        else:
            self._waiting.add(pending, queue, empty_response, deadline)

    def _complete(
        self, transaction: Transaction, pending: PendingRequest, response: ApiResponse
    ) -> None:
        if pending.queue is None:
            pending.response = response
        else:
            self._waiting.end(pending, response)
            transaction.completed.append(pending)

    def _add_result(
        self, transaction: Transaction, key: TenantKey, result: engine.StepResult
    ) -> None:
        """Add a result and those of the remaining steps of its batch."""
        self._add_step(transaction, key, result)
        while result.remaining:
            state = self._tenants.states[key]
            result = engine.proceed(state, result.remaining, transaction.now)
            self._add_step(transaction, key, result)

    def _add_step(
        self, transaction: Transaction, key: TenantKey, result: engine.StepResult
    ) -> None:
        """Add the records and Lambda calls of a step, and give its tasks to waiting polls."""
        transaction.entries.append(Entry(key, result.records))
        transaction.lambdas += [(key, call) for call in result.lambdas]
        for task_list in sorted(result.wakes):
            queue = (key, task_list)
            while (pending := self._waiting.first(queue)) is not None:
                self._apply(transaction, pending)
                if pending.queue is not None:
                    break

    def _apply_due(self, transaction: Transaction) -> None:
        """Apply everything that is due, and end long polls that are over."""
        now = transaction.now
        if self._next_wakeup is not None and self._next_wakeup <= now:
            self._next_wakeup = None
        if not self._tenants.is_writable:
            return
        if self.clock.stands_still:
            for pending in self._waiting:
                if pending.deadline <= now:
                    self._waiting.end(pending)
                    transaction.completed.append(pending)
        for key, state in list(self._tenants.states.items()):
            deadline = engine.next_deadline(state)
            if deadline is not None and deadline <= now:
                self._add_result(transaction, key, engine.tick(state, now))
        for key, call, outcome in self._lambda_outcomes:
            if key in self._tenants.states:
                state, ids = self._tenants.states[key], (call.run_id, call.scheduled_event_id)
                self._add_result(transaction, key, engine.finish_lambda(state, *ids, outcome, now))

    def _skip(self, transaction: Transaction) -> None:
        """Advance a skipping clock while polls wait and only a deadline can create a task."""
        while self.clock.skips and self._waiting and self._tenants.is_writable:
            deadline = self._next_deadline()
            if deadline is None or not is_blocked_on_time(self._tenants.states.values()):
                return
            self.clock.skip_to(deadline)
            transaction.now = self.clock.now()
            self._apply_due(transaction)

    def _update_wakeup(self) -> None:
        """Notify the first waiter if a deadline is earlier than the next wakeup."""
        deadline = self._next_deadline() if self._waiting else None
        if self._waiting and not self._tenants.is_writable:
            deadline = self.clock.now() + WRITE_RETRY
        if deadline is not None and (self._next_wakeup is None or deadline < self._next_wakeup):
            self._next_wakeup = deadline
            self._notify_first()

    def _block(
        self, pending: PendingRequest, condition: threading.Condition, timeout: float
    ) -> None:
        """Block the thread until its poll has a response, for `timeout` seconds at most."""
        end = time.monotonic() + timeout
        notify = condition.notify
        self.add_waiter(notify)
        try:
            while pending.response is None and (remaining := end - time.monotonic()) > 0:
                is_notified = True
                with self._lock:
                    if pending.response is None:
                        wakeup = self.seconds_to_wakeup() if self._is_first(notify) else None
                        seconds = remaining if wakeup is None else min(remaining, wakeup)
                        is_notified = condition.wait(seconds)
                if not is_notified:
                    self.tick()
        finally:
            self.remove_waiter(notify)
            self.cancel(pending)

    def _replace(self, states: dict[TenantKey, engine.State]) -> None:
        """Replace all states, and apply the waiting polls to the new ones."""
        self._tenants.replace(states)
        self._next_wakeup = None
        transaction = Transaction(self.clock.now())
        for pending in self._waiting:
            self._apply(transaction, pending)
        self._tenants.write(transaction.entries)
        for pending in transaction.completed:
            pending.notify()

    # -- Lambda functions ------------------------------------------------------------------------

    def _open_lambda_calls(self) -> list[TenantLambdaCall]:
        """Return the Lambda calls without an outcome, to be repeated after a restart."""
        return [
            (key, call)
            for key, state in self._tenants.states.items()
            for call in engine.open_lambdas(state)
        ]

    def _call_functions(self, calls: list[TenantLambdaCall]) -> None:
        """Call functions outside the lock, in threads.

        On a virtual clock they run in this thread, so that a test is deterministic.
        """
        for key, call in calls:
            if self.clock.virtual:
                self._call_function(key, call)
            else:
                arguments = (key, call)
                threading.Thread(target=self._call_function, args=arguments, daemon=True).start()

    def _call_function(self, key: TenantKey, call: engine.LambdaCall) -> None:
        outcome = invoke(self._functions, call)

        def work(transaction: Transaction) -> None:
            # It stays there until a transaction with it was written.
            self._lambda_outcomes.append((key, call, outcome))
            self._apply_due(transaction)
            self._skip(transaction)

        with suppress(ServiceClosedError):
            self._transact(work)


def _ignore() -> None:
    """Do nothing, for a call that does not wait."""


def _internal_failure() -> ApiResponse:
    return protocol.refuse(Fault("InternalFailure", status=500))
