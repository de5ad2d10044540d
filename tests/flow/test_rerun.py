"""Reruns of closed executions."""

import json

import pytest

import swf
from swf.exceptions import ValidationError
from swf.flow import Flow, runner


@pytest.fixture
def closed(service, drive):
    """Drive a flow to its end and return the execution."""

    def run(flow, context=None):
        drive(flow, context, workflow_id="first")
        return swf.Domain("kitchen").executions.get("first")

    return run


def test_completed_work_is_not_repeated(closed, drive, create, flow_of):
    ran, broken = [], [True]

    def work(context):
        ran.append(context["i"])
        if context["i"] == 1 and broken:
            raise ValueError("no")
        return {f"r{context['i']}": context["i"]}

    step = create(
        name="a", run=runner.Sync(work), generators=[lambda _: [{"i": i} for i in range(3)]]
    )
    last = create(name="b", run=runner.Sync(lambda c: {"sum": c["r0"] + c["r1"]}), requires=[step])
    flow = flow_of(step, last)
    execution = closed(flow, {"x": 1})
    done_before = sorted(set(ran) - {1})
    broken.clear()
    ran.clear()

    plan = Flow(flow).rerun(execution, dry_run=True)
    assert len(plan.completed) == len(done_before)
    assert plan.steps == ["flow_a", "flow_b"]
    assert plan.execution is None

    again = Flow(flow).rerun(execution, workflow_id="second").execution
    whole = Flow(flow)
    swf.testing.run_until_closed(again, whole.decider().actor, *whole.worker().actors)

    history = again.history()
    assert history.execution.close_status == "COMPLETED"
    assert history.execution.result == {"r0": 0, "r1": 1, "r2": 2, "sum": 1}
    assert sorted(ran) == sorted({0, 1, 2} - set(done_before))


def test_rerun_of_a_rerun_keeps_completed_steps(closed, drive, create, flow_of, service):
    ran, broken = [], {"b", "c"}

    def work(name):
        def run(context):
            ran.append(name)
            if name in broken:
                raise ValueError(name)
            return {name: 1}

        return runner.Sync(run)

    a = create(name="a", run=work("a"), generators=[lambda _: [{"i": 1}]])
    b = create(name="b", run=work("b"), requires=[a])
    c = create(name="c", run=work("c"), requires=[b])
    flow = Flow(flow_of(a, b, c))
    actors = [flow.decider().actor, *flow.worker().actors]
    execution = closed(flow.definition.flow)
    for fixed in ("b", "c"):
        broken.discard(fixed)
        ran.clear()
        plan = flow.rerun(execution, dry_run=True)
        execution = flow.rerun(execution, workflow_id=f"fixed-{fixed}").execution
        execution = swf.testing.run_until_closed(execution, *actors)
        assert plan.steps == [f"flow_{name}" for name in dict.fromkeys(ran)]

    assert ran == ["c"]
    assert execution.history().execution.result == {"a": 1, "b": 1, "c": 1}


def test_rerun_of_a_continued_execution_keeps_completed_steps(create, flow_of, tasks, drive):
    a = create(name="a", run=tasks({"a": 1}))
    b = create(name="b", run=tasks({"b": 1}), requires=[a])
    c = create(name="c", run=tasks(ValueError("no")), requires=[b])
    flow = flow_of(a, b, c, event_budget=8)
    drive(flow, workflow_id="first")
    first = swf.Domain("kitchen").executions.filter(status="CLOSED").get()
    assert first.close_status == "CONTINUED_AS_NEW"
    whole = Flow(flow)
    actors = [whole.decider().actor, *whole.worker().actors]
    while running := list(swf.Domain("kitchen").executions.filter(status="OPEN")):
        swf.testing.run_until_closed(running[0], *actors)

    plan = whole.rerun(first, dry_run=True)

    assert plan.steps == ["flow_c"]
    assert json.loads(plan.input)["swf.flow.carried"]["context"] == {"a": 1, "b": 1}


def test_many_completed_instances_are_kept(closed, create, flow_of, service):
    ran, broken = [], [True]

    def work(context):
        ran.append(context["path"])
        if broken and context["path"].endswith("7"):
            raise ValueError("no")

    step = create(
        name="each",
        generators=[lambda context: ({"path": f"2020-01-01/{i:040d}"} for i in range(600))],
        tolerated_failures=100,
        run=runner.Sync(work),
    )
    end = create(name="end", requires=[step], run=runner.Sync(lambda context: 1 / len(ran[600:])))
    flow = Flow(flow_of(step, end))
    execution = closed(flow.definition.flow)
    assert execution.close_status == "FAILED"
    broken.clear()
    ran.clear()

    plan = flow.rerun(execution, dry_run=True)
    again = flow.rerun(execution).execution
    swf.testing.run_until_closed(again, flow.decider().actor, *flow.worker().actors)

    assert len(plan.completed) == 540
    assert len(ran) == 60


def test_all_work_from_a_step_is_repeated(closed, create, flow_of, tasks):
    a = create(name="a", run=tasks({"x": "a"}))
    b = create(name="b", run=tasks({"x": "b", "y": 1}), requires=[a])
    c = create(name="c", run=tasks({"z": 1}), requires=[b])
    flow = flow_of(a, b, c)

    execution = closed(flow)

    plan = Flow(flow).rerun(execution, "b", dry_run=True)

    assert Flow(flow).rerun(execution, b, dry_run=True) == plan
    assert (plan.completed, plan.steps) == (["flow_a-1"], ["flow_b", "flow_c"])
    assert str(plan) == "keeps 1 instances: flow_a-1\nruns flow_b, flow_c"
    assert json.loads(plan.input)["swf.flow.carried"]["context"] == {"x": "a"}


def test_compensated_work_is_repeated(closed, create, flow_of, tasks):
    a = create(name="a", run=tasks(), compensation=create(name="undo", run=tasks()))
    b = create(name="b", run=tasks(ValueError("no")), requires=[a])

    plan = Flow(flow_of(a, b)).rerun(closed(flow_of(a, b)), dry_run=True)

    assert plan.completed == []


def test_unknown_step_is_refused(closed, kitchen):
    with pytest.raises(KeyError, match="step='drink': must be one of cook, eat"):
        Flow(kitchen).rerun(closed(kitchen), "drink")


def test_open_execution_is_refused(service, kitchen):
    flow = Flow(kitchen)
    flow.register()
    execution = flow.start(workflow_id="tuesday")

    with pytest.raises(ValidationError, match="execution='tuesday': is open"):
        flow.rerun(execution, dry_run=True)


def test_plan_for_a_custom_decider_does_not_name_steps(closed, create, flow_of):
    def broken(context):
        raise ValueError("no")

    one = create(name="one", run=runner.Sync(lambda context: {"one": 1}))
    two = create(name="two", run=runner.Sync(broken))

    def decide(schedule):
        schedule("1", one).wait()
        schedule("2", two).wait()

    flow = flow_of(one, two, decider=decide)

    plan = Flow(flow).rerun(closed(flow, {}), dry_run=True)

    assert (plan.completed, plan.steps) == (["flow_one-1-1"], None)
    assert str(plan).endswith("runs the other instances that the decider schedules")
