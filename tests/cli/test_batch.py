"""Bulk operations: outcomes, refusals, pacing."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import threading
import time

import pytest

from swf import Domain, WorkflowType
from swf.cli.batch import map_concurrently, throttle
from swf.cli.session import Session
from swf.local import LocalSWF
from swf.local.injection import LostRequest


def rows(done):
    assert done.code == 0, done.err
    return json.loads(done.out)


def ids(done):
    return sorted(row["workflow_id"] for row in rows(done))


def test_batch_shows_its_size_and_outcomes(swf, orders, start):
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


def test_empty_batch_is_reported(swf, orders):
    done = swf("execution", "terminate", "--tag", "red", "--yes")

    assert (done.code, done.err) == (0, "nothing to terminate\n")


def test_refusal_of_a_named_execution_is_an_error(swf, start, monkeypatch):
    [one] = start("one")
    monkeypatch.setattr(Session, "confirm", lambda *_: one.terminate())

    done = swf("execution", "signal", "one", "-n", "x")

    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("swf: SignalWorkflowExecution: Unknown execution")
    assert done.err.count("\n") == 1


def test_batch_continues_after_a_refusal(swf, start):
    start("one", "two")
    start("three")[0].terminate()

    done = swf("execution", "signal", "--since", "1d", "-s", "closed", "-n", "x", "--yes")
    assert done.code == 1
    assert "three: " in done.err
    assert "signal: 0 done, 1 refused" in done.err


def test_failed_batch_shows_its_outcomes(swf, monkeypatch):
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


def test_throttle_limits_the_rate():
    started = time.monotonic()

    assert list(throttle(range(6), 100)) == list(range(6))

    assert time.monotonic() - started >= 0.05


def test_throttle_catches_up_with_its_rate_after_a_slow_call():
    now, pauses = [0.0], []

    def sleep(seconds):
        pauses.append(seconds)
        now[0] += seconds

    for number in throttle(range(1000), 100, lambda: now[0], sleep):
        now[0] += 0.018 if number % 2 else 0.001  # 9.5 ms on average

    assert 9.9 <= now[0] <= 10.1


def test_throttle_does_not_make_up_for_a_long_pause():
    now = [0.0]
    times = []

    def sleep(seconds):
        now[0] += seconds

    for number in throttle(range(100), 10, lambda: now[0], sleep):
        times.append(now[0])
        now[0] += 60 if number == 9 else 0

    after = [time for time in times if time > 60]
    assert after[-1] - after[0] >= (len(after) - 3) / 10


def test_concurrent_calls_overlap_and_keep_their_order():
    barrier = threading.Barrier(4, timeout=10)

    def call(number):
        barrier.wait()
        return number * 2

    assert list(map_concurrently(call, range(8), 4)) == [(each, each * 2) for each in range(8)]


def test_interrupted_calls_are_reported_before_the_interruption():
    def items():
        yield from (1, 2)
        raise KeyboardInterrupt

    results = map_concurrently(str, items(), 4)

    assert (next(results), next(results)) == ((1, "1"), (2, "2"))
    with pytest.raises(KeyboardInterrupt):
        next(results)


def test_stopped_caller_does_not_read_further_results():
    results = map_concurrently(str, iter(range(9)), 2)

    next(results)
    results.close()

    assert list(results) == []


def test_ctrl_c_in_a_batch_shows_its_outcomes(prefork, server, start):
    start(*(f"execution-{number}" for number in range(9)))
    before = server.calls("SignalWorkflowExecution")
    which = ("--type", "ship", "--name", "go", "--yes", "--rps", "2", "-o", "jsonl")
    batch = subprocess.Popen(
        [prefork / "swf", "execution", "signal", *which],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    server.wait_for("SignalWorkflowExecution", before + 1)

    batch.send_signal(signal.SIGINT)
    out, err = batch.communicate(timeout=20)

    done = len(out.splitlines())
    assert batch.returncode == 130
    assert 1 <= done < 9
    assert f"signal: {done} done, 0 refused, {9 - done} left" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("domain", "create", "new"),
        ("domain", "tag", "orders", "team=red"),
        ("workflow-type", "create", "new", "1"),
        ("execution", "start", "ship", "1.0"),
    ],
    ids=" ".join,
)
def test_every_changing_command_accepts_yes(swf, orders, arguments):
    assert swf(*arguments, "--yes").code == 0
