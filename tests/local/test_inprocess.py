import os
import subprocess
import sys
import threading

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ParamValidationError

from swf.local import (
    ClockJump,
    DuplicateDelivery,
    Latency,
    LostRequest,
    LostResponse,
    ManualClock,
    ServerError,
    SkippingClock,
    Throttling,
)

ONCE = Config(retries={"total_max_attempts": 1})


def names(client):
    domains = client.list_domains(registrationStatus="REGISTERED")["domainInfos"]
    return [domain["name"] for domain in domains]


def register(client, name="orders"):
    client.register_domain(name=name, workflowExecutionRetentionPeriodInDays="1")


def code(call):
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"]


def test_client_needs_no_socket(service):
    client = service.client()

    register(client)

    assert names(client) == ["orders"]


def test_requests_are_validated_by_botocore(service):
    with pytest.raises(ParamValidationError):
        service.client().register_domain(name=1)


def test_times_are_parsed_by_botocore(swf, clock):
    types = swf.client.list_workflow_types(domain="orders", registrationStatus="REGISTERED")

    assert types["typeInfos"][0]["creationDate"] == clock.datetime()


def test_faults_are_botocores_errors(service):
    client = service.client()
    register(client)

    with pytest.raises(client.exceptions.DomainAlreadyExistsFault, match="orders"):
        register(client)


def test_answers_carry_a_request_id(service):
    answer = service.client().list_domains(registrationStatus="REGISTERED")

    assert len(answer["ResponseMetadata"]["RequestId"]) == 36


@pytest.mark.parametrize(
    "other", [{"region_name": "eu-west-1"}, {"aws_access_key_id": "AKIDOTHER"}]
)
def test_region_and_access_key_select_the_tenant(service, other):
    register(service.client())

    assert names(service.client(**other)) == []
    assert names(service.client()) == ["orders"]


def test_another_access_key_is_another_account(service):
    arns = set()
    for key in ("AKIDONE", "AKIDTWO"):
        client = service.client(aws_access_key_id=key)
        register(client)
        arns.add(client.describe_domain(name="orders")["domainInfo"]["arn"])

    assert len(arns) == 2


def test_aws_settings_of_the_user_are_ignored(service, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SWF", "http://127.0.0.1:1")

    register(service.client())

    assert names(service.client()) == ["orders"]


def test_importing_the_service_does_not_import_boto3():
    program = "import swf.local, sys; sys.exit('boto3' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_service_works_without_the_server_library():
    program = """
import sys
sys.modules["aiohttp"] = None
from swf.local import LocalSWF
with LocalSWF() as service:
    service.client().list_domains(registrationStatus="REGISTERED")
"""

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# -- Trouble on purpose ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [(Throttling(times=1), "ThrottlingException"), (ServerError(times=1), "InternalFailure")],
)
def test_refused_call_is_not_applied(make_service, clock, rule, expected):
    client = make_service(clock, faults=[rule]).client(config=ONCE)

    assert code(lambda: register(client)) == expected
    assert names(client) == []


@pytest.mark.parametrize("rule", [Throttling(times=1), ServerError(times=1), LostRequest(times=1)])
def test_botocore_retries_refused_calls(make_service, clock, rule):
    client = make_service(clock, faults=[rule]).client()

    register(client)

    assert names(client) == ["orders"]


def test_lost_request_is_not_applied(make_service, clock):
    client = make_service(clock, faults=[LostRequest(times=1)]).client(config=ONCE)

    with pytest.raises(ConnectionClosedError):
        register(client)

    assert names(client) == []


def test_call_with_a_lost_response_is_applied(make_service, clock):
    client = make_service(clock, faults=[LostResponse(times=1)]).client(config=ONCE)

    with pytest.raises(ConnectionClosedError):
        register(client)

    assert names(client) == ["orders"]


def test_rule_can_inspect_the_request(make_service, clock):
    rule = Throttling(when=lambda operation, params: params.get("name") == "unlucky")
    client = make_service(clock, faults=[rule]).client(config=ONCE)

    register(client, "lucky")

    assert code(lambda: register(client, "unlucky")) == "ThrottlingException"


def test_task_can_be_delivered_twice(make_service, clock, deciding):
    service = make_service(clock, faults=[DuplicateDelivery("PollForDecisionTask", times=1)])
    swf = deciding(service.client(config=ONCE)).register()
    swf.start()

    first, second = swf.poll(), swf.poll()

    assert first["taskToken"] == second["taskToken"] != ""
    swf.decide(first)
    assert code(lambda: swf.decide(second)) == "UnknownResourceFault"


@pytest.mark.parametrize("rule", [ClockJump(seconds=90, times=1), Latency(seconds=90, times=1)])
def test_clock_can_jump_during_a_call(make_service, deciding, decisions, rule):
    clock = ManualClock()
    start = clock.now()
    service = make_service(clock, faults=[evolved(rule, "CountPendingDecisionTasks")])
    swf = deciding(service.client()).register()
    swf.start()
    swf.decide(swf.poll(), decisions.timer(90))

    pending = swf.client.count_pending_decision_tasks(domain="orders", taskList={"name": "main"})

    assert clock.now() == start + 90
    assert pending["count"] == 1


def evolved(rule, operation):
    return type(rule)(operation, seconds=rule.seconds, times=rule.times)


# -- Lambda functions ------------------------------------------------------------------------------


def call_function(swf, name="add", text='{"a": 1}'):
    run_id = swf.start()
    attributes = {"id": "l1", "name": name, "input": text}
    swf.decide(
        swf.poll(),
        {
            "decisionType": "ScheduleLambdaFunction",
            "scheduleLambdaFunctionDecisionAttributes": attributes,
        },
    )
    return run_id


def last_lambda_event(swf):
    event = [each for each in swf.poll()["events"] if "Lambda" in each["eventType"]][-1]
    [attributes] = [value for name, value in event.items() if name.endswith("Attributes")]
    return event["eventType"], attributes


def test_a_function_is_called_with_the_decoded_input(make_service, clock, deciding):
    events = []
    service = make_service(clock, lambda_functions={"add": lambda event: events.append(event) or 3})
    swf = deciding(service.client()).register()

    call_function(swf)

    assert events == [{"a": 1}]
    event_type, attributes = last_lambda_event(swf)
    assert (event_type, attributes["result"]) == ("LambdaFunctionCompleted", "3")


@pytest.mark.parametrize(
    ("name", "reason", "details"),
    [
        ("divide", "Unhandled", '{"errorMessage": "division by zero", "errorType": '),
        ("unjson", "Unhandled", '{"errorMessage": "Object of type set is not JSON'),
        ("nobody", "ResourceNotFoundException", "Function not found: nobody"),
    ],
)
def test_a_function_that_fails_fails_its_call(make_service, clock, deciding, name, reason, details):
    functions = {"divide": lambda event: 1 / 0, "unjson": lambda event: {1}}
    service = make_service(clock, lambda_functions=functions)
    swf = deciding(service.client()).register()

    call_function(swf, name)

    event_type, attributes = last_lambda_event(swf)
    assert (event_type, attributes["reason"]) == ("LambdaFunctionFailed", reason)
    assert attributes["details"].startswith(details)


def test_input_that_is_not_json_is_passed_as_text(make_service, clock, deciding):
    service = make_service(clock, lambda_functions={"add": lambda event: event})
    swf = deciding(service.client()).register()

    call_function(swf, text="plain")

    assert last_lambda_event(swf)[1]["result"] == '"plain"'


def test_lambda_function_can_use_the_service(make_service, clock, deciding):
    service = make_service(clock, lambda_functions={"add": lambda event: names(service.client())})
    swf = deciding(service.client()).register()

    call_function(swf)

    assert last_lambda_event(swf)[1]["result"] == '["orders"]'


def test_functions_run_in_threads_on_the_system_clock(make_service, deciding):
    go_on = threading.Event()
    service = make_service(lambda_functions={"add": lambda event: go_on.wait(20)})
    swf = deciding(service.client()).register()

    call_function(swf)
    others_are_answered = names(swf.client) == ["orders"]
    go_on.set()

    assert others_are_answered
    assert last_lambda_event(swf)[1]["result"] == "true"


def test_a_skipping_clock_waits_for_a_function(make_service, deciding):
    service = make_service(SkippingClock(), lambda_functions={"add": lambda event: os.getpid()})
    swf = deciding(service.client()).register()

    call_function(swf)

    assert last_lambda_event(swf)[0] == "LambdaFunctionCompleted"
