"""Lambda functions (S-138 and S-139)."""

import json

import pytest

from swf.local import ManualClock, SystemClock

ROLE = {"lambdaRole": "arn:aws:iam::123456789012:role/invoke"}


def test_s138_without_a_role_no_function_starts(orders, do):
    run = orders.start()

    orders.decide(do.function("f", "double", input="1", control="c"))

    assert run.since(4)[:2] == [
        (
            "LambdaFunctionScheduled",
            {
                "control": "c",
                "decisionTaskCompletedEventId": 4,
                "id": "f",
                "input": "1",
                "name": "double",
            },
        ),
        (
            "StartLambdaFunctionFailed",
            {
                "cause": "ASSUME_ROLE_FAILED",
                "message": "No IAM role is attached to the current workflow execution.",
                "scheduledEventId": 5,
            },
        ),
    ]
    assert run.types(after=6) == ["DecisionTaskScheduled"]


def fail(event):
    raise ValueError("no such order")


FUNCTIONS = {"double": lambda event: {"doubled": event["n"] * 2}, "fail": fail}


@pytest.fixture
def functions(make):
    """A service with Lambda functions on the system clock; results wake waiting polls."""
    return make(clock=SystemClock(), lambda_functions=FUNCTIONS)


def test_s139_a_function_completes(functions, do):
    run = functions.start(**ROLE)
    functions.decide(do.function("f", "double", input='{"n": 21}'))

    task = functions.poll()

    assert task["workflowExecution"] == run.execution
    assert run.types(after=4) == [
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionCompleted",
        "DecisionTaskScheduled",
        "DecisionTaskStarted",
    ]
    assert run.last("LambdaFunctionStarted") == {"scheduledEventId": 5}
    completed = run.last("LambdaFunctionCompleted")
    assert json.loads(completed.pop("result")) == {"doubled": 42}
    assert completed == {"scheduledEventId": 5, "startedEventId": 6}


@pytest.mark.parametrize(
    ("name", "reasons"),
    [("fail", {"Handled", "Unhandled"}), ("missing", {"ResourceNotFoundException"})],
)
def test_s139_a_function_fails(functions, do, name, reasons):
    run = functions.start(**ROLE)
    functions.decide(do.function("f", name))

    functions.poll()

    failed = run.last("LambdaFunctionFailed")
    assert failed["reason"] in reasons
    assert (failed["scheduledEventId"], failed["startedEventId"]) == (5, 6)
    assert run.open_counts["openLambdaFunctions"] == 0


def test_s139_slow_function_times_out(make, do):
    clock = ManualClock()
    orders = make(clock=clock, lambda_functions={"wait": lambda event: clock.advance(10)})
    run = orders.start(**ROLE)

    orders.decide(do.function("f", "wait", startToCloseTimeout="10"))

    assert run.since(6)[0] == (
        "LambdaFunctionTimedOut",
        {"scheduledEventId": 5, "startedEventId": 6, "timeoutType": "START_TO_CLOSE"},
    )
    assert run.types(after=7) == ["DecisionTaskScheduled"]


@pytest.mark.parametrize("timeout", ["0", "901", "NONE"])
def test_s139_a_function_has_1_to_900_seconds(orders, do, refused, timeout):
    orders.start(**ROLE)
    task = orders.poll()

    with refused("ValidationException"):
        orders.respond(task, do.function("f", "double", startToCloseTimeout=timeout))
