"""Starting executions of a flow."""

import pytest

import swf
from swf.exceptions import ValidationError
from swf.flow import Flow


@pytest.mark.parametrize("wrong", ["text", [1], 5])
def test_context_that_is_not_a_dictionary_is_refused(wrong, kitchen):
    with pytest.raises(ValidationError, match=r"context=.*must be a dictionary"):
        Flow(kitchen).start(wrong)


def test_execution_starts_without_registered_defaults(service, kitchen):
    swf.Domain("kitchen").save()
    swf.WorkflowType(
        swf.Domain("kitchen"), "flow", "1.0", execution_timeout=None, decision_tasks_timeout=None,
        child_policy=None,
    ).save()  # fmt: skip

    started = Flow(kitchen).start({"a": 1}, "tuesday", tag_list=["soup"])

    execution = started.history().execution
    assert (execution.input, execution.task_list) == ({"a": 1}, "flow")
    assert (started.workflow_id, execution.tag_list) == ("tuesday", ["soup"])
