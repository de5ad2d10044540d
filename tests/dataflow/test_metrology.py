from __future__ import annotations

import json

import pytest

from swf.codecs import DirectoryStore
from swf.dataflow.activity import Activity
from swf.dataflow.metrology import MetrologyTask, MetrologyWorkflow


@pytest.fixture
def measured(make_local, tmp_path):
    """Run a measured activity in a measured workflow; return what is in the store, by name."""
    store = DirectoryStore(tmp_path)

    class Copy(MetrologyTask):
        metrology_store = store

        def execute(self):
            with self.step("read") as step:
                step.read(bytes=10, records=1)
                step.read(bytes=5)
            with self.step("write") as step:
                step.write(records=2)

    copy = Activity(Copy, name="copy")

    class Copying(MetrologyWorkflow):
        name, metrology_store = "copying", store

        def run(self):
            return self.submit(copy).result

    local = make_local(Copying, activities=[copy])
    execution = local.run(local.start(Copying))
    prefix = f"metrology/{execution.workflow_id}/{execution.run_id.replace('/', '%2F')}/"
    return {key[len(prefix) :]: json.loads(store.get(key)) for key in store.keys(prefix)}


def test_a_run_id_is_one_part_of_a_key_whatever_it_is_made_of(tmp_path):
    class Copy(MetrologyTask):
        metrology_store = DirectoryStore(tmp_path)
        context = {"workflow_id": "copy", "run_id": "22a//b+c=", "activity_id": "copy-1"}

    Copy().push_metrology()

    assert list(Copy.metrology_store.keys("")) == [
        "metrology/copy/22a%2F%2Fb+c=/activity.copy-1.json"
    ]


def test_the_steps_of_an_activity_are_kept_with_what_they_read_and_wrote(measured):
    steps = measured["activity.copy-1.json"]["steps"]

    assert [(step["name"], step["read"], step["write"]) for step in steps] == [
        ("read", {"bytes": 15, "records": 1}, {"bytes": 0, "records": 0}),
        ("write", {"bytes": 0, "records": 0}, {"bytes": 0, "records": 2}),
    ]
    assert all(step["seconds"] >= 0 and not step["failed"] for step in steps)


def test_a_closed_workflow_keeps_what_its_activities_took(measured):
    told = measured["workflow.json"]

    assert told["ended_by"] == "completion"
    assert [(task["name"], task["state"]) for task in told["tasks"]] == [("copy", "completed")]


def test_a_step_that_fails_says_so():
    task = MetrologyTask()

    with pytest.raises(LookupError), task.step("find"):
        raise LookupError

    assert task.steps[0].told()["failed"]
