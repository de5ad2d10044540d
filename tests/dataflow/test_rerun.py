from __future__ import annotations

import pytest

from swf.dataflow import Workflow, replay, rerun, standalone
from swf.dataflow.activity import Activity
from swf.dataflow.exceptions import ExecutionError
from swf.exceptions import NonDeterminismError, ValidationError
from swf.local import LocalSWF, SkippingClock
from swf.models import Domain, WorkflowType


class Calls:
    """Activities that note their calls, one of which fails until it is repaired."""

    def __init__(self):
        self.made = []
        self.is_broken = True

        def fetch(x):
            self.made.append(("fetch", x))
            return {x, x + 1}

        def store(values):
            self.made.append(("store", values))
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
    """An execution that failed at its last activity, which is repaired by now."""
    execution = local.run(local.start(pipeline, 1, more=100))
    assert execution.close_status == "FAILED"
    calls.is_broken = False
    calls.made.clear()
    return execution.evolve(connection=local.domain.connection)


def test_a_rerun_keeps_what_was_completed(local, pipeline, calls, failed):
    again = rerun(pipeline, failed)

    assert local.result(again) == 102
    assert calls.made == [("store", [{1, 2}, {11, 12}])]
    assert again.run_id != failed.run_id


def test_a_rerun_from_an_id_does_again_what_was_asked_for_since(local, pipeline, calls, failed):
    (child_id,) = failed.history().children

    assert local.result(rerun(pipeline, failed, from_=child_id)) == 102
    assert calls.made == [("fetch", 11), ("store", [{1, 2}, {11, 12}])]


def test_some_activities_can_be_forced(local, pipeline, calls, failed):
    assert local.result(rerun(pipeline, failed, force_activities="fe.*")) == 102
    assert calls.made == [("fetch", 1), ("store", [{1, 2}, {11, 12}])]


@pytest.mark.parametrize("force", ["etch", "^fetch$", "fetch-1", "-1$"])
def test_what_forces_is_searched_for_in_names_and_ids(local, pipeline, calls, failed, force):
    assert local.result(rerun(pipeline, failed, force_activities=force)) == 102
    assert ("fetch", 1) in calls.made


def test_invalid_pattern_of_forced_activities_is_refused(pipeline, failed):
    with pytest.raises(
        ValidationError, match=r"force_activities='\(': must be a regular expression"
    ):
        rerun(pipeline, failed, force_activities="(")


def test_a_rerun_of_a_rerun_keeps_what_either_had(local, pipeline, calls, failed):
    calls.is_broken = True
    second = local.run(rerun(pipeline, failed))
    assert second.close_status == "FAILED"
    calls.is_broken = False
    calls.made.clear()

    assert local.result(rerun(pipeline, second)) == 102
    assert calls.made == [("store", [{1, 2}, {11, 12}])]


def test_a_rerun_of_what_is_still_open_keeps_what_was_completed_by_then(local, pipeline, calls):
    calls.is_broken = False
    first = local.start(pipeline, 1)
    while "completed" not in [each.state for each in first.history().activities.values()]:
        local.step()
    again = rerun(pipeline, first, workflow_id="again")

    assert local.result(first) == local.result(again) == 2
    assert sorted(calls.made[:3]) == [("fetch", 1), ("fetch", 11), ("fetch", 11)]


def test_a_rerun_is_replayed_with_the_histories_of_those_whose_results_it_keeps(
    local, pipeline, failed
):
    again = local.run(rerun(pipeline, failed))
    ids = {"workflow_id": again.workflow_id, "run_id": again.run_id}

    replay(pipeline, again.history(), earlier={failed.run_id: failed.history()}, **ids)
    with pytest.raises(NonDeterminismError, match="reuses results of the run"):
        replay(pipeline, again.history(), **ids)


def test_a_rerun_from_what_was_not_there_is_refused(pipeline, failed):
    with pytest.raises(ValidationError, match="must be the id of an activity or child"):
        rerun(pipeline, failed, from_="resize-1")


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (None, [[], {}]),
        ([1, 2], [[1, 2], {}]),
        ({"more": 5}, [[], {"more": 5}]),
        ({"kwargs": {"more": 5}}, [[], {"more": 5}]),
        (7, [[7], {}]),
    ],
    ids=["nothing", "list", "object", "kwargs", "value"],
)
def test_a_rerun_takes_an_input_of_others_as_the_first_run_did(make_local, given, taken):
    class Echo(Workflow):
        name = "rerun echo"

        def run(self, *args, **kwargs):
            return [list(args), kwargs]

    local = make_local(Echo)
    local.decider.register()
    kind = WorkflowType(local.domain, Echo.name, Echo.version, connection=local.domain.connection)
    first = kind.start_execution("echo", input=given, task_list=local.decider.task_list)

    assert local.result(first) == taken
    assert local.result(rerun(Echo, first)) == taken


@pytest.mark.parametrize(
    ("option", "value", "rule"),
    [
        ("workers", 0, "must be a whole number, 1 or more"),
        ("workers", "2", "must be a whole number, 1 or more"),
        ("timeout", -1, "must be a number, 0 or more"),
        ("timeout", "soon", "must be a number, 0 or more"),
    ],
)
def test_standalone_begins_nothing_that_cannot_be(pipeline, option, value, rule):
    with pytest.raises(ValidationError) as caught:
        standalone(pipeline, 1, domain=Domain("nowhere"), **{option: value})

    assert (caught.value.field, caught.value.value) == (option, value)
    assert caught.value.rule == rule


def test_standalone_runs_decider_and_workers_and_repairs(pipeline, calls, monkeypatch):
    monkeypatch.setattr("swf.dataflow.worker.registry", [calls.fetch, calls.store])
    with LocalSWF(clock=SkippingClock(), poll_timeout=0.1) as service:
        domain = Domain("standalone", connection=service.connection())
        domain.save()
        with pytest.raises(ExecutionError, match="disk full"):
            standalone(pipeline, 1, more=100, domain=domain, timeout=30)
        (failed,) = domain.executions.filter(status="CLOSED", workflow_type_name=pipeline.name)
        calls.is_broken = False
        calls.made.clear()

        assert standalone(pipeline, domain=domain, repair=failed, timeout=30) == 102
        assert calls.made == [("store", [{1, 2}, {11, 12}])]


def test_a_rerun_of_what_ran_standalone_goes_where_the_deciders_of_its_workflow_are():
    class Sum(Workflow):
        name, task_list = "sum", "sums"

        def run(self, x, y):
            return x + y

    with LocalSWF(clock=SkippingClock(), poll_timeout=0.1) as service:
        domain = Domain("standalone", connection=service.connection())
        domain.save()
        standalone(Sum, 1, 2, domain=domain, timeout=30)
        (first,) = domain.executions.filter(status="CLOSED", workflow_type_name="sum")

        of_the_class = rerun(Sum, first, workflow_id="a").history().execution.task_list
        given = rerun(Sum, first, workflow_id="b", task_list="mine").history().execution.task_list

    assert (of_the_class, given) == ("sums", "mine")


def test_a_rerun_stays_on_the_task_list_of_the_first_run(local, pipeline, failed):
    assert rerun(pipeline, failed).history().execution.task_list == local.decider.task_list
