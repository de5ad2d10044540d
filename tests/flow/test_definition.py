"""Definitions of flows."""

import pytest

from swf.exceptions import ValidationError
from swf.flow import Flow, decider


@pytest.mark.parametrize("wrong", [None, 5, object()])
def test_flow_without_a_name_is_refused(wrong):
    with pytest.raises(ValidationError, match=r"flow=.*must have a `name`"):
        Flow(wrong)


def test_module_named_decider_is_ignored(drive, create, flow_of, tasks):
    flow = flow_of(create(name="a", run=tasks()), decider=decider)

    assert drive(flow).execution.close_status == "COMPLETED"
