"""`create` and the options of its factory."""

import pytest

from swf import Domain
from swf.exceptions import InvalidKeywordArgumentError
from swf.flow import activity, runner
from swf.local import LocalSWF


def test_factory_version_is_the_version_of_its_activities(flow_of, tasks, decisions_of, history):
    a = activity.create("kitchen", "flow", version="2.5")(name="a", run=tasks())

    [decision] = decisions_of(flow_of(a, version="9"), history)

    assert decision.attributes["activityType"] == {"name": "flow_a", "version": "2.5"}


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        (("kitchen", "flow"), {}),
        (("kitchen",), {"name": "flow"}),
        ((Domain("kitchen"), "flow", "1.0"), {}),
        ((None, "kitchen", "flow"), {}),
        ((None, "kitchen"), {"workflow_name": "flow", "version": "1.0"}),
        ((), {"client": None, "domain": "kitchen", "workflow_name": "flow"}),
    ],
)
def test_create_accepts_arguments_with_or_without_a_client(args, kwargs):
    step = activity.create(*args, **kwargs)(name="cook", run=runner.Sync())

    assert (step.name, step.task_list, step.domain) == ("flow_cook", "flow_cook", "kitchen")
    assert (step.version, step.retry, step.requires) == ("1.0", 0, [])


def test_unknown_option_is_refused(create):
    with pytest.raises(InvalidKeywordArgumentError, match="must be one of"):
        activity.create("kitchen", "flow", colour="red")
    with pytest.raises(InvalidKeywordArgumentError, match="must be one of"):
        create(name="a", retries=3)


def test_activity_uses_the_client_of_its_factory():
    with LocalSWF() as service:
        client = service.client()
        step = activity.create(client, "kitchen", "flow")(name="a", external=True, timeout=5)

    assert step.client is client


@pytest.mark.parametrize("option", ["run", "tasks"])
def test_run_and_tasks_both_set_the_runner(option, create):
    tasks = runner.Sync()

    assert create(name="a", **{option: tasks}).runner is tasks
