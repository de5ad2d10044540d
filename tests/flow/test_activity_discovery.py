"""The activities of a flow and their instances."""

import pytest

from swf.flow import activity, event
from swf.models.history import builder


def states_of(history):
    return event.activity_states_from_events(history.raw)


def _names(instances):
    return [instance.activity_name for instance in instances]


def test_activities_are_in_topological_order(dinner):
    activities = activity.find_workflow_activities(dinner)

    assert [each.name for each in activities] == ["flow_shop", "flow_cook", "flow_eat"]


def test_required_activity_without_an_attribute_is_found(create, flow_of, tasks):
    hidden = create(name="hidden", run=tasks())

    activities = activity.find_workflow_activities(
        flow_of(create(name="a", run=tasks(), requires=[hidden]))
    )

    assert [each.name for each in activities] == ["flow_hidden", "flow_a"]


def test_property_yields_one_activity(create, tasks):
    class Kitchen:
        domain, name = "kitchen", "flow"

        @property
        def shop(self):
            return create(name="shop", run=tasks())

        @property
        def cook(self):
            return create(name="cook", run=tasks(), requires=[self.shop])

    activities = activity.find_workflow_activities(Kitchen())

    assert [each.name for each in activities] == ["flow_shop", "flow_cook"]


def test_instances_are_found_for_a_context(dinner):
    activities = activity.find_activities(dinner, {"dishes": ["soup", "cake"]})

    assert [each.activity_name for each in activities] == [
        "flow_shop", "flow_cook", "flow_cook", "flow_eat",
    ]  # fmt: skip


def test_generators_of_unready_steps_are_not_called(dinner):
    history = builder.started()
    assert _names(activity.find_available_activities(dinner, states_of(history), {})) == [
        "flow_shop"
    ]
    assert len([*activity.find_uncomplete_activities(dinner, states_of(history), {})]) == 3

    history.activity_scheduled("flow_shop-1", name="flow_shop")
    assert _names(activity.find_available_activities(dinner, states_of(history), {})) == []

    history.activity_completed("flow_shop-1", {"dishes": ["soup", "cake"]})
    context = event.get_current_context(history).current
    activities = activity.find_available_activities(dinner, states_of(history), context)
    assert _names(activities) == ["flow_cook", "flow_cook"]


def test_permanent_failure_is_raised(dinner):
    history = builder.started().activity_scheduled("flow_shop-1", name="flow_shop")
    history.activity_timed_out("flow_shop-1", "HEARTBEAT")

    with pytest.raises(activity.ActivityFailedError, match="failed once: timed_out: HEARTBEAT"):
        list(activity.find_available_activities(dinner, states_of(history), {}))
