"""Calls whose response is lost after they were carried out."""

from __future__ import annotations

from functools import partial

import pytest
from attrs import evolve
from botocore.session import Session

import swf
from swf import ActivityType, Domain, WorkflowType
from swf.exceptions import AlreadyExistsError, DoesNotExistError, EndpointUnreachableError
from swf.idempotence import PolledTasks
from swf.local import LocalSWF, LostRequest, LostResponse, ManualClock, SkippingClock

OPERATIONS = (
    "DeprecateWorkflowType",
    "RegisterActivityType",
    "RegisterDomain",
    "RegisterWorkflowType",
    "RequestCancelWorkflowExecution",
    "SignalWorkflowExecution",
    "StartWorkflowExecution",
    "TerminateWorkflowExecution",
    "UndeprecateWorkflowType",
)


def consume(lost, operation, _):
    """Return whether to lose the response, once for each operation in the set."""
    if operation not in lost:
        return False
    lost.remove(operation)
    return True


@pytest.fixture(params=["in process", "http"])
def losses(request, monkeypatch):
    """A service that loses responses on demand, reached directly and over HTTP."""
    monkeypatch.setattr("swf.connection.FIRST_PAUSE", 0.0)
    lost = set()
    rules = [LostResponse(name, when=partial(consume, lost)) for name in OPERATIONS]
    with LocalSWF(clock=SkippingClock(), faults=rules) as service:
        link = service.connection()
        if request.param == "http":
            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
            link = swf.connect(endpoint_url=service.serve(), region="us-east-1", **keys)
        with swf.using(link):
            yield lost


@pytest.fixture
def orders(losses):
    domain = Domain("orders")
    domain.save()
    return domain


@pytest.fixture
def ship(orders):
    ship = WorkflowType(
        orders, "ship", "1", task_list="deciders", execution_timeout=3600, child_policy="TERMINATE"
    )
    ship.save()
    return ship


def lose(losses, operation):
    losses.add(operation)


def test_registration_of_a_domain_is_recognized(losses):
    lose(losses, "RegisterDomain")

    Domain("orders", retention_period=7, description="Orders").save()

    assert Domain("orders").upstream().retention_period == 7


def test_registration_of_a_workflow_type_is_recognized(losses, orders):
    lose(losses, "RegisterWorkflowType")

    WorkflowType(orders, "ship", "1", task_list="deciders").save()

    assert WorkflowType(orders, "ship", "1").exists


def test_registration_of_an_activity_type_is_recognized(losses, orders):
    lose(losses, "RegisterActivityType")

    ActivityType(orders, "pack", "1", task_list="workers").save()

    assert ActivityType(orders, "pack", "1").exists


def test_registration_by_another_client_is_refused(losses, orders):
    with pytest.raises(AlreadyExistsError):
        Domain("orders", retention_period=90).save()


def test_start_is_recognized(losses, orders, ship):
    lose(losses, "StartWorkflowExecution")

    execution = ship.start_execution("order-1", input={"lines": 2}, tag_list=["eu"])

    assert [row.run_id for row in orders.executions.filter(status="OPEN")] == [execution.run_id]


def test_start_with_generated_id_is_recognized(losses, orders, ship):
    lose(losses, "StartWorkflowExecution")

    ship.start_execution()

    assert orders.executions.filter(status="OPEN").count() == 1


def test_open_execution_with_other_input_is_not_recognized(losses, ship):
    ship.start_execution("order-1", input={"lines": 1})
    lose(losses, "StartWorkflowExecution")

    with pytest.raises(AlreadyExistsError):
        ship.start_execution("order-1", input={"lines": 2})


@pytest.mark.parametrize("method", ["delete", "undelete"])
def test_deprecation_is_recognized(losses, ship, method):
    if method == "undelete":
        ship.delete()
    lose(losses, "DeprecateWorkflowType" if method == "delete" else "UndeprecateWorkflowType")

    getattr(ship, method)()

    assert ship.upstream().status == ("DEPRECATED" if method == "delete" else "REGISTERED")


def test_termination_is_recognized(losses, ship):
    execution = ship.start_execution("order-1")
    lose(losses, "TerminateWorkflowExecution")

    execution.terminate()

    assert execution.upstream().close_status == "TERMINATED"


def test_termination_of_unknown_execution_is_refused(losses, orders, ship):
    lose(losses, "TerminateWorkflowExecution")

    with pytest.raises(DoesNotExistError):
        swf.WorkflowExecution(orders, "order-1").terminate()


def test_lost_signal_is_reported_and_not_doubled(losses, ship):
    execution = ship.start_execution("order-1")
    lose(losses, "SignalWorkflowExecution")

    with pytest.raises(EndpointUnreachableError):
        execution.signal("go")

    assert len(execution.history().signals) == 1


def test_lost_cancel_request_is_reported_and_not_doubled(losses, ship):
    execution = ship.start_execution("order-1")
    lose(losses, "RequestCancelWorkflowExecution")

    with pytest.raises(EndpointUnreachableError):
        execution.request_cancel()

    names = [event.name for event in execution.history()]
    assert names.count("WorkflowExecutionCancelRequested") == 1


# -- Every operation -------------------------------------------------------------------------------

MODEL = Session().get_service_model("swf")
WORKFLOW, ACTIVITY = {"name": "w", "version": "1"}, {"name": "a", "version": "1"}
QUEUE = {"name": "list"}
START = {"startTimeFilter": {"oldestDate": 0}}


class Scene:
    """A domain with types and an open execution, for one operation."""

    def __init__(self, link, name):
        self.link, self.name = link, name
        link.call("RegisterDomain", name=name, workflowExecutionRetentionPeriodInDays="7")
        self.call("RegisterWorkflowType", **WORKFLOW, **self.defaults(), **self.policies())
        self.call("RegisterActivityType", **ACTIVITY, **self.timeouts())
        run_id = self.call("StartWorkflowExecution", workflowId="e", workflowType=WORKFLOW)["runId"]
        self.execution = {"workflowId": "e", "runId": run_id}
        described = link.call("DescribeDomain", name=name)
        self.arn = described["domainInfo"]["arn"]

    def call(self, operation, **params):
        return self.link.call(operation, domain=self.name, **params)

    def defaults(self):
        return {"defaultTaskList": QUEUE, "defaultTaskStartToCloseTimeout": "60"}

    def policies(self):
        return {
            "defaultExecutionStartToCloseTimeout": "600",
            "defaultChildPolicy": "TERMINATE",
        }

    def timeouts(self):
        names = ("StartToClose", "ScheduleToStart", "ScheduleToClose", "Heartbeat")
        return {f"defaultTask{name}Timeout": "60" for name in names} | {"defaultTaskList": QUEUE}

    def decision_task(self):
        return self.call("PollForDecisionTask", taskList=QUEUE)["taskToken"]

    def activity_task(self):
        attributes = {"activityId": "a", "activityType": ACTIVITY}
        decision = {
            "decisionType": "ScheduleActivityTask",
            "scheduleActivityTaskDecisionAttributes": attributes,
        }
        token = self.decision_task()
        self.link.call("RespondDecisionTaskCompleted", taskToken=token, decisions=[decision])
        return self.call("PollForActivityTask", taskList=QUEUE)["taskToken"]

    def deprecate(self, *kinds):
        for kind in kinds:
            member = {"WorkflowType": WORKFLOW, "ActivityType": ACTIVITY}[kind]
            self.call(f"Deprecate{kind}", **{f"{kind[0].lower()}{kind[1:]}": member})

    def request(self, operation):
        """Return the request of an operation, with all that it needs."""
        domain, kind = {"domain": self.name}, operation.partition("Type")[0]
        if operation.endswith("WorkflowType") and not operation.startswith("Register"):
            if kind in ("DeleteWorkflow", "UndeprecateWorkflow"):
                self.deprecate("WorkflowType")
            return {**domain, "workflowType": WORKFLOW}
        if operation.endswith("ActivityType") and not operation.startswith("Register"):
            if kind in ("DeleteActivity", "UndeprecateActivity"):
                self.deprecate("ActivityType")
            return {**domain, "activityType": ACTIVITY}
        if operation.startswith(("RespondActivity", "RecordActivity")):
            return {"taskToken": self.activity_task()}
        if operation == "PollForActivityTask":
            self.activity_task()
        if operation == "RespondDecisionTaskCompleted":
            return {"taskToken": self.decision_task(), "decisions": []}
        if operation == "UndeprecateDomain":
            self.link.call("DeprecateDomain", name=self.name)
        return {
            **(domain if "domain" in MODEL.operation_model(operation).input_shape.members else {}),
            **self.members(operation),
        }

    def members(self, operation):
        registered = {"registrationStatus": "REGISTERED"}
        tags = {"resourceArn": self.arn}
        return {
            "CountClosedWorkflowExecutions": START,
            "CountOpenWorkflowExecutions": START,
            "CountPendingActivityTasks": {"taskList": QUEUE},
            "CountPendingDecisionTasks": {"taskList": QUEUE},
            "DeprecateDomain": {"name": self.name},
            "DescribeDomain": {"name": self.name},
            "DescribeWorkflowExecution": {"execution": self.execution},
            "GetWorkflowExecutionHistory": {"execution": self.execution},
            "ListActivityTypes": registered,
            "ListClosedWorkflowExecutions": START,
            "ListDomains": registered,
            "ListOpenWorkflowExecutions": START,
            "ListTagsForResource": tags,
            "ListWorkflowTypes": registered,
            "PollForActivityTask": {"taskList": QUEUE},
            "PollForDecisionTask": {"taskList": QUEUE},
            "RegisterActivityType": {"name": "b", "version": "1", **self.timeouts()},
            "RegisterDomain": {
                "name": f"{self.name}-2",
                "workflowExecutionRetentionPeriodInDays": "7",
            },
            "RegisterWorkflowType": {"name": "b", "version": "1", **self.defaults()},
            "RequestCancelWorkflowExecution": {"workflowId": "e"},
            "SignalWorkflowExecution": {"workflowId": "e", "signalName": "s"},
            "StartWorkflowExecution": {"workflowId": "e2", "workflowType": WORKFLOW},
            "TagResource": {**tags, "tags": [{"key": "a", "value": "b"}]},
            "TerminateWorkflowExecution": {"workflowId": "e"},
            "UndeprecateDomain": {"name": self.name},
            "UntagResource": {**tags, "tagKeys": ["a"]},
        }[operation]


REPORTED = {
    "PollForActivityTask": EndpointUnreachableError,
    "PollForDecisionTask": EndpointUnreachableError,
    "RequestCancelWorkflowExecution": EndpointUnreachableError,
    "SignalWorkflowExecution": EndpointUnreachableError,
}
"""The operations whose lost response the caller notices, and the error: signals, cancel requests
and polls are not repeated."""


def outcome(link, request, operation):
    """Return the response of a call, or its error."""
    try:
        return link.call(operation, **request)
    except (EndpointUnreachableError, DoesNotExistError) as error:
        return type(error)


@pytest.fixture(scope="module", params=["in process", "http"])
def any_loss(request):
    """A connection to a service that loses responses on demand, and the set of them."""
    lost = set()
    rule = LostResponse(when=partial(consume, lost))
    with (
        pytest.MonkeyPatch.context() as patch,
        LocalSWF(faults=[rule], poll_timeout=0.01) as service,
    ):
        patch.setattr("time.sleep", lambda _: None)  # of botocore and of the connection
        link = service.connection()
        if request.param == "http":
            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
            link = swf.connect(endpoint_url=service.serve(), region="us-east-1", **keys)
        yield link, lost


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_lost_response_of_each_operation_changes_no_outcome(any_loss, operation):
    link, lost = any_loss
    with_loss, without = Scene(link, f"{operation}-lost"), Scene(link, f"{operation}-found")
    expected = outcome(link, without.request(operation), operation)
    request = with_loss.request(operation)
    lost.add(operation)
    response = outcome(link, request, operation)

    assert lost == set()
    if operation in REPORTED:
        assert response is REPORTED[operation]
    else:
        assert isinstance(response, dict)
        assert response.keys() == expected.keys()
    assert events(with_loss) == events(without)


def events(scene):
    """Return the event types of the executions of a domain."""
    listed = []
    for state in ("Open", "Closed"):
        page = scene.call(f"List{state}WorkflowExecutions", **START)
        for info in page["executionInfos"]:
            history = scene.call("GetWorkflowExecutionHistory", execution=info["execution"])
            kinds = [event["eventType"] for event in history["events"]]
            listed.append((info["execution"]["workflowId"], kinds))
    return sorted(listed)


# -- Responses to tasks ----------------------------------------------------------------------------

RESPONSES = {
    "RespondActivityTaskCanceled": {"details": "stopped"},
    "RespondActivityTaskCompleted": {"result": "packed"},
    "RespondActivityTaskFailed": {"reason": "Broken", "details": "lid"},
    "RespondDecisionTaskCompleted": {"decisions": [], "executionContext": "packing"},
}
OTHER_RESPONSES = {
    "RespondActivityTaskCanceled": {"details": "late"},
    "RespondActivityTaskCompleted": {"result": "lost"},
    "RespondActivityTaskFailed": {"reason": "Broken", "details": "box"},
    "RespondDecisionTaskCompleted": {"decisions": [], "executionContext": "waiting"},
}


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def lost():
    return set()


@pytest.fixture
def lost_requests():
    return set()


@pytest.fixture
def service(clock, lost, lost_requests):
    rules = [
        LostResponse(when=partial(consume, lost)),
        LostRequest(when=partial(consume, lost_requests)),
    ]
    with LocalSWF(clock=clock, faults=rules, poll_timeout=0) as service:
        yield service


@pytest.fixture
def link(service):
    """A connection that makes one attempt per call."""
    link = service.connection()
    link.settings = evolve(link.settings, connection_retries=0)
    return link


def poll(scene, operation):
    is_decision = operation == "RespondDecisionTaskCompleted"
    return scene.decision_task() if is_decision else scene.activity_task()


@pytest.mark.parametrize("operation", RESPONSES)
def test_later_call_recognizes_a_response_that_was_lost(link, lost, operation):
    scene = Scene(link, "orders")
    response = {"taskToken": poll(scene, operation), **RESPONSES[operation]}
    lost.add(operation)

    with pytest.raises(EndpointUnreachableError):
        link.call(operation, **response)

    assert link.call(operation, **response) == {}
    with pytest.raises(DoesNotExistError):
        link.call(operation, **response)


@pytest.mark.parametrize("operation", RESPONSES)
def test_second_response_to_a_task_is_refused(link, operation):
    scene = Scene(link, "orders")
    response = {"taskToken": poll(scene, operation), **RESPONSES[operation]}
    link.call(operation, **response)

    with pytest.raises(DoesNotExistError):
        link.call(operation, **response)


@pytest.mark.parametrize("operation", RESPONSES)
def test_other_response_to_the_task_is_not_recognized(link, lost, operation):
    scene = Scene(link, "orders")
    token = poll(scene, operation)
    lost.add(operation)
    with pytest.raises(EndpointUnreachableError):
        link.call(operation, taskToken=token, **OTHER_RESPONSES[operation])

    with pytest.raises(DoesNotExistError):
        link.call(operation, taskToken=token, **RESPONSES[operation])


@pytest.mark.parametrize("operation", RESPONSES)
def test_lost_request_for_a_task_that_timed_out_is_refused(link, clock, lost_requests, operation):
    scene = Scene(link, "orders")
    response = {"taskToken": poll(scene, operation), **RESPONSES[operation]}
    lost_requests.add(operation)
    with pytest.raises(EndpointUnreachableError):
        link.call(operation, **response)
    clock.advance(61)

    with pytest.raises(DoesNotExistError):
        link.call(operation, **response)


def test_lost_closing_decision_is_recognized(link, lost):
    scene = Scene(link, "orders")
    decision = {"decisionType": "CompleteWorkflowExecution"}
    response = {"taskToken": scene.decision_task(), "decisions": [decision]}
    lost.add("RespondDecisionTaskCompleted")
    with pytest.raises(EndpointUnreachableError):
        link.call("RespondDecisionTaskCompleted", **response)

    assert link.call("RespondDecisionTaskCompleted", **response) == {}


def test_response_is_found_behind_many_later_events(link, lost):
    scene = Scene(link, "orders")
    response = {"taskToken": scene.activity_task(), "result": "packed"}
    lost.add("RespondActivityTaskCompleted")
    with pytest.raises(EndpointUnreachableError):
        link.call("RespondActivityTaskCompleted", **response)
    for _ in range(1100):
        scene.call("SignalWorkflowExecution", workflowId="e", signalName="s")

    assert link.call("RespondActivityTaskCompleted", **response) == {}


def test_response_repeated_by_botocore_is_recognized(service, lost):
    link = swf.Connection(client=service.client())
    scene = Scene(link, "orders")
    response = {"taskToken": scene.activity_task(), "result": "packed"}
    lost.add("RespondActivityTaskCompleted")

    assert link.call("RespondActivityTaskCompleted", **response) == {}


def test_oldest_polled_task_is_forgotten(monkeypatch):
    monkeypatch.setattr("swf.idempotence.MAX_POLLED_TASKS", 2)
    tasks = PolledTasks()
    for token in ("a", "b", "c"):
        task = {"taskToken": token, "workflowExecution": {"workflowId": token}, "startedEventId": 3}
        tasks.update("PollForActivityTask", {"domain": "orders"}, task)

    operation = "RespondActivityTaskCompleted"
    assert tasks.get(operation, {"taskToken": "a"}) is None
    assert tasks.get(operation, {"taskToken": "c"}).execution == {"workflowId": "c"}


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_lost_request_of_each_operation_is_carried_out_once(
    monkeypatch, service, lost_requests, operation
):
    monkeypatch.setattr("time.sleep", lambda _: None)
    link = service.connection()
    with_loss, without = Scene(link, "lost"), Scene(link, "found")
    request = without.request(operation)
    expected = EndpointUnreachableError
    if operation not in REPORTED:
        expected = outcome(link, request, operation).keys()
    request = with_loss.request(operation)
    lost_requests.add(operation)
    response = outcome(link, request, operation)

    assert lost_requests == set()
    assert (response if operation in REPORTED else response.keys()) == expected
    assert events(with_loss) == events(without)


# -- Terminations ----------------------------------------------------------------------------------


@pytest.mark.parametrize("by_run_id", [True, False])
def test_termination_by_another_client_is_not_recognized(service, lost_requests, by_run_id):
    scene = Scene(service.connection(), "orders")
    execution = scene.execution if by_run_id else {"workflowId": "e"}
    scene.call("TerminateWorkflowExecution", **execution, reason="by hand")
    lost_requests.add("TerminateWorkflowExecution")

    with pytest.raises(DoesNotExistError):
        service.connection().call(
            "TerminateWorkflowExecution", domain="orders", **execution, reason="script"
        )
