"""A world is what its records tell: live, after a restart, from a snapshot."""

import json

import pytest

from swf.local.engine import Fault, State, apply, next_deadline, tick

CHARGE = {"activityType": {"name": "charge", "version": "1"}}
CHILD = {"workflowId": "c", "workflowType": {"name": "order", "version": "1"}}


def schedule(name, **attributes):
    return ("ScheduleActivityTask", {**CHARGE, "activityId": name, **attributes})


@pytest.fixture
def busy(world):
    """A world with something of everything."""
    world.call("RegisterDomain", name="old", workflowExecutionRetentionPeriodInDays="1")
    world.call("DeprecateDomain", name="old")
    arn = "arn:aws:swf:us-east-1:123456789012:/domain/old"
    world.call("TagResource", resourceArn=arn, tags=[{"key": "k"}])
    world.start("closed")
    world.terminate("closed")
    world.start(lambdaRole="role", taskStartToCloseTimeout="300")
    world.decide(
        schedule("waiting", taskPriority="5", scheduleToStartTimeout="70"),
        schedule("working", heartbeatTimeout="60"),
        ("StartTimer", {"timerId": "t", "startToFireTimeout": "50"}),
        ("StartChildWorkflowExecution", CHILD),
        ("ScheduleLambdaFunction", {"id": "l", "name": "f"}),
        executionContext="c",
        taskList={"name": "mine"},
        taskListScheduleToStartTimeout="40",
    )
    world.waiting = world.poll("Activity")["taskToken"]
    world.advance(1)
    world.working = world.poll("Activity")["taskToken"]
    world.advance(30)
    world.call("RecordActivityTaskHeartbeat", taskToken=world.working, details="half")
    world.advance(10)
    return world


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


def test_all_of_them_go_on_alike(busy):
    states = [busy.state, busy.restarted(), State.from_records(recorded(busy.state))]

    for state in states:
        tick(state, busy.now + 1000)

    assert recorded(states[0]) == recorded(states[1]) == recorded(states[2])


def test_a_task_token_outlives_a_restart(busy):
    busy.state = busy.restarted()

    busy.call("RespondActivityTaskCompleted", taskToken=busy.working, result="r")

    assert busy.last("ActivityTaskCompleted")["result"] == "r"


def test_run_ids_do_not_repeat_after_a_restart(busy):
    seen = set(busy.state.executions)
    busy.terminate()
    busy.advance(8 * 86_400)
    assert busy.state.executions == {}

    busy.state = State.from_records(recorded(busy.state))

    assert busy.start("next") not in seen


def test_tasks_keep_their_order_in_a_snapshot(world):
    for name in "ab":
        world.start(name)
    world.decide(name="list")
    world.decide(name="list")
    for name in "ba":
        world.signal(name)

    world.state = State.from_records(recorded(world.state))

    polled = [world.poll()["workflowExecution"]["workflowId"] for _ in range(2)]
    assert polled == ["b", "a"]


def test_the_details_of_a_heartbeat_outlive_a_snapshot_even_without_time_between(world):
    world.start()
    world.decide(schedule("a", heartbeatTimeout="60"))
    token = world.poll("Activity")["taskToken"]
    world.call("RecordActivityTaskHeartbeat", taskToken=token, details="half")

    world.state = State.from_records(recorded(world.state))
    world.advance(60)

    assert world.last("ActivityTaskTimedOut")["details"] == "half"


@pytest.mark.parametrize(
    "records", [[], [["purge", "22x"]], [*State("r").records(), *State("r").records()]]
)
def test_records_that_tell_of_no_one_world_are_refused(records):
    with pytest.raises(ValueError, match="'world' record"):
        State.from_records(records)


def test_worlds_with_different_seeds_share_no_ids():
    states = [State("us-east-1", seed=seed) for seed in (1, 2)]

    assert states[0].next_run_id() != states[1].next_run_id()


def test_an_answer_of_one_world_is_no_token_of_another(world, make_world):
    world.start()
    token = world.poll()["taskToken"]
    other = make_world()
    other.state = State("us-east-1", seed=8)

    with pytest.raises(Fault, match="Invalid token"):
        apply(other.state, "RespondDecisionTaskCompleted", {"taskToken": token}, other.now)
