"""Workflow instances on constructed histories: refusals, early closes, split decisions."""

from __future__ import annotations

import pytest

from swf.dataflow import Workflow, replay
from swf.dataflow.activity import Activity
from swf.dataflow.runtime import DeciderOptions, Identity
from swf.dataflow.workflow_instance import WorkflowInstance
from swf.models.decision import WAKE_UP_TIMER_ID
from swf.models.history import History
from swf.retry import Retry

work = Activity(lambda x: x, name="work", version="1")


def history(*events):
    """Return a history of (event type, attributes) pairs, one second apart."""
    return History.from_event_list(
        [
            {
                "eventId": number,
                "eventType": kind,
                "eventTimestamp": 1e9 + number,
                f"{kind[0].lower()}{kind[1:]}EventAttributes": attributes,
            }
            for number, (kind, attributes) in enumerate(events, 1)
        ]
    )


STARTED = [
    ("WorkflowExecutionStarted", {"input": '{"args":[5],"kwargs":{}}'}),
    ("DecisionTaskScheduled", {}),
    ("DecisionTaskStarted", {"scheduledEventId": 2}),
    ("DecisionTaskCompleted", {"scheduledEventId": 2, "startedEventId": 3}),
]
NEXT = [("DecisionTaskScheduled", {}), ("DecisionTaskStarted", {"scheduledEventId": 6})]


class Works(Workflow):
    name = "works on refusals"

    def run(self, x):
        error = self.submit(work, x).exception
        return None if error is None else error.reason


def advance(*events, workflow=Works):
    """Return the decisions at the end of a history."""
    instance = WorkflowInstance(workflow, Identity("d", "w", "r"), DeciderOptions())
    return instance.advance(history(*events))


def refusal(cause):
    return (
        "ScheduleActivityTaskFailed",
        {
            "activityId": "work-1",
            "activityType": {"name": "work", "version": "1"},
            "cause": cause,
            "decisionTaskCompletedEventId": 4,
        },
    )


@pytest.mark.parametrize("cause", ["ACTIVITY_TYPE_DEPRECATED", "DEFAULT_TASK_LIST_UNDEFINED"])
def test_permanent_refusal_fails_the_task(cause):
    (decision,) = advance(*STARTED, refusal(cause), *NEXT)

    assert decision.type == "CompleteWorkflowExecution"
    assert decision.attributes["result"] == f'"{cause}"'


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        (None, ((), {})),
        ('{"args":[1],"kwargs":{"k":2}}', ((1,), {"k": 2})),
        ("[1,2]", ((1, 2), {})),
        ('{"x":1}', ((), {"x": 1})),
        ("plain text", (("plain text",), {})),
        ("7", ((7,), {})),
    ],
)
def test_any_input_is_decoded_to_arguments(text, arguments):
    calls = []

    class Takes(Workflow):
        name = "takes anything"

        def run(self, *args, **kwargs):
            calls.append((args, kwargs))

    started = ("WorkflowExecutionStarted", {} if text is None else {"input": text})
    advance(started, *STARTED[1:3], workflow=Takes)

    assert calls == [arguments]


def test_close_decision_is_repeated_after_unhandled_event(make_local):
    signals = iter([True])

    class Ends(Workflow):
        name = "ends twice"

        def run(self):
            self.sleep(1)
            if next(signals, False):
                started[0].signal("late news")
            return "done"

    local = make_local(Ends)
    started = [local.start(Ends)]

    assert local.result(started[0]) == "done"
    names = [event.name for event in started[0].history()]
    assert "CompleteWorkflowExecutionFailed" in names


@pytest.mark.parametrize("replay_every_decision", [False])
def test_thousand_decisions_replay_without_divergence(make_local):
    class Long(Workflow):
        name = "a thousand steps"

        def run(self, steps):
            x = 0
            for _ in range(steps):
                x = self.submit(work, x + 1).result
            return x

    local = make_local(Long, activities=[work])
    execution = local.start(Long, 1000)

    assert local.result(execution) == 1000
    instance = WorkflowInstance(
        Long, Identity("local", execution.workflow_id, execution.run_id), DeciderOptions()
    )
    instance.verify(execution.history())


def test_closed_execution_has_no_open_tasks(make_local, acts):
    class Busy(Workflow):
        name = "busy"

        def run(self):
            self.submit(acts.double, 1)
            self.submit(self.start_timer("t", 600))
            self.submit(self.wait_signal("never"))
            self.submit(self.signal("news", propagate=False))
            self.submit(acts.double, 2).wait(timeout=600)

    local = make_local(Busy)
    history = local.run(local.start(Busy)).history()

    assert history.execution.close_status == "COMPLETED"
    assert history.open_activities == history.open_timers == history.open_external_signals == []


def test_futures_in_result_are_resolved(run, acts):
    def code(self):
        return {"doubled": [self.submit(acts.double, i) for i in range(3)]}

    assert run(code) == {"doubled": [0, 2, 4]}


def scheduled_event(number, completed, x=5):
    return (
        "ActivityTaskScheduled",
        {
            "activityId": f"work-{number}",
            "activityType": {"name": "work", "version": "1"},
            "input": f'{{"args":[{x}],"kwargs":{{}}}}',
            "decisionTaskCompletedEventId": completed,
        },
    )


def decision_task(at):
    """Return the events that start a decision task; the first has this id."""
    return [("DecisionTaskScheduled", {}), ("DecisionTaskStarted", {"scheduledEventId": at})]


def completion(at):
    """Return the event that completes the decision task started by `decision_task(at)`."""
    return ("DecisionTaskCompleted", {"scheduledEventId": at, "startedEventId": at + 1})


class Hooked(Workflow):
    """Cancels all other tasks when one fails."""

    name = "all or nothing"
    tasks = ()

    def run(self, x):
        self.tasks = [self.submit(work, x)]
        self.sleep(0)
        self.tasks.append(self.submit(work, x))
        for each in self.tasks:
            each.wait()

    def on_task_failure(self, ctx):
        for each in self.tasks:
            if each is not ctx.future:
                each.cancel()


def test_hook_can_cancel_task_of_same_decision_as_refusal():
    class AtOnce(Hooked):
        def run(self, x):
            self.tasks = self.map(work, [x, x])
            return [each.state for each in self.tasks if each.wait()]

    first, second = (f"map-1.work-{number}" for number in (1, 2))
    kind, attributes = refusal("ACTIVITY_TYPE_DEPRECATED")
    refused_event = kind, {**attributes, "activityId": first}
    accepted_event = scheduled_event(2, 4)[0], {**scheduled_event(2, 4)[1], "activityId": second}

    (decision,) = advance(
        *STARTED, refused_event, accepted_event, *decision_task(7), workflow=AtOnce
    )

    assert decision.type == "RequestCancelActivityTask"
    assert decision.attributes["activityId"] == second


def test_hook_can_cancel_task_decided_during_failure():
    (decision,) = advance(
        *STARTED,
        scheduled_event(1, 4),
        ("TimerStarted", {"timerId": "sleep-1", "startToFireTimeout": "0",
                          "decisionTaskCompletedEventId": 4}),
        ("TimerFired", {"timerId": "sleep-1", "startedEventId": 6}),
        *decision_task(8),
        ("ActivityTaskStarted", {"scheduledEventId": 5}),
        ("ActivityTaskFailed", {"scheduledEventId": 5, "startedEventId": 10}),
        completion(8),
        scheduled_event(2, 12),
        *decision_task(14),
        workflow=Hooked,
    )  # fmt: skip

    assert decision.type == "RequestCancelActivityTask"
    assert decision.attributes["activityId"] == "work-2"


def wake_up_timer(completed, kind="TimerStarted"):
    """Return the event of the timer that a decision task starts if it had to be split."""
    return kind, {
        "timerId": WAKE_UP_TIMER_ID,
        "startToFireTimeout": "0",
        "decisionTaskCompletedEventId": completed,
    }


@pytest.mark.parametrize("kind", ["TimerStarted", "StartTimerFailed"])
def test_next_decision_carries_commands_after_wake_up_timer(kind):
    (decision,) = advance(*STARTED, wake_up_timer(4, kind), *NEXT)

    assert decision.type == "ScheduleActivityTask"


class Changed(Workflow):
    name = "changed"

    def run(self, x):
        self.submit(work, x)
        if self.patched("more"):
            self.submit(work, x)
        self.submit(work, x)


@pytest.mark.parametrize(
    ("recorded", "pending"),
    [
        ([], ["ScheduleActivityTask", "RecordMarker", *["ScheduleActivityTask"] * 2]),
        ([scheduled_event(1, 4)], ["RecordMarker", *["ScheduleActivityTask"] * 2]),
        ([scheduled_event(1, 4), scheduled_event(2, 4)], []),
    ],
    ids=["nothing recorded", "recorded up to the patch", "recorded past the patch"],
)
def test_patch_is_applied_if_split_decision_lacks_its_marker(recorded, pending):
    decisions = advance(
        *STARTED, *recorded, wake_up_timer(4), *decision_task(6 + len(recorded)), workflow=Changed
    )

    assert [decision.type for decision in decisions] == pending


FAILS = [
    *STARTED,
    scheduled_event(1, 4),
    ("ActivityTaskStarted", {"scheduledEventId": 5}),
    ("ActivityTaskFailed", {"scheduledEventId": 5, "startedEventId": 6, "reason": "E: no"}),
    *decision_task(8),
    completion(8),
    wake_up_timer(10),
    *decision_task(12),
    completion(12),
]


@pytest.mark.parametrize(
    "then",
    [
        [scheduled_event(1, 14)],
        [("WorkflowExecutionCompleted",
          {"result": '"E: no"', "decisionTaskCompletedEventId": 14})],
    ],
    ids=["retried", "failed"],
)  # fmt: skip
@pytest.mark.parametrize("retry", [0, 1, Retry(3, delay=5)], ids=str)
def test_retry_policy_can_change_after_split_decision(then, retry):
    tried = Activity(work.callable, name="work", version="1", retry=retry)

    class Tries(Workflow):
        name = "tries"

        def run(self, x):
            return self.submit(tried, x).exception.reason

    replay(Tries, history(*FAILS, *then))
