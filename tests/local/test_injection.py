import pytest

from swf.local import LocalSWF, ManualClock
from swf.local.injection import (
    ClockJump,
    DuplicateDelivery,
    FailedDecision,
    FaultInjector,
    FaultRule,
    InjectedFault,
    Latency,
    LostDelivery,
    LostRequest,
    LostResponse,
    MissingMessage,
    Refusal,
    ServerError,
    ShortPages,
    ShortPollTokens,
    Throttling,
)

POLL = {"domain": "orders", "taskList": {"name": "main"}}
TASK = {"taskToken": "AAAA", "activityId": "a1"}


def mishaps(rules, calls, operation="CountOpenWorkflowExecutions"):
    injector = FaultInjector(rules)
    return [injector.select("tenant", operation, {"domain": "orders"}) for _ in range(calls)]


def codes(rules, calls):
    return [m.refusal.code if m.refusal else None for m in mishaps(rules, calls)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (FaultRule(), True),
        (FaultRule("StartWorkflowExecution"), True),
        (FaultRule("SignalWorkflowExecution"), False),
        (FaultRule(domain="orders"), True),
        (FaultRule(domain="other"), False),
        (FaultRule("StartWorkflowExecution", domain="other"), False),
        (FaultRule(when=lambda operation, params: params["workflowId"] == "w1"), True),
        (FaultRule(when=lambda operation, params: operation.startswith("Poll")), False),
    ],
)
def test_rule_matches_its_conditions(rule, expected):
    params = {"domain": "orders", "workflowId": "w1"}

    assert rule.matches("StartWorkflowExecution", params) is expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (LostRequest(), InjectedFault(lost_request=True)),
        (LostResponse(), InjectedFault(lost_response=True)),
        (Latency(seconds=3), InjectedFault(latency=3)),
        (ClockJump(seconds=3600), InjectedFault(jump=3600)),
    ],
)
def test_rule_injects_its_fault(rule, expected):
    assert mishaps([rule], 1) == [expected]


@pytest.mark.parametrize(
    ("rule", "code", "message", "status"),
    [
        (Throttling(), "ThrottlingException", "Rate exceeded", 400),
        (Refusal(message="no"), "OperationNotPermittedFault", "no", 400),
        (Refusal(code="LimitExceededFault"), "LimitExceededFault", None, 400),
        (ServerError(), "InternalFailure", None, 500),
        (ServerError(status=503), "InternalFailure", None, 503),
    ],
)
def test_a_refusal_is_a_fault_of_the_service(rule, code, message, status):
    [injected_fault] = mishaps([rule], 1)

    fault = injected_fault.refusal
    assert (fault.code, fault.message, fault.status) == (code, message, status)


def test_rule_of_an_unknown_operation_is_refused():
    with pytest.raises(ValueError, match="operation='StartTimer': must be one of CountClosed"):
        Throttling("StartTimer")
    with pytest.raises(ValueError, match="operation='ListDomains': must be one of CancelTimer"):
        FailedDecision("ListDomains")


def test_rule_applies_a_limited_number_of_times():
    assert codes([Throttling(times=2)], 4) == ["ThrottlingException"] * 2 + [None] * 2


def test_rules_apply_in_order_with_separate_counters():
    assert codes([Throttling(times=1), ServerError(times=2)], 3) == [
        "ThrottlingException",
        "InternalFailure",
        None,
    ]


def test_faults_of_several_rules_combine():
    [injected_fault] = mishaps([Latency(seconds=1), Latency(seconds=2), LostResponse()], 1)

    assert injected_fault == InjectedFault(latency=3, lost_response=True)


def test_probability_is_met_and_repeatable():
    first, second = (codes([Throttling(probability=0.3, seed=5)], 1000) for _ in range(2))

    assert first == second
    assert 250 < first.count("ThrottlingException") < 350


def test_another_seed_selects_other_calls():
    first, second = (codes([Throttling(probability=0.5, seed=seed)], 100) for seed in (1, 2))

    assert first != second


def test_duplicate_delivery_repeats_the_last_task_of_the_list():
    injector = FaultInjector([DuplicateDelivery("PollForActivityTask", times=1)])
    before = injector.select("tenant", "PollForActivityTask", POLL)
    injector.deliver("tenant", "PollForActivityTask", POLL, TASK)

    other_list = injector.select(
        "tenant", "PollForActivityTask", {"domain": "orders", "taskList": {"name": "other"}}
    )
    again = injector.select("tenant", "PollForActivityTask", POLL)
    used_up = injector.select("tenant", "PollForActivityTask", POLL)

    assert [each.duplicate for each in (before, other_list, again, used_up)] == [
        None,
        None,
        TASK,
        None,
    ]


def test_empty_poll_is_not_a_delivery():
    injector = FaultInjector([DuplicateDelivery()])
    injector.deliver("tenant", "PollForActivityTask", POLL, {"startedEventId": 0})

    assert injector.select("tenant", "PollForActivityTask", POLL).duplicate is None


def decided(faults, *decisions):
    """Return the types and causes of the events of some decisions."""
    with LocalSWF(clock=ManualClock(), faults=faults) as service:
        swf = service.client()
        swf.register_domain(name="orders", workflowExecutionRetentionPeriodInDays="1")
        swf.register_workflow_type(
            domain="orders",
            name="ship",
            version="1",
            defaultTaskList={"name": "deciders"},
            defaultChildPolicy="TERMINATE",
            defaultTaskStartToCloseTimeout="60",
            defaultExecutionStartToCloseTimeout="600",
        )
        run = swf.start_workflow_execution(
            domain="orders", workflowId="w", workflowType={"name": "ship", "version": "1"}
        )
        task = swf.poll_for_decision_task(domain="orders", taskList={"name": "deciders"})
        swf.respond_decision_task_completed(taskToken=task["taskToken"], decisions=decisions)
        events = swf.get_workflow_execution_history(
            domain="orders", execution={"workflowId": "w", "runId": run["runId"]}
        )["events"]
    names = [event["eventType"] for event in events]
    causes = [
        attributes["cause"]
        for event in events
        for attributes in event.values()
        if isinstance(attributes, dict) and "cause" in attributes
    ]
    return names[4:], causes


def timer(timer_id):
    return {
        "decisionType": "StartTimer",
        "startTimerDecisionAttributes": {"timerId": timer_id, "startToFireTimeout": "9"},
    }


def test_a_decision_fails_for_the_cause_of_its_rule():
    rule = FailedDecision("StartTimer", cause="TIMER_CREATION_RATE_EXCEEDED", times=1)

    names, causes = decided([rule], timer("a"), timer("b"))

    assert names == ["StartTimerFailed", "TimerStarted", "DecisionTaskScheduled"]
    assert causes == ["TIMER_CREATION_RATE_EXCEEDED"]


def test_decision_rule_matches_attributes():
    rule = FailedDecision(when=lambda _, attributes: attributes["timerId"] == "b")

    names, causes = decided([rule], timer("a"), timer("b"))

    assert names == ["TimerStarted", "StartTimerFailed", "DecisionTaskScheduled"]
    assert causes == ["OPERATION_NOT_PERMITTED"]


def test_lost_delivery_starts_the_task_and_returns_an_empty_poll(
    make_service, clock, deciding, decisions
):
    rule = LostDelivery("PollForActivityTask", times=1)
    swf = deciding(make_service(clock, faults=[rule]).client()).register()
    run_id = swf.start()
    swf.decide(swf.poll(), decisions.activity("a1"), decisions.activity("a2"))

    lost, delivered = swf.poll_activity(), swf.poll_activity()

    assert "taskToken" not in lost
    assert delivered["activityId"] == "a2"
    assert swf.event_types(run_id).count("ActivityTaskStarted") == 2


def test_lost_delivery_of_a_decision_task_times_out(make_service, clock, deciding):
    rule = LostDelivery("PollForDecisionTask", times=1)
    swf = deciding(make_service(clock, faults=[rule]).client()).register()
    swf.start()

    empty = swf.poll()

    assert (empty["startedEventId"], empty["previousStartedEventId"]) == (0, 0)
    assert "taskToken" not in empty


def test_short_pages_limit_every_page(make_service, clock, deciding):
    swf = deciding(make_service(clock, faults=[ShortPages(size=2)]).client()).register()
    for number in range(3):
        swf.start(f"w{number}")
    swf.poll()

    listed = swf.client.list_open_workflow_executions(
        domain="orders", startTimeFilter={"oldestDate": 0}, maximumPageSize=1000
    )
    run_id = listed["executionInfos"][0]["execution"]
    smaller = swf.client.get_workflow_execution_history(
        domain="orders", execution=run_id, maximumPageSize=1
    )

    assert len(listed["executionInfos"]) == 2
    assert len(smaller["events"]) == 1
    with pytest.raises(swf.client.exceptions.ClientError, match="1001"):
        swf.client.list_domains(registrationStatus="REGISTERED", maximumPageSize=1001)


def test_short_poll_tokens_expire(make_service, clock, deciding):
    swf = deciding(make_service(clock, faults=[ShortPollTokens(seconds=10)]).client()).register()
    swf.start()
    poll = {"domain": "orders", "taskList": {"name": "main"}, "maximumPageSize": 1}
    token = swf.client.poll_for_decision_task(**poll)["nextPageToken"]

    clock.advance(10)
    page = swf.client.poll_for_decision_task(**poll, nextPageToken=token)
    clock.advance(1)

    assert page["events"]
    with pytest.raises(swf.client.exceptions.ClientError, match="exceeded its maximum lifetime"):
        swf.client.poll_for_decision_task(**poll, nextPageToken=token)


def test_already_started_fault_can_lack_its_message(make_service, clock, deciding):
    swf = deciding(make_service(clock, faults=[MissingMessage()]).client()).register()
    swf.start()

    with pytest.raises(swf.client.exceptions.WorkflowExecutionAlreadyStartedFault) as caught:
        swf.start()

    assert caught.value.response["Error"].get("Message", "") == ""
