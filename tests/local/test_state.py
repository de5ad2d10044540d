"""A state is the result of its records: live, after a restart, from a snapshot."""

import json

import pytest

from swf.local.engine import Fault, State, apply, next_deadline, tick

CHARGE = {"activityType": {"name": "charge", "version": "1"}}
CHILD = {"workflowId": "c", "workflowType": {"name": "order", "version": "1"}}


def schedule(name, **attributes):
    return ("ScheduleActivityTask", {**CHARGE, "activityId": name, **attributes})


@pytest.fixture
def busy(engine):
    """An engine with entities of every kind."""
    engine.call("RegisterDomain", name="old", workflowExecutionRetentionPeriodInDays="1")
    engine.call("DeprecateDomain", name="old")
    arn = "arn:aws:swf:us-east-1:123456789012:/domain/old"
    engine.call("TagResource", resourceArn=arn, tags=[{"key": "k"}])
    engine.start("closed")
    engine.terminate("closed")
    engine.start(lambdaRole="role", taskStartToCloseTimeout="300")
    engine.decide(
        schedule("waiting", taskPriority="5", scheduleToStartTimeout="70"),
        schedule("working", heartbeatTimeout="60"),
        ("StartTimer", {"timerId": "t", "startToFireTimeout": "50"}),
        ("StartChildWorkflowExecution", CHILD),
        ("ScheduleLambdaFunction", {"id": "l", "name": "f"}),
        executionContext="c",
        taskList={"name": "mine"},
        taskListScheduleToStartTimeout="40",
    )
    engine.waiting = engine.poll("Activity")["taskToken"]
    engine.advance(1)
    engine.working = engine.poll("Activity")["taskToken"]
    engine.advance(30)
    engine.call("RecordActivityTaskHeartbeat", taskToken=engine.working, details="half")
    engine.advance(10)
    return engine


def recorded(state):
    return json.loads(json.dumps(list(state.records())))


def test_a_restart_gives_the_state_before(busy):
    restarted = busy.restarted()

    assert recorded(restarted) == recorded(busy.state)
    assert next_deadline(restarted) == next_deadline(busy.state)


def test_a_snapshot_gives_the_state_before(busy):
    restored = State.from_records(recorded(busy.state))

    assert recorded(restored) == recorded(busy.state)
    assert next_deadline(restored) == next_deadline(busy.state)


def test_restored_states_behave_the_same(busy):
    states = [busy.state, busy.restarted(), State.from_records(recorded(busy.state))]

    for state in states:
        tick(state, busy.now + 1000)

    assert recorded(states[0]) == recorded(states[1]) == recorded(states[2])


def test_task_token_is_valid_after_a_restart(busy):
    busy.state = busy.restarted()

    busy.call("RespondActivityTaskCompleted", taskToken=busy.working, result="r")

    assert busy.last("ActivityTaskCompleted")["result"] == "r"


def test_run_ids_do_not_repeat_after_a_restart(busy):
    run_ids = set(busy.state.executions)
    busy.terminate()
    busy.advance(8 * 86_400)
    assert busy.state.executions == {}

    busy.state = State.from_records(recorded(busy.state))

    assert busy.start("next") not in run_ids


def test_tasks_keep_their_order_in_a_snapshot(engine):
    for name in "ab":
        engine.start(name)
    engine.decide(name="list")
    engine.decide(name="list")
    for name in "ba":
        engine.signal(name)

    engine.state = State.from_records(recorded(engine.state))

    polled = [engine.poll()["workflowExecution"]["workflowId"] for _ in range(2)]
    assert polled == ["b", "a"]


def test_snapshot_keeps_heartbeat_details_of_the_same_instant(engine):
    engine.start()
    engine.decide(schedule("a", heartbeatTimeout="60"))
    token = engine.poll("Activity")["taskToken"]
    engine.call("RecordActivityTaskHeartbeat", taskToken=token, details="half")

    engine.state = State.from_records(recorded(engine.state))
    engine.advance(60)

    assert engine.last("ActivityTaskTimedOut")["details"] == "half"


@pytest.mark.parametrize(
    "records", [[], [["purge", "22x"]], [*State("r").records(), *State("r").records()]]
)
def test_records_without_one_tenant_record_are_refused(records):
    with pytest.raises(ValueError, match="must be 'tenant'"):
        State.from_records(records)


def test_tenants_with_different_seeds_share_no_ids():
    states = [State("us-east-1", seed=seed) for seed in (1, 2)]

    assert states[0].next_run_id() != states[1].next_run_id()


def test_token_of_another_tenant_is_invalid(engine, make_engine):
    engine.start()
    token = engine.poll()["taskToken"]
    other = make_engine()
    other.state = State("us-east-1", seed=8)

    with pytest.raises(Fault, match="Invalid token"):
        apply(other.state, "RespondDecisionTaskCompleted", {"taskToken": token}, other.now)
