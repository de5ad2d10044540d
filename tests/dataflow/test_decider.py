"""Deciders and workers in threads, with and without cached executions."""

from __future__ import annotations

import contextlib
import gc
import threading

import greenlet
import pytest

from swf.actors.sticky import StickyCache
from swf.dataflow import ActivityWorker, Decider, Local, Workflow, activity, futures
from swf.dataflow.handle import result_of
from swf.dataflow.registration import Registrar
from swf.exceptions import SWFError
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
def test_many_executions_run_in_many_threads(cached):
    with LocalSWF(clock=SkippingClock(), poll_timeout=0.2) as service:
        domain = Domain("threads", connection=service.connection())
        domain.save()
        decider = Decider(
            domain, "threads", [Sums], concurrency=4, sticky=StickyCache(count=cached)
        )
        worker = ActivityWorker(domain, "threads", [square], concurrency=4)
        workflow_type = Registrar(domain, lambda: domain.connection).workflow(Sums)
        with decider, worker:
            executions = [
                workflow_type.start_execution(input={"args": [n], "kwargs": {}}) for n in range(12)
            ]
            closed = [execution.wait(timeout=40) for execution in executions]
        results = [result_of(each.history()) for each in closed]

    assert results == [2 * sum(x * x for x in range(n)) for n in range(12)]


def test_threads_end_when_decider_stops():
    def workflow_threads():
        return [t for t in threading.enumerate() if t.name.startswith("swf-workflow")]

    before = workflow_threads()
    with LocalSWF(clock=SkippingClock(), poll_timeout=0.1) as service:
        domain = Domain("threads", connection=service.connection())
        domain.save()
        decider = Decider(domain, "threads", [Sums], concurrency=2)
        Registrar(domain, lambda: domain.connection).workflow(Sums).start_execution(input=[0])
        while not decider.poll_once():
            pass
        ended = [thread for thread in workflow_threads() if thread not in before]
        decider.start()
        decider.stop()

    for thread in ended:
        thread.join(timeout=10)
    assert len(ended) == 1
    assert not any(thread.is_alive() for thread in ended)


def test_evicted_execution_unwinds_without_new_commands():
    ended = []

    class Tidy(Workflow):
        name = "tidy"

        def run(self):
            try:
                self.submit(self.wait_signal("never")).wait()
            finally:
                ended.append("finally")
                self.submit(square, 1).wait()
                ended.append("continued")

    with LocalSWF(clock=SkippingClock(), poll_timeout=0) as service:
        domain = Domain("threads", connection=service.connection())
        domain.save()
        decider = Decider(domain, "threads", [Tidy])
        workflow_type = Registrar(domain, lambda: domain.connection).workflow(Tidy)
        execution = workflow_type.start_execution(task_list="threads")
        decider.poll_once()
        decider.histories.cache.clear()
        gc.collect()

        assert ended == ["finally"]
        assert not execution.history().activities


def test_code_that_swallows_everything_is_evicted_and_logged(caplog):
    class Stubborn(Workflow):
        def run(self):
            while True:
                with contextlib.suppress(BaseException):
                    self.submit(self.wait_signal("never")).wait()

    with Local(Stubborn) as local:
        local.start(Stubborn)
        local.run_until_idle()

    assert "swallowed GreenletExit" in caplog.text


def test_greenlet_exit_of_workflow_code_is_an_error(make_local):
    class Exits(Workflow):
        name = "exits"

        def run(self):
            raise greenlet.GreenletExit

    local = make_local(Exits)

    with pytest.raises(SWFError, match="workflow code raised GreenletExit"):
        local.run(local.start(Exits))


def test_restarted_decider_continues_executions():
    with LocalSWF(clock=SkippingClock(), poll_timeout=0.1) as service:
        domain = Domain("threads", connection=service.connection())
        domain.save()
        decider = Decider(domain, "threads", [Sums], concurrency=2)
        worker = ActivityWorker(domain, "threads", [square])
        workflow_type = Registrar(domain, lambda: domain.connection).workflow(Sums)
        execution = workflow_type.start_execution(input=[3])
        with service.clock.hold():
            while not execution.history().open_timers:
                assert decider.poll_once() or worker.poll_once()
            decider.start()
            decider.stop()
        with decider, worker:
            closed = execution.wait(timeout=30)
        result = result_of(closed.history())

    assert result == 10


def test_restarted_decider_finds_the_class_of_an_open_child(make_local):
    class StartedBefore(Workflow):
        name, task_list = "started before", "threads"

        def run(self):
            return self.submit(self.wait_signal("go")).result

    class Parent(Workflow):
        name = "parent of started before"

        def run(self):
            return self.submit(StartedBefore).result

    local = make_local(Parent)
    execution = local.start(Parent)
    local.run_until_idle()
    local.decider = Decider(local.domain, "local", [Parent], child_task_list="local")
    (child,) = execution.history().children.values()
    execution.evolve(workflow_id=child.id, run_id=None).signal("go", 1)

    assert local.result(execution) == 1


def test_task_on_own_task_list_survives_a_restart():
    class Waits(Workflow):
        name, task_list = "waits", "threads"

        def run(self):
            return [self.submit(self.wait_signal(each)).result for each in ("first", "second")]

    with LocalSWF(clock=SkippingClock(), poll_timeout=0.1) as service:
        domain = Domain("threads", connection=service.connection())
        domain.save()
        decider = Decider(domain, "threads", [Waits], own_task_list_timeout=3600)
        workflow_type = Registrar(domain, lambda: domain.connection).workflow(Waits)
        execution = workflow_type.start_execution()
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
