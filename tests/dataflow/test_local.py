from __future__ import annotations

import pytest

from swf.dataflow import Workflow, standalone
from swf.exceptions import ValidationError
from swf.models import Domain


class Sum(Workflow):
    name = "sum"

    def run(self, *numbers):
        return sum(numbers)


@pytest.mark.parametrize(
    ("option", "value", "rule"),
    [
        ("workers", 0, "must be a whole number, 1 or more"),
        ("workers", "2", "must be a whole number, 1 or more"),
        ("timeout", -1, "must be a number, 0 or more"),
        ("timeout", "soon", "must be a number, 0 or more"),
    ],
)
def test_standalone_refuses_invalid_parameters(option, value, rule):
    with pytest.raises(ValidationError) as caught:
        standalone(Sum, 1, domain=Domain("nowhere"), **{option: value})

    assert (caught.value.field, caught.value.value) == (option, value)
    assert caught.value.rule == rule
