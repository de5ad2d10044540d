"""The runtime: polling, performing, and how it ends."""

from __future__ import annotations

import os
import signal
import threading

import pytest

import swf
from swf.actors import ActivityWorker, Backoff, Decider, Hooks
from swf.actors.runtime import EXIT_FATAL, Runtime
from swf.connection import Connection, current
from swf.exceptions import (
    DoesNotExistError,
    EndpointUnreachableError,
    InvalidCredentialsError,
    PermissionDeniedError,
    RateLimitExceededError,
)
from swf.local import LocalSWF, SystemClock
from swf.models import Domain
from swf.models.decision import complete_workflow_execution, schedule_activity_task

AT_ONCE = Backoff(base=0)
SOON = 10.0  # seconds until an event must have happened


class Source:
    """Returns its items one at a time, then blocks until it is released."""

    def __init__(self, *things):
        self.things = list(things)
        self.polled = threading.Semaphore(0)
        self.released = threading.Event()
        self.polls = 0
        self.lock = threading.Lock()

    def poll(self):
        with self.lock:
            self.polls += 1
            self.polled.release()
            thing = self.things.pop(0) if self.things else None
        if isinstance(thing, Exception):
            raise thing
        if thing is None:
            assert self.released.wait(SOON)
        return thing


def run(source, perform, slots=1, pollers=1):
    polls = [source.poll] * pollers
    runtime = Runtime("actor", polls, perform, slots=slots, backoff=AT_ONCE)
    runtime.start()
    return runtime


def finish(runtime, source):
    runtime.stop()
    source.released.set()
    assert runtime.ended.wait(SOON)


def test_polled_tasks_are_performed():
    source, done, performed = Source(1, 2, 3), [], threading.Semaphore(0)

    def perform(task):
        done.append(task)
        performed.release()

    runtime = run(source, perform)
    for _ in range(3):
        assert performed.acquire(timeout=SOON)
    finish(runtime, source)

    assert done == [1, 2, 3]


def test_no_poll_is_made_while_no_slot_is_free():
    source, busy, free = Source(1, 2), threading.Event(), threading.Event()

    def perform(_):
        busy.set()
        assert free.wait(SOON)

    runtime = run(source, perform)
    assert busy.wait(SOON)
    polls_while_busy = source.polls
    free.set()
    finish(runtime, source)

    assert polls_while_busy == 1


def test_concurrent_tasks_equal_slots():
    source, together = Source(1, 2, 3), threading.Barrier(3)

    runtime = run(source, lambda _: together.wait(SOON), slots=3)
    for _ in range(4):
        assert source.polled.acquire(timeout=SOON)
    finish(runtime, source)

    assert not together.broken


def test_task_of_poll_in_progress_is_performed_after_stop():
    entered, release, done = threading.Event(), threading.Event(), []

    def poll():
        entered.set()
        assert release.wait(SOON)
        return "late"

    runtime = Runtime("actor", [poll], done.append, slots=1, backoff=AT_ONCE)
    runtime.start()
    assert entered.wait(SOON)
    runtime.stop()
    release.set()
    assert runtime.ended.wait(SOON)

    assert done == ["late"]


@pytest.mark.parametrize(
    "error",
    [
        RateLimitExceededError("Rate exceeded", "ThrottlingException"),
        EndpointUnreachableError("no answer"),
        ValueError("an unexpected error"),
        DoesNotExistError("Unknown decision task", "UnknownResourceFault"),
        Domain.DoesNotExist("Unknown domain: d", "UnknownResourceFault"),
    ],
)
def test_failed_poll_is_repeated(error):
    source, done = Source(error, error, "task"), threading.Event()

    runtime = run(source, lambda _: done.set())
    assert done.wait(SOON)
    finish(runtime, source)

    assert runtime.error is None


@pytest.mark.parametrize(
    "error",
    [
        InvalidCredentialsError("expired", "ExpiredTokenException"),
        PermissionDeniedError("not allowed", "AccessDeniedException"),
    ],
)
def test_permanent_error_ends_loop_and_is_logged_once(error, caplog):
    source = Source(error, error)

    runtime = run(source, lambda _: None, slots=2, pollers=2)

    assert runtime.ended.wait(SOON)
    assert runtime.error is error
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_slot_survives_error_of_task(caplog):
    source, done = Source("bad", "good"), threading.Event()

    def perform(task):
        if task == "bad":
            raise RuntimeError("a bug of the actor's own")
        done.set()

    runtime = run(source, perform)
    assert done.wait(SOON)
    finish(runtime, source)

    assert "task will time out after an error: actor: 'bad'" in caplog.text


def test_forbidden_response_ends_loop():
    error = PermissionDeniedError("not allowed", "AccessDeniedException")
    source = Source("task")

    def perform(_):
        raise error

    runtime = run(source, perform)
    assert source.polled.acquire(timeout=SOON)
    source.released.set()

    assert runtime.ended.wait(SOON)
    assert runtime.error is error


# The actors, on a service in real time whose polls are short.


class Pack(Decider):
    def decide(self, task):
        pack = task.history.activities.get("a")
        if pack is None:
            return [schedule_activity_task("a", ("pack", "1"))]
        return [] if pack.is_open else [complete_workflow_execution(pack.result)]


@pytest.fixture
def service():
    with LocalSWF(clock=SystemClock(), poll_timeout=0.02) as service:
        yield service


@pytest.fixture
def shop(service, make_shop):
    return make_shop(service.connection())


def packer(shop, **options):
    worker = ActivityWorker(shop, "activities", backoff=AT_ONCE, **options)
    worker.register("pack", "1", lambda task: "packed")
    return worker


def test_actors_run_within_a_with_block(shop, ship):
    with Pack(shop, "decisions") as decider, packer(shop, concurrency=4) as worker:
        closed = [ship.start_execution().wait(timeout=SOON) for _ in range(5)]
        assert decider.is_running
        assert worker.is_running

    assert {execution.close_status for execution in closed} == {"COMPLETED"}
    assert not decider.is_running


def test_an_actor_can_be_started_again_after_a_stop(shop, ship):
    decider, worker = Pack(shop, "decisions"), packer(shop)

    for _ in range(2):
        with decider, worker:
            assert ship.start_execution().wait(timeout=SOON).close_status == "COMPLETED"


def test_running_actor_cannot_be_started(shop):
    with packer(shop) as worker, pytest.raises(RuntimeError, match="already running"):
        worker.start()


def test_stop_returns_whether_tasks_are_finished(shop, ship):
    at_work, go_on = threading.Event(), threading.Event()
    worker = ActivityWorker(shop, "activities")

    @worker.activity("pack", "1")
    def pack(task):
        at_work.set()
        assert go_on.wait(SOON)

    with Pack(shop, "decisions"):
        worker.start()
        execution = ship.start_execution()
        assert at_work.wait(SOON)
        stopped_at_once = worker.stop(timeout=0)
        go_on.set()
        stopped_in_the_end = worker.stop(timeout=SOON)
        closed = execution.wait(timeout=SOON)

    assert (stopped_at_once, stopped_in_the_end) == (False, True)
    assert closed.close_status == "COMPLETED"


def test_task_sees_that_worker_is_stopping(shop, ship):
    at_work, noticed = threading.Event(), []
    worker = ActivityWorker(shop, "activities")

    @worker.activity("pack", "1")
    def pack(task):
        at_work.set()
        noticed.append(task.stopping.wait(SOON))

    with Pack(shop, "decisions"), worker:
        ship.start_execution()
        assert at_work.wait(SOON)

    assert noticed == [True]


def test_stop_without_start_does_nothing(shop):
    assert packer(shop).stop() is True


def forbid(worker):
    """Make the polls of a worker fail for lack of permission."""

    def poll(*_):
        raise PermissionDeniedError(
            "not allowed", "OperationNotPermittedFault", "PollForActivityTask"
        )

    worker.poll = poll
    return worker


def test_permanent_error_is_raised_at_block_end(shop):
    worker = forbid(ActivityWorker(shop, "activities"))

    worker.start()
    assert worker._runtime.ended.wait(SOON)

    with pytest.raises(PermissionDeniedError, match="not allowed"):
        worker.__exit__(None, None, None)


def test_run_returns_exit_code_after_permanent_error(shop, caplog):
    code = forbid(ActivityWorker(shop, "activities", concurrency=3)).run()

    assert code == EXIT_FATAL == 78
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1


def test_run_ends_gracefully_at_the_first_signal(shop, ship):
    worker = ActivityWorker(shop, "activities")

    @worker.activity("pack", "1")
    def pack(task):
        os.kill(os.getpid(), signal.SIGTERM)
        assert task.stopping.wait(SOON)
        return "packed after the signal"

    with Pack(shop, "decisions"):
        execution = ship.start_execution()
        code = worker.run()
        closed = execution.wait(timeout=SOON)

    assert code == 0
    assert closed.history().execution.result == "packed after the signal"


def test_run_ends_at_once_at_the_second_signal(shop, ship):
    worker, free = ActivityWorker(shop, "activities"), threading.Event()

    @worker.activity("pack", "1")
    def pack(task):
        os.kill(os.getpid(), signal.SIGINT)
        assert task.stopping.wait(SOON)
        os.kill(os.getpid(), signal.SIGTERM)
        free.wait(SOON)

    with Pack(shop, "decisions"):
        ship.start_execution()
        code = worker.run()
        free.set()
        worker.stop(timeout=SOON)

    assert code == 128 + signal.SIGTERM


class Signal(Hooks):
    """Sends a signal to this process when the first poll begins."""

    def __init__(self, number):
        self.number = number

    def before_poll(self, actor, task_list):
        if self.number:
            os.kill(os.getpid(), self.number)
            self.number = None


def test_run_restores_signal_handlers(shop):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)

    packer(shop, hooks=[Signal(signal.SIGTERM)]).run()

    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_run_in_other_thread_ignores_signals(shop):
    codes, polls = [], threading.Event()

    class Tell(Hooks):
        def before_poll(self, actor, task_list):
            polls.set()

    worker = packer(shop, hooks=[Tell()])
    thread = threading.Thread(target=lambda: codes.append(worker.run()))
    thread.start()
    assert polls.wait(SOON)

    worker.stop(timeout=SOON)
    thread.join(SOON)

    assert codes == [0]


def test_threads_inherit_current_connection(service):
    observations, requests = [], threading.Event()

    class Look(ActivityWorker):
        def poll(self, task_list=None, identity=None):
            observations.append(current())
            requests.set()
            return super().poll(task_list, identity)

    connection = service.connection()
    with swf.using(connection):
        Domain("d").save()
        with Look(Domain("d"), "list"):
            assert requests.wait(SOON)

    assert set(observations) == {connection}


def test_short_activity_costs_two_calls(shop, ship):
    calls = []

    class Counted(Connection):
        def call(self, operation, /, **params):
            answer = super().call(operation, **params)
            if "PollFor" not in operation or answer.get("taskToken"):
                calls.append(operation)
            return answer

    counted = Counted(client=shop.connection.client)
    decider = Pack(shop, "decisions", connection=counted)
    worker = packer(shop, connection=counted)
    with decider, worker:
        for _ in range(10):
            ship.start_execution().wait(timeout=SOON)

    ideal = 10 * (2 + 2 * 2)
    assert len(calls) == ideal + 1  # the activity type is described once
