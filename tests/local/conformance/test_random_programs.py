"""Random programs of calls and clock steps always leave valid histories.

Ids come from small pools, so that programs use ids in use, closed executions and tasks that have
timed out. The only fault they may cause is UnknownResourceFault. The programs are fixed, unless
SWF_SOAK is set: then more of them run, with new seeds.
"""

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from swf.local import LocalSWF, ManualClock
from swf.models.history.invariants import check, open_counts

LISTS = ["deciders", "mine"]
workflow_ids = st.sampled_from(["w0", "w1", "w2"])
names = st.sampled_from(["a", "b", "c"])
seconds = st.sampled_from(["0", "1", "5", "30"])
timeouts = st.sampled_from(["NONE", "30", "5", "1"])
policies = st.sampled_from(["TERMINATE", "REQUEST_CANCEL", "ABANDON"])
task_lists = st.sampled_from([{"name": name} for name in LISTS])
details = st.sampled_from(["", "x"])


def decision_arguments(kind, **members):
    """Draw the keyword arguments of a decision of `Decisions`; None leaves a member out."""
    optional = st.fixed_dictionaries({}, optional=members)
    return st.tuples(st.just(kind), optional)


settings_of_a_run = {
    "taskStartToCloseTimeout": timeouts,
    "executionStartToCloseTimeout": st.sampled_from(["3000", "20"]),
    "childPolicy": policies,
    "taskList": task_lists,
}
activities = decision_arguments(
    "activity",
    activity_id=names,
    heartbeatTimeout=timeouts,
    startToCloseTimeout=timeouts,
    scheduleToStartTimeout=timeouts,
    scheduleToCloseTimeout=timeouts,
)
decisions = st.one_of(
    activities,
    activities,
    activities,
    decision_arguments("cancel_activity", activity_id=names),
    decision_arguments("timer", timer_id=names, seconds=seconds),
    decision_arguments("timer", timer_id=names, seconds=seconds),
    decision_arguments("cancel_timer", timer_id=names),
    decision_arguments("marker", name=names),
    decision_arguments("child", workflow_id=workflow_ids, **settings_of_a_run),
    st.tuples(st.just("signal"), st.fixed_dictionaries({"workflow_id": workflow_ids})),
    st.tuples(st.just("cancel_external"), st.fixed_dictionaries({"workflow_id": workflow_ids})),
    decision_arguments("function", function_id=names),
)
closings = st.one_of(
    *[st.none()] * 8,
    decision_arguments("complete", result=details),
    decision_arguments("fail", reason=details),
    decision_arguments("cancel", details=details),
    decision_arguments("continue_as_new", input=details, **settings_of_a_run),
)
overrides = st.fixed_dictionaries(
    {},
    optional={
        "taskList": task_lists,
        "taskListScheduleToStartTimeout": timeouts,
        "executionContext": details,
    },
)

TRIGGERS = {
    "WorkflowExecutionStarted",
    "WorkflowExecutionSignaled",
    "WorkflowExecutionCancelRequested",
    "ActivityTaskCompleted",
    "ActivityTaskFailed",
    "ActivityTaskTimedOut",
    "ActivityTaskCanceled",
    "TimerFired",
    "ChildWorkflowExecutionStarted",
    "ChildWorkflowExecutionCompleted",
    "ChildWorkflowExecutionFailed",
    "ChildWorkflowExecutionCanceled",
    "ChildWorkflowExecutionTimedOut",
    "ChildWorkflowExecutionTerminated",
    "ExternalWorkflowExecutionSignaled",
    "ExternalWorkflowExecutionCancelRequested",
    "LambdaFunctionCompleted",
    "LambdaFunctionFailed",
    "LambdaFunctionTimedOut",
    "StartLambdaFunctionFailed",
    "DecisionTaskTimedOut",
}


def attributes(event):
    kind = event["eventType"]
    return event[f"{kind[0].lower()}{kind[1:]}EventAttributes"]


def triggers(event):
    return event["eventType"] in TRIGGERS or "cause" in attributes(event)


EXPIRED = {
    "SCHEDULE_TO_START": "start",
    "SCHEDULE_TO_CLOSE": "close",
    "START_TO_CLOSE": "run",
    "HEARTBEAT": "heartbeat",
}


class Pending:
    """The open entities of a history and their deadlines, derived from its events.

    Every event is checked against the deadlines: timeouts occur at their own time, and no event
    occurs while an earlier deadline is overdue.
    """

    def __init__(self, history, heartbeats):
        self.deadlines, self.scheduled, self.started = {}, {}, {}
        self.heartbeats = heartbeats
        for event in history:
            when = round(event["eventTimestamp"].timestamp(), 3)
            overdue = {key: due for key, due in self.deadlines.items() if due < when}
            assert overdue == {}, f"before {event}"
            self.read(event, attributes(event), when)

    def read(self, event, event_attributes, when):
        kind, number = event["eventType"], event["eventId"]
        task, _, state = kind.rpartition("Task")
        if kind == "WorkflowExecutionStarted":
            self.expect("execution", when, event_attributes["executionStartToCloseTimeout"])
        elif kind == "WorkflowExecutionTimedOut":
            assert self.deadlines["execution"] == when
        elif kind == "TimerStarted":
            self.expect(number, when, event_attributes["startToFireTimeout"])
        elif kind == "TimerFired":
            assert self.deadlines.pop(event_attributes["startedEventId"]) == when
        elif kind == "TimerCanceled":
            del self.deadlines[event_attributes["startedEventId"]]
        elif task and state == "Scheduled":
            self.scheduled[number] = event_attributes
            self.expect((number, "start"), when, event_attributes["scheduleToStartTimeout"])
            self.expect(
                (number, "close"), when, event_attributes.get("scheduleToCloseTimeout", "NONE")
            )
        elif task and state == "Started":
            self.start(event_attributes["scheduledEventId"], when)
        elif task and state == "TimedOut":
            key = event_attributes["scheduledEventId"], EXPIRED[event_attributes["timeoutType"]]
            assert self.deadlines[key] == when
            self.end(event_attributes["scheduledEventId"])
        elif task and "scheduledEventId" in event_attributes:
            self.end(event_attributes["scheduledEventId"])

    def expect(self, key, when, timeout):
        if timeout != "NONE":
            self.deadlines[key] = round(when + int(timeout), 3)

    def start(self, number, when):
        scheduled = self.started[number] = self.scheduled.pop(number)
        self.deadlines.pop((number, "start"), None)
        self.expect((number, "run"), when, scheduled["startToCloseTimeout"])
        last_heartbeat = max(when, self.heartbeats.get(number, when))
        self.expect(
            (number, "heartbeat"), last_heartbeat, scheduled.get("heartbeatTimeout", "NONE")
        )

    def end(self, number):
        self.scheduled.pop(number, None)
        self.started.pop(number, None)
        for clock in ("start", "close", "run", "heartbeat"):
            self.deadlines.pop((number, clock), None)


class Programs(RuleBasedStateMachine):
    """A service with a database, a client, and the tasks of deciders and workers."""

    domain_of = decisions_of = None

    def __init__(self):
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.decision_tasks, self.activities = [], []
        self.delivered, self.heartbeats = set(), {}
        self.open(ManualClock())
        self.domain.register(retention="90")

    def open(self, clock):
        self.service = LocalSWF(
            clock=clock,
            database=Path(self.directory.name) / "swf.db",
            lambda_functions={"double": lambda event: event},
            poll_timeout=0,
        )
        self.clock = clock
        client = self.service.client(region_name="us-east-1")
        self.domain = self.domain_of(client, clock)

    @initialize()
    def begin(self):
        """Open some entities, so that even a short program has some."""
        do = self.decisions_of
        self.domain.start("w0")
        self.poll()
        self.domain.respond(
            self.decision_tasks.pop(),
            do.activity("a", heartbeatTimeout="5"),
            do.activity("b", scheduleToStartTimeout="5"),
            do.timer("a", "5"),
            do.child("w1", executionStartToCloseTimeout="300"),
        )
        self.work()

    def try_to(self, call, *args, **params):
        """Call, and ignore UnknownResourceFault."""
        with suppress(self.domain.client.exceptions.UnknownResourceFault):
            return call(*args, **params)

    @rule(
        workflow_id=workflow_ids,
        options=st.fixed_dictionaries({}, optional=settings_of_a_run),
        role=st.booleans(),
    )
    def start(self, workflow_id, options, role):
        already_started = self.domain.client.exceptions.WorkflowExecutionAlreadyStartedFault
        with suppress(already_started):
            self.domain.start(workflow_id, **options, **({"lambdaRole": "role"} if role else {}))

    @rule(workflow_id=workflow_ids)
    def signal(self, workflow_id):
        self.try_to(
            self.domain.ask, "SignalWorkflowExecution", workflowId=workflow_id, signalName="s"
        )

    @rule(workflow_id=workflow_ids)
    def request_cancel(self, workflow_id):
        self.try_to(self.domain.ask, "RequestCancelWorkflowExecution", workflowId=workflow_id)

    @precondition(lambda self: len(self.delivered) % 3 == 2)  # seldom, because it ends an execution
    @rule(
        workflow_id=workflow_ids,
        policy=st.fixed_dictionaries({}, optional={"childPolicy": policies}),
    )
    def terminate(self, workflow_id, policy):
        self.try_to(self.domain.ask, "TerminateWorkflowExecution", workflowId=workflow_id, **policy)

    def deliver(self, task, to):
        if "taskToken" not in task:
            return False
        identity = (task["workflowExecution"]["runId"], task["startedEventId"])
        assert identity not in self.delivered, "a task was delivered twice"
        self.delivered.add(identity)
        to.append(task)
        return True

    @rule()
    def poll(self):
        for name in LISTS:
            self.deliver(self.domain.poll(name), self.decision_tasks)

    @rule()
    def work(self):
        self.deliver(self.domain.work(), self.activities)

    @rule(
        batch=st.lists(decisions, min_size=1, max_size=5),
        closing=closings,
        override=overrides,
        data=st.data(),
    )
    def decide(self, batch, closing, override, data):
        if not self.decision_tasks:
            self.poll()
        if not self.decision_tasks:
            return
        task = self.take(self.decision_tasks, data)
        decisions = [
            getattr(self.decisions_of, kind)(**arguments)
            for kind, arguments in [*batch, *([closing] if closing else [])]
        ]
        if "taskList" not in override:
            override.pop("taskListScheduleToStartTimeout", None)
        self.try_to(self.domain.respond, task, *decisions, **override)

    def take(self, tasks, data):
        return tasks.pop(data.draw(st.integers(0, len(tasks) - 1)))

    @rule(how=st.sampled_from(["Completed", "Failed", "Canceled"]), data=st.data())
    def respond(self, how, data):
        self.work()
        if not self.activities:
            return
        task = self.take(self.activities, data)
        self.try_to(self.domain.call, f"RespondActivityTask{how}", taskToken=task["taskToken"])

    @precondition(lambda self: self.activities)
    @rule(heartbeat_details=details)
    def heartbeat(self, heartbeat_details):
        task = self.activities[-1]
        if self.try_to(self.domain.heartbeat, task, details=heartbeat_details) is not None:
            started = (task["workflowExecution"]["runId"], task["startedEventId"])
            self.heartbeats[started] = self.clock.now()

    @rule(seconds=st.sampled_from([1, 0.001, 4, 30]))
    def advance(self, seconds):
        self.clock.advance(seconds)
        self.check_histories()

    @rule()
    def restart(self):
        before = self.everything()
        self.service.close()
        self.open(ManualClock(self.clock.now()))
        assert self.everything() == before

    @rule(seconds=st.sampled_from([3, 30]))
    def repeat_from_snapshot(self, seconds):
        """After a restored snapshot the same steps have the same effects."""
        before, snapshot = self.everything(), self.service.snapshot()
        futures = []
        for _ in range(2):
            self.clock.advance(seconds)
            self.domain.poll()
            self.domain.work()
            futures.append(self.everything())
            self.service.restore(snapshot)
        assert futures[0] == futures[1]
        assert self.everything() == before

    def everything(self):
        """Return everything that a client can read."""
        pending = [
            self.domain.ask(f"CountPending{kind}Tasks", taskList={"name": name})
            for kind, name in [("Activity", "workers"), *(("Decision", name) for name in LISTS)]
        ]
        runs = self.domain.runs()
        return pending, [(run.run_id, run.describe(), run.history()) for run in runs]

    def check_histories(self):
        for run in self.domain.runs():
            history = run.history()
            assert check(history) == []
            assert open_counts(history) == run.open_counts
            pending = Pending(history, self.heartbeat_times(run, history))
            if run.status == "OPEN":
                self.check_pending(pending, history)

    def heartbeat_times(self, run, history):
        """Return the time of the last heartbeat of each activity of a run."""
        return {
            attributes(event)["scheduledEventId"]: self.heartbeats[run.run_id, event["eventId"]]
            for event in history
            if (run.run_id, event["eventId"]) in self.heartbeats
        }

    def check_pending(self, pending, history):
        now = self.clock.now()
        assert {key: due for key, due in pending.deadlines.items() if due <= now} == {}
        last_start = max(
            (e["eventId"] for e in history if e["eventType"] == "DecisionTaskStarted"), default=0
        )
        if any(triggers(event) for event in history[last_start:]):
            assert decision_tasks(pending.scheduled), (
                "no decision task is scheduled after a trigger"
            )

    def teardown(self):
        self.check_histories()
        for name in LISTS:
            while self.deliver(self.domain.poll(name), self.decision_tasks):
                pass
        while self.deliver(self.domain.work(), self.activities):
            pass
        for run in self.domain.runs():
            if run.status == "OPEN":
                self.check_delivered(run, run.history())
        self.service.close()
        self.directory.cleanup()

    def check_delivered(self, run, history):
        """With all lists empty, only a decision task behind a started one may be pending."""
        pending = Pending(history, self.heartbeat_times(run, history))
        waiting = decision_tasks(pending.scheduled)
        assert not waiting or len(decision_tasks(pending.started)) == 1
        assert [task for task in pending.scheduled.values() if "activityId" in task] == []


def decision_tasks(tasks):
    return [task for task in tasks.values() if "activityId" not in task]


@pytest.mark.timeout(360)  # a failing program is made as short as possible first
def test_random_programs_leave_valid_histories(domain_class, do, soak):
    class Bound(Programs):
        domain_of, decisions_of = domain_class, do

    examples = settings(stateful_step_count=40, max_examples=200 if soak else 3)
    run_state_machine_as_test(Bound, settings=examples)
