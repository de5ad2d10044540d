"""Signals queue, and each one completes one signal step."""

import contextlib

import pytest

import swf
from swf.flow import Flow, activity
from swf.flow.decider import CachedExecution
from swf.flow.decision_making import decide
from swf.flow.definition import Definition
from swf.models.history import builder
from swf.testing import run_until_closed


@pytest.fixture
def history():
    return builder.started("flow", input={"shop": "north"})


def apply(history, decisions):
    """Apply decisions about timers and markers to a history."""
    for decision in decisions:
        attributes = decision.attributes
        if decision.type == "RecordMarker":
            history.marker_recorded(attributes["markerName"], attributes["details"])
        elif decision.type == "StartTimer":
            seconds = int(attributes["startToFireTimeout"])
            history.timer_started(attributes["timerId"], seconds, attributes.get("control"))
        elif decision.type == "CancelTimer":
            history.timer_canceled(attributes["timerId"])
    return history


def types(decisions):
    return [decision.type for decision in decisions]


def inputs(decisions):
    return [d.attributes.get("input") for d in decisions if d.type == "ScheduleActivityTask"]


@pytest.fixture
def approvals(create, flow_of, tasks):
    """Two signal steps in sequence for one signal name, each with a dependent activity."""
    first = create.signal("first", "approve")
    one = create(name="one", run=tasks(), requires=[first])
    second = create.signal("second", "approve", requires=[first])
    two = create(name="two", run=tasks(), requires=[second])
    return flow_of(first, one, second, two)


def test_each_signal_completes_one_step(approvals, decisions_of, history):
    history.signaled("approve", {"by": "kim"})

    decisions = decisions_of(approvals, history)

    assert types(decisions) == ["RecordMarker", "ScheduleActivityTask"]
    assert '"by":"kim"' in inputs(decisions)[0]

    apply(history, decisions).activity_scheduled("flow_one-1", name="flow_one")
    history.signaled("approve", {"by": "sam"})
    decisions = decisions_of(approvals, history)
    assert types(decisions) == ["RecordMarker", "ScheduleActivityTask"]
    assert '"by":"sam"' in inputs(decisions)[0]


def test_early_signals_queue_in_order(approvals, decisions_of, history):
    history.signaled("approve", {"a": 1}).signaled("approve", {"b": 2})

    decisions = decisions_of(approvals, history)

    assert types(decisions) == ["RecordMarker"] * 2 + ["ScheduleActivityTask"] * 2
    assert all('"a":1,"b":2' in text for text in inputs(decisions))


def test_first_of_simultaneous_signal_steps_claims_first(create, flow_of, decisions_of, history):
    flow = flow_of(create.signal("first", "go"), create.signal("second", "go"))
    history.signaled("go")

    [marker] = decisions_of(flow, history)

    assert '"by":"flow_first-1"' in marker.attributes["details"]


def test_recorded_claim_does_not_change_with_the_flow(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())
    early = create.signal("early", "go")
    late = create.signal("late", "go", requires=[a])
    history.signaled("go", {"n": 1})
    apply(history, decisions_of(flow_of(a, early, late), history))
    history.activity_scheduled("flow_a-1", name="flow_a").activity_completed("flow_a-1")

    decisions = decisions_of(flow_of(late, early, a), history)  # the order of the steps has changed

    assert decisions == []


def test_signal_before_the_timeout_completes_the_step(create, flow_of, decisions_of, history):
    flow = flow_of(create.signal("go", timeout=60))
    apply(history, decisions_of(flow, history)).signaled("go").timer_fired("flow_go-1")

    assert types(decisions_of(flow, history)) == ["RecordMarker", "CompleteWorkflowExecution"]


def test_signal_after_the_timeout_completes_the_next_step(create, flow_of, decisions_of, history):
    first = create.signal("first", "go", timeout=60, tolerated_failures=1)
    flow = flow_of(first, create.signal("second", "go", requires=[first]))
    apply(history, decisions_of(flow, history)).timer_fired("flow_first-1").signaled("go")

    [marker, last] = decisions_of(flow, history)

    assert '"by":"flow_second-1"' in marker.attributes["details"]
    assert last.type == "CompleteWorkflowExecution"


def test_one_signal_leaves_the_other_step_timed_out(create, flow_of, decisions_of, history):
    flow = flow_of(
        create.signal("first", "go", timeout=60), create.signal("second", "go", timeout=60)
    )
    apply(history, decisions_of(flow, history)).signaled("go")
    history.timer_fired("flow_first-1").timer_fired("flow_second-1")

    [decision] = decisions_of(flow, history)

    assert decision.attributes["reason"].startswith("flow_second-1 failed once")


def test_timeout_of_a_completed_signal_step_is_canceled(
    create, flow_of, tasks, decisions_of, history
):
    go = create.signal("go", timeout=60)
    flow = flow_of(go, create(name="a", run=tasks(), requires=[go]))
    apply(history, decisions_of(flow, history)).signaled("go")

    decisions = decisions_of(flow, history)

    assert types(decisions) == ["RecordMarker", "CancelTimer", "ScheduleActivityTask"]


def test_signal_step_is_retried_by_its_policy(create, flow_of, decisions_of, history):
    flow = flow_of(create.signal("go", timeout=60, retry=1))
    apply(history, decisions_of(flow, history)).timer_fired("flow_go-1")
    again = decisions_of(flow, history)
    assert types(again) == ["StartTimer"]

    apply(history, again).timer_fired("flow_go-1")

    [decision] = decisions_of(flow, history)
    assert "failed 2 times" in decision.attributes["reason"]


def test_only_unclaimed_signals_are_passed_to_the_continuation(
    create, flow_of, tasks, decisions_of, history
):
    go = create.signal("go")
    a = create(name="a", run=tasks(), requires=[go])
    last = create.signal("last", "go", requires=[a])
    flow = flow_of(go, a, last, event_budget=11)
    history.signaled("go", {"n": 1}).signaled("stop", {"m": 2})
    apply(history, decisions_of(flow, history))
    history.activity_scheduled("flow_a-1", name="flow_a").activity_completed("flow_a-1")

    [decision] = decisions_of(flow, history)
    following = builder.started("flow", input=decision.attributes["input"])

    assert decision.type == "ContinueAsNewWorkflowExecution"
    assert decisions_of(flow, following) == []
    following.signaled("go", {"n": 3})
    [_, last] = decisions_of(flow, following)
    assert last.attributes["result"] == '{"n":3}'


# Custom deciders.


def shop(create, tasks, decide):
    """Return a flow with a custom decider, which receives and records orders."""

    class Shop:
        domain, name = "kitchen", "flow"
        orders = create.signal("orders", "order")
        note = create(name="note", run=tasks(lambda c: {f"noted {c['order']}": c["order"]}))
        decider = staticmethod(decide)

    return Shop


def test_custom_decider_claims_one_signal_per_step(service, create, tasks):
    def decider(schedule):
        for number in range(3):
            order = schedule(f"order {number}", flow_object.orders).result
            schedule(f"note {number}", flow_object.note, input=order).wait()

    flow_object = shop(create, tasks, decider)
    flow = Flow(flow_object)
    deciding, worker, execution = flow.decider(), flow.worker(), flow.start()
    for order in ("soup", "cake", "soup"):
        execution.signal("order", {"order": order})

    closed = run_until_closed(execution, deciding.actor, *worker.actors)

    history = closed.history()
    assert [a.input["order"] for a in history.activities.values()] == ["soup", "cake", "soup"]
    assert swf.check(history) == []


def test_claim_does_not_depend_on_the_order_of_schedule_calls(service, create, tasks):
    results = []

    def decider(schedule):
        note = schedule("note", flow_object.note, input={"order": 0})
        if note.ready:
            results.append(schedule("second", flow_object.orders).result)
        results.append(schedule("first", flow_object.orders).result)
        note.wait()

    flow_object = shop(create, tasks, decider)
    flow = Flow(flow_object)
    deciding, worker, execution = flow.decider(), flow.worker(), flow.start()
    execution.signal("order", {"n": 1})
    deciding.run()
    execution.signal("order", {"n": 2})

    run_until_closed(execution, deciding.actor, *worker.actors)

    assert results[0] == {"n": 1}
    assert results[-2:] == [{"n": 2}, {"n": 1}]


def test_custom_decider_continues_with_all_finished_work(service, create, tasks):
    other_create = activity.create("kitchen", "other")
    starts = []

    class Other:
        domain, name = "kitchen", "other"
        b = other_create(name="b", run=tasks(lambda c: starts.append(1)))

    class Custom:
        domain, name, event_budget = "kitchen", "flow", 30
        nap = create.timer("nap", 3600)
        kid = create.child("kid", Other)
        bad = create(name="bad", run=tasks(ValueError("no")))
        wait = create.signal("wait", "go", timeout=60)
        work = create(name="work", run=tasks(lambda c: starts.append(2)))

        @staticmethod
        def decider(schedule):
            schedule("nap", Custom.nap).wait()
            schedule("kid", Custom.kid).wait()
            for name, step in (("bad", Custom.bad), ("wait", Custom.wait)):
                with contextlib.suppress(activity.ActivityFailedError):
                    schedule(name, step).wait()
                schedule(f"after {name}", Custom.work).wait()
            for i in range(4):
                schedule(f"{i}", Custom.work).wait()

    flows = [Flow(Custom), Flow(Other)]
    deciders = [flow.decider().actor for flow in flows]
    workers = [actor for flow in flows for actor in flow.worker().actors]
    execution = flows[0].start()
    runs = []
    while True:
        closed = run_until_closed(execution, *deciders, *workers)
        runs.append(closed.history())
        if closed.close_status != "CONTINUED_AS_NEW":
            break
        execution = execution.evolve(run_id=runs[-1].execution.new_execution_run_id)

    assert closed.close_status == "COMPLETED"
    assert len(runs) > 1
    assert starts == [1] + [2] * 6
    assert sum(len(run.children) for run in runs) == 1
    assert sum(len(run.timers) for run in runs) == 2
    assert sum(a.name == "flow_bad" for run in runs for a in run.activities.values()) == 1


def test_decider_over_its_budget_continues_with_a_claimed_signal(
    create, tasks, decisions_of, history, caplog
):
    def decider(schedule):
        order = schedule("order", shop_.orders).result
        schedule("note", shop_.note, input=order).wait()

    shop_ = shop(create, tasks, decider)
    shop_.event_budget = 3
    history.signaled("order", {"order": "soup"})

    marker, continued = decisions_of(shop_, history)
    following = builder.started("flow", input=continued.attributes["input"])
    [scheduled] = decisions_of(shop_, following)

    assert (marker.type, continued.type) == ("RecordMarker", "ContinueAsNewWorkflowExecution")
    assert "Event budget exceeded, continuing as new: 3 of 3 events" in caplog.text
    assert '"order":"soup"' in scheduled.attributes["input"]


def test_decider_over_its_budget_continues_after_canceling_a_timeout(
    create, tasks, decisions_of, history
):
    def decider(schedule):
        schedule("order", shop_.orders).wait()
        schedule("note", shop_.note, input={"order": 1}).wait()

    shop_ = shop(create, tasks, decider)
    shop_.orders = create.signal("orders", "order", timeout=60)
    shop_.event_budget = 6
    apply(history, decisions_of(shop_, history)).signaled("order")

    assert types(decisions_of(shop_, history)) == [
        "RecordMarker", "CancelTimer", "ContinueAsNewWorkflowExecution",
    ]  # fmt: skip


# Complete executions.


def test_rejected_decision_claims_the_signal_again(approvals, history):
    definition = Definition.load(approvals)
    cached = CachedExecution(definition, swf.WorkflowExecution(swf.Domain("kitchen"), "w", "r"))
    history.signaled("approve", {"by": "kim"})

    cached.update(history)
    first = decide(definition, cached.flow_state, cached.scheduler, print)
    history.signaled("other")
    cached.update(history)

    assert decide(definition, cached.flow_state, cached.scheduler, print) == first


def test_rerun_receives_the_signals_of_repeated_steps_again(service, create, flow_of, tasks):
    early = create.signal("early", "go")
    again = create.signal("again", "go", requires=[early])
    a = create(name="a", run=tasks(lambda c: {"sum": c["x"] + c["y"]}), requires=[again])
    flow = Flow(flow_of(early, again, a))
    decider, worker, execution = flow.decider(), flow.worker(), flow.start()
    execution.signal("go", {"x": 1})
    execution.signal("go", {"y": 2})
    closed = run_until_closed(execution, decider.actor, *worker.actors)

    rerun = flow.rerun(closed, from_="again")

    assert (rerun.completed, rerun.steps) == (["flow_early-1"], ["flow_again", "flow_a"])
    second = run_until_closed(rerun.execution, decider.actor, *worker.actors)
    assert second.history().execution.result == {"x": 1, "y": 2, "sum": 3}


def test_when_condition_reads_the_input_of_a_signal(create, flow_of, tasks, decisions_of, history):
    go = create.signal("go")
    flow = flow_of(
        go, create(name="a", run=tasks(), requires=[go], when=lambda context: context["yes"])
    )
    history.signaled("go", {"yes": False})

    assert types(decisions_of(flow, history)) == [
        "RecordMarker", "RecordMarker", "CompleteWorkflowExecution",
    ]  # fmt: skip


def test_unclaimed_signals_are_passed_to_the_next_run(
    create, flow_of, tasks, decisions_of, history
):
    first = create(name="s0", run=tasks())
    flow = flow_of(first, create(name="s1", run=tasks(), requires=[first]), event_budget=5)
    history.signaled("news", {"number": 1}).signaled("news", "two").activity_scheduled(
        "flow_s0-1", name="flow_s0"
    ).activity_completed("flow_s0-1")

    [decision] = decisions_of(flow, history)

    following = builder.started("flow", input=decision.attributes["input"])
    cached = CachedExecution(
        Definition.load(flow), swf.WorkflowExecution(swf.Domain("d"), "w", "r")
    )
    cached.update(following)
    assert cached.flow_state.signals.unclaimed_by(()) == [("news", {"number": 1}), ("news", "two")]


def test_signals_too_large_for_the_next_run_fail_the_flow(
    create, flow_of, tasks, decisions_of, history, monkeypatch
):
    monkeypatch.setattr("swf.flow.command_limits.EVENT_LIMIT", 510)
    first = create(name="first", run=tasks())
    flow = flow_of(first, create(name="second", run=tasks(), requires=[first]), event_budget=5)
    history.signaled("news", "x" * 20_000).signaled("news", "x" * 20_000).activity_scheduled(
        "flow_first-1", name="flow_first"
    ).activity_completed("flow_first-1")

    [decision] = decisions_of(flow, history)

    assert decision.type == "FailWorkflowExecution"
    assert decision.attributes["reason"].startswith("cannot continue as new: input=")


def test_unclaimed_signals_are_logged_when_the_flow_completes(
    create, flow_of, tasks, decisions_of, history, caplog
):
    flow = flow_of(create(name="only", run=tasks()))
    history.signaled("news", 1).signaled("news", 2).activity_scheduled(
        "flow_only-1", name="flow_only"
    ).activity_completed("flow_only-1")

    [decision] = decisions_of(flow, history)

    assert decision.type == "CompleteWorkflowExecution"
    [message] = caplog.messages
    assert message == ("Execution closes with unclaimed signals: workflow_id=w count=2 names=news")
