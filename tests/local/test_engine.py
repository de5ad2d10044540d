"""The engine as a whole: order of refusals, strict limits, random programs."""

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swf.local.engine import OPERATIONS, Fault, State, apply, next_deadline

MODEL = botocore.session.get_session().get_service_model("swf")


def refusal(engine, operation, **params):
    with pytest.raises(Fault) as caught:
        engine.call(operation, **params)
    return caught.value


def test_the_engine_has_every_operation_of_the_model():
    assert set(OPERATIONS) == set(MODEL.operation_names)
    assert len(OPERATIONS) == 39


def test_an_unknown_operation_is_refused(empty):
    fault = refusal(empty, "MakeCoffee")

    assert (fault.type, fault.status) == (
        "com.amazon.coral.service#UnknownOperationException",
        404,
    )


@pytest.mark.parametrize(
    ("code", "qualified"),
    [
        ("UnknownResourceFault", "com.amazonaws.swf.base.model#UnknownResourceFault"),
        ("ValidationException", "com.amazon.coral.validate#ValidationException"),
        ("SerializationException", "com.amazon.coral.service#SerializationException"),
        ("ThrottlingException", "com.amazon.coral.availability#ThrottlingException"),
    ],
)
def test_a_fault_has_the_services_own_type(code, qualified):
    assert Fault(code).type == qualified


# -- Strict limits ---------------------------------------------------------------------------------


@pytest.fixture
def strict(make_engine):
    return make_engine(limits="strict").register()


def test_calls_are_throttled_and_recover(strict):
    for _ in range(200):
        strict.call("DescribeDomain", name="d")
    assert refusal(strict, "DescribeDomain", name="d").code == "ThrottlingException"

    strict.advance(1)

    for _ in range(6):
        strict.call("DescribeDomain", name="d")
    assert refusal(strict, "DescribeDomain", name="d").message == "Rate exceeded"


def test_each_execution_is_throttled_separately(strict):
    strict.start()
    address = {"domain": "d", "workflowId": "w"}
    for _ in range(200):
        strict.call("RequestCancelWorkflowExecution", **address)

    assert refusal(strict, "RequestCancelWorkflowExecution", **address).message == "Rate exceeded"


ELSEWHERE = {"workflowId": "nobody"}
ONE_TASK = [
    (
        "ScheduleActivityTask",
        {"activityId": "a", "activityType": {"name": "charge", "version": "1"}},
    ),
    ("RequestCancelActivityTask", {"activityId": "a"}),
]
ONE_TIMER = [
    ("StartTimer", {"timerId": "t", "startToFireTimeout": "9"}),
    ("CancelTimer", {"timerId": "t"}),
]


@pytest.mark.parametrize(
    ("once", "times", "failed", "cause"),
    [
        (ONE_TASK, 1000, "ScheduleActivityTaskFailed", "ACTIVITY_CREATION_RATE_EXCEEDED"),
        (ONE_TIMER, 2000, "StartTimerFailed", "TIMER_CREATION_RATE_EXCEEDED"),
        (
            [("SignalExternalWorkflowExecution", {**ELSEWHERE, "signalName": "s"})],
            1200,
            "SignalExternalWorkflowExecutionFailed",
            "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED",
        ),
        (
            [("RequestCancelExternalWorkflowExecution", ELSEWHERE)],
            1200,
            "RequestCancelExternalWorkflowExecutionFailed",
            "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED",
        ),
        (
            [
                (
                    "StartChildWorkflowExecution",
                    {"workflowId": "w", "workflowType": {"name": "order", "version": "1"}},
                )
            ],
            500,
            "StartChildWorkflowExecutionFailed",
            "CHILD_CREATION_RATE_EXCEEDED",
        ),
    ],
)
def test_decisions_are_throttled(strict, once, times, failed, cause):
    strict.start()

    strict.decide(*once * (times + 1))

    member = f"{failed[0].lower()}{failed[1:]}EventAttributes"
    causes = [event[member]["cause"] for event in strict.events(of=failed)]
    assert causes.count(cause) == 1


def test_task_list_accepts_a_bounded_rate_of_tasks(strict, monkeypatch):
    monkeypatch.setattr("swf.local.limits.TASK_LIST_RATE", (1, 1))
    strict.start()

    strict.decide(*ONE_TASK * 2)

    failed = strict.last("ScheduleActivityTaskFailed")
    assert failed["cause"] == "ACTIVITY_CREATION_RATE_EXCEEDED"


@pytest.mark.parametrize(
    ("limit", "operation", "params"),
    [
        (
            "DOMAINS",
            "RegisterDomain",
            {"name": "e", "workflowExecutionRetentionPeriodInDays": "1"},
        ),
        (
            "TYPES_PER_DOMAIN",
            "RegisterActivityType",
            {"domain": "d", "name": "n", "version": "1"},
        ),
        (
            "OPEN_EXECUTIONS_PER_DOMAIN",
            "StartWorkflowExecution",
            {
                "domain": "d",
                "workflowId": "v",
                "workflowType": {"name": "order", "version": "1"},
            },
        ),
    ],
)
def test_quotas_apply_with_strict_limits(
    strict, make_engine, monkeypatch, limit, operation, params
):
    lenient = make_engine().register()
    for engine in (strict, lenient):
        engine.start()
    monkeypatch.setattr(f"swf.local.limits.{limit}", 1)

    lenient.call(operation, **params)
    assert refusal(strict, operation, **params).code == "LimitExceededFault"


def test_a_child_too_many_in_the_domain_fails(strict, monkeypatch):
    strict.start()
    monkeypatch.setattr("swf.local.limits.OPEN_EXECUTIONS_PER_DOMAIN", 1)
    child = {"workflowId": "c", "workflowType": {"name": "order", "version": "1"}}

    strict.decide(("StartChildWorkflowExecution", child))

    failed = strict.last("StartChildWorkflowExecutionFailed")
    assert failed["cause"] == "OPEN_WORKFLOWS_LIMIT_EXCEEDED"


# -- Programs made at random -----------------------------------------------------------------------

NAMES = st.sampled_from("abc")
ACTIVITY = {"activityType": {"name": "charge", "version": "1"}}
WORKFLOW = {"name": "order", "version": "1"}
SECONDS = st.sampled_from(["0", "1", "5", "NONE"])

DECISIONS = st.one_of(
    st.builds(
        lambda name, a, b, c, d: (
            "ScheduleActivityTask",
            {
                **ACTIVITY,
                "activityId": name,
                "scheduleToStartTimeout": a,
                "scheduleToCloseTimeout": b,
                "startToCloseTimeout": c,
                "heartbeatTimeout": d,
            },
        ),
        NAMES,
        *[SECONDS] * 4,
    ),
    st.builds(lambda name: ("RequestCancelActivityTask", {"activityId": name}), NAMES),
    st.builds(lambda name: ("CancelTimer", {"timerId": name}), NAMES),
    st.builds(
        lambda name, seconds: ("StartTimer", {"timerId": name, "startToFireTimeout": seconds}),
        NAMES,
        st.sampled_from(["0", "1", "5"]),
    ),
    st.builds(
        lambda name, policy: (
            "StartChildWorkflowExecution",
            {"workflowId": name, "workflowType": WORKFLOW, "childPolicy": policy},
        ),
        NAMES,
        st.sampled_from(["TERMINATE", "REQUEST_CANCEL", "ABANDON"]),
    ),
    st.builds(
        lambda name: ("SignalExternalWorkflowExecution", {"workflowId": name, "signalName": "s"}),
        NAMES,
    ),
    st.builds(lambda name: ("RequestCancelExternalWorkflowExecution", {"workflowId": name}), NAMES),
    st.builds(lambda name: ("ScheduleLambdaFunction", {"id": name, "name": "f"}), NAMES),
    st.just(("RecordMarker", {"markerName": "m"})),
)
CLOSES = st.sampled_from(
    [
        None,
        None,
        None,
        ("CompleteWorkflowExecution", {}),
        ("FailWorkflowExecution", {}),
        ("CancelWorkflowExecution", {}),
        ("ContinueAsNewWorkflowExecution", {}),
    ]
)
OVERRIDES = st.sampled_from(
    [
        {},
        {"taskList": {"name": "mine"}},
        {"taskList": {"name": "mine"}, "taskListScheduleToStartTimeout": "2"},
    ]
)
ANSWERS = st.sampled_from(
    [
        "RespondActivityTaskCompleted",
        "RespondActivityTaskFailed",
        "RespondActivityTaskCanceled",
        "RecordActivityTaskHeartbeat",
    ]
)
STEPS = st.one_of(
    st.tuples(st.just("start"), NAMES, st.sampled_from(["3", "20", "900"])),
    st.tuples(st.just("decide"), st.lists(DECISIONS, max_size=4), CLOSES, OVERRIDES),
    st.tuples(st.just("take"), st.sampled_from(["list", "mine"])),
    st.tuples(
        st.just("work"),
    ),
    st.tuples(st.just("answer"), ANSWERS, st.integers(0, 5)),
    st.tuples(st.just("signal"), NAMES),
    st.tuples(st.just("terminate"), NAMES),
    st.tuples(st.just("advance"), st.sampled_from([0, 0.5, 1, 3, 10])),
)


class Program:
    """An engine for random steps; a refused step changes nothing."""

    def __init__(self, engine):
        self.engine = engine
        self.decision_tokens, self.activity_tokens = [], []

    def step(self, kind, *arguments):
        self.engine.advance(0)
        before = list(self.engine.state.records())
        try:
            getattr(self, kind)(*arguments)
        except Fault:
            assert list(self.engine.state.records()) == before

    def start(self, name, seconds):
        self.engine.start(name, executionStartToCloseTimeout=seconds, lambdaRole="r")

    def take(self, task_list):
        token = self.engine.poll(name=task_list).get("taskToken")
        self.decision_tokens += [token] if token else []

    def decide(self, decisions, close, override):
        if not self.decision_tokens:
            self.take("list")
        if self.decision_tokens:
            batch = [*decisions, *([close] if close else [])]
            self.engine.complete(self.decision_tokens.pop(), *batch, **override)

    def work(self):
        token = self.engine.poll("Activity").get("taskToken")
        self.activity_tokens += [token] if token else []

    def answer(self, operation, which):
        if self.activity_tokens:
            token = self.activity_tokens[which % len(self.activity_tokens)]
            self.engine.call(operation, taskToken=token)

    def signal(self, name):
        self.engine.signal(name)

    def terminate(self, name):
        self.engine.terminate(name)

    def advance(self, seconds):
        self.engine.advance(seconds)


def check(state):
    """Check the invariants of a state."""
    for execution in state.executions.values():
        events = execution.history.between(1, len(execution.history))
        assert [event["eventId"] for event in events] == list(range(1, len(events) + 1))
        times = [event["eventTimestamp"] for event in events]
        assert times == sorted(times)
        assert all(
            value < event["eventId"]
            for event in events
            for attributes in event.values()
            if isinstance(attributes, dict)
            for name, value in attributes.items()
            if name in ("scheduledEventId", "startedEventId", "decisionTaskCompletedEventId")
        )
        counts = execution.open_counts()
        assert 0 <= counts["openDecisionTasks"] <= 1
        assert (state.domains["d"].open_runs.get(execution.workflow_id) == execution.run_id) is (
            execution.is_open
        )


@given(st.lists(STEPS, max_size=40))
def test_random_programs_leave_a_state_that_a_restart_repeats(make_engine, steps):
    engine = make_engine().register(defaultTaskStartToCloseTimeout="4")
    program = Program(engine)

    for step in steps:
        program.step(*step)
        due = next_deadline(engine.state)
        assert due is None or due >= engine.now
    check(engine.state)

    for state in (engine.restarted(), State.from_records(list(engine.state.records()))):
        assert list(state.records()) == list(engine.state.records())
        assert next_deadline(state) == next_deadline(engine.state)


def test_result_contains_the_lists_that_received_a_task(engine):
    request = {"domain": "d", "workflowId": "w", "workflowType": WORKFLOW}

    outcome = apply(engine.state, "StartWorkflowExecution", request, engine.now)

    assert outcome.wakes == {("decision", "d", "list")}
    assert [record[0] for record in outcome.records] == ["run", "event"]
