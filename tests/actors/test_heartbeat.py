"""Heartbeats: their schedule, their details and cancellation."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
from botocore.config import Config

from swf.actors import ActivityWorker, Decider, Hooks, Timeouts
from swf.actors.heartbeat import Heartbeats, Pulse
from swf.local import LocalSWF, ServerError, SystemClock, Throttling
from swf.models import ActivityType, Domain, WorkflowType
from swf.models.decision import (
    complete_workflow_execution,
    request_cancel_activity_task,
    schedule_activity_task,
)

SOON = 10.0
ONCE = Config(retries={"total_max_attempts": 1})


def test_heartbeat_is_due_after_interval():
    pulse = Pulse(interval=20, gap=1, now=100)

    assert pulse.due == 120


def test_task_without_heartbeat_timeout_needs_no_heartbeat():
    assert Pulse(interval=None, gap=1, now=100).due is None


def test_no_heartbeat_is_due_while_one_is_sent():
    pulse = Pulse(interval=20, gap=1, now=100)

    pulse.begin(now=120)

    assert pulse.due is None


@pytest.mark.parametrize(("failed", "due"), [(False, 141), (True, 127)])
def test_failed_heartbeat_is_repeated_sooner(failed, due):
    pulse = Pulse(interval=20 if not failed else 18, gap=1, now=100)
    pulse.begin(now=120)

    pulse.end(now=121, failed=failed)

    assert pulse.due == due


def test_first_report_is_sent_at_once():
    assert Pulse(interval=20, gap=1, now=100).report("half", now=100) is True


def test_report_after_recent_heartbeat_is_delayed():
    pulse = Pulse(interval=20, gap=1, now=100)
    pulse.begin(now=105)
    pulse.end(now=105, failed=False)

    at_once = pulse.report("half", now=105.25)

    assert (at_once, pulse.due, pulse.details) == (False, 106, "half")


def test_report_without_details_repeats_the_last_ones():
    pulse = Pulse(interval=20, gap=1, now=100)
    pulse.report("half", now=100)

    pulse.report(None, now=103)

    assert pulse.details == "half"


def test_gap_does_not_exceed_interval():
    assert Pulse(interval=0.3, gap=1, now=100).gap == 0.3


class Task(SimpleNamespace):
    __hash__ = object.__hash__


def task():
    return Task(heartbeat_timeout=0.03, deadline=None, lost=False, elsewhere=False)


def test_heartbeats_are_sent_during_block():
    sent, third = [], threading.Event()

    def send(task, details):
        sent.append(details)
        if len(sent) >= 3:
            third.set()
        return True

    heartbeats = Heartbeats(send, lambda _: None, gap=0.001)
    with heartbeats.keep_alive(task()):
        assert third.wait(SOON)


def test_hanging_heartbeat_does_not_block_others():
    hangs, go_on, beat = threading.Event(), threading.Event(), threading.Event()
    slow, quick = task(), task()

    def send(task, details):
        if task is slow:
            hangs.set()
            return go_on.wait(SOON)
        if hangs.is_set():
            beat.set()
        return True

    heartbeats = Heartbeats(send, lambda _: None, gap=0.001)
    with heartbeats.keep_alive(slow), heartbeats.keep_alive(quick):
        assert beat.wait(SOON)
        go_on.set()


def test_lost_task_gets_no_heartbeats():
    sent, other = [], threading.Semaphore(0)
    lost, alive = task(), task()

    def send(task, details):
        sent.append(task)
        if task is lost:
            task.lost = True
        else:
            other.release()
        return True

    heartbeats = Heartbeats(send, lambda _: None, gap=0.001)
    with heartbeats.keep_alive(lost), heartbeats.keep_alive(alive):
        for _ in range(5):
            assert other.acquire(timeout=SOON)

    assert sent.count(lost) == 1


# Beside real code, in real time.


class Pack(Decider):
    def decide(self, task):
        pack = task.history.activities.get("a")
        if pack is None:
            return [schedule_activity_task("a", ("pack", "1"))]
        if not pack.is_open:
            return [complete_workflow_execution(pack.state)]
        requests = task.history.signals and pack.state != "cancel_requested"
        return [request_cancel_activity_task("a")] if requests else []


def make_service(faults=()):
    service = LocalSWF(clock=SystemClock(), poll_timeout=0.02, faults=faults)
    shop = Domain("shop", connection=service.connection(config=ONCE))
    shop.save()
    timeouts = dict.fromkeys(
        (
            "task_schedule_to_close_timeout",
            "task_schedule_to_start_timeout",
            "task_start_to_close_timeout",
        ),
        "NONE",
    )
    pack = ActivityType(
        shop,
        "pack",
        "1",
        task_list="activities",
        task_heartbeat_timeout=1,
        connection=shop.connection,
        **timeouts,
    )
    pack.save()
    ship = WorkflowType(shop, "ship", "1", task_list="decisions", connection=shop.connection)
    ship.save()
    return service, shop, ship


QUICK = Timeouts(heartbeat=0.06, start_to_close=None)


def test_task_without_heartbeat_calls_sees_cancellation():
    service, shop, ship = make_service()
    worker, at_work = ActivityWorker(shop, "activities"), threading.Event()

    @worker.activity("pack", "1", QUICK)
    def pack(task):
        at_work.set()
        noticed = threading.Event()
        for _ in range(1000):
            if task.cancel_requested:
                return "stopped"
            noticed.wait(0.01)
        raise AssertionError("cancellation was not noticed")

    with service, Pack(shop, "decisions"), worker:
        execution = ship.start_execution()
        assert at_work.wait(SOON)
        execution.signal("stop")
        closed = execution.wait(timeout=SOON)
        history = closed.history()

    assert history.activities["a"].result == "stopped"


def test_unexpected_heartbeat_error_is_survived():
    service, shop, ship = make_service()
    through = threading.Event()

    class Odd(ActivityWorker):
        beats = 0

        def heartbeat(self, token, details=None):
            self.beats += 1
            if self.beats < 3:
                raise RuntimeError("unheard of")
            through.set()
            return super().heartbeat(token, details)

    worker = Odd(shop, "activities")
    worker.register("pack", "1", lambda task: through.wait(SOON), QUICK)

    with service, Pack(shop, "decisions"), worker:
        history = ship.start_execution().wait(timeout=SOON).history()

    assert history.activities["a"].result is True


@pytest.mark.parametrize(
    "trouble",
    [
        Throttling("RecordActivityTaskHeartbeat", times=2),
        ServerError("RecordActivityTaskHeartbeat", times=2),
    ],
)
def test_failed_heartbeat_is_survived(trouble):
    answers, through = [], threading.Event()

    class Listen(Hooks):
        def after_heartbeat(self, actor, task, cancel_requested):
            answers.append(cancel_requested)
            if cancel_requested is not None:
                through.set()

    service, shop, ship = make_service([trouble])
    worker = ActivityWorker(shop, "activities", hooks=[Listen()])
    worker.register("pack", "1", lambda task: through.wait(SOON), QUICK)

    with service, Pack(shop, "decisions"), worker:
        closed = ship.start_execution().wait(timeout=SOON)
        history = closed.history()

    assert history.activities["a"].result is True
    assert answers[:3] == [None, None, False]
