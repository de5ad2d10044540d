from __future__ import annotations

import pytest

from swf.dataflow import ActivityWorker, activity
from swf.dataflow.activity import Activity
from swf.exceptions import InvalidTypeError
from swf.models import Domain


def add(x, y=2):
    """Add."""
    return x + y


def test_worker_runs_activities_declared_after_its_creation(run):
    def workflow(self):
        late = activity.with_attributes(name="declared late")(add)
        return self.submit(late, 1).result

    assert run(workflow) == 3


def test_worker_fails_tasks_of_unknown_activities_without_import(run):
    def workflow(self):
        return self.submit(Activity(add, name="os.getcwd"), 1).exception.reason

    assert "activity not registered at this worker: 'os.getcwd'" in run(workflow, activities=[])


@pytest.mark.parametrize("other", [len, "double", None])
def test_worker_refuses_what_is_no_activity(other):
    with pytest.raises(InvalidTypeError, match=r"activities=.*must be an activity"):
        ActivityWorker(Domain("shop"), "q", [other])
