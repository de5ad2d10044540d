from __future__ import annotations

import json

import pytest

from swf.codecs import DirectoryStore
from swf.dataflow.activity import Activity
from swf.dataflow.metrology import MetrologyTask, MetrologyWorkflow


@pytest.fixture
def reports(make_local, tmp_path):
    """Run an activity with metrology in a workflow with metrology; return the reports by name."""
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


def test_run_id_is_escaped_in_keys(tmp_path):
    class Copy(MetrologyTask):
        metrology_store = DirectoryStore(tmp_path)
        context = {"workflow_id": "copy", "run_id": "22a//b+c=", "activity_id": "copy-1"}

    Copy().push_metrology()

    assert list(Copy.metrology_store.keys("")) == [
        "metrology/copy/22a%2F%2Fb+c=/activity.copy-1.json"
    ]


def test_activity_report_has_input_and_output_of_steps(reports):
    steps = reports["activity.copy-1.json"]["steps"]

    assert [(step["name"], step["read"], step["write"]) for step in steps] == [
        ("read", {"bytes": 15, "records": 1}, {"bytes": 0, "records": 0}),
        ("write", {"bytes": 0, "records": 0}, {"bytes": 0, "records": 2}),
    ]
    assert all(step["seconds"] >= 0 and not step["failed"] for step in steps)


def test_workflow_report_has_profile_of_activities(reports):
    report = reports["workflow.json"]

    assert report["ended_by"] == "completion"
    assert [(task["name"], task["state"]) for task in report["tasks"]] == [("copy", "completed")]


def test_step_that_raises_is_reported_as_failed():
    task = MetrologyTask()

    with pytest.raises(LookupError), task.step("find"):
        raise LookupError

    assert task.steps[0].to_dict()["failed"]


def test_step_has_metadata_and_amounts_as_attributes(tmp_path):
    class Copy(MetrologyTask):
        metrology_store = DirectoryStore(tmp_path)
        context = {"workflow_id": "copy", "run_id": "r", "activity_id": "copy-1"}

    task = Copy()
    with task.step("copy") as step:
        step.read.records = 3
        step.write(bytes=7)
        step.metadata["source"] = "disk"
    task.meta = "nightly"
    task.push_metrology()

    report = json.loads(Copy.metrology_store.get("metrology/copy/r/activity.copy-1.json"))
    (step,) = report["steps"]
    assert report["meta"] == "nightly"
    assert step["read"] == {"bytes": 0, "records": 3}
    assert step["write"] == {"bytes": 7, "records": 0}
    assert step["metadata"] == {"source": "disk"}
