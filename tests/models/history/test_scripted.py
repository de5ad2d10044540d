"""The builder with python-simple-workflow's names: `builder.History(workflow_type).add_...`."""

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
    """A history with a completed decision task."""
    return builder.History(ORDER).add_decision_task_completed()


def names(history):
    return [event.name for event in history]


def test_scripted_history_begins_with_a_started_decision_task():
    history = builder.History(ORDER, input={"args": [1]}, tag_list=["red"])

    assert names(history) == [
        "WorkflowExecutionStarted",
        "DecisionTaskScheduled",
        "DecisionTaskStarted",
    ]
    assert history.execution.input == {"args": [1]}
    assert history.execution.tag_list == ["red"]
    assert history.execution.decision_tasks_timeout == 300


def test_scripted_history_is_a_history(history):
    assert isinstance(history, History)
    assert history[1:3] == History(raw=history.raw[1:3])
    assert (history.last_id, history.next_id) == (4, 5)


def test_same_calls_write_the_same_history():
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
def test_activity_task_ends_in_its_last_state(history, last_state, written):
    history.add_activity_task(CHARGE, decision_id=4, last_state=last_state, activity_id="c-1")

    assert names(history)[4:] == ["ActivityTaskScheduled", *written]
    assert history.activities["c-1"].state == last_state
    assert history.problems == []


def test_activity_task_has_the_settings_of_its_type(history):
    history.add_activity_task(CHARGE, 4, activity_id="c-1", input={"args": [7]}, result="ok")

    scheduled = history.event(5)
    assert scheduled.activity_type == {"name": "charge", "version": "2.0"}
    assert scheduled.attributes["heartbeatTimeout"] == "30"
    assert scheduled.attributes["input"] == '{"args": [7]}'
    assert history.activities["c-1"].result == "ok"


def test_unscheduled_activity_is_refused(history):
    history.add_activity_task(CHARGE, 4, "schedule_failed", cause="ACTIVITY_TYPE_DEPRECATED")

    assert names(history)[4:] == ["ScheduleActivityTaskFailed"]
    assert history.last.cause == "ACTIVITY_TYPE_DEPRECATED"


def test_events_of_an_activity_task_can_be_added_separately(history):
    history.add_activity_task_scheduled(CHARGE, decision_id=4, activity_id="c-1")
    history.add_activity_task_started(scheduled=5).add_signal("meanwhile")
    history.add_activity_task_failed(scheduled=5, started=6, reason="no", details="none")

    assert history.activities["c-1"].reason == "no"
    assert history.problems == []


@pytest.mark.parametrize("end", ["completed", "failed", "timed_out", "canceled", "terminated"])
def test_child_ends_in_the_requested_state(history, end):
    history.add_child_workflow(ORDER, last_state=end, workflow_id="child")

    assert history.children["child"].state == end
    assert history.problems == []


def test_unfinished_child_is_open(history):
    history.add_child_workflow(ORDER, "start_initiated", "a").add_child_workflow(
        ORDER, "started", "b"
    )

    assert [child.state for child in history.open_children] == ["start_initiated", "started"]


def test_fired_timer_is_the_latest_of_its_id(history):
    history.add_timer_started("t", 5, decision_id=4).add_timer_fired("t")
    history.add_timer_started("t", 5, control={"n": 1}).add_timer_canceled("t")

    assert [attempt.state for attempt in history.timers["t"].attempts] == ["fired", "canceled"]
    assert history.problems == []


def test_external_events_can_be_added(history):
    history.add_signal("go", {"n": 1}).add_request_cancel("CHILD_POLICY_APPLIED").add_marker("m", 2)

    assert history.signals["go"][-1].input == {"n": 1}
    assert history.execution.cancel_requested
    assert history.markers["m"][-1].details == 2


def test_timed_out_decision_task_is_scheduled_again(history):
    history.add_decision_task_scheduled().add_decision_task_started()
    history.add_decision_task_timed_out().add_decision_task(execution_context={"step": 2})

    assert names(history)[6:] == [
        "DecisionTaskTimedOut",
        "DecisionTaskScheduled",
        "DecisionTaskStarted",
        "DecisionTaskCompleted",
    ]
    assert history.problems == []


def test_event_of_any_type_can_be_added(history):
    history.add(
        "LambdaFunctionScheduled",
        function_id="f",
        function_name="f",
        decision_task_completed_event_id=4,
    )

    assert history.open_lambdas[0].id == "f"


def test_attribute_that_the_event_does_not_have_is_refused(history):
    with pytest.raises(InvalidKeywordArgumentError, match="colour"):
        history.add("TimerFired", colour="red")

    assert history.last_id == 4


def test_unknown_last_state_is_refused(history):
    with pytest.raises(ValidationError, match=r"last_state='cancelled': must be one of .*canceled"):
        history.add_activity_task(CHARGE, 4, last_state="cancelled")
    with pytest.raises(ValidationError, match=r"last_state='scheduled': must be one of .*started"):
        history.add_child_workflow(ORDER, last_state="scheduled")

    assert history.last_id == 4


def test_scripted_history_accepts_declarations_of_the_futures_engine():
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
