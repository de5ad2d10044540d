"""What a run makes of histories: refusals, early ends, foreign input, great length."""

from __future__ import annotations

import pytest

from swf.dataflow import Workflow, replay
from swf.dataflow.activity import Activity
from swf.dataflow.runtime import Identity, Options
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


def advanced(*events, workflow=Works):
    """Return what a run decides at the end of a history."""
    run = WorkflowInstance(workflow, Identity("d", "w", "r"), Options())
    return run.advance(history(*events))


def refused(cause):
    return (
        "ScheduleActivityTaskFailed",
        {
            "activityId": "work-1",
            "activityType": {"name": "work", "version": "1"},
            "cause": cause,
            "decisionTaskCompletedEventId": 4,
        },
    )


@pytest.mark.parametrize(
    "cause", ["ACTIVITY_CREATION_RATE_EXCEEDED", "OPEN_ACTIVITIES_LIMIT_EXCEEDED"]
)
def test_what_is_refused_for_now_is_asked_for_again_after_a_pause(cause):
    (decision,) = advanced(*STARTED, refused(cause), *NEXT)

    assert decision.type == "StartTimer"
    assert decision.attributes["timerId"] == "work-1.refused-1"


@pytest.mark.parametrize("cause", ["ACTIVITY_TYPE_DEPRECATED", "DEFAULT_TASK_LIST_UNDEFINED"])
def test_what_is_refused_for_good_fails_the_task(cause):
    (decision,) = advanced(*STARTED, refused(cause), *NEXT)

    assert decision.type == "CompleteWorkflowExecution"
    assert decision.attributes["result"] == f'"{cause}"'


@pytest.mark.parametrize(
    ("text", "given"),
    [
        (None, ((), {})),
        ('{"args":[1],"kwargs":{"k":2}}', ((1,), {"k": 2})),
        ("[1,2]", ((1, 2), {})),
        ('{"x":1}', ((), {"x": 1})),
        ("plain text", (("plain text",), {})),
        ("7", ((7,), {})),
    ],
)
def test_input_of_any_origin_becomes_arguments(text, given):
    seen = []

    class Takes(Workflow):
        name = "takes anything"

        def run(self, *args, **kwargs):
            seen.append((args, kwargs))

    started = ("WorkflowExecutionStarted", {} if text is None else {"input": text})
    advanced(started, *STARTED[1:3], workflow=Takes)

    assert seen == [given]


def test_an_end_that_came_too_early_is_decided_again(make_local):
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


def test_a_thousand_decisions_are_replayed_as_they_were(make_local):
    class Long(Workflow):
        name = "a thousand steps"

        def run(self, steps):
            x = 0
            for _ in range(steps):
                x = self.submit(work, x + 1).result
            return x

    local = make_local(Long, activities=[work], replay_every_decision=False)
    execution = local.start(Long, 1000)

    assert local.result(execution) == 1000
    run = WorkflowInstance(
        Long, Identity("local", execution.workflow_id, execution.run_id), Options()
    )
    run.verify(execution.history())


def test_nothing_is_left_open_when_an_execution_closes(make_local, acts):
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


def test_futures_in_a_result_are_their_results(run, acts):
    def code(self):
        return {"doubled": [self.submit(acts.double, i) for i in range(3)]}

    assert run(code) == {"doubled": [0, 2, 4]}


def scheduled(number, completed, x=5):
    return (
        "ActivityTaskScheduled",
        {
            "activityId": f"work-{number}",
            "activityType": {"name": "work", "version": "1"},
            "input": f'{{"args":[{x}],"kwargs":{{}}}}',
            "decisionTaskCompletedEventId": completed,
        },
    )


def begun(at):
    """Return the beginning of a decision task from an event on."""
    return [("DecisionTaskScheduled", {}), ("DecisionTaskStarted", {"scheduledEventId": at})]


def completed(at):
    """Return its completion."""
    return ("DecisionTaskCompleted", {"scheduledEventId": at, "startedEventId": at + 1})


class Hooked(Workflow):
    """Cancels everything else when something fails."""

    name = "all or nothing"
    asked = ()

    def run(self, x):
        self.asked = [self.submit(work, x)]
        self.sleep(0)
        self.asked.append(self.submit(work, x))
        for each in self.asked:
            each.wait()

    def on_task_failure(self, ctx):
        for each in self.asked:
            if each is not ctx.future:
                each.cancel()


def test_a_hook_may_cancel_what_was_decided_together_with_what_was_refused():
    class AtOnce(Hooked):
        def run(self, x):
            self.asked = self.map(work, [x, x])
            return [each.state for each in self.asked if each.wait()]

    first, second = (f"map-1.work-{number}" for number in (1, 2))
    kind, attributes = refused("ACTIVITY_TYPE_DEPRECATED")
    was_refused = kind, {**attributes, "activityId": first}
    was_scheduled = scheduled(2, 4)[0], {**scheduled(2, 4)[1], "activityId": second}

    (decision,) = advanced(*STARTED, was_refused, was_scheduled, *begun(7), workflow=AtOnce)

    assert decision.type == "RequestCancelActivityTask"
    assert decision.attributes["activityId"] == second


def test_a_hook_may_cancel_what_was_decided_while_the_failure_came():
    (decision,) = advanced(
        *STARTED,
        scheduled(1, 4),
        ("TimerStarted", {"timerId": "sleep-1", "startToFireTimeout": "0",
                          "decisionTaskCompletedEventId": 4}),
        ("TimerFired", {"timerId": "sleep-1", "startedEventId": 6}),
        *begun(8),
        ("ActivityTaskStarted", {"scheduledEventId": 5}),
        ("ActivityTaskFailed", {"scheduledEventId": 5, "startedEventId": 10}),
        completed(8),
        scheduled(2, 12),
        *begun(14),
        workflow=Hooked,
    )  # fmt: skip

    assert decision.type == "RequestCancelActivityTask"
    assert decision.attributes["activityId"] == "work-2"


def woken(completed, kind="TimerStarted"):
    """Return the event of the wake-up timer: there was no room for all decisions before it."""
    return kind, {
        "timerId": WAKE_UP_TIMER_ID,
        "startToFireTimeout": "0",
        "decisionTaskCompletedEventId": completed,
    }


@pytest.mark.parametrize("kind", ["TimerStarted", "StartTimerFailed"])
def test_what_had_no_room_is_decided_next_whether_the_wake_up_timer_started_or_runs_already(kind):
    (decision,) = advanced(*STARTED, woken(4, kind), *NEXT)

    assert decision.type == "ScheduleActivityTask"


class Changed(Workflow):
    name = "changed"

    def run(self, x):
        self.submit(work, x)
        if self.patched("more"):
            self.submit(work, x)
        self.submit(work, x)


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        ([], ["ScheduleActivityTask", "RecordMarker", *["ScheduleActivityTask"] * 2]),
        ([scheduled(1, 4)], ["RecordMarker", *["ScheduleActivityTask"] * 2]),
        ([scheduled(1, 4), scheduled(2, 4)], []),
    ],
    ids=["not for what came before", "not for it", "for what came after it"],
)
def test_an_execution_goes_the_new_way_if_a_decision_had_no_room_for_the_patch(sent, asked):
    decisions = advanced(*STARTED, *sent, woken(4), *begun(6 + len(sent)), workflow=Changed)

    assert [decision.type for decision in decisions] == asked


FAILS = [
    *STARTED,
    scheduled(1, 4),
    ("ActivityTaskStarted", {"scheduledEventId": 5}),
    ("ActivityTaskFailed", {"scheduledEventId": 5, "startedEventId": 6, "reason": "E: no"}),
    *begun(8),
    completed(8),
    woken(10),
    *begun(12),
    completed(12),
]


@pytest.mark.parametrize(
    "then",
    [
        [scheduled(1, 14)],
        [("WorkflowExecutionCompleted",
          {"result": '"E: no"', "decisionTaskCompletedEventId": 14})],
    ],
    ids=["tried again", "given up"],
)  # fmt: skip
@pytest.mark.parametrize("retry", [0, 1, Retry(3, delay=5)], ids=str)
def test_a_policy_may_change_where_a_decision_had_no_room_for_what_was_done(then, retry):
    tried = Activity(work.callable, name="work", version="1", retry=retry)

    class Tries(Workflow):
        name = "tries"

        def run(self, x):
            return self.submit(tried, x).exception.reason

    replay(Tries, history(*FAILS, *then))
