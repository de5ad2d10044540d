"""Lambda tasks: schedule, call and outcome."""

import pytest

from swf.local.engine import LambdaCall, LambdaCompleted, LambdaFailed, open_lambdas

FUNCTION = {"id": "1", "name": "resize"}


@pytest.fixture
def calling(engine):
    """An engine where w has called a function; the call is `engine.calls[0]`."""
    engine.start(lambdaRole="role")
    engine.decide(("ScheduleLambdaFunction", {**FUNCTION, "control": "c"}))
    engine.calls = engine.outcome.lambdas
    return engine


def test_started_function_is_returned_to_the_caller(calling):
    assert calling.types()[4:] == ["LambdaFunctionScheduled", "LambdaFunctionStarted"]
    assert calling.calls == [LambdaCall("resize", "{}", calling.run().run_id, 5)]


@pytest.mark.parametrize(
    ("outcome", "event", "attributes"),
    [
        (LambdaCompleted("r"), "LambdaFunctionCompleted", {"result": "r"}),
        (LambdaCompleted(), "LambdaFunctionCompleted", {}),
        (
            LambdaFailed("Handled", "d"),
            "LambdaFunctionFailed",
            {"reason": "Handled", "details": "d"},
        ),
    ],
)
def test_lambda_outcome_is_recorded(calling, outcome, event, attributes):
    calling.finish_lambda(calling.calls[0], outcome)

    assert calling.last(event) == {"scheduledEventId": 5, "startedEventId": 6, **attributes}
    assert calling.types()[-1] == "DecisionTaskScheduled"


def test_second_lambda_outcome_is_ignored(calling):
    calling.finish_lambda(calling.calls[0], LambdaCompleted())
    calling.finish_lambda(calling.calls[0], LambdaCompleted())

    assert len(calling.events(of="LambdaFunctionCompleted")) == 1


def test_lambda_outcome_after_close_is_ignored(calling):
    calling.terminate()
    calling.finish_lambda(calling.calls[0], LambdaCompleted())

    assert calling.types()[-1] == "WorkflowExecutionTerminated"


def test_a_function_times_out(engine):
    engine.start(lambdaRole="role")
    engine.decide(("ScheduleLambdaFunction", {**FUNCTION, "startToCloseTimeout": "3"}))

    engine.advance(3)

    assert engine.last("LambdaFunctionTimedOut") == {
        "scheduledEventId": 5,
        "startedEventId": 6,
        "timeoutType": "START_TO_CLOSE",
    }


def test_lambda_timeout_defaults_to_15_minutes(calling):
    calling.advance(899)
    assert "LambdaFunctionTimedOut" not in calling.types()

    calling.advance(1)
    assert "LambdaFunctionTimedOut" in calling.types()


def test_lambda_without_a_role_is_not_called(engine):
    engine.start()

    engine.decide(("ScheduleLambdaFunction", FUNCTION))

    assert engine.outcome.lambdas == []
    assert engine.last("StartLambdaFunctionFailed") == {
        "cause": "ASSUME_ROLE_FAILED",
        "message": "No IAM role is attached to the current workflow execution.",
        "scheduledEventId": 5,
    }
    assert engine.types()[-1] == "DecisionTaskScheduled"


def test_an_id_that_is_open_is_in_use(calling):
    calling.signal()
    calling.decide(("ScheduleLambdaFunction", FUNCTION))

    assert calling.last("ScheduleLambdaFunctionFailed") == {
        "cause": "ID_ALREADY_IN_USE",
        "decisionTaskCompletedEventId": 10,
        "id": "1",
        "name": "resize",
    }


def test_open_lambda_calls_are_listed_for_repetition(calling):
    assert open_lambdas(calling.restarted()) == calling.calls
