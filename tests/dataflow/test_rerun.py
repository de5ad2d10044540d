from __future__ import annotations

import pytest

from swf.archive import Archive
from swf.dataflow import Workflow, plan_rerun, replay, rerun, standalone
from swf.dataflow.activity import Activity
from swf.dataflow.exceptions import ExecutionError
from swf.exceptions import NonDeterminismError, ValidationError
from swf.local import LocalSWF, SkippingClock
from swf.models import Domain, WorkflowType


class Calls:
    """Activities that record their calls; `store` fails until it is repaired."""

    def __init__(self):
        self.log = []
        self.is_broken = True

        def fetch(x):
            self.log.append(("fetch", x))
            return {x, x + 1}

        def store(values):
            self.log.append(("store", values))
            if self.is_broken:
                raise OSError("disk full")
            return len(values)

        self.fetch = Activity(fetch, name="fetch")
        self.store = Activity(store, name="store", raises_on_failure=True)


@pytest.fixture
def calls():
    return Calls()


@pytest.fixture
def pipeline(calls):
    class Child(Workflow):
        name = "rerun child"

        def run(self, x):
            return self.submit(calls.fetch, x).result

    class Pipeline(Workflow):
        name = "rerun pipeline"

        def run(self, x, more=0):
            fetched = self.submit(calls.fetch, x)
            child = self.submit(Child, x + 10)
            return self.submit(calls.store, [fetched, child]).result + more

    return Pipeline


@pytest.fixture
def local(make_local, pipeline, calls):
    return make_local(pipeline, activities=[calls.fetch, calls.store])


@pytest.fixture
def failed(local, pipeline, calls):
    """Return an execution that failed at its last activity, which no longer fails."""
    execution = local.run(local.start(pipeline, 1, more=100))
    assert execution.close_status == "FAILED"
    calls.is_broken = False
    calls.log.clear()
    return execution.evolve(connection=local.domain.connection)


def test_rerun_reuses_completed_results(local, pipeline, calls, failed):
    again = rerun(pipeline, failed)

    assert local.result(again) == 102
    assert calls.log == [("store", [{1, 2}, {11, 12}])]
    assert again.run_id != failed.run_id


@pytest.fixture
def archived(local, failed, tmp_path, monkeypatch):
    """Return the failed execution from an archive, after the service has deleted its history."""
    archive = Archive(tmp_path, upstream=local.domain.connection)
    archive.update(local.domain, rate=None)
    deleted = failed.run_id
    call = type(local.domain.connection).call

    def forget(connection, operation, /, **params):
        if operation == "GetWorkflowExecutionHistory" and not connection.is_archive:
            assert params["execution"]["runId"] != deleted
        return call(connection, operation, **params)

    monkeypatch.setattr(type(local.domain.connection), "call", forget)
    yield archive.executions(local.domain.name).get(failed.workflow_id, deleted)
    archive.close()


def test_rerun_from_an_archive_carries_the_results(local, pipeline, calls, archived):
    again = rerun(pipeline, archived)

    assert local.result(again) == 102
    assert calls.log == [("store", [{1, 2}, {11, 12}])]


def test_rerun_of_a_rerun_from_an_archive_reuses_its_results(local, pipeline, calls, archived):
    calls.is_broken = True
    second = local.run(rerun(pipeline, archived))
    calls.is_broken = False
    calls.log.clear()

    again = rerun(pipeline, second.evolve(connection=local.domain.connection))
    assert local.result(again) == 102
    assert calls.log == [("store", [{1, 2}, {11, 12}])]


def test_rerun_from_id_repeats_later_tasks(local, pipeline, calls, failed):
    (child_id,) = failed.history().children

    assert local.result(rerun(pipeline, failed, from_=child_id)) == 102
    assert calls.log == [("fetch", 11), ("store", [{1, 2}, {11, 12}])]


def test_rerun_repeats_forced_activities(local, pipeline, calls, failed):
    assert local.result(rerun(pipeline, failed, force_activities="fe.*")) == 102
    assert calls.log == [("fetch", 1), ("store", [{1, 2}, {11, 12}])]


@pytest.mark.parametrize("force", ["etch", "^fetch$", "fetch-1", "-1$"])
def test_force_pattern_searches_names_and_ids(local, pipeline, calls, failed, force):
    assert local.result(rerun(pipeline, failed, force_activities=force)) == 102
    assert ("fetch", 1) in calls.log


def test_invalid_force_pattern_is_refused(pipeline, failed):
    with pytest.raises(
        ValidationError, match=r"force_activities='\(': must be a regular expression"
    ):
        rerun(pipeline, failed, force_activities="(")


def test_rerun_of_rerun_reuses_results_of_both(local, pipeline, calls, failed):
    calls.is_broken = True
    second = local.run(rerun(pipeline, failed))
    assert second.close_status == "FAILED"
    calls.is_broken = False
    calls.log.clear()

    assert local.result(rerun(pipeline, second)) == 102
    assert calls.log == [("store", [{1, 2}, {11, 12}])]


@pytest.mark.parametrize(
    ("options", "repeated"),
    [
        ({}, ["store"]),
        ({"from_": "store-1"}, ["store"]),
        ({"from_": "fetch-1"}, ["fetch", "fetch", "store"]),
        ({"force_activities": "store"}, ["store"]),
        ({"force_activities": "fetch"}, ["fetch", "store"]),
    ],
    ids=["all", "from last", "from first", "force last", "force first"],
)
def test_rerun_of_rerun_keeps_tasks_that_its_options_allow(
    local, pipeline, calls, failed, options, repeated
):
    calls.is_broken = True
    second = local.run(rerun(pipeline, failed))
    third = local.run(rerun(pipeline, second))
    calls.is_broken = False
    calls.log.clear()
    plan = plan_rerun(pipeline, third, **options)

    assert local.result(plan.start()) == 102
    assert [name for name, _ in calls.log] == repeated
    assert len(plan.completed) == 3 - len(repeated)


def test_plan_starts_nothing(pipeline, failed):
    (child_id,) = failed.history().children

    plan = plan_rerun(pipeline, failed, from_=child_id)

    assert plan.completed == ["fetch-1"]
    assert plan.repeated == ["store-1", child_id]
    assert str(plan) == f"keeps 1 tasks: fetch-1\nruns store-1, {child_id}"
    assert failed.domain.executions.filter(status="OPEN").count() == 0


def test_rerun_of_continued_execution_repeats_its_last_run(make_local, calls):
    class Continues(Workflow):
        name = "rerun continues"

        def run(self, number=0):
            self.submit(calls.fetch, number).wait()
            if number < 2:
                return self.continue_as_new(number + 1)
            return self.submit(calls.store, number).result

    calls.store = Activity(lambda number: 10 / divisor[0], name="divide", raises_on_failure=True)
    divisor = [0]
    local = make_local(Continues, activities=[calls.fetch, calls.store])
    first = local.start(Continues)
    assert local.run(first).close_status == "FAILED"
    divisor[0] = 5
    calls.log.clear()

    assert local.result(rerun(Continues, first)) == 2.0
    assert calls.log == []


def test_rerun_of_open_execution_reuses_results_so_far(local, pipeline, calls):
    calls.is_broken = False
    first = local.start(pipeline, 1)
    while "completed" not in [each.state for each in first.history().activities.values()]:
        local.step()
    again = rerun(pipeline, first, workflow_id="again")

    assert local.result(first) == local.result(again) == 2
    assert sorted(calls.log[:3]) == [("fetch", 1), ("fetch", 11), ("fetch", 11)]


def test_replay_of_rerun_requires_the_earlier_history(local, pipeline, failed):
    again = local.run(rerun(pipeline, failed))
    ids = {"workflow_id": again.workflow_id, "run_id": again.run_id}

    replay(pipeline, again.history(), earlier={failed.run_id: failed.history()}, **ids)
    with pytest.raises(NonDeterminismError, match="reuses results of the run"):
        replay(pipeline, again.history(), **ids)


def test_rerun_of_an_execution_of_simpleflow_is_refused(local, pipeline):
    kind = WorkflowType(local.domain, pipeline.name, pipeline.version)
    call = {"args": [1], "kwargs": {}, "__extra": {"class": "flows.Pipeline"}}
    execution = kind.start_execution("legacy", task_list="local", input=call)
    execution.terminate()

    with pytest.raises(ValidationError, match="execution='legacy': was started by simpleflow"):
        plan_rerun(pipeline, execution)
    assert local.domain.executions.filter(status="OPEN").count() == 0


def test_rerun_from_unknown_id_is_refused(pipeline, failed):
    with pytest.raises(ValidationError, match="must be the id of an activity or child"):
        rerun(pipeline, failed, from_="resize-1")


@pytest.mark.parametrize(
    ("value", "arguments"),
    [
        (None, [[], {}]),
        ([1, 2], [[1, 2], {}]),
        ({"more": 5}, [[], {"more": 5}]),
        ({"kwargs": {"more": 5}}, [[], {"more": 5}]),
        (7, [[7], {}]),
    ],
    ids=["nothing", "list", "object", "kwargs", "value"],
)
def test_rerun_decodes_any_input_like_first_execution(make_local, value, arguments):
    class Echo(Workflow):
        name = "rerun echo"

        def run(self, *args, **kwargs):
            return [list(args), kwargs]

    local = make_local(Echo)
    local.decider.register()
    connection = local.domain.connection
    echo = WorkflowType(local.domain, Echo.name, Echo.version, connection=connection)
    first = echo.start_execution("echo", input=value, task_list=local.decider.task_list)

    assert local.result(first) == arguments
    assert local.result(rerun(Echo, first)) == arguments


def test_standalone_runs_and_repairs_an_execution(pipeline, calls, monkeypatch):
    monkeypatch.setattr("swf.dataflow.worker.registry", [calls.fetch, calls.store])
    with LocalSWF(clock=SkippingClock(), poll_timeout=0.1) as service:
        domain = Domain("standalone", connection=service.connection())
        domain.save()
        with pytest.raises(ExecutionError, match="disk full"):
            standalone(pipeline, 1, more=100, domain=domain, timeout=30)
        (failed,) = domain.executions.filter(status="CLOSED", workflow_type_name=pipeline.name)
        calls.is_broken = False
        calls.log.clear()

        assert standalone(pipeline, domain=domain, repair=failed, timeout=30) == 102
        assert calls.log == [("store", [{1, 2}, {11, 12}])]


def test_rerun_leaves_the_task_list_of_standalone():
    class Sum(Workflow):
        name, task_list = "sum", "sums"

        def run(self, x, y):
            return x + y

    with LocalSWF(clock=SkippingClock(), poll_timeout=0.1) as service:
        domain = Domain("standalone", connection=service.connection())
        domain.save()
        standalone(Sum, 1, 2, domain=domain, timeout=30)
        (first,) = domain.executions.filter(status="CLOSED", workflow_type_name="sum")

        default = rerun(Sum, first, workflow_id="a").history().execution.task_list
        explicit = (
            rerun(Sum, first, workflow_id="b", task_list="mine").history().execution.task_list
        )

    assert (default, explicit) == ("sums", "mine")


def test_rerun_uses_the_earlier_task_list(local, pipeline, failed):
    assert rerun(pipeline, failed).history().execution.task_list == local.decider.task_list
