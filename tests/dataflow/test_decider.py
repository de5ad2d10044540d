"""Deciders and workers in threads: many runs at a time, and some that forget everything."""

from __future__ import annotations

import contextlib
import gc
import threading

import pytest

from swf.actors.sticky import StickyCache
from swf.dataflow import ActivityWorker, Decider, Local, Workflow, activity, futures
from swf.dataflow.local import result_of
from swf.dataflow.registration import Registrar
from swf.local import LocalSWF, SkippingClock
from swf.models import Domain


@activity.with_attributes(task_list="threads")
def square(x):
    return x * x


class Sums(Workflow):
    name, task_list = "sums", "threads"

    def run(self, n):
        squares = futures.wait(*self.map(square, range(n)))
        self.sleep(60)
        return sum(squares) + sum(futures.wait(*self.map(square, range(n))))


@pytest.mark.parametrize("cached", [1000, 3, 0], ids=["all", "few", "none"])
def test_many_executions_are_decided_in_many_threads(cached):
    with LocalSWF(clock=SkippingClock(), poll_timeout=0.2) as service:
        domain = Domain("threads", connection=service.connection())
        domain.save()
        decider = Decider(
            domain, "threads", [Sums], concurrency=4, sticky=StickyCache(count=cached)
        )
        worker = ActivityWorker(domain, "threads", [square], concurrency=4)
        kind = Registrar(domain, lambda: domain.connection).workflow(Sums)
        with decider, worker:
            started = [kind.start_execution(input={"args": [n], "kwargs": {}}) for n in range(12)]
            done = [execution.wait(timeout=40) for execution in started]
        results = [result_of(each.history()) for each in done]

    assert results == [2 * sum(x * x for x in range(n)) for n in range(12)]


def test_the_threads_of_a_decider_end_with_it():
    def stages():
        return [t for t in threading.enumerate() if t.name.startswith("swf-workflow")]

    before = stages()
    with LocalSWF(clock=SkippingClock(), poll_timeout=0.1) as service:
        domain = Domain("threads", connection=service.connection())
        domain.save()
        decider = Decider(domain, "threads", [Sums], concurrency=2)
        Registrar(domain, lambda: domain.connection).workflow(Sums).start_execution(input=[0])
        while not decider.poll_once():
            pass
        ended = [thread for thread in stages() if thread not in before]
        decider.start()
        decider.stop()

    for thread in ended:
        thread.join(timeout=10)
    assert len(ended) == 1
    assert not any(thread.is_alive() for thread in ended)


def test_a_run_that_is_thrown_out_ends_its_code_and_asks_for_nothing():
    ended = []

    class Tidy(Workflow):
        name = "tidy"

        def run(self):
            try:
                self.submit(self.wait_signal("never")).wait()
            finally:
                ended.append("finally")
                self.submit(square, 1).wait()
                ended.append("went on")

    with LocalSWF(clock=SkippingClock(), poll_timeout=0) as service:
        domain = Domain("threads", connection=service.connection())
        domain.save()
        decider = Decider(domain, "threads", [Tidy])
        kind = Registrar(domain, lambda: domain.connection).workflow(Tidy)
        execution = kind.start_execution(task_list="threads")
        decider.poll_once()
        decider.histories.cache.clear()
        gc.collect()

        assert ended == ["finally"]
        assert not execution.history().activities


def test_a_run_whose_code_catches_everything_is_thrown_out_all_the_same(caplog):
    class Stubborn(Workflow):
        def run(self):
            while True:
                with contextlib.suppress(BaseException):
                    self.submit(self.wait_signal("never")).wait()

    with Local(Stubborn) as local:
        local.start(Stubborn)
        local.run_until_idle()

    assert "swallowed GreenletExit" in caplog.text


def test_a_decider_that_was_stopped_goes_on_where_it_was():
    with LocalSWF(clock=SkippingClock(), poll_timeout=0.1) as service:
        domain = Domain("threads", connection=service.connection())
        domain.save()
        decider = Decider(domain, "threads", [Sums], concurrency=2)
        worker = ActivityWorker(domain, "threads", [square])
        kind = Registrar(domain, lambda: domain.connection).workflow(Sums)
        execution = kind.start_execution(input=[3])
        with service.clock.hold():
            while not execution.history().open_timers:
                assert decider.poll_once() or worker.poll_once()
            decider.start()
            decider.stop()
        with decider, worker:
            closed = execution.wait(timeout=30)
        result = result_of(closed.history())

    assert result == 10


def test_what_was_routed_to_a_decider_that_stopped_is_there_when_it_starts_again():
    class Waits(Workflow):
        name, task_list = "waits", "threads"

        def run(self):
            return [self.submit(self.wait_signal(each)).result for each in ("first", "second")]

    with LocalSWF(clock=SkippingClock(), poll_timeout=0.1) as service:
        domain = Domain("threads", connection=service.connection())
        domain.save()
        decider = Decider(domain, "threads", [Waits], own_task_list_timeout=3600)
        kind = Registrar(domain, lambda: domain.connection).workflow(Waits)
        execution = kind.start_execution()
        with service.clock.hold():
            with decider:
                while execution.history().last.name != "DecisionTaskCompleted":
                    assert decider.is_running
            execution.signal("first", 1)
            execution.signal("second", 2)
            with decider:
                closed = execution.wait(timeout=30)
        history = closed.history()

    assert result_of(history) == [1, 2]
    assert [task.state for task in history.decision_tasks.values()] == ["completed"] * 2
