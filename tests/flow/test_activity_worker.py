"""Workers for the activities of a flow."""

import pytest

from swf.exceptions import ValidationError
from swf.flow import activity


def test_activities_are_selected_by_full_or_short_name(dinner):
    worker = activity.ActivityWorker(dinner, activities=["flow_shop", "eat"])

    assert sorted(actor.task_list for actor in worker.actors) == ["flow_eat", "flow_shop"]
    assert len(worker.activities) == 3


def test_unknown_activity_is_refused(dinner):
    with pytest.raises(ValidationError, match="activities='soup': must be one of flow_shop"):
        activity.ActivityWorker(dinner, activities=["soup"])


def test_overridden_run_is_called_until_it_returns_false(create, flow_of, tasks):
    answers = iter([True, True, False])
    step = create(name="a", run=tasks())
    worker = activity.ActivityWorker(flow_of(step))
    step.run = lambda: next(answers)

    worker.run()

    assert next(answers, "over") == "over"


def test_worker_without_activities_returns(create, flow_of):
    worker = activity.ActivityWorker(flow_of(create(name="a", external=True, timeout=5)))

    assert worker.run() is None


def test_external_activity_is_not_performed(create):
    step = create(name="a", external=True, timeout=60)

    assert activity.worker_runner(step) is None
    assert isinstance(step, activity.ExternalActivity)
