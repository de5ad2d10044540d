from __future__ import annotations

import re

import boto3
import pytest
from moto import mock_aws

from swf.codecs import DirectoryStore, S3Store
from swf.dataflow import Chain, Group, Step, Workflow, WorkflowStepMixin
from swf.dataflow.activity import Activity
from swf.dataflow.exceptions import AggregateException
from swf.exceptions import ValidationError

DONE = []
load = Activity(lambda day: DONE.append(f"load {day}") or f"{day}!", name="load")
report = Activity(lambda: DONE.append("report"), name="report")
alternative = Activity(lambda: DONE.append("alternative"), name="alternative")


def break_(day):
    raise ValueError(day)


broken = Activity(break_, name="broken")


@pytest.fixture(autouse=True)
def done():
    DONE.clear()
    return DONE


@pytest.fixture(params=["directory", "s3"])
def store(request, tmp_path):
    if request.param == "directory":
        yield DirectoryStore(tmp_path)
        return
    with mock_aws():
        client = boto3.client(
            "s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        client.create_bucket(Bucket="steps")
        yield S3Store(client, "steps", prefix="")


@pytest.fixture
def do(make_local, tmp_path):
    """Run `code(self)` as a workflow with steps; all executions share one workflow id."""
    default_store = DirectoryStore(tmp_path)

    def run(code, store=default_store):
        class Index(WorkflowStepMixin, Workflow):
            name, version = "index", "1"

            def get_step_store(self):
                return store

            @classmethod
            def get_workflow_id(cls):
                return "index-1"

            def run(self):
                return code(self)

        local = make_local(Index, activities=[load, report, alternative, broken])
        return local.run(local.start(Index)).history()

    return run


def log(history):
    """Return (step, status) of each marker of the steps."""
    markers = [marker.details for marker in history.markers["log.step"]]
    return [(marker["step"], marker["status"]) for marker in markers]


def test_step_runs_once_across_executions(do, store):
    def code(self):
        self.submit(self.step("load", (load, "monday"))).wait()
        return self.get_steps_done()

    first, second = do(code, store), do(code, store)

    assert DONE == ["load monday"]
    assert log(first) == [("load", "scheduled"), ("load", "completed")]
    assert log(second) == [("load", "skipped")]
    assert second.markers["log.step"][0].details["reasons"] == ["it was done already"]
    assert second.execution.result == ["load"]


def test_step_returns_task_result_or_none_if_skipped(do, store):
    def code(self):
        step = self.step("load", (load, "monday"))
        chain = Chain(step, (load,), send_result=True)
        return [*self.submit(chain).result, self.submit(step).result]

    assert do(code, store).execution.result == ["monday!", "monday!!", None]


@pytest.mark.parametrize("order", [(Workflow, WorkflowStepMixin), (WorkflowStepMixin, Workflow)])
def test_mixin_works_in_either_base_order(make_local, tmp_path, order):
    class Index(*order):
        name = "mixed"

        def get_step_store(self):
            return DirectoryStore(tmp_path)

        def run(self):
            self.add_forced_steps("load")
            self.submit(Step("load", (load, "monday"))).wait()
            return self.get_forced_steps()

    local = make_local(Index, activities=[load])

    assert local.result(local.start(Index)) == ["load"]


def test_step_runs_again_with_other_arguments(do):
    for day in ("monday", "tuesday", "monday"):
        do(lambda self, day=day: self.submit(self.step("load", (load, day))).wait())

    assert DONE == ["load monday", "load tuesday"]


def test_failed_step_is_not_marked_done(do):
    def code(self):
        self.submit(self.step("load", (broken, "monday"))).wait()
        return self.get_steps_done()

    assert do(code).execution.result == []
    assert log(do(code)) == [("load", "scheduled")]


def test_step_failure_can_bubble(do):
    def code(self):
        step = self.step("load", (broken, "monday"), bubbles_exception_on_failure=True)
        future = self.submit(step)
        future.wait()
        return isinstance(future.exception, AggregateException)

    assert do(code).execution.result is True


@pytest.mark.parametrize("pattern", ["load.check", "load", "*", "load.*"])
def test_step_is_forced_by_name_prefix_or_wildcard(do, pattern):
    def code(self):
        self.add_forced_steps([pattern], "because")
        self.submit(self.step("load.check", (load, "monday"))).wait()
        return self.get_forced_steps()

    do(code)
    second = do(code)

    assert DONE == ["load monday"] * 2
    assert second.execution.result == [pattern]
    details = {"step": "load.check", "status": "scheduled", "forced": True, "reasons": ["because"]}
    assert second.markers["log.step"][0].details == details


@pytest.mark.parametrize("pattern", ["loading", "load.checks", "lo"])
def test_similar_name_does_not_force_a_step(do, pattern):
    def code(self):
        self.add_forced_steps([pattern])
        self.submit(self.step("load.check", (load, "monday"))).wait()

    do(code)
    do(code)

    assert DONE == ["load monday"]


def test_skipped_step_runs_its_alternative(do):
    def code(self):
        self.add_skipped_steps(["load"])
        self.submit(
            self.step("load", (load, "monday"), activities_if_step_already_done=(alternative,))
        ).wait()
        return self.get_skipped_steps()

    history = do(code)

    assert DONE == ["alternative"]
    assert log(history) == [("load", "skipped")]
    assert history.execution.result == ["load"]


def test_force_overrides_skip(do):
    def code(self):
        self.add_skipped_steps(["*"])
        self.submit(self.step("load", (load, "monday"), force=True)).wait()

    do(code)

    assert DONE == ["load monday"]


def test_executed_step_forces_other_steps(do):
    def steps(self, day):
        self.submit(self.step("load", (load, day), force_steps_if_executed=["report"])).wait()
        self.submit(self.step("report", report)).wait()

    for day in ("monday", "monday", "tuesday"):
        do(lambda self, day=day: steps(self, day))

    assert DONE == ["load monday", "report", "load tuesday", "report"]


def test_step_of_a_group_emits_its_signal_once_done(do):
    def code(self):
        signal = self.submit(self.wait_signal("step.load"))
        both = Group((load, "monday"), (load, "tuesday"))
        self.submit(self.step("load", both, emit_signal=True))
        signal.wait()
        return sorted(DONE)

    assert do(code).execution.result == ["load monday", "load tuesday"]
    assert do(code).execution.result == ["load monday", "load tuesday"]


def load_step(workflow, day="monday"):
    workflow.submit(workflow.step("load", (load, day))).wait()
    return workflow.get_steps_done()


def test_step_is_stored_under_its_name_and_task_digest(do, store):
    do(load_step, store)

    plain, digest = store.keys("index-1/steps/")
    assert plain == "index-1/steps/load"
    assert re.fullmatch(r"index-1/steps/load@[0-9a-f]{16}", digest)


def test_step_that_simpleflow_has_run_is_done_with_any_arguments(do, store):
    store.put("index-1/steps/load", b'{"run_id":"r","workflow_id":"index-1","version":"1"}')

    for day in ("monday", "tuesday"):
        history = do(lambda self, day=day: load_step(self, day), store)
        assert history.execution.result == ["load"]

    assert DONE == []
    assert log(history) == [("load", "skipped")]


def test_step_that_simpleflow_has_run_can_be_forced(do, store):
    store.put("index-1/steps/load", b"")

    def forced(self):
        self.add_forced_steps("load")
        return load_step(self)

    do(forced, store)
    do(load_step, store)
    do(lambda self: load_step(self, "tuesday"), store)

    assert DONE == ["load monday", "load tuesday"]


def test_deeper_keys_are_no_steps(do, store):
    store.put("index-1/steps/other/load", b"")

    assert do(load_step, store).execution.result == ["load"]
    assert DONE == ["load monday"]


@pytest.mark.parametrize("path", ["people/7/steps", "people/7/steps/"])
def test_path_prefix_may_end_with_a_slash(make_local, store, path):
    class Prefixed(WorkflowStepMixin, Workflow):
        name = "prefixed"

        def get_step_store(self):
            return store

        def get_step_path_prefix(self):
            return path

        def run(self):
            return load_step(self)

    local = make_local(Prefixed, activities=[load])
    local.run(local.start(Prefixed))
    local.run(local.start(Prefixed))

    assert "people/7/steps/load" in list(store.keys(""))
    assert DONE == ["load monday"]


@pytest.mark.parametrize("bucket", ["steps", "s3-eu-west-1.amazonaws.com/steps"])
def test_bucket_may_include_the_host_of_s3(monkeypatch, bucket):
    class Bucket(WorkflowStepMixin, Workflow):
        def get_step_bucket(self):
            return bucket

    for name, value in {"ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="steps")
        workflow = Bucket.__new__(Bucket)
        workflow.get_step_store().put("a/steps/load", b"")
        listed = client.list_objects_v2(Bucket="steps")["Contents"]
    assert [each["Key"] for each in listed] == ["a/steps/load"]


@pytest.mark.parametrize("bucket", ["example.com/steps", "s3.amazonaws.com/steps/more", ""])
def test_invalid_bucket_of_steps_is_refused(bucket):
    class Bucket(WorkflowStepMixin, Workflow):
        def get_step_bucket(self):
            return bucket

    with pytest.raises(ValidationError, match="get_step_bucket"):
        Bucket.__new__(Bucket).get_step_store()


@pytest.mark.parametrize("name", ["", "a/b", "*"])
def test_invalid_step_name_is_refused(do, name):
    def code(self):
        with pytest.raises(ValidationError, match="name"):
            self.step(name, load)

    do(code)


def test_directory_store_refuses_keys_outside_of_it(tmp_path):
    store = DirectoryStore(tmp_path / "store")

    with pytest.raises(ValidationError, match="must not lead out"):
        store.put("../elsewhere", b"")
