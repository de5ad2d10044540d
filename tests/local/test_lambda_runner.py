"""The Python functions that stand in for Lambda functions."""

import pytest

from swf.local.lambda_runner import LIMIT, invoke
from swf.local.lambdas import LambdaCompleted, LambdaFailed
from swf.local.step import LambdaCall


def run(function, text="{}"):
    return invoke({"f": function}, LambdaCall("f", text, "run", 5))


def test_the_result_is_json():
    assert run(lambda event: {"doubled": 2 * event["n"]}, '{"n": 4}') == LambdaCompleted(
        '{"doubled": 8}'
    )


def test_result_of_maximum_length_is_accepted():
    assert isinstance(run(lambda _: "x" * (LIMIT - 2)), LambdaCompleted)


def test_too_long_result_fails_the_call():
    outcome = run(lambda _: "x" * (LIMIT - 1))

    assert isinstance(outcome, LambdaFailed)
    assert outcome.reason == "Function.ResponseSizeTooLarge"


@pytest.mark.parametrize("letter", ["x", "\0", "\N{SNOWMAN}", "\N{GRINNING FACE}"])
def test_the_details_of_a_failure_fit_a_history(letter):
    def fail(_):
        raise ValueError(letter * LIMIT)

    assert len(run(fail).details) <= LIMIT


def test_unknown_function_fails_the_call():
    outcome = invoke({}, LambdaCall("f", "{}", "run", 5))

    assert outcome.reason == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "name",
    [
        "f:1",
        "f:$LATEST",
        "123456789012:function:f",
        "function:f:prod",
        "arn:aws:lambda:us-east-1:123456789012:function:f",
        "arn:aws:lambda:us-east-1:123456789012:function:f:prod",
    ],
)
def test_function_is_found_by_arn_and_qualifier(name):
    outcome = invoke({"f": lambda _: "found"}, LambdaCall(name, "{}", "run", 5))

    assert outcome == LambdaCompleted('"found"')


def test_function_registered_under_a_qualifier_is_preferred():
    functions = {"f": lambda _: "latest", "f:1": lambda _: "one"}

    assert invoke(functions, LambdaCall("f:1", "{}", "run", 5)) == LambdaCompleted('"one"')


@pytest.mark.parametrize("name", ["f", "myfunction:f"])
def test_name_without_its_function_is_unknown(name):
    outcome = invoke({"myf": lambda _: 1}, LambdaCall(name, "{}", "run", 5))

    assert outcome.reason == "ResourceNotFoundException"
