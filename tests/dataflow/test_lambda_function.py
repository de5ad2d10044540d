from __future__ import annotations

import pytest

from swf.exceptions import ValidationError


@pytest.mark.parametrize("retry", [0, 2])
def test_lambda_function_returns_result_or_failure(run, retry):
    def adds(self):
        good = self.submit(self.call_lambda("sum", [1, 2], timeout=30))
        bad = self.submit(self.call_lambda("bad", 1, retry=retry))
        return good.result, bad.exception.reason

    def bad(_):
        raise ValueError("no")

    functions = {"sum": sum, "bad": bad}
    attributes = {"lambda_role": "arn:aws:iam::1:role/x"}

    assert run(adds, lambda_functions=functions, attributes=attributes) == (3, "Unhandled")


@pytest.mark.parametrize(
    ("field", "parameters", "rule"),
    [
        ("name", {"name": ""}, "1 to 64 characters"),
        ("name", {"name": "x" * 65}, "1 to 64 characters"),
        ("timeout", {"timeout": 0}, "whole seconds from 1 to 900"),
        ("timeout", {"timeout": 901}, "whole seconds from 1 to 900"),
        ("retry", {"retry": -1}, "a whole number from 0, or a Retry"),
    ],
)
def test_invalid_parameters_of_lambda_function_raise_in_the_workflow(run, field, parameters, rule):
    def adds(self):
        with pytest.raises(ValidationError) as caught:
            self.call_lambda(**{"name": "sum", **parameters})
        return [caught.value.field, rule in caught.value.rule]

    assert run(adds) == [field, True]
