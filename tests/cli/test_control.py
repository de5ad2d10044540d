"""Commands that change executions."""

from __future__ import annotations

import json

import pytest

from swf import WorkflowType, codecs

pytestmark = pytest.mark.usefixtures("code_directory")


def test_rerun_a_flow_from_a_step(swf, orders):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "world"}')
    for role in ("decider", "worker", "decider"):
        swf(role, "start", "greeting", "--one-task")

    plan = swf("execution", "rerun", "g-1", "--code", "greeting", "--dry-run")
    again = swf("execution", "rerun", "g-1", "--code", "greeting", "--from", "hello")

    assert "keeps 1 instances" in plan.err
    assert again.code == 0
    assert orders.executions.get("g-1").status == "OPEN"


@pytest.mark.parametrize(
    "command",
    [
        ("execution", "rerun", "s-1", "--code", "sums:Sum"),
        ("workflow", "repair", "sums:Sum", "s-1"),
    ],
    ids=["rerun", "repair"],
)
def test_force_activities_must_be_a_regular_expression(swf, orders, command):
    swf("workflow", "start", "sums:Sum", "--id", "s-1", "-i", "1")
    swf("execution", "terminate", "s-1", "--yes")

    done = swf(*command, "--force-activities", "(")

    assert done.code == 2
    assert "force_activities='(': must be a regular expression" in done.err


def test_rerun_encodes_input_with_the_codec(swf, orders):
    coded, payload = ("--codec", "packed:codec"), json.dumps(["y" * 50])
    swf("workflow", "start", "packed", "--id", "p-1", "-i", payload, *coded)
    swf("execution", "terminate", "p-1", "--yes")

    done = swf("execution", "rerun", "p-1", "--code", "packed", *coded)

    text = orders.executions.get("p-1").history().execution.text("input")
    assert done.code == 0
    assert text.startswith("swf+zlib:")
    assert codecs.Compressed().decode(text)["args"] == ["y" * 50]


def test_termination_details_use_the_codec(swf, orders):
    swf("workflow", "start", "packed", "--id", "p-1", "-i", "1")
    swf("execution", "terminate", "p-1", "--yes", "--details", "d" * 50, "--codec", "packed:codec")

    details = orders.executions.get("p-1").history().last.text("details")

    assert details.startswith("swf+zlib:")
    assert codecs.Compressed().decode(details) == "d" * 50


def test_signal_input_uses_the_codec(swf, orders):
    swf("workflow", "start", "packed", "--id", "p-1", "-i", json.dumps(["y" * 50]))
    long = json.dumps("z" * 50)
    swf("execution", "signal", "p-1", "--name", "go", "-i", long, "--codec", "packed:codec")

    signaled = orders.executions.get("p-1").history().last

    assert signaled.name == "WorkflowExecutionSignaled"
    assert signaled.text("input").startswith("swf+zlib:")


def rows(done):
    assert done.code == 0, done.err
    return json.loads(done.out)


def ids(done):
    return sorted(row["workflow_id"] for row in rows(done))


def test_signal_reaches_an_execution(swf, start):
    [one] = start("one")

    done = swf("execution", "signal", "one", "--name", "hurry", "--input", '"now"')

    assert (done.code, done.err) == (0, "signal: 1 done, 0 refused\n")
    assert [(s.name, s.input) for s in one.history().signals] == [("hurry", "now")]


def test_cancel_requests_cancellation(swf, start):
    [one] = start("one")

    assert swf("execution", "cancel", "one", "--yes").code == 0
    assert (one.upstream().status, one.upstream().cancel_requested) == ("OPEN", True)


def test_restart_uses_input_and_settings(swf, orders, start):
    [one] = start("one", input={"size": 1}, tag_list=["red"], execution_timeout=77)

    done = swf("execution", "restart", "one", "--yes", "-o", "json")

    again = orders.executions.get("one")
    assert rows(done) == {"workflow_id": "one", "run_id": again.run_id}
    assert (again.tag_list, again.execution_timeout) == (["red"], 77)
    assert again.history().execution.input == {"size": 1}
    assert one.upstream().close_status == "TERMINATED"


def test_restart_of_a_closed_execution_needs_no_confirmation(swf, orders, start):
    start("one")[0].terminate()

    assert swf("execution", "restart", "one").code == 0
    assert orders.executions.get("one").status == "OPEN"


def test_restart_by_filter(swf, orders, start):
    for one in start("one", "two", input={"size": 1}):
        one.terminate()
    start("three")

    tried = swf("execution", "restart", "-c", "TERMINATED", "--dry-run")
    done = swf("execution", "restart", "-c", "TERMINATED", "--yes", "-o", "json")

    assert tried.err == "would restart 2 executions\n"
    assert {row["outcome"] for row in rows(done)} == {"done"}
    assert ids(swf("execution", "list", "-o", "json")) == ["one", "three", "two"]
    assert orders.executions.get("one").run_id in done.out


FLOW = """
from swf.flow import activity, runner, task

domain, name, version = "orders", "errand", "1.0"
create = activity.create(domain, name, version=version)

first = create(name="first", tasks=runner.Sync(lambda activity, context: {"first": 1}))
"""


WORKFLOW = """
from swf.dataflow import Workflow, activity

@activity.with_attributes(task_list="shipping", version="1.0")
def double(x):
    return x * 2

class Errand(Workflow):
    name, version, task_list = "ship", "1.0", "shipping"

    def run(self, x):
        return self.submit(double, x).result
"""


def test_rerun_a_workflow_class(swf, orders, start, tmp_path, monkeypatch):
    start("one", input={"args": [2], "kwargs": {}})[0].terminate()
    (tmp_path / "errand_code.py").write_text(WORKFLOW)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    done = swf("execution", "rerun", "one", "--code", "errand_code:Errand", "--new-id", "two")

    assert done.code == 0, done.err
    assert orders.executions.get("two").history().execution.input["args"] == [2]


def test_bulk_rerun_continues_after_an_execution_without_a_plan(
    swf, orders, start, tmp_path, monkeypatch
):
    call = {"args": [2], "kwargs": {}}
    start("one", input=call)[0].terminate()
    start("two", input={**call, "__extra": {"class": "errand_code.Errand"}})[0].terminate()
    (tmp_path / "errand_code.py").write_text(WORKFLOW)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    command = ("execution", "rerun", "-c", "TERMINATED", "--code", "errand_code:Errand")

    done = swf(*command, "--yes", "-o", "json")

    outcomes = {row["workflow_id"]: (row["outcome"], row["reason"]) for row in json.loads(done.out)}
    reason = "execution='two': was started by simpleflow, whose results cannot be reused"
    assert done.code == 1
    assert outcomes["one"] == ("done", None)
    assert outcomes["two"][0] == "refused"
    assert outcomes["two"][1].startswith(reason)
    assert "rerun: 1 done, 1 refused" in done.err


def test_rerun_dry_run_shows_the_plan_of_a_workflow_class(
    swf, orders, start, tmp_path, monkeypatch
):
    start("one", input={"args": [2], "kwargs": {}})[0].terminate()
    (tmp_path / "errand_code.py").write_text(WORKFLOW)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    done = swf("execution", "rerun", "one", "--code", "errand_code:Errand", "--dry-run")

    assert (done.code, done.out) == (0, "")
    assert done.err == "keeps 0 tasks: none\nruns no other known task\n"
    assert orders.executions.filter(status="OPEN").count() == 0


def test_rerun_dry_run_shows_the_plan_of_a_flow(swf, orders, tmp_path, monkeypatch):
    kind = WorkflowType(orders, "errand", "1.0", task_list="errand")
    kind.save()
    kind.start_execution("one", input={"size": 1}).terminate()
    (tmp_path / "errand_flow.py").write_text(FLOW)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    done = swf("execution", "rerun", "one", "--code", "errand_flow", "--dry-run")

    assert (done.code, done.out) == (0, "")
    assert done.err == "keeps 0 instances: none\nruns errand_first\n"
    assert orders.executions.filter(status="OPEN").count() == 0


def test_rerun_with_missing_code_is_a_usage_error(swf, start):
    start("one")[0].terminate()

    done = swf("execution", "rerun", "one", "--code", "no_such_module:Thing")

    assert done.code == 2
    assert "no module 'no_such_module'" in done.err


@pytest.mark.parametrize(("answer", "code", "status"), [("y\n", 0, "CLOSED"), ("n\n", 1, "OPEN")])
def test_terminate_asks_on_a_terminal(terminal, start, answer, code, status):
    [one] = start("one")

    done = terminal("execution", "terminate", "one", typed=answer)

    assert "Terminate 1 execution? [y/N]" in done.out
    assert (done.code, one.upstream().status) == (code, status)


def test_question_names_account_region_endpoint_and_domain(server, terminal, start):
    start("one")

    done = terminal("execution", "terminate", "one", typed="n\n")

    assert "In domain orders, account " in done.out
    assert f", region us-east-1, {server.url}:" in done.out
