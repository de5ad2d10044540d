from __future__ import annotations

import pytest

from swf.dataflow import Workflow, standalone
from swf.exceptions import ValidationError
from swf.local import LocalSWF, SkippingClock
from swf.models import Domain


class Sum(Workflow):
    name = "sum"

    def run(self, *numbers):
        return sum(numbers)


def test_standalone_follows_an_execution_that_continues_as_new():
    class Counts(Workflow):
        name, event_budget = "standalone counts", 5

        def run(self, number=0):
            self.number = number
            while self.number < 3:
                self.sleep(1)
                self.number += 1
            return self.number

        def on_continue_as_new(self):
            return self.continue_as_new(self.number)

    with LocalSWF(clock=SkippingClock(), poll_timeout=0.1) as service:
        domain = Domain("standalone", connection=service.connection())
        domain.save()

        assert standalone(Counts, domain=domain, timeout=30) == 3
        runs = domain.executions.filter(status="CLOSED", workflow_type_name=Counts.name)
        assert [run.close_status for run in runs].count("CONTINUED_AS_NEW") > 0


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
