"""Signals: they queue, and each one completes one wait."""

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


def played(history, decisions):
    """Let happen what was decided about timers and signals."""
    for decision in decisions:
        given = decision.attributes
        if decision.type == "RecordMarker":
            history.marker_recorded(given["markerName"], given["details"])
        elif decision.type == "StartTimer":
            seconds = int(given["startToFireTimeout"])
            history.timer_started(given["timerId"], seconds, given.get("control"))
        elif decision.type == "CancelTimer":
            history.timer_canceled(given["timerId"])
    return history


def types(decisions):
    return [decision.type for decision in decisions]


def inputs(decisions):
    return [d.attributes.get("input") for d in decisions if d.type == "ScheduleActivityTask"]


@pytest.fixture
def approvals(create, flow_of, tasks):
    """Two waits for one signal, one behind the other, each with work behind it."""
    first = create.signal("first", "approve")
    one = create(name="one", run=tasks(), requires=[first])
    second = create.signal("second", "approve", requires=[first])
    two = create(name="two", run=tasks(), requires=[second])
    return flow_of(first, one, second, two)


def test_each_signal_completes_one_wait(approvals, decisions_of, history):
    history.signaled("approve", {"by": "kim"})

    decided = decisions_of(approvals, history)

    assert types(decided) == ["RecordMarker", "ScheduleActivityTask"]
    assert '"by":"kim"' in inputs(decided)[0]

    played(history, decided).activity_scheduled("flow_one-1", name="flow_one")
    history.signaled("approve", {"by": "sam"})
    decided = decisions_of(approvals, history)
    assert types(decided) == ["RecordMarker", "ScheduleActivityTask"]
    assert '"by":"sam"' in inputs(decided)[0]


def test_signals_that_came_early_queue_in_order(approvals, decisions_of, history):
    history.signaled("approve", {"a": 1}).signaled("approve", {"b": 2})

    decided = decisions_of(approvals, history)

    assert types(decided) == ["RecordMarker"] * 2 + ["ScheduleActivityTask"] * 2
    assert all('"a":1,"b":2' in given for given in inputs(decided))


def test_of_waits_that_begin_together_the_first_of_the_flow_is_served_first(
    create, flow_of, decisions_of, history
):
    flow = flow_of(create.signal("first", "go"), create.signal("second", "go"))
    history.signaled("go")

    [marker] = decisions_of(flow, history)

    assert '"by":"flow_first-1"' in marker.attributes["details"]


def test_what_the_history_says_was_taken_stays_taken(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks())
    early = create.signal("early", "go")
    late = create.signal("late", "go", requires=[a])
    history.signaled("go", {"n": 1})
    played(history, decisions_of(flow_of(a, early, late), history))
    history.activity_scheduled("flow_a-1", name="flow_a").activity_completed("flow_a-1")

    decided = decisions_of(flow_of(late, early, a), history)  # the flow was put in another order

    assert decided == []


def test_a_signal_that_came_in_time_beats_the_timeout_that_came_after(
    create, flow_of, decisions_of, history
):
    flow = flow_of(create.signal("go", timeout=60))
    played(history, decisions_of(flow, history)).signaled("go").timer_fired("flow_go-1")

    assert types(decisions_of(flow, history)) == ["RecordMarker", "CompleteWorkflowExecution"]


def test_a_signal_that_came_too_late_completes_the_next_wait(
    create, flow_of, decisions_of, history
):
    first = create.signal("first", "go", timeout=60, tolerated_failures=1)
    flow = flow_of(first, create.signal("second", "go", requires=[first]))
    played(history, decisions_of(flow, history)).timer_fired("flow_first-1").signaled("go")

    [marker, last] = decisions_of(flow, history)

    assert '"by":"flow_second-1"' in marker.attributes["details"]
    assert last.type == "CompleteWorkflowExecution"


def test_two_waits_and_one_signal_in_time_leave_one_that_timed_out(
    create, flow_of, decisions_of, history
):
    flow = flow_of(
        create.signal("first", "go", timeout=60), create.signal("second", "go", timeout=60)
    )
    played(history, decisions_of(flow, history)).signaled("go")
    history.timer_fired("flow_first-1").timer_fired("flow_second-1")

    [decision] = decisions_of(flow, history)

    assert decision.attributes["reason"].startswith("flow_second-1 failed once")


def test_the_timeout_of_a_wait_that_was_served_is_canceled(
    create, flow_of, tasks, decisions_of, history
):
    go = create.signal("go", timeout=60)
    flow = flow_of(go, create(name="a", run=tasks(), requires=[go]))
    played(history, decisions_of(flow, history)).signaled("go")

    decided = decisions_of(flow, history)

    assert types(decided) == ["RecordMarker", "CancelTimer", "ScheduleActivityTask"]


def test_a_wait_is_tried_as_often_as_its_policy_says(create, flow_of, decisions_of, history):
    flow = flow_of(create.signal("go", timeout=60, retry=1))
    played(history, decisions_of(flow, history)).timer_fired("flow_go-1")
    again = decisions_of(flow, history)
    assert types(again) == ["StartTimer"]

    played(history, again).timer_fired("flow_go-1")

    [decision] = decisions_of(flow, history)
    assert "failed 2 times" in decision.attributes["reason"]


def test_signals_that_nobody_took_are_carried_on_and_others_are_not(
    create, flow_of, tasks, decisions_of, history
):
    go = create.signal("go")
    a = create(name="a", run=tasks(), requires=[go])
    last = create.signal("last", "go", requires=[a])
    flow = flow_of(go, a, last, event_budget=11)
    history.signaled("go", {"n": 1}).signaled("stop", {"m": 2})
    played(history, decisions_of(flow, history))
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
    """Return a flow with a decider of its own, that reads orders and notes them."""

    class Shop:
        domain, name = "kitchen", "flow"
        orders = create.signal("orders", "order")
        note = create(name="note", run=tasks(lambda c: {f"noted {c['order']}": c["order"]}))
        decider = staticmethod(decide)

    return Shop


def test_a_custom_decider_takes_one_signal_for_each_wait(service, create, tasks):
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


def test_a_wait_that_a_custom_decider_asks_for_earlier_the_next_time_takes_no_other_ones_signal(
    service, create, tasks
):
    seen = []

    def decider(schedule):
        note = schedule("note", flow_object.note, input={"order": 0})
        if note.ready:
            seen.append(schedule("second", flow_object.orders).result)
        seen.append(schedule("first", flow_object.orders).result)
        note.wait()

    flow_object = shop(create, tasks, decider)
    flow = Flow(flow_object)
    deciding, worker, execution = flow.decider(), flow.worker(), flow.start()
    execution.signal("order", {"n": 1})
    deciding.run()
    execution.signal("order", {"n": 2})

    run_until_closed(execution, deciding.actor, *worker.actors)

    assert seen[0] == {"n": 1}
    assert seen[-2:] == [{"n": 2}, {"n": 1}]


def test_a_custom_decider_continues_as_new_with_all_that_came_to_an_end(service, create, tasks):
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


def test_a_decider_over_its_budget_that_only_takes_a_signal_continues_with_it(
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


def test_a_decider_over_its_budget_that_cancels_a_timeout_continues(
    create, tasks, decisions_of, history
):
    def decider(schedule):
        schedule("order", shop_.orders).wait()
        schedule("note", shop_.note, input={"order": 1}).wait()

    shop_ = shop(create, tasks, decider)
    shop_.orders = create.signal("orders", "order", timeout=60)
    shop_.event_budget = 6
    played(history, decisions_of(shop_, history)).signaled("order")

    assert types(decisions_of(shop_, history)) == [
        "RecordMarker", "CancelTimer", "ContinueAsNewWorkflowExecution",
    ]  # fmt: skip


# As a whole.


def test_a_decision_that_was_lost_takes_the_signal_again(approvals, history):
    definition = Definition.load(approvals)
    memory = CachedExecution(definition, swf.WorkflowExecution(swf.Domain("kitchen"), "w", "r"))
    history.signaled("approve", {"by": "kim"})

    memory.update(history)
    first = decide(definition, memory.flow_state, memory.scheduler, print)
    history.signaled("other")
    memory.update(history)

    assert decide(definition, memory.flow_state, memory.scheduler, print) == first


def test_a_run_from_a_step_on_gets_the_signals_again_that_it_took(service, create, flow_of, tasks):
    kept = create.signal("kept", "go")
    again = create.signal("again", "go", requires=[kept])
    a = create(name="a", run=tasks(lambda c: {"sum": c["x"] + c["y"]}), requires=[again])
    flow = Flow(flow_of(kept, again, a))
    decider, worker, execution = flow.decider(), flow.worker(), flow.start()
    execution.signal("go", {"x": 1})
    execution.signal("go", {"y": 2})
    closed = run_until_closed(execution, decider.actor, *worker.actors)

    rerun = flow.rerun(closed, from_="again")

    assert (rerun.completed, rerun.steps) == (["flow_kept-1"], ["flow_again", "flow_a"])
    second = run_until_closed(rerun.execution, decider.actor, *worker.actors)
    assert second.history().execution.result == {"x": 1, "y": 2, "sum": 3}


def test_a_condition_reads_what_a_signal_said(create, flow_of, tasks, decisions_of, history):
    go = create.signal("go")
    flow = flow_of(
        go, create(name="a", run=tasks(), requires=[go], when=lambda context: context["yes"])
    )
    history.signaled("go", {"yes": False})

    assert types(decisions_of(flow, history)) == [
        "RecordMarker", "RecordMarker", "CompleteWorkflowExecution",
    ]  # fmt: skip
