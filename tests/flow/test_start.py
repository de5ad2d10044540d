"""Starting executions of a flow."""

import pytest

import swf
from swf.exceptions import ValidationError
from swf.flow import Flow, runner, task


@pytest.fixture
def kitchen(create, flow_of):
    first = create(name="cook", run=runner.Sync(cook.fill(dish="dish")), generators=[dishes])
    last = create(name="eat", run=runner.Sync(eat.fill(meal="meal")), requires=[first])
    return flow_of(first, last)


@task.decorate(timeout=60)
def cook(activity, dish, spice=None):
    """Cook a dish."""
    return {"meal": dish}


@task.decorate(timeout=60)
def eat(activity, meal):
    """Eat the dish; return nothing."""


def dishes(context):
    """Yield the dishes of a day."""
    for dish in ("soup", "cake"):
        yield {"dish": dish}


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
