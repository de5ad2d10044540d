"""Registration of types."""

import pytest

import swf
from swf.exceptions import ValidationError
from swf.flow import decider


def test_registering_twice_is_not_an_error(service, create, flow_of, tasks):
    flow = flow_of(create(name="a", run=tasks(), version="3"), execution_timeout=99)
    for _ in range(2):
        decider.DeciderWorker(flow)

    kind = swf.WorkflowType(swf.Domain("kitchen"), "flow", "1.0").upstream()
    assert (kind.task_list, kind.execution_timeout) == ("flow", 99)
    assert swf.Domain("kitchen").upstream().retention_period == 90
    assert swf.ActivityType(swf.Domain("kitchen"), "flow_a", "3").upstream().task_list == "flow_a"


def test_other_errors_of_registration_are_raised(service, create, flow_of, tasks):
    flow = flow_of(create(name="a" * 300, run=tasks()))

    with pytest.raises(ValidationError):
        decider.DeciderWorker(flow)
