"""Deciders: of a flow's own, and what becomes of whole executions."""

import contextlib
import logging

import pytest

import swf
from swf.exceptions import ValidationError
from swf.flow import Flow, activity, decider, event, log, runner, task
from swf.flow.context import ExecutionContext
from swf.models.history import builder
from swf.retry import Retry
from swf.testing import run_until_closed


@pytest.fixture
def custom(create, tasks):
    """Make a flow object with a decider of its own and an activity `a`."""

    def make(decide, **options):
        class Custom:
            domain, name = "kitchen", "flow"
            a = create(name="a", **{"run": tasks({"x": 1}), **options})
            decider = staticmethod(decide)

        return Custom()

    return make


def test_a_custom_decider_gets_the_workflow_input_if_it_asks_for_it(drive, custom):
    seen = []

    def decide(schedule, context=None):
        seen.append(dict(context))
        flow_a = schedule("one", flow.a)
        flow_a.wait()

    flow = custom(decide)
    drive(flow, {"shop": "north"})

    assert seen == [{"shop": "north"}] * 2


def test_a_local_variable_called_context_is_none_of_its_business(drive, custom):
    def decide(schedule):
        context = schedule("one", flow.a)
        assert context.result == {"x": 1}

    flow = custom(decide)

    assert drive(flow).execution.close_status == "COMPLETED"


def test_a_custom_decider_that_catches_every_exception_still_waits(drive, custom):
    def decide(schedule):
        try:
            schedule("one", flow.a).wait()
        except Exception:  # noqa: BLE001 - what a user might write
            raise AssertionError("must not be caught") from None
        schedule("two", flow.a)

    flow = custom(decide)
    history = drive(flow)

    assert [a.id for a in history.activities.values()] == ["flow_a-1-one", "flow_a-1-two"]
    assert history.execution.close_status == "COMPLETED"


def test_input_is_merged_over_the_context_and_results_of_instances_into_one(drive, custom, create):
    def decide(schedule):
        state = schedule("all", flow.a, input={"dishes": ["soup", "cake"]})
        assert state.result == {"soup": "done", "cake": "done"}

    flow = custom(
        decide,
        run=runner.Sync(lambda context: {context["dish"]: "done"}),
        generators=[lambda context: [{"dish": dish} for dish in context["dishes"]]],
    )

    assert drive(flow, {"dishes": []}).execution.close_status == "COMPLETED"


def test_no_instances_are_complete(drive, custom):
    def decide(schedule):
        schedule("none", flow.a).wait()

    flow = custom(decide, generators=[lambda _: []])

    assert drive(flow).execution.close_status == "COMPLETED"


def test_what_is_required_comes_first(drive, custom, create, tasks):
    second = create(name="b", run=tasks())

    def decide(schedule):
        first = schedule("one", flow.a)
        schedule("two", second, requires=[first])

    flow = custom(decide)
    flow.b = second
    history = drive(flow)

    completed = history.activities["flow_a-1-one"].closed_event_id
    assert completed < history.activities["flow_b-1-two"].opened_event_id


def test_a_custom_decider_may_catch_what_failed(drive, custom, create, tasks):
    def decide(schedule):
        try:
            schedule("one", flow.a).wait()
        except activity.ActivityFailedError as error:
            schedule("instead", flow.b, input={"why": str(error)}).wait()

    flow = custom(decide, run=tasks(ValueError("no")))
    flow.b = create(name="b", run=tasks(lambda context: {"why": context["why"]}))

    assert drive(flow).execution.result == {
        "why": "flow_a-1-one failed once: failed: ValueError: no"
    }


def test_what_a_custom_decider_does_not_catch_fails_the_execution(drive, custom):
    told = []

    def decide(schedule):
        raise RuntimeError("x" * 300)

    flow = custom(decide)
    flow.on_exception = lambda worker, error: told.append(type(error))
    history = drive(flow)

    assert history.execution.close_status == "FAILED"
    assert len(history.execution.reason) == 256
    assert "RuntimeError" in history.execution.details
    assert told == [RuntimeError]


def test_a_custom_decider_retries_as_the_activity_says(drive, custom):
    fails = iter([True, True, False])

    def decide(schedule):
        schedule("one", flow.a).wait()

    def cook(context):
        if next(fails):
            raise ValueError("no")

    flow = custom(decide, run=runner.Sync(cook), retry=Retry(3, delay=60))
    history = drive(flow)

    assert len(history.activities["flow_a-1-one"].attempts) == 3
    assert [t.start_to_fire_timeout for t in history.timers.values()] == [60, 120]


def test_timers_and_signals_are_scheduled_as_activities_are(drive, custom, create):
    def decide(schedule):
        schedule("nap", pause).wait()
        with contextlib.suppress(activity.ActivityFailedError):
            schedule("reply", reply).wait()

    pause = create.timer("pause", 3600)
    reply = create.signal("reply", timeout=60)
    history = drive(custom(decide))

    assert history.execution.close_status == "COMPLETED"
    assert list(history.timers) == ["flow_pause-1-nap", "flow_reply-1-reply"]


def test_a_custom_decider_over_its_budget_continues_with_its_results(drive, custom, service):
    def decide(schedule, context):
        assert context == {"shop": "north"}
        total = 0
        for number in range(6):
            total += schedule(f"{number}", flow.a).result["x"]
        assert total == 6

    flow = custom(decide)
    flow.event_budget = 12
    first = drive(flow, {"shop": "north"})
    assert first.execution.close_status == "CONTINUED_AS_NEW"

    runs = list(swf.Domain("kitchen").executions.filter(status="CLOSED"))
    while any(e.status == "OPEN" for e in swf.Domain("kitchen").executions.filter(status="OPEN")):
        [open_] = swf.Domain("kitchen").executions.filter(status="OPEN")
        worker = Flow(flow)
        run_until_closed(open_, worker.decider().actor, *worker.worker().actors)
        runs.append(open_)

    histories = [run.history() for run in runs]
    assert histories[-1].execution.close_status == "COMPLETED"
    assert sum(len(history.activities) for history in histories) == 6


@task.decorate()
def make(k):
    return {f"k{k}": "x" * 12_000}


def test_a_custom_decider_goes_on_if_what_it_would_hand_over_does_not_fit(drive, custom, caplog):
    def decide(schedule):
        for number in range(4):
            schedule(f"{number}", flow.a, input={"k": number}).wait()

    flow = custom(decide, run=runner.Sync(make.fill(k="k")))
    flow.event_budget = 20

    assert drive(flow).execution.close_status == "COMPLETED"
    assert "Cannot continue as new" in caplog.text


# Whole executions.


def test_a_module_named_decider_is_no_custom_decider(drive, create, flow_of, tasks):
    flow = flow_of(create(name="a", run=tasks()), decider=decider)

    assert drive(flow).execution.close_status == "COMPLETED"


def test_a_canceled_execution_reaches_the_code_of_its_activities(service, create, flow_of):
    def work(context, activity):
        execution.request_cancel()
        flow_decider.run()
        activity.heartbeat("half")
        raise AssertionError("the heartbeat tells that it is canceled")

    flow = Flow(flow_of(create(name="a", run=runner.Sync(work))))
    flow_decider, worker, execution = flow.decider(), flow.worker(), flow.start()

    closed = run_until_closed(execution, flow_decider.actor, *worker.actors)

    assert closed.close_status == "CANCELED"
    assert closed.history().activities["flow_a-1"].state == "canceled"


def test_a_task_list_that_raises_where_it_runs_fails_the_activity(drive, create, flow_of):
    asked = []

    @task.list
    def tasks(context):
        asked.append(1)
        if len(asked) > 5:  # the decider asks for timeouts and input
            raise ValueError("no such tasks")
        yield lambda context: None

    history = drive(flow_of(create(name="a", run=runner.Sync(tasks))))

    assert history.activities["flow_a-1"].state == "failed"
    assert "no such tasks" in history.execution.reason


def test_a_signal_lets_a_flow_go_on(service, create, flow_of, tasks):
    go = create.signal("go")
    flow = Flow(flow_of(go, create(name="a", run=tasks(lambda c: {"by": c["by"]}), requires=[go])))
    flow_decider, worker, execution = flow.decider(), flow.worker(), flow.start()
    flow_decider.run()
    execution.signal("go", {"by": "kim"})

    closed = run_until_closed(execution, flow_decider.actor, *worker.actors)

    assert closed.history().execution.result == {"by": "kim"}


def test_a_child_flow_gets_the_context_and_gives_its_result(drive, create, flow_of, tasks):
    other_create = activity.create("kitchen", "other")
    other = flow_of(other_create(name="b", run=tasks(lambda c: {"seen": c["shop"]})))
    other.name = "other"
    flow = flow_of(create.child("c", other))

    history = drive(flow, {"shop": "north"}, other)

    assert history.execution.result == {"seen": "north"}
    assert swf.check(history) == []


def test_a_child_flow_that_failed_is_tried_again_after_the_delay(drive, create, flow_of, tasks):
    other_create = activity.create("kitchen", "other")
    other = flow_of(other_create(name="b", run=tasks(ValueError("no"))))
    other.name = "other"
    flow = flow_of(create.child("c", other, retry=Retry(max_attempts=3, delay=10)))

    history = drive(flow, None, other)

    assert [len(child.attempts) for child in history.children.values()] == [3]
    timers = {timer.id: timer.start_to_fire_timeout for timer in history.timers.values()}
    assert timers == {"flow_c-1.retry-1": 10, "flow_c-1.retry-2": 20}
    assert history.execution.reason.startswith("flow_c-1 failed 3 times")


def test_a_child_flow_is_canceled_with_its_parent(service, create, flow_of, tasks):
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


def test_a_failed_flow_undoes_what_it_did(drive, create, flow_of, tasks):
    done = []

    def note(word):
        return runner.Sync(lambda context: done.append(word))

    book = create(name="book", run=note("book"), compensation=create(name="unbook", run=note("un")))
    pay = create(name="pay", run=tasks(ValueError("no money")), requires=[book])

    history = drive(flow_of(book, pay))

    assert done == ["book", "un"]
    assert history.execution.close_status == "FAILED"
    assert "no money" in history.execution.reason
    assert swf.check(history) == []


def test_registering_twice_is_no_error_and_registers_defaults(service, create, flow_of, tasks):
    flow = flow_of(create(name="a", run=tasks(), version="3"), execution_timeout=99)
    for _ in range(2):
        decider.DeciderWorker(flow)

    kind = swf.WorkflowType(swf.Domain("kitchen"), "flow", "1.0").upstream()
    assert (kind.task_list, kind.execution_timeout) == ("flow", 99)
    assert swf.Domain("kitchen").upstream().retention_period == 90
    assert swf.ActivityType(swf.Domain("kitchen"), "flow_a", "3").upstream().task_list == "flow_a"


def test_a_fault_that_is_no_duplicate_is_not_hidden(service, create, flow_of, tasks):
    flow = flow_of(create(name="a" * 300, run=tasks()))

    with pytest.raises(ValidationError):
        decider.DeciderWorker(flow)


def test_a_poll_that_fails_does_not_end_the_loop(service, create, flow_of, tasks, caplog):
    told = []
    flow = flow_of(create(name="a", run=tasks()), on_exception=lambda _, error: told.append(error))

    worker = decider.DeciderWorker(flow, register=False)  # the domain does not exist

    assert worker.run() is True
    assert [type(error) for error in told] == [swf.models.domain.DomainDoesNotExist]


def test_whatever_a_poll_meets_with_the_loop_goes_on(service, create, flow_of, tasks, caplog):
    def poll(**kwargs):
        raise RuntimeError("no cable")

    told = []
    client = service.client()
    client.poll_for_decision_task = client.poll_for_activity_task = poll
    made = activity.create(client, "kitchen", "flow")(
        name="a", run=tasks(), on_exception=lambda _, error: told.append(str(error))
    )
    flow = flow_of(made, client=client, on_exception=lambda _, error: told.append(str(error)))

    assert decider.DeciderWorker(flow, register=False).run() is True
    assert made.run() is True
    assert told == ["no cable"] * 2


class Counting(decider.DeciderWorker):
    """A decider that has its own way to decide."""

    seen = 0

    def create_decisions_from_flow(self, decisions, activity_states, context):
        self.seen += 1
        super().create_decisions_from_flow(decisions, activity_states, context)
        assert all(name.startswith("flow_") for name in activity_states)

    def delegate_decisions(self, decisions, decider, history, context):
        self.seen += 1
        super().delegate_decisions(decisions, decider, history, context)


@pytest.mark.parametrize("own", [False, True])
def test_a_subclass_decides_in_its_own_way(own, service, create, flow_of, tasks):
    pause = create.timer("pause", 60)
    cook = create(
        name="cook", run=tasks({"x": 1}), requires=[pause], generators=[lambda _: [{"i": 1}]]
    )
    flow = flow_of(pause, cook)
    if own:
        flow.decider = lambda schedule: schedule("nap", pause).wait() or schedule("c", cook).wait()
    counting = Counting(flow)
    execution = Flow(flow).start()

    closed = run_until_closed(execution, counting.actor, *Flow(flow).worker().actors)

    assert closed.history().execution.result == {"x": 1}
    assert counting.seen == 3


def test_decisions_may_be_written_as_they_are_on_the_wire(service, create, flow_of, tasks):
    class Failing(decider.DeciderWorker):
        def create_decisions_from_flow(self, decisions, activity_states, context):
            attributes = {"reason": context.current["why"]}
            decisions.append(
                {
                    "decisionType": "FailWorkflowExecution",
                    "failWorkflowExecutionDecisionAttributes": attributes,
                }
            )

    flow = flow_of(create(name="a", run=tasks()))
    worker = Failing(flow)
    execution = Flow(flow).start({"why": "closed on mondays"})
    worker.run()

    assert execution.history().execution.reason == "closed on mondays"


def written(event_id, name, **attributes):
    """Return an event as one writes it by hand, without a time."""
    key = f"{name[0].lower()}{name[1:]}EventAttributes"
    return {"eventId": event_id, "eventType": name, key: attributes}


def test_events_that_were_written_by_hand_tell_states_and_context():
    events = [
        written(9, "ActivityTaskFailed", scheduledEventId=4),
        written(1, "WorkflowExecutionStarted", input='{"shop": "north"}'),
        written(2, "ActivityTaskScheduled", activityId="a-1", activityType={"name": "a"}),
        written(4, "ActivityTaskScheduled", activityId="b-1", activityType={"name": "b"}),
        written(5, "ActivityTaskCompleted", scheduledEventId=2, result='{"x": 1}'),
        written(6, "ActivityTaskCompleted", scheduledEventId=99, result='{"y": 1}'),
        written(7, "ActivityTaskScheduled", activityId="c-1", activityType={"name": "c"}),
        written(8, "ActivityTaskTimedOut", scheduledEventId=7, timeoutType="SCHEDULE_TO_START"),
        written(10, "ActivityTaskScheduled", activityId="d-1", activityType={"name": "d"}),
        written(12, "ActivityTaskCompleted", scheduledEventId=10),
    ]

    states = event.activity_states_from_events(events)

    assert {name: by_id[f"{name}-1"].states for name, by_id in states.items()} == {
        "a": [1, 2], "b": [1, 3], "c": [1, 3], "d": [1, 2],
    }  # fmt: skip
    assert (states["a"]["a-1"].result, states["d"]["d-1"].result) == ({"x": 1}, {})
    assert event.get_current_context(events).current == {"shop": "north", "x": 1, "y": 1}


def test_the_parts_of_a_decider_can_be_used_alone(create, flow_of, tasks):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    worker = decider.DeciderWorker(flow_of(a, b), register=False)
    history = builder.started(input={"shop": "north"})
    history.activity_scheduled("flow_a-1", name="flow_a").activity_completed("flow_a-1", {"x": 1})
    polled = {"events": history.raw}

    events = worker.get_history("me", polled)
    assert not any(e["eventType"].startswith("Decision") for e in events)
    assert worker.get_history(polled) == events

    states = worker.get_activity_states(events)
    context = event.get_current_context(events)
    assert context.current == {"shop": "north", "x": 1}
    assert context.workflow_input == {"shop": "north"}
    assert (context == context.current, context["x"], context.get("y")) == (True, 1, None)

    for given in (context, context.current):
        decisions = []
        worker.create_decisions_from_flow(decisions, states, given)
        assert [d.attributes["activityId"] for d in decisions] == ["flow_b-1"]

    decisions = []
    worker.delegate_decisions(decisions, lambda schedule: schedule("x", b), states, context)
    assert [d.attributes["activityId"] for d in decisions] == ["flow_b-1-x"]


def test_schedule_can_be_used_with_states_alone(create, tasks):
    a, decisions, context = create(name="a", run=tasks()), [], decider.ScheduleContext()
    state = activity.ActivityState("flow_a-1-x")
    state.add_state(activity.ACTIVITY_COMPLETED)

    done = decider.schedule(decisions, context, {"flow_a": {"flow_a-1-x": state}}, {}, "x", a)
    assert (decisions, done.ready, done.result, context.completed) == ([], True, {}, True)

    begun = decider.schedule(decisions, context, {}, {}, "y", a, version="7")
    assert (len(decisions), begun.ready, context.completed) == (1, False, False)
    assert decisions[0].attributes["activityType"] == {"name": "flow_a", "version": "7"}


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (lambda schedule, a: schedule("x", "a"), "current_activity='a': must be a step"),
        (lambda schedule, a: schedule(None, a), "schedule_id=None: must be a string"),
        (
            lambda schedule, a: schedule("x", a, requires=[a]),
            "must be a state that `schedule`",
        ),
    ],
)
def test_a_step_that_is_scheduled_wrongly_fails_the_execution(wrong, rule, drive, custom):
    flow = custom(lambda schedule: wrong(schedule, flow.a))

    assert rule in drive(flow).execution.reason


def test_requirements_that_are_not_ready_end_the_turn():
    state = activity.ActivityState("a-1")
    for required in (state, None):
        with pytest.raises(activity.ActivityInstanceNotReadyException):
            decider.ensure_requirements([required])

    state.add_state(activity.ACTIVITY_COMPLETED)
    assert decider.ensure_requirements([state]) is None
    assert decider.ensure_requirements(None) is None


# Context and logs.


def test_a_context_names_its_execution():
    context = ExecutionContext()
    context.set_workflow_execution_info(
        {"workflowExecution": {"workflowId": "w", "runId": "r"}}, "kitchen"
    )

    assert log.get_logger_namespace(context.current) == "garcon.kitchen.w.r"
    context.set_workflow_execution_info({}, "other")
    assert context.current["execution.domain"] == "kitchen"


CONTEXT = {
    "execution.domain": "kitchen",
    "execution.workflow_id": "a.b",
    "execution.run_id": "r",
}


def test_a_logger_carries_the_execution_in_its_name(caplog):
    actor = log.GarconLogger()
    assert actor.logger.name == "garcon"

    actor.set_log_context(CONTEXT)
    actor.logger.warning("hot")
    assert caplog.records[-1].name == "garcon.kitchen.a.b.r"

    actor.set_log_context({"execution.domain": "other"})
    assert actor.logger.name == "garcon.kitchen.a.b.r"
    actor.unset_log_context()
    assert actor.logger.name == "garcon"


def test_the_logger_of_an_execution_is_the_one_that_a_program_configures():
    actor = log.GarconLogger()
    actor.set_log_context(CONTEXT)

    assert actor.logger is logging.getLogger("garcon.kitchen.a.b.r")


def test_only_the_latest_loggers_and_those_that_were_set_up_are_kept(monkeypatch):
    monkeypatch.setattr(log, "MAX_LOGGERS", 3)
    known = logging.Logger.manager.loggerDict
    actor = log.GarconLogger()
    for run in range(20):
        actor.set_log_context({**CONTEXT, "execution.run_id": f"run{run}"})
        if run == 5:
            actor.logger.setLevel(logging.DEBUG)
        else:
            assert actor.logger.parent.name in ("garcon", "root")

    kept = [name for name in known if name.startswith("garcon.kitchen.a.b.run")]
    assert kept == [f"garcon.kitchen.a.b.run{run}" for run in (5, 17, 18, 19)]
