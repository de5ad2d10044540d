"""The wire: targets, bodies, faults and static constraints (S-001 to S-014)."""

import json
import re
import uuid
from decimal import Decimal

import pytest

VALIDATION = "com.amazon.coral.validate#ValidationException"


@pytest.mark.parametrize(
    "target",
    [
        "SimpleWorkflowService.{}",
        "com.amazonaws.swf.service.model.SimpleWorkflowService.{}",
    ],
)
def test_s001_both_forms_of_the_target_dispatch(wire, target):
    status, _, body = wire.send("ListDomains", {"registrationStatus": "REGISTERED"}, target)

    assert (status, [info["name"] for info in json.loads(body)["domainInfos"]]) == (200, ["orders"])


def test_s001_an_unknown_operation_is_a_fault_of_the_service(wire):
    status, body = wire.fault("BrewCoffee", {})

    assert status in (400, 404)
    assert body["__type"].partition("#")[2] == "UnknownOperationException"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("RegisterDomain", {"name": "new", "workflowExecutionRetentionPeriodInDays": "1"}),
        ("DeprecateDomain", {"name": "orders"}),
        ("DeprecateWorkflowType", {"workflowType": {"name": "order", "version": "1.0"}}),
        ("SignalWorkflowExecution", {"workflowId": "w", "signalName": "s"}),
        ("RequestCancelWorkflowExecution", {"workflowId": "w"}),
        ("TerminateWorkflowExecution", {"workflowId": "w"}),
    ],
)
def test_s002_void_operation_has_an_empty_body(wire, operation, params):
    wire.orders.start("w")

    status, headers, body = wire.send(operation, {"domain": "orders", **params})

    assert (status, headers["Content-Length"], body) == (200, "0", b"")


def objects(value):
    """Yield every JSON object inside a value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from objects(item)


def numbers(value):
    """Yield every timestamp inside a value, by the name of its member."""
    for item in objects(value):
        for name, member in item.items():
            if re.search("timestamp$|date$", name, re.IGNORECASE):
                yield member


@pytest.fixture
def answers(wire):
    """Responses of every shape, from an execution with several events."""
    run = wire.orders.start("w", tagList=["red"], input="")
    wire.orders.clock.advance(0.123)
    run.signal()
    poll = wire.ask("PollForDecisionTask", taskList={"name": "deciders"})
    wire.orders.client.respond_decision_task_completed(
        taskToken=poll["taskToken"], executionContext=""
    )
    answers_by_name = {
        "describe": wire.ask("DescribeWorkflowExecution", execution=run.execution),
        "history": wire.ask("GetWorkflowExecutionHistory", execution=run.execution),
        "list": wire.ask("ListOpenWorkflowExecutions", startTimeFilter={"oldestDate": 0}),
        "type": wire.ask("DescribeWorkflowType", workflowType={"name": "order", "version": "1.0"}),
        "types": wire.ask("ListActivityTypes", registrationStatus="REGISTERED"),
        "empty poll": wire.ask("PollForActivityTask", taskList={"name": "nobody"}),
        "empty decision poll": wire.ask("PollForDecisionTask", taskList={"name": "nobody"}),
    }
    return {"poll": poll, **answers_by_name}


def test_s003_members_are_in_alphabetical_order_at_every_level(answers):
    orders = [item.order for item in objects(answers) if hasattr(item, "order")]

    assert orders
    assert [order for order in orders if order != sorted(order)] == []


def test_s004_times_are_seconds_with_millisecond_precision(answers):
    times = list(numbers(answers))

    assert times
    assert [n for n in times if Decimal(getattr(n, "text", str(n))) * 1000 % 1] == []


def test_s005_fault_has_a_namespace_and_a_message(wire):
    status, body = wire.fault("DescribeDomain", {"name": "nowhere"})

    assert (status, body) == (
        400,
        {
            "__type": "com.amazonaws.swf.base.model#UnknownResourceFault",
            "message": "Unknown domain: nowhere",
        },
    )


def test_s005_every_answer_carries_a_request_id(wire):
    for operation, params in [("DescribeDomain", {"name": "nowhere"}), ("ListDomains", {})]:
        _, headers, _ = wire.send(operation, params)

        assert uuid.UUID(headers["x-amzn-RequestId"])


def test_s006_a_violated_constraint_is_a_validation_exception(wire):
    status, body = wire.fault("DescribeDomain", {})

    assert (status, body) == (
        400,
        {
            "__type": VALIDATION,
            "message": "1 validation error detected: Value null at 'name' failed to satisfy "
            "constraint: Member must not be null",
        },
    )


@pytest.mark.parametrize("body", ["", "{", "[]", '"text"', b"\xff\xfe", '{"name": 1}'])
def test_s006_malformed_body_is_a_serialization_exception(wire, body):
    status, fault = wire.fault("DescribeDomain", body)

    assert status == 400
    assert fault["__type"].partition("#")[2] in ("SerializationException", "ValidationException")


def test_s007_all_violations_of_a_request_are_in_one_message(wire):
    _, body = wire.fault("RegisterDomain", {})

    assert body["__type"] == VALIDATION
    assert body["message"].startswith("2 validation errors detected: ")
    for path in ("name", "workflowExecutionRetentionPeriodInDays"):
        assert (
            f"Value null at '{path}' failed to satisfy constraint: Member must not be null"
            in body["message"]
        )


LONGEST = re.compile("Member must have length less than or equal to 32768$")


def test_s007_violations_come_in_reverse_order_of_the_model(wire):
    _, empty = wire.fault("DescribeWorkflowExecution", {})
    _, nested = wire.fault("DescribeWorkflowExecution", {"domain": "x", "execution": {}})

    assert re.findall("at '([^']*)'", empty["message"]) == ["execution", "domain"]
    assert re.findall("at '([^']*)'", nested["message"]) == [
        "execution.runId",
        "execution.workflowId",
    ]


@pytest.mark.parametrize("letter", ["x", "é"])
def test_s008_an_input_of_32768_characters_is_accepted(orders, letter):
    run = orders.start()

    run.signal(input=letter * 32768)

    assert run.last("WorkflowExecutionSignaled")["input"] == letter * 32768


def test_s008_a_longer_input_is_rejected(orders, refused):
    orders.start()

    with refused("ValidationException", LONGEST):
        orders.open_run("w").signal(input="x" * 32769)


def test_s008_a_longer_result_is_rejected(orders, do, refused):
    orders.start()
    orders.decide(do.activity())
    task = orders.work()

    with refused("ValidationException", LONGEST):
        orders.complete(task, result="x" * 32769)


def test_s008_longer_details_of_a_decision_are_rejected(orders, do, refused):
    orders.start()
    task = orders.poll()

    with refused("ValidationException", LONGEST):
        orders.respond(task, do.marker(details="x" * 32769))


def test_s009_a_reason_has_256_characters_at_most(orders, do, refused):
    run = orders.start()
    task = orders.poll()

    with refused("ValidationException", re.compile("less than or equal to 256$")):
        orders.respond(task, do.fail(reason="x" * 257))
    with refused("ValidationException", re.compile("less than or equal to 256$")):
        run.terminate(reason="x" * 257)


def test_s009_heartbeat_details_have_2048_characters_at_most(orders, do, refused):
    orders.start()
    orders.decide(do.activity())
    task = orders.work()

    orders.heartbeat(task, details="x" * 2048)
    with refused("ValidationException", re.compile("less than or equal to 2048$")):
        orders.heartbeat(task, details="x" * 2049)


FORBIDDEN = ["a:b", "a/b", "a|b", "a\x07b", "a\x85b", "arn"]
NAME_USES = {
    "a domain": lambda orders, name: orders.call(
        "RegisterDomain", name=name, workflowExecutionRetentionPeriodInDays="1"
    ),
    "a workflow type": lambda orders, name: orders.register_workflow(name),
    "a version": lambda orders, name: orders.register_workflow("other", name),
    "an activity type": lambda orders, name: orders.register_activity(name),
    "a workflow id": lambda orders, name: orders.start(name),
    "a task list at start": lambda orders, name: orders.start("x", taskList={"name": name}),
    "a polled decision list": lambda orders, name: orders.poll(name),
    "a polled activity list": lambda orders, name: orders.work(name),
}


@pytest.mark.parametrize("name", FORBIDDEN)
@pytest.mark.parametrize("use", NAME_USES)
def test_s010_a_forbidden_name_is_rejected(orders, refused, use, name):
    if name == "a:b" and "list" in use:
        NAME_USES[use](orders, name)
        return
    with refused("ValidationException"):
        NAME_USES[use](orders, name)


@pytest.mark.parametrize("use", NAME_USES.values(), ids=NAME_USES)
def test_s010_a_name_that_begins_with_arn_is_accepted(orders, use):
    use(orders, "arnold")


@pytest.mark.parametrize("name", FORBIDDEN)
def test_s010_a_forbidden_name_in_a_decision_is_rejected(orders, do, refused, name):
    orders.start()
    task = orders.poll()

    for decision in (do.activity(name), do.timer(name), do.child(name)):
        with refused("ValidationException"):
            orders.respond(task, decision)


def test_s011_unknown_members_are_ignored(wire):
    status, _, _ = wire.send("DescribeDomain", {"name": "orders", "colour": {"red": [1]}})

    assert status == 200


def test_s011_a_null_member_is_an_absent_one(wire):
    status, _, _ = wire.send(
        "SignalWorkflowExecution",
        {"domain": "orders", "workflowId": wire.orders.start().workflow_id, "signalName": "s"}
        | {"runId": None, "input": None},
    )

    assert status == 200


def test_s011_null_in_the_tag_list_is_returned(wire):
    answer = wire.ask(
        "StartWorkflowExecution",
        workflowId="w",
        workflowType={"name": "order", "version": "1.0"},
        tagList=[None],
    )

    execution = {"workflowId": "w", "runId": answer["runId"]}
    info = wire.ask("DescribeWorkflowExecution", execution=execution)["executionInfo"]
    assert info["tagList"] == [None]


def test_s006_a_request_of_more_than_a_megabyte_is_refused(wire):
    status, fault = wire.fault("DescribeDomain", {"name": "orders", "more": "x" * 1_100_000})

    assert status in (400, 413)
    assert "#" in fault["__type"]


def test_s012_the_content_encoding_of_old_clients_is_ignored(wire):
    status, headers, body = wire.send(
        "DescribeDomain",
        {"name": "orders"},
        Content_Type="application/json; charset=UTF-8",
        Content_Encoding="amz-1.0",
    )

    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(body)["domainInfo"]["name"] == "orders"


def test_s013_meaningless_ids_are_zero(answers):
    started = answers["history"]["events"][0]["workflowExecutionStartedEventAttributes"]
    signaled = answers["history"]["events"][2]["workflowExecutionSignaledEventAttributes"]

    assert started["parentInitiatedEventId"] == 0
    assert signaled["externalInitiatedEventId"] == 0
    assert answers["poll"]["previousStartedEventId"] == 0


def test_s013_an_empty_poll_has_a_zero_for_each_id(answers):
    assert answers["empty poll"] == {"startedEventId": 0}
    assert answers["empty decision poll"] == {"previousStartedEventId": 0, "startedEventId": 0}


def test_s014_unset_members_are_absent(answers):
    assert [item for item in objects(answers) if None in item.values()] == []
    assert "description" not in answers["type"]["typeInfo"]
    assert "nextPageToken" not in answers["history"]


def test_s014_an_empty_string_is_kept(answers):
    started = answers["history"]["events"][0]["workflowExecutionStartedEventAttributes"]

    assert started["input"] == ""
    assert answers["describe"]["latestExecutionContext"] == ""
