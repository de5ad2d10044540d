"""Deciders: polls, subclasses and their parts."""

import pytest

import swf
from swf.flow import Flow, activity, decider, event
from swf.models.history import builder
from swf.testing import run_until_closed


class Counting(decider.DeciderWorker):
    """A decider subclass that overrides the decisions."""

    calls = 0

    def create_decisions_from_flow(self, decisions, activity_states, context):
        self.calls += 1
        super().create_decisions_from_flow(decisions, activity_states, context)
        assert all(name.startswith("flow_") for name in activity_states)

    def delegate_decisions(self, decisions, decider, history, context):
        self.calls += 1
        super().delegate_decisions(decisions, decider, history, context)


def test_failed_poll_is_logged_and_not_raised(service, create, flow_of, tasks, caplog):
    errors = []
    flow = flow_of(
        create(name="a", run=tasks()), on_exception=lambda _, error: errors.append(error)
    )

    worker = decider.DeciderWorker(flow, register=False)  # the domain does not exist

    assert worker.run() is True
    assert [type(error) for error in errors] == [swf.models.domain.DomainDoesNotExist]


def test_any_error_of_a_poll_is_logged(service, create, flow_of, tasks, caplog):
    def poll(**kwargs):
        raise RuntimeError("no cable")

    errors = []
    client = service.client()
    client.poll_for_decision_task = client.poll_for_activity_task = poll
    step = activity.create(client, "kitchen", "flow")(
        name="a", run=tasks(), on_exception=lambda _, error: errors.append(str(error))
    )
    flow = flow_of(step, client=client, on_exception=lambda _, error: errors.append(str(error)))

    assert decider.DeciderWorker(flow, register=False).run() is True
    assert step.run() is True
    assert errors == ["no cable"] * 2


@pytest.mark.parametrize("own", [False, True])
def test_subclass_overrides_the_decisions(own, service, create, flow_of, tasks):
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
    assert counting.calls == 3


def test_decisions_may_be_dictionaries_of_the_api(service, create, flow_of, tasks):
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


def test_parts_of_a_decider_work_alone(create, flow_of, tasks):
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

    for arguments in (context, context.current):
        decisions = []
        worker.create_decisions_from_flow(decisions, states, arguments)
        assert [d.attributes["activityId"] for d in decisions] == ["flow_b-1"]

    decisions = []
    worker.delegate_decisions(decisions, lambda schedule: schedule("x", b), states, context)
    assert [d.attributes["activityId"] for d in decisions] == ["flow_b-1-x"]


class LateEvents(decider.DeciderWorker):
    """A decider during whose first closing decision an event arrives."""

    def __init__(self, flow, send):
        super().__init__(flow)
        self.send = send

    def decide(self, execution):
        decisions = super().decide(execution)
        if decisions and decisions[-1].is_closing and self.send:
            self.send()
            self.send = None
        return decisions


@pytest.mark.parametrize("closes", ["completes", "fails", "continues as new", "is canceled"])
@pytest.mark.parametrize("event", ["signal", "cancel request"])
@pytest.mark.parametrize("kind", ["steps", "custom decider"])
def test_event_during_the_closing_decision_is_processed(
    service, create, flow_of, tasks, closes, event, kind
):
    first = create(name="first", run=tasks(ValueError("no") if closes == "fails" else {}))
    approval = create.signal("approval", "approve", requires=[first])
    continues = closes == "continues as new"
    last = create(name="last", run=tasks(), requires=[approval] if continues else [first])
    steps = [first, approval, last] if continues else [first, last]
    flow = flow_of(*steps, event_budget=4 if continues else None)
    if kind == "custom decider":
        flow.decider = lambda schedule: [schedule("x", step).wait() for step in steps]
    sends = {
        "signal": lambda: execution.signal("approve"),
        "cancel request": lambda: execution.request_cancel(),
    }
    actors = [LateEvents(flow, sends[event]).actor, *activity.ActivityWorker(flow).actors]
    execution = Flow(flow).start({})
    if closes == "is canceled":
        execution.request_cancel()

    last_run = run_until_closed(execution, *actors).history()
    while run_id := last_run.execution.new_execution_run_id:
        last_run = run_until_closed(execution.evolve(run_id=run_id), *actors).history()

    is_canceled = event == "cancel request" or closes == "is canceled"
    expected = "CANCELED" if is_canceled else "FAILED" if closes == "fails" else "COMPLETED"
    assert last_run.execution.close_status == expected
    assert "UNHANDLED_DECISION" in str(execution.history().raw)


def test_on_exception_that_exits_does_not_keep_the_execution_open(
    service, create, flow_of, tasks, caplog
):
    def leave(worker, error):
        raise SystemExit(1)

    flow = flow_of(create(name="a", run=tasks(ValueError("no"))), on_exception=leave)
    actors = [decider.DeciderWorker(flow).actor, *activity.ActivityWorker(flow).actors]

    closed = run_until_closed(Flow(flow).start({}), *actors)

    assert closed.close_status == "FAILED"
    assert "on_exception failed: flow" in caplog.text
