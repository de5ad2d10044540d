"""Executions: found, counted, started, steered and waited for."""

import itertools
import json
import time
from datetime import datetime, timedelta, timezone

import pytest

from swf import Domain, WorkflowExecution, WorkflowType
from swf.cli.batch import throttle
from swf.cli.session import Session
from swf.local import LocalSWF
from swf.local.injection import LostRequest


def rows(done):
    assert done.code == 0, done.err
    return json.loads(done.out)


def ids(done):
    return sorted(row["workflow_id"] for row in rows(done))


@pytest.fixture
def mixed(orders, start):
    """Two open executions and two closed ones, of two types."""
    WorkflowType(orders, "bill", "2.0", task_list="shipping").save()
    start("open-a", tag_list=["red"])
    WorkflowType(orders, "bill", "2.0").start_execution("open-b", tag_list=["blue"])
    for one in start("closed-a", "closed-b", tag_list=["red"]):
        one.terminate()


HOUR_AGO = (datetime.now(timezone.utc) - timedelta(hours=1)).isoformat()
FILTERS = {
    "open ones, if nothing is said": ([], ["open-a", "open-b"]),
    "all": (["--all"], ["closed-a", "closed-b", "open-a", "open-b"]),
    "status": (["--status", "closed"], ["closed-a", "closed-b"]),
    "close status": (["--close-status", "terminated"], ["closed-a", "closed-b"]),
    "another close status": (["-c", "COMPLETED"], []),
    "tag": (["--tag", "red"], ["open-a"]),
    "tag and status": (["--tag", "red", "-s", "closed"], ["closed-a", "closed-b"]),
    "workflow id": (["--workflow-id", "closed-a", "--all"], ["closed-a"]),
    "type": (["--type", "bill"], ["open-b"]),
    "version": (["--type", "bill", "--version", "1.0"], []),
    "type and tag": (["--type", "ship", "--tag", "red"], ["open-a"]),
    "an age": (["--since", "1h"], ["open-a", "open-b"]),
    "days": (["--started-since", "30"], ["open-a", "open-b"]),
    "a time": (["--from", HOUR_AGO], ["open-a", "open-b"]),
    "until": (["--to", HOUR_AGO], []),
    "closed since": (["--closed-since", "15m"], ["closed-a", "closed-b"]),
    "closed until": (["--closed-until", HOUR_AGO], []),
}


@pytest.mark.parametrize(("options", "found"), FILTERS.values(), ids=FILTERS)
def test_executions_are_found(swf, mixed, options, found):
    assert ids(swf("execution", "list", *options, "-o", "json")) == found


def test_a_list_can_be_limited(swf, mixed):
    assert len(rows(swf("execution", "list", "--all", "--limit", "3", "-o", "json"))) == 3


def test_a_list_can_be_explained_instead(swf, mixed):
    done = swf("execution", "list", "--tag", "red", "--type", "ship", "--explain")

    assert "server   status='OPEN', tag='red'" in done.out
    assert "client   workflow_type_name='ship'" in done.out


@pytest.mark.parametrize(
    ("options", "number"), [([], 4), (["--status", "open"], 2), (["--tag", "red"], 3)]
)
def test_executions_are_counted(swf, mixed, options, number):
    done = swf("execution", "count", *options, "-o", "json")

    assert rows(done) == {"count": number, "truncated": False}


def test_an_execution_is_started_with_all_that_it_may_have(swf, orders):
    done = swf(
        *("execution", "start", "ship", "1.0", "--id", "one", "--tag", "red", "--tag", "big"),
        *("--input", '{"size": 1}', "--execution-timeout", "60", "-o", "json"),
    )

    one = orders.executions.get("one")
    assert rows(done) == {"workflow_id": "one", "run_id": one.run_id}
    assert (one.tag_list, one.execution_timeout) == (["red", "big"], 60)
    assert one.history().execution.input == {"size": 1}


def test_input_comes_from_standard_input(process, orders):
    done = process(
        *("execution", "start", "ship", "1.0", "--id", "one", "--input-file", "-"),
        given='{"size": 2}',
    )

    assert done.code == 0, done.err
    assert orders.executions.get("one").history().execution.input == {"size": 2}


def test_input_is_sent_as_it_was_written(swf, orders, tmp_path):
    given = '{ "price": 1.10, "price": 2 }\n'
    (tmp_path / "input").write_text(given)

    swf("execution", "start", "ship", "1.0", "--id", "one", "--input-file", tmp_path / "input")

    assert orders.executions.get("one").history().execution.text("input") == given


def test_a_dry_run_starts_nothing(swf, orders):
    done = swf("execution", "start", "ship", "1.0", "--id", "one", "--dry-run")

    unnamed = swf("execution", "start", "ship", "1.0", "--dry-run")
    none = swf("execution", "start", "ship", "9", "--dry-run")

    assert (done.code, done.out, done.err) == (0, "", "would start one of ship 1.0\n")
    assert unnamed.err == "would start an execution of ship 1.0\n"
    assert (none.code, none.out) == (3, "")
    assert orders.executions.count() == 0


def test_a_closed_execution_is_shown_without_its_run_id(swf, start):
    [one] = start("one", input={"size": 1})
    one.terminate(reason="enough", details="of it")

    shown = rows(swf("execution", "show", "one", "-o", "json"))

    assert (shown["run_id"], shown["close_status"]) == (one.run_id, "TERMINATED")
    assert (shown["input"], shown["reason"], shown["details"]) == ({"size": 1}, "enough", "of it")


def test_a_run_id_may_come_quoted(swf, start):
    from urllib.parse import quote

    [one] = start("one")

    shown = rows(swf("execution", "show", "one", quote(one.run_id, safe=""), "-o", "json"))

    assert shown["run_id"] == one.run_id


def test_a_signal_reaches_an_execution(swf, start):
    [one] = start("one")

    done = swf("execution", "signal", "one", "--name", "hurry", "--input", '"now"')

    assert (done.code, done.err) == (0, "signal: 1 done, 0 refused\n")
    assert [(s.name, s.input) for s in one.history().signals] == [("hurry", "now")]


def test_a_cancel_is_a_request(swf, start):
    [one] = start("one")

    assert swf("execution", "cancel", "one", "--yes").code == 0
    assert (one.upstream().status, one.upstream().cancel_requested) == ("OPEN", True)


def test_a_batch_shows_how_many_it_is_about(swf, orders, start):
    start("one", "two", tag_list=["red"])
    start("three", tag_list=["blue"])

    tried = swf("execution", "terminate", "--tag", "red", "--status", "open", "--dry-run")
    done = swf("execution", "terminate", "--tag", "red", "--yes", "--reason", "old", "--rps", "99")

    assert tried.err == "would terminate 2 executions\n"
    assert done.err == "terminate: 2 executions\nterminate: 2 done, 0 refused\n"
    assert [row.split() for row in done.out.splitlines()[2:]] == [
        ["two", orders.executions.get("two").run_id, "done"],
        ["one", orders.executions.get("one").run_id, "done"],
    ]
    assert ids(swf("execution", "list", "-o", "json")) == ["three"]


def test_a_batch_about_nothing_says_so(swf, orders):
    done = swf("execution", "terminate", "--tag", "red", "--yes")

    assert (done.code, done.err) == (0, "nothing to terminate\n")


def test_what_is_named_and_refused_is_an_error(swf, start, monkeypatch):
    [one] = start("one")
    monkeypatch.setattr(Session, "confirm", lambda *_: one.terminate())

    done = swf("execution", "signal", "one", "-n", "x")

    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("swf: SignalWorkflowExecution: Unknown execution")
    assert done.err.count("\n") == 1


def test_a_batch_goes_on_where_one_is_refused(swf, start):
    start("one", "two")
    start("three")[0].terminate()

    done = swf("execution", "signal", "--since", "1d", "-s", "closed", "-n", "x", "--yes")
    assert done.code == 1
    assert "three: " in done.err
    assert "signal: 0 done, 1 refused" in done.err


def test_a_batch_that_is_cut_short_tells_what_it_did(swf, monkeypatch):
    monkeypatch.setenv("SWF_CONNECTION_RETRIES", "0")
    calls = itertools.count()
    second = LostRequest("RequestCancelWorkflowExecution", when=lambda *_: next(calls) == 1)
    with LocalSWF(faults=[second]) as service:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SWF", service.serve())
        orders = Domain("orders")
        orders.save()
        kind = WorkflowType(orders, "ship", "1.0", task_list="shipping")
        kind.save()
        for workflow_id in ("one", "two", "three"):
            kind.start_execution(workflow_id)

        done = swf("execution", "cancel", "--type", "ship", "--yes", "-d", "orders")

    assert done.code == 5
    assert "cancel: 1 done, 0 refused, 2 left\n" in done.err


def test_calls_are_paced():
    started = time.monotonic()

    assert list(throttle(range(6), 100)) == list(range(6))

    assert time.monotonic() - started >= 0.05


def test_a_restart_starts_what_was_started(swf, orders, start):
    [one] = start("one", input={"size": 1}, tag_list=["red"], execution_timeout=77)

    done = swf("execution", "restart", "one", "--yes", "-o", "json")

    again = orders.executions.get("one")
    assert rows(done) == {"workflow_id": "one", "run_id": again.run_id}
    assert (again.tag_list, again.execution_timeout) == (["red"], 77)
    assert again.history().execution.input == {"size": 1}
    assert one.upstream().close_status == "TERMINATED"


@pytest.mark.parametrize("options", [["--yes"], ["--dry-run"], []])
@pytest.mark.parametrize("verb", [["signal", "-n", "paid"], ["cancel"], ["terminate"]])
def test_one_that_is_closed_is_told_to_be_so_before_anything_is_asked(swf, start, verb, options):
    start("one")[0].terminate()

    done = swf("execution", *verb, "one", *options)

    assert (done.code, done.out) == (4, "")
    assert done.err == "swf: 'one' is closed (TERMINATED); see `swf why`\n"


def test_a_closed_execution_is_restarted_without_a_question(swf, orders, start):
    start("one")[0].terminate()

    assert swf("execution", "restart", "one").code == 0
    assert orders.executions.get("one").status == "OPEN"


def test_what_has_failed_of_a_filter_is_restarted(swf, orders, start):
    for one in start("one", "two", input={"size": 1}):
        one.terminate()
    start("three")

    tried = swf("execution", "restart", "-c", "TERMINATED", "--dry-run")
    done = swf("execution", "restart", "-c", "TERMINATED", "--yes", "-o", "json")

    assert tried.err == "would restart 2 executions\n"
    assert {row["outcome"] for row in rows(done)} == {"done"}
    assert ids(swf("execution", "list", "-o", "json")) == ["one", "three", "two"]
    assert orders.executions.get("one").run_id in done.out


def close(orders, decision):
    """Close the execution that waits for its decider."""
    call = orders.connection.call
    task = call("PollForDecisionTask", domain="orders", taskList={"name": "shipping"})
    call(
        "RespondDecisionTaskCompleted",
        taskToken=task["taskToken"],
        decisions=[{"decisionType": decision}],
    )


@pytest.mark.parametrize(
    ("decision", "code", "status"),
    [
        ("CompleteWorkflowExecution", 0, "COMPLETED"),
        ("FailWorkflowExecution", 1, "FAILED"),
        ("CancelWorkflowExecution", 1, "CANCELED"),
    ],
)
def test_wait_tells_by_its_exit_code_how_it_closed(swf, orders, start, decision, code, status):
    start("one")
    close(orders, decision)

    done = swf("execution", "wait", "one", "-o", "json")

    assert (done.code, json.loads(done.out)["close_status"]) == (code, status)


def test_a_wait_may_follow_what_continues_it(swf, orders, start):
    [one] = start("one")
    close(orders, "ContinueAsNewWorkflowExecution")
    close(orders, "CompleteWorkflowExecution")

    first = swf("execution", "wait", "one", one.run_id, "-o", "json")
    last = swf("execution", "wait", "one", one.run_id, "--follow", "-o", "json")

    assert (first.code, json.loads(first.out)["close_status"]) == (1, "CONTINUED_AS_NEW")
    assert (last.code, json.loads(last.out)["close_status"]) == (0, "COMPLETED")


def test_a_wait_may_have_an_end(swf, start):
    start("one")

    done = swf("execution", "wait", "one", "--timeout", "0.01")

    assert (done.code, done.out) == (1, "")
    assert "one is still open" in done.err


def test_the_backlog_of_a_task_list_is_counted(swf, start):
    start("one", "two")

    [counted] = rows(swf("task-list", "count", "shipping", "-o", "json"))

    assert counted == {
        "task_list": "shipping",
        "decision_tasks": 2,
        "activity_tasks": 0,
        "truncated": False,
    }


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


def test_a_workflow_is_run_again_with_what_it_had_done(swf, orders, start, tmp_path, monkeypatch):
    start("one", input={"args": [2], "kwargs": {}})[0].terminate()
    (tmp_path / "errand_code.py").write_text(WORKFLOW)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    done = swf("execution", "rerun", "one", "--code", "errand_code:Errand", "--new-id", "two")

    assert done.code == 0, done.err
    assert orders.executions.get("two").history().execution.input["args"] == [2]


def test_a_flow_says_what_it_would_run_again(swf, orders, tmp_path, monkeypatch):
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


def test_code_that_is_not_there_is_a_mistake_in_the_usage(swf, start):
    start("one")[0].terminate()

    done = swf("execution", "rerun", "one", "--code", "no_such_module:Thing")

    assert done.code == 2
    assert "no module 'no_such_module'" in done.err


def test_executions_of_many_pages_are_listed(swf, orders, start):
    start(*(f"execution-{number:04}" for number in range(120)))

    listed = swf("execution", "list", "-o", "jsonl").out.splitlines()

    assert len({json.loads(line)["workflow_id"] for line in listed}) == 120
    assert isinstance(orders.executions.first(), WorkflowExecution)
