"""Actors survive their tasks: any exception, hanging code, a missing domain."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from swf.actors import ActivityWorker, Backoff, Decider, Hooks, Timeouts
from swf.actors.hooks import HookList
from swf.actors.runtime import Runtime
from swf.exceptions import EndpointUnreachableError, PermissionDeniedError, SWFError
from swf.local import LocalSWF, SystemClock
from swf.models import Domain, WorkflowType
from swf.models.decision import schedule_activity_task
from swf.payload import PlainJSON

SOON = 10.0  # seconds until an event must have happened


@pytest.fixture
def local():
    """A service in real time whose polls end soon, installed as the default connection."""
    with LocalSWF(clock=SystemClock(), poll_timeout=0.1) as service:
        service.install()
        yield service


class OneActivity(Decider):
    def decide(self, task):
        return [schedule_activity_task("pack-1", ("pack", "1"), input={})]


@pytest.fixture
def execution(shop):
    return WorkflowType.objects.filter(domain=shop).get(name="ship").start_execution("order-1")


@pytest.fixture
def decider(shop, execution):
    return OneActivity(shop, "decisions")


def test_worker_waits_for_its_domain(local, caplog):
    domain = Domain("later")
    polled = threading.Event()
    worker = ActivityWorker(domain, "activities", backoff=Backoff(base=0.01))
    worker.hooks = HookList([EventHook("on_error", polled)])

    worker.start()
    assert polled.wait(SOON)
    domain.save()

    assert worker.is_running
    assert worker.stop(SOON)
    assert "poll failed" in caplog.text


class EventHook(Hooks):
    """Sets an event when the actor calls one of its methods."""

    def __init__(self, moment, event):
        setattr(self, moment, lambda *_: event.set())


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_slot_survives_any_exception_of_an_activity(shop, decider, error):
    done = threading.Event()
    outcomes = []

    class Watch(Hooks):
        def after_activity(self, actor, task, outcome):
            outcomes.append(outcome)
            done.set()

    def fail(task):
        raise error

    worker = ActivityWorker(shop, "activities", hooks=[Watch()])
    worker.register("pack", "1", fail)
    decider.poll_once()

    worker.start()
    assert done.wait(SOON)

    assert outcomes == ["failed"]
    assert worker._runtime._working == 1
    assert worker.stop(SOON)


class Unusual(BaseException):
    """An exception that `except Exception` does not catch."""


@pytest.mark.parametrize("moment", [name for name in vars(Hooks) if not name.startswith("_")])
def test_hook_that_raises_any_exception_changes_nothing(shop, execution, moment, caplog):
    def interrupt(*_):
        raise SystemExit

    def pack(task):
        task.heartbeat()
        raise ValueError("broken")

    hook = Hooks()
    setattr(hook, moment, interrupt)
    worker = ActivityWorker(shop, "activities", hooks=[hook])
    worker.register("pack", "1", pack)

    OneActivity(shop, "decisions", hooks=[hook]).poll_once()
    worker.poll_once()

    assert execution.history().activities["pack-1"].state == "failed"
    assert f"hook failed: {moment}" in caplog.text


@pytest.mark.parametrize("method", ["encode", "decode"])
def test_codec_that_raises_any_exception_fails_the_task(shop, execution, decider, method):
    def interrupt(*_):
        raise Unusual("damaged")

    codec = PlainJSON()
    setattr(codec, method, interrupt)
    worker = ActivityWorker(shop, "activities", codec=codec)
    worker.register("pack", "1", lambda task: 1)
    decider.poll_once()

    with suppress(SWFError):
        worker.poll_once()

    activity = execution.history().activities["pack-1"]
    assert (activity.state, activity.reason) == ("failed", "Unusual: damaged")


def test_poller_survives_a_keyboard_interrupt():
    performed, stop = threading.Event(), threading.Event()
    polls = iter([KeyboardInterrupt(), "task"])

    def poll():
        item = next(polls, None)
        if isinstance(item, BaseException):
            raise item
        return item or stop.wait(0.01) or None

    runtime = Runtime(
        "actor", [poll], lambda task: performed.set(), slots=1, backoff=Backoff(base=0)
    )
    runtime.start()

    assert performed.wait(SOON)
    runtime.stop()
    assert runtime.ended.wait(SOON)


def test_hanging_task_is_logged_and_its_slot_replaced(shop, decider, caplog):
    hang, hanging, polled = threading.Event(), threading.Event(), threading.Event()

    def pack(task):
        hanging.set()
        hang.wait(SOON)

    worker = ActivityWorker(shop, "activities", hooks=[EventHook("before_poll", polled)])
    worker.register("pack", "1", pack, Timeouts(None, 0.05))
    decider.poll_once()

    worker.start()
    assert hanging.wait(SOON)
    polled.clear()
    assert polled.wait(SOON)  # by the thread that replaces the slot

    assert "activity exceeded its start-to-close timeout" in caplog.text
    assert worker.stop(SOON)
    hang.set()


def test_runtime_stops_after_maximum_number_of_tasks():
    tasks = []
    runtime = Runtime(
        "actor", [lambda: "task"], tasks.append, slots=1, backoff=Backoff(), max_tasks=3
    )

    runtime.start()

    assert runtime.ended.wait(SOON)
    assert tasks == ["task"] * 3


def test_heartbeat_thread_ends_with_its_task(shop, decider):
    worker = ActivityWorker(shop, "activities")
    worker.register("pack", "1", lambda task: "packed", Timeouts(3600.0, None))
    decider.poll_once()

    worker.poll_once()

    watchers = [thread for thread in threading.enumerate() if thread.name == "swf-heartbeats"]
    for watcher in watchers:
        watcher.join(SOON)
    assert not any(watcher.is_alive() for watcher in watchers)


def test_log_names_no_task_token(shop, decider, caplog):
    worker = ActivityWorker(shop, "activities")
    tokens = []

    def perform(task):
        tokens.append(task.task_token)
        raise RuntimeError("bug in a hook")

    worker._perform = perform
    runtime = worker._prepare(None)
    decider.poll_once()
    runtime._work(worker._poll_task("activities"))

    assert "task will time out" in caplog.text
    assert tokens[0] not in caplog.text


def test_set_up_is_retried_before_the_first_poll(caplog):
    attempts, polled = [], threading.Event()

    def set_up():
        attempts.append(polled.is_set())
        if len(attempts) < 3:
            raise EndpointUnreachableError("no response")

    def poll():
        polled.set()

    runtime = Runtime("actor", [poll], print, slots=2, backoff=Backoff(base=0), set_up=set_up)
    runtime.start()

    assert polled.wait(SOON)
    runtime.stop()
    assert runtime.ended.wait(SOON)
    assert attempts == [False, False, False]
    assert caplog.text.count("start failed, next attempt") == 2


def test_permanent_error_of_set_up_ends_the_runtime():
    def set_up():
        raise PermissionDeniedError("not allowed", "AccessDeniedException")

    runtime = Runtime("actor", [print], print, slots=2, backoff=Backoff(), set_up=set_up)
    runtime.start()

    assert runtime.ended.wait(SOON)
    assert isinstance(runtime.error, PermissionDeniedError)
