from __future__ import annotations

import pytest

from swf.exceptions import ValidationError


@pytest.mark.parametrize("retry", [0, 2])
def test_a_lambda_function_is_called_with_a_value(run, retry):
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
    ("field", "given", "rule"),
    [
        ("name", {"name": ""}, "1 to 64 characters"),
        ("name", {"name": "x" * 65}, "1 to 64 characters"),
        ("timeout", {"timeout": 0}, "whole seconds from 1 to 900"),
        ("timeout", {"timeout": 901}, "whole seconds from 1 to 900"),
        ("retry", {"retry": -1}, "a whole number from 0, or a Retry"),
    ],
)
def test_a_lambda_function_that_cannot_be_called_is_refused_where_it_is_asked_for(
    run, field, given, rule
):
    def adds(self):
        with pytest.raises(ValidationError) as caught:
            self.call_lambda(**{"name": "sum", **given})
        return [caught.value.field, rule in caught.value.rule]

    assert run(adds) == [field, True]
