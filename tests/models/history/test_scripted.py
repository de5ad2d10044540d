"""The builder under the names of the ancestor: `builder.History(workflow_type).add_...`."""

import pytest

from swf.dataflow import Workflow, activity
from swf.exceptions import InvalidKeywordArgumentError, ValidationError
from swf.models import ActivityType, Domain, WorkflowType
from swf.models.history import History, builder

DOMAIN = Domain("orders")
ORDER = WorkflowType(DOMAIN, "order", "1.0", task_list="deciders")
CHARGE = ActivityType(DOMAIN, "charge", "2.0", task_list="workers", task_heartbeat_timeout=30)


@pytest.fixture
def history():
    """A history whose first decision task has been completed."""
    return builder.History(ORDER).add_decision_task_completed()


def names(history):
    return [event.name for event in history]


def test_it_begins_with_a_decision_task_in_hand():
    history = builder.History(ORDER, input={"args": [1]}, tag_list=["red"])

    assert names(history) == [
        "WorkflowExecutionStarted",
        "DecisionTaskScheduled",
        "DecisionTaskStarted",
    ]
    assert history.execution.input == {"args": [1]}
    assert history.execution.tag_list == ["red"]
    assert history.execution.decision_tasks_timeout == 300


def test_it_is_a_history(history):
    assert isinstance(history, History)
    assert history[1:3] == History(raw=history.raw[1:3])
    assert (history.last_id, history.next_id) == (4, 5)


def test_the_same_calls_write_the_same_history():
    first, second = (builder.History(ORDER).add_signal("go") for _ in range(2))

    assert first == second


@pytest.mark.parametrize(
    ("last_state", "written"),
    [
        ("scheduled", []),
        ("started", ["ActivityTaskStarted"]),
        ("completed", ["ActivityTaskStarted", "ActivityTaskCompleted"]),
        ("failed", ["ActivityTaskStarted", "ActivityTaskFailed"]),
        ("timed_out", ["ActivityTaskStarted", "ActivityTaskTimedOut"]),
        ("canceled", ["ActivityTaskStarted", "ActivityTaskCanceled"]),
    ],
)
def test_an_activity_task_goes_up_to_its_last_state(history, last_state, written):
    history.add_activity_task(CHARGE, decision_id=4, last_state=last_state, activity_id="c-1")

    assert names(history)[4:] == ["ActivityTaskScheduled", *written]
    assert history.activities["c-1"].state == last_state
    assert history.problems == []


def test_an_activity_task_says_what_its_type_says(history):
    history.add_activity_task(CHARGE, 4, activity_id="c-1", input={"args": [7]}, result="ok")

    scheduled = history.event(5)
    assert scheduled.activity_type == {"name": "charge", "version": "2.0"}
    assert scheduled.attributes["heartbeatTimeout"] == "30"
    assert scheduled.attributes["input"] == '{"args": [7]}'
    assert history.activities["c-1"].result == "ok"


def test_an_activity_that_cannot_be_scheduled_is_not(history):
    history.add_activity_task(CHARGE, 4, "schedule_failed", cause="ACTIVITY_TYPE_DEPRECATED")

    assert names(history)[4:] == ["ScheduleActivityTaskFailed"]
    assert history.last.cause == "ACTIVITY_TYPE_DEPRECATED"


def test_parts_of_an_activity_task_can_be_added_one_by_one(history):
    history.add_activity_task_scheduled(CHARGE, decision_id=4, activity_id="c-1")
    history.add_activity_task_started(scheduled=5).add_signal("meanwhile")
    history.add_activity_task_failed(scheduled=5, started=6, reason="no", details="none")

    assert history.activities["c-1"].reason == "no"
    assert history.problems == []


@pytest.mark.parametrize("end", ["completed", "failed", "timed_out", "canceled", "terminated"])
def test_a_child_ends(history, end):
    history.add_child_workflow(ORDER, last_state=end, workflow_id="child")

    assert history.children["child"].state == end
    assert history.problems == []


def test_a_child_that_is_left_open_is_open(history):
    history.add_child_workflow(ORDER, "start_initiated", "a").add_child_workflow(
        ORDER, "started", "b"
    )

    assert [child.state for child in history.open_children] == ["start_initiated", "started"]


def test_a_timer_that_fires_is_the_last_of_its_id(history):
    history.add_timer_started("t", 5, decision_id=4).add_timer_fired("t")
    history.add_timer_started("t", 5, control={"n": 1}).add_timer_canceled("t")

    assert [attempt.state for attempt in history.timers["t"].attempts] == ["fired", "canceled"]
    assert history.problems == []


def test_what_comes_from_outside_is_there(history):
    history.add_signal("go", {"n": 1}).add_request_cancel("CHILD_POLICY_APPLIED").add_marker("m", 2)

    assert history.signals["go"][-1].input == {"n": 1}
    assert history.execution.cancel_requested
    assert history.markers["m"][-1].details == 2


def test_decision_tasks_time_out_and_come_again(history):
    history.add_decision_task_scheduled().add_decision_task_started()
    history.add_decision_task_timed_out().add_decision_task(execution_context={"step": 2})

    assert names(history)[6:] == [
        "DecisionTaskTimedOut",
        "DecisionTaskScheduled",
        "DecisionTaskStarted",
        "DecisionTaskCompleted",
    ]
    assert history.problems == []


def test_an_event_of_any_type_can_be_added(history):
    history.add(
        "LambdaFunctionScheduled",
        function_id="f",
        function_name="f",
        decision_task_completed_event_id=4,
    )

    assert history.open_lambdas[0].id == "f"


def test_an_attribute_that_the_event_does_not_have_is_refused(history):
    with pytest.raises(InvalidKeywordArgumentError, match="colour"):
        history.add("TimerFired", colour="red")

    assert history.last_id == 4


def test_a_last_state_that_does_not_exist_is_refused(history):
    with pytest.raises(ValidationError, match=r"last_state='cancelled': must be one of .*canceled"):
        history.add_activity_task(CHARGE, 4, last_state="cancelled")
    with pytest.raises(ValidationError, match=r"last_state='scheduled': must be one of .*started"):
        history.add_child_workflow(ORDER, last_state="scheduled")

    assert history.last_id == 4


def test_workflows_and_activities_of_the_futures_engine_will_do():
    @activity.with_attributes(task_list="quick", version="3.0", heartbeat_timeout=7)
    def double(x):
        return 2 * x

    class Doubling(Workflow):
        name = "doubling"
        version = "1"
        task_list = "deciders"

    history = builder.History(Doubling).add_activity_task(double, 4, activity_id="d", result=4)

    assert history.execution.workflow_type == {"name": "doubling", "version": "1"}
    assert history.event(4).attributes["heartbeatTimeout"] == "7"
