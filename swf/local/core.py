"""The shell around the engine: one lock, the worlds, the waiting polls, the clock and the store.

Each request takes a turn. In its turn, under the lock, what is due happens, the request is carried
out, tasks that became available go to the polls that wait for them, first come first served, and
all of it is written to the store in one transaction. Only then is anybody answered. So a task has
one taker, and whatever was acknowledged is in the store.

How somebody waits is the transport's affair: a thread sleeps on a condition, a server keeps a
future. Things fall due while they wait, so `sleepers` are told when the alarm is set earlier, and
call `tick` when it rings. Nothing here runs by itself.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from attrs import evolve, frozen

from swf.local import engine, protocol, tenants
from swf.local.clock import Clock
from swf.local.faults import Fault
from swf.local.injection import FaultInjector, InjectedFault
from swf.local.lambda_runner import Function, invoke
from swf.local.metrics import ServiceMetrics
from swf.local.protocol import ApiCall, ApiResponse
from swf.local.state import State
from swf.local.store import Entry, RecordStore, TenantKey
from swf.local.waiting import LONG_POLL, PendingRequest, Queue, WaitingPolls

POLLERS = 1_000
"""Polls that may wait for one task list.  Source: Developer Guide, "Amazon SWF Quotas"."""

COMPACT_FROM = 100_000
"""Records in a store that are worth a look at how many of them still count."""

LambdaCall = tuple[TenantKey, engine.LambdaCall]

logger = logging.getLogger(__name__)


@frozen
class Snapshot:
    """What a service was at a moment: made by `snapshot`, good for `restore`."""

    now: float
    tenants: Mapping[TenantKey, bytes]


class ServiceClosedError(RuntimeError):
    """A service was used after it was closed."""


class Transaction:
    """What one turn brought: to be written, to be answered and to be called, in this order."""

    __slots__ = ("answered", "entries", "lambdas")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.answered: list[PendingRequest] = []
        self.lambdas: list[LambdaCall] = []


class ServiceCore:
    """A service without its transports.

    :param clock: driven by this service alone.
    :param store: where to keep what happens; read here, and closed by `close`.
    :param lambda_functions: the functions that executions may call, by name.
    :param limits: "strict" or "off": whether quotas of an account and throttling apply.
    :param injector: the trouble that calls are to meet with.
    """

    def __init__(
        self,
        clock: Clock,
        store: RecordStore | None,
        lambda_functions: Mapping[str, Function],
        limits: str,
        injector: FaultInjector,
    ) -> None:
        self.clock = clock
        self.metrics = ServiceMetrics(engine.OPERATIONS)
        self._store = store
        self._functions = lambda_functions
        self._limits = limits
        self._injector = injector
        self._lock = threading.Lock()
        self._tenants: dict[TenantKey, State] = {}
        self._waiting = WaitingPolls()
        self._waiters: set[Callable[[], None]] = set()
        self._next_wakeup: float | None = None
        self._compact_at = COMPACT_FROM
        self._is_stale = False
        self._is_closed = False
        self._load()
        clock.attach(self)
        self._call(self._unanswered())

    @property
    def may_block(self) -> bool:
        """Whether a request may call a user's function, and so take any time."""
        return self.clock.virtual and bool(self._functions)

    # -- Requests --------------------------------------------------------------------------------

    def inject(self, call: ApiCall) -> InjectedFault:
        """Return the trouble that a call is to meet with; what a virtual clock can, has passed."""
        params = call.params if isinstance(call.params, dict) else {}
        with self._lock:
            injected_fault = self._injector.injected_fault(call.tenant, call.operation, params)
        if injected_fault.jump:
            self.clock.jump(injected_fault.jump)
        if injected_fault.latency and self.clock.virtual:
            self.clock.jump(injected_fault.latency)
            return evolve(injected_fault, latency=0.0)
        return injected_fault

    def submit(
        self,
        call: ApiCall,
        timeout: float,
        notify: Callable[[], None],
        is_alive: Callable[[], bool] = lambda: True,
    ) -> PendingRequest:
        """Carry a request out; without an answer yet, it is a poll that waits.

        A poll with no patience (seconds) is answered at once. One that waits is answered before
        `notify` is called, under the lock, or ends by `cancel`.
        """
        pending = PendingRequest(call, notify, is_alive)

        def work(transaction: Transaction) -> None:
            self._perform(transaction, pending)
            self._skip(transaction)
            if timeout <= 0:
                self._waiting.end(pending)

        self._transact(work, pending)
        return pending

    def wait(self, call: ApiCall, timeout: float) -> ApiResponse:
        """Carry a request out and return its answer; a poll blocks the calling thread."""
        condition = threading.Condition(self._lock)
        pending = self.submit(call, timeout, condition.notify)
        if pending.answer is None:
            self._sleep(pending, condition, timeout)
        assert pending.answer is not None  # noqa: S101 (whoever ends a poll answers it)
        return pending.answer

    def cancel(self, pending: PendingRequest) -> None:
        """Let a poll wait no longer: it is answered by an empty one, unless it has its answer."""
        with self._lock:
            self._waiting.end(pending)

    def release(self) -> None:
        """Answer every waiting poll by an empty one."""
        with self._lock:
            self._release()

    # -- Time ------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """Return when something falls due next in any world."""
        with self._lock:
            return self._next_deadline()

    def tick(self) -> None:
        """Carry out what fell due."""
        self._transact(self._skip)

    def add_waiter(self, notify: Callable[[], None]) -> None:
        """Have `notify` called, under the lock, whenever the alarm is set earlier."""
        with self._lock:
            self._waiters.add(notify)

    def remove_waiter(self, notify: Callable[[], None]) -> None:
        """Forget a sleeper."""
        with self._lock:
            self._waiters.discard(notify)

    def seconds_to_wakeup(self) -> float | None:
        """Return after how many real seconds to tick, None if waiting brings nothing nearer."""
        wakeup = self._next_wakeup
        return None if wakeup is None else self.clock.real_seconds_until(wakeup)

    # -- The whole -------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return everything as it is now."""
        with self._lock:
            states = self._tenants.items()
            return Snapshot(self.clock.now(), {key: tenants.dump(state) for key, state in states})

    def restore(self, snapshot: Snapshot) -> None:
        """Make everything as it was, the time of a virtual clock too; waiting polls go on."""
        states = {key: tenants.load(data, self._limits) for key, data in snapshot.tenants.items()}
        with self._lock:
            self.clock.rewind(snapshot.now)
            self._become(states)
        self._call(self._unanswered())
        self.tick()

    def reset(self) -> None:
        """Forget everything; polls that wait learn that their domain is unknown."""
        with self._lock:
            self._become({})

    def gauges(self) -> dict[str, int]:
        """Return what can be counted at this moment."""
        with self._lock:
            runs = list(tenants.open_runs(self._tenants.values()))
            return {
                "swf_open_executions": len(runs),
                "swf_waiting_polls": len(self._waiting),
                "swf_pending_tasks": sum(map(tenants.pending_tasks, runs)),
            }

    def close(self) -> None:
        """Answer the waiting polls, let go of the clock and of the store."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._release()
                self.clock.detach()
                if self._store is not None:
                    self._store.close()

    # -- A turn ----------------------------------------------------------------------------------

    def _transact(
        self, work: Callable[[Transaction], None], request: PendingRequest | None = None
    ) -> None:
        """Under the lock, let happen what is due and do some work; then write, answer and call.

        `request` is the request that the work is for.
        """
        transaction = Transaction()
        with self._lock:
            if self._is_closed:
                raise ServiceClosedError("this local service is closed")
            try:
                if self._is_stale:
                    self._load()
                self._fall_due(transaction)
                work(transaction)
                self._write(transaction)
            except BaseException as error:
                # What is in memory is not what is in the store, which is read again.
                self._is_stale = self._store is not None
                if not isinstance(error, Exception):
                    raise
                # A bug, or a disk that is full: the request fails as the service's own would.
                logger.exception("A request failed within the local service")
                self._fail(transaction, request)
            for pending in transaction.answered:
                pending.notify()
            self._update_wakeup()
        self._call(transaction.lambdas)

    def _fail(self, transaction: Transaction, request: PendingRequest | None) -> None:
        transaction.lambdas.clear()
        for pending in [*transaction.answered, *([request] if request else [])]:
            self._waiting.end(pending)
            pending.answer = protocol.refuse(Fault("InternalFailure", status=500))

    def _release(self) -> None:
        for pending in self._waiting:
            self._waiting.end(pending)
            pending.notify()

    def _next_deadline(self) -> float | None:
        deadlines = [engine.next_deadline(state) for state in self._tenants.values()]
        return min((each for each in deadlines if each is not None), default=None)

    def _perform(self, transaction: Transaction, pending: PendingRequest) -> None:
        """Apply a request; a poll that finds nothing begins to wait."""
        key, operation, params = pending.call
        state, first = self._tenants.get(key), None
        if state is None:
            state, first = tenants.make(key, self._limits)
        state.refuse = self._injector.cause
        try:
            outcome = engine.apply(state, operation, params, self.clock.now())
        except Fault as fault:
            self._answer(transaction, pending, protocol.refuse(fault))
            return
        answer = protocol.succeed(outcome.response)
        if outcome.waits_on is None:
            self._injector.record_delivery(key, operation, params, outcome.response)
            self._answer(transaction, pending, answer)
        elif pending.queue is None:
            self._begin_to_wait(pending, (key, outcome.waits_on), answer)
        if first is not None and outcome.records:
            # Only a world in which something happened is kept: anybody can name any number.
            self._tenants[key] = state
            transaction.entries.append(Entry(key, [first]))
        self._carry_out(transaction, key, outcome)

    def _begin_to_wait(self, pending: PendingRequest, queue: Queue, empty: ApiResponse) -> None:
        if self._limits == "strict" and self._waiting.count(queue) >= POLLERS:
            fault = Fault("LimitExceededFault", "Too many pollers wait for the task list")
            pending.answer = protocol.refuse(fault)
        else:
            self._waiting.add(pending, queue, empty, self.clock.now() + LONG_POLL)

    def _answer(
        self, transaction: Transaction, pending: PendingRequest, answer: ApiResponse
    ) -> None:
        if pending.queue is None:
            pending.answer = answer
        else:
            self._waiting.end(pending, answer)
            transaction.answered.append(pending)

    def _carry_out(
        self, transaction: Transaction, key: TenantKey, outcome: engine.StepResult
    ) -> None:
        """Take note of what an outcome asks for, and give its tasks to those who wait."""
        transaction.entries.append(Entry(key, outcome.records))
        transaction.lambdas += [(key, call) for call in outcome.lambdas]
        for task_list in sorted(outcome.wakes):
            queue = (key, task_list)
            while (pending := self._waiting.first(queue)) is not None:
                self._perform(transaction, pending)
                if pending.queue is not None:
                    break

    def _fall_due(self, transaction: Transaction) -> None:
        """Let happen what is due by now, and end the polls that waited long enough."""
        now = self.clock.now()
        if self._next_wakeup is not None and self._next_wakeup <= now:
            self._next_wakeup = None
        if self.clock.stands_still:
            for pending in self._waiting:
                if pending.deadline <= now:
                    self._waiting.end(pending)
                    transaction.answered.append(pending)
        for key, state in list(self._tenants.items()):
            deadline = engine.next_deadline(state)
            if deadline is not None and deadline <= now:
                self._carry_out(transaction, key, engine.tick(state, now))

    def _skip(self, transaction: Transaction) -> None:
        """Move a skipping clock on while polls wait and nothing but time can help them."""
        while self.clock.skips and self._waiting:
            deadline = self._next_deadline()
            if deadline is None or not tenants.is_blocked_on_time(self._tenants.values()):
                return
            self.clock.skip_to(deadline)
            self._fall_due(transaction)

    def _update_wakeup(self) -> None:
        """Rouse the sleepers if something falls due before the time they know of."""
        deadline = self._next_deadline() if self._waiting else None
        if deadline is not None and (self._next_wakeup is None or deadline < self._next_wakeup):
            self._next_wakeup = deadline
            for notify in self._waiters:
                notify()

    def _sleep(
        self, pending: PendingRequest, condition: threading.Condition, timeout: float
    ) -> None:
        """Block the thread until its poll is answered, but no longer than `timeout` seconds."""
        until = time.monotonic() + timeout
        self.add_waiter(condition.notify)
        try:
            while pending.answer is None and (left := until - time.monotonic()) > 0:
                with self._lock:
                    if pending.answer is None:
                        wakeup = self.seconds_to_wakeup()
                        condition.wait(left if wakeup is None else min(left, wakeup))
                if pending.answer is None:
                    self.tick()
        finally:
            self.remove_waiter(condition.notify)
            self.cancel(pending)

    # -- Lambda functions ------------------------------------------------------------------------

    def _unanswered(self) -> list[LambdaCall]:
        """Return the calls whose end nobody lived to see: they are made again."""
        return [
            (key, call)
            for key, state in self._tenants.items()
            for call in engine.open_lambdas(state)
        ]

    def _call(self, calls: list[LambdaCall]) -> None:
        """Call functions outside the lock: beside whatever goes on, but on a virtual clock at
        once, so that a test is the same each time."""
        for key, call in calls:
            if self.clock.virtual:
                self._run(key, call)
            else:
                threading.Thread(target=self._run, args=(key, call), daemon=True).start()

    def _run(self, key: TenantKey, call: engine.LambdaCall) -> None:
        ended = invoke(self._functions, call)

        def work(transaction: Transaction) -> None:
            if (state := self._tenants.get(key)) is not None:
                finished = engine.finish_lambda(
                    state, call.run_id, call.scheduled_event_id, ended, self.clock.now()
                )
                self._carry_out(transaction, key, finished)
                self._skip(transaction)

        with suppress(ServiceClosedError):
            self._transact(work)

    # -- The store -------------------------------------------------------------------------------

    def _load(self) -> None:
        """Read the worlds from the store."""
        if self._store is None:
            return
        states: dict[TenantKey, State] = {}
        try:
            for key, records in self._store.entries():
                if key not in states:
                    states[key] = State.from_records([records.pop(0)], self._limits)
                for record in records:
                    states[key].fold(record)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise self._store.damage(f"a record makes no sense: {error!r}") from error
        self._tenants, self._is_stale = states, False

    def _write(self, transaction: Transaction) -> None:
        """Keep what happened; now and then, only what still counts."""
        if self._store is None:
            return
        self._store.append(transaction.entries)
        if self._store.size > self._compact_at:
            self._store.replace({key: state.records() for key, state in self._tenants.items()})
            self._compact_at = max(COMPACT_FROM, 2 * self._store.size)

    def _become(self, states: dict[TenantKey, State]) -> None:
        """Put other worlds in the place of these; who waits, asks again."""
        if self._store is not None:
            self._store.replace({key: state.records() for key, state in states.items()})
        self._tenants, self._next_wakeup = states, None
        transaction = Transaction()
        for pending in self._waiting:
            self._perform(transaction, pending)
        self._write(transaction)
        for pending in transaction.answered:
            pending.notify()
