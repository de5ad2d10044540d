"""Values of workflow code as payloads: types, errors and limits."""

from __future__ import annotations

import pytest

from swf.dataflow import (
    Workflow,
    exceptions,
)


def test_arguments_and_results_keep_their_types(run, acts):
    def workflow(self, value):
        return self.submit(acts.echo, value, key={"a": (1, 2)}).result

    assert run(workflow, {"n": [1, "2", None, 2.5]}) == [
        [{"n": [1, "2", None, 2.5]}],
        {"key": {"a": (1, 2)}},
    ]


def test_numeric_text_stays_text(run, acts):
    def workflow(self, text):
        return self.submit(acts.echo, text).result[0][0]

    assert run(workflow, "42") == "42"


@pytest.mark.parametrize(
    ("value", "reason"),
    [("x" * 40_000, "the limit is 32768"), (object(), "object"), ({"a": [lambda: 1]}, "function")],
    ids=["too long", "object", "function"],
)
@pytest.mark.parametrize("use", ["result", "argument", "deferred", "marker", "signal", "child"])
def test_value_that_cannot_be_encoded_fails_the_execution(make_local, acts, use, value, reason):
    class Uses(Workflow):
        name = "uses"

        def run(self, argument=None):
            if use == "argument":
                self.submit(acts.echo, value).wait()
            elif use == "deferred":
                self.submit(acts.echo, self.submit(acts.double, 1), value)
            elif use == "marker":
                self.submit(self.record_marker("m", value))
            elif use == "signal":
                self.submit(self.signal("s", value))
            elif use == "child":
                self.submit(Uses, value)
            return value if use == "result" else None

    local = make_local(Uses)
    execution = local.run(local.start(Uses)).history().execution

    assert execution.close_status == "FAILED"
    assert reason in execution.reason


def test_payload_error_can_be_a_bug_of_the_workflow(make_local):
    class Uses(Workflow):
        name, fails_on_payload_errors = "uses", False

        def run(self):
            return object()

    local = make_local(Uses)
    execution = local.start(Uses)

    with pytest.raises(exceptions.PayloadError):
        local.run(execution)
    assert execution.upstream().status == "OPEN"


@pytest.mark.parametrize(
    ("reason", "details"),
    [("r" * 300, "d" * 40_000), ("r", object()), ("r", {"key": "d" * 40_000}), (404, None)],
    ids=["long", "object", "long value", "number"],
)
def test_fail_cuts_reason_and_details_to_the_limits(make_local, reason, details):
    class Fails(Workflow):
        def run(self):
            self.fail(reason, details)

    local = make_local(Fails)
    execution = local.run(local.start(Fails)).history().execution

    assert execution.close_status == "FAILED"
    assert execution.reason.startswith(str(reason)[:1])
    assert (details is None) == (execution.details is None)
