"""Timers, signals and child flows."""

import swf
from swf.flow import Flow, activity
from swf.retry import Retry
from swf.testing import run_until_closed


def scheduled(decisions):
    """Return the ids of the activities that are scheduled."""
    return [d.attributes["activityId"] for d in decisions if d.type == "ScheduleActivityTask"]


def test_timer_reads_its_seconds_from_the_context(
    create, flow_of, tasks, decisions_of, history, new_history
):
    pause = create.timer("pause", "wait")
    flow = flow_of(pause, create(name="a", run=tasks(), requires=[pause]))
    history = new_history().started(input={"wait": 90})

    [decision] = decisions_of(flow, history)
    assert decision.attributes == {"timerId": "flow_pause-1", "startToFireTimeout": "90"}

    history.timer_started("flow_pause-1", 90)
    assert decisions_of(flow, history) == []

    history.timer_fired("flow_pause-1")
    assert scheduled(decisions_of(flow, history)) == ["flow_a-1"]


def test_early_signal_completes_the_step_and_hydrates_the_context(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())
    go = create.signal("go", requires=[a])
    b = create(name="b", run=tasks(), requires=[go])
    flow = flow_of(a, go, b)
    history.scheduled("flow_a-1").signaled("go", {"by": "kim"})
    history.activity_completed("flow_a-1")

    [_, decision] = decisions_of(flow, history)

    assert '"by":"kim"' in decision.attributes["input"]


def test_signal_step_fails_after_its_timeout(create, flow_of, decisions_of, history):
    flow = flow_of(create.signal("go", timeout=60))
    [decision] = decisions_of(flow, history)
    assert decision.attributes == {
        "timerId": "flow_go-1", "startToFireTimeout": "60", "control": "go",
    }  # fmt: skip

    history.timer_started("flow_go-1", 60, "go").timer_fired("flow_go-1")

    [decision] = decisions_of(flow, history)
    assert "signal 'go' not received within 60 seconds" in decision.attributes["reason"]


def test_child_id_begins_with_the_id_of_its_parent(create, flow_of, decisions_of, history):
    other = flow_of(domain="kitchen", version="2")
    other.name = "other"
    flow = flow_of(create.child("c", other))

    [decision] = decisions_of(flow, history, workflow_id="w7")

    assert decision.type == "StartChildWorkflowExecution"
    assert decision.attributes["workflowId"] == "w7.flow_c-1"
    assert decision.attributes["workflowType"] == {"name": "other", "version": "2"}
    assert decision.attributes["input"] == '{"shop":"north"}'


def test_signal_completes_the_step_of_a_running_execution(service, create, flow_of, tasks):
    go = create.signal("go")
    flow = Flow(flow_of(go, create(name="a", run=tasks(lambda c: {"by": c["by"]}), requires=[go])))
    flow_decider, worker, execution = flow.decider(), flow.worker(), flow.start()
    flow_decider.run()
    execution.signal("go", {"by": "kim"})

    closed = run_until_closed(execution, flow_decider.actor, *worker.actors)

    assert closed.history().execution.result == {"by": "kim"}


def test_child_flow_receives_the_context_and_returns_its_result(drive, create, flow_of, tasks):
    other_create = activity.create("kitchen", "other")
    other = flow_of(other_create(name="b", run=tasks(lambda c: {"seen": c["shop"]})))
    other.name = "other"
    flow = flow_of(create.child("c", other))

    history = drive(flow, {"shop": "north"}, other)

    assert history.execution.result == {"seen": "north"}
    assert swf.check(history) == []


def test_later_child_flow_replaces_equal_keys_of_earlier_ones(drive, create, flow_of, tasks):
    other_create = activity.create("kitchen", "other")
    other = flow_of(other_create(name="b", run=tasks(lambda c: {"i": c["i"], f"of.{c['i']}": 1})))
    other.name = "other"
    flow = flow_of(create.child("c", other, generators=[lambda c: [{"i": 1}, {"i": 2}]]))

    assert drive(flow, None, other).execution.result == {"i": 2, "of.1": 1, "of.2": 1}


def test_failed_child_flow_is_retried_after_the_delay(drive, create, flow_of, tasks):
    other_create = activity.create("kitchen", "other")
    other = flow_of(other_create(name="b", run=tasks(ValueError("no"))))
    other.name = "other"
    flow = flow_of(create.child("c", other, retry=Retry(max_attempts=3, delay=10)))

    history = drive(flow, None, other)

    assert [len(child.attempts) for child in history.children.values()] == [3]
    timers = {timer.id: timer.start_to_fire_timeout for timer in history.timers.values()}
    assert timers == {"flow_c-1.retry-1": 10, "flow_c-1.retry-2": 20}
    assert history.execution.reason.startswith("flow_c-1 failed 3 times")


def test_child_flow_is_canceled_with_its_parent(service, create, flow_of, tasks):
    other_create = activity.create("kitchen", "other")
    other = flow_of(other_create(name="b", run=tasks()))
    other.name = "other"
    parent, child = Flow(flow_of(create.child("c", other))), Flow(other)
    parent_decider, child_decider = parent.decider(), child.decider()
    execution = parent.start()
    parent_decider.run()
    parent_decider.run()  # the child has started
    execution.request_cancel()

    closed = run_until_closed(execution, parent_decider.actor, child_decider.actor)

    assert closed.close_status == "CANCELED"
    assert [c.state for c in closed.history().children.values()] == ["canceled"]
