"""`swf archive`, and commands that read an archive with `--archive`."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def directory(swf, start, tmp_path):
    """An archive of two executions, one of which failed an order."""
    for number in range(2):
        payload = {"customer": f"c{number}", "n": number}
        start(f"order-{number}", input=payload, tag_list=["eu"])[0].terminate(reason="no stock")
    start("open")
    path = tmp_path / "archive"
    done = swf("archive", "update", path, "-o", "json")
    assert (done.code, json.loads(done.out)[0]["archived"]) == (0, 2)
    return path


def rows(done):
    return [json.loads(line) for line in done.out.splitlines()]


def test_update_adds_new_executions(swf, start, directory):
    start("order-9")[0].terminate()

    [row] = rows(swf("archive", "update", directory, "orders", "--rps", "1000", "-o", "jsonl"))
    assert row == {
        "domain": "orders", "archived": 1, "expired": 0, "incomplete": 0, "pending": 0,
    }  # fmt: skip
    [row] = rows(swf("archive", "status", directory, "-o", "jsonl"))
    assert (row["domain"], row["executions"]) == ("orders", 3)


def test_lists_and_explanations_come_from_the_archive(server, swf, directory, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SWF", "http://127.0.0.1:9")  # the service is gone
    monkeypatch.delenv("SWF_DOMAIN")

    options = ("--archive", directory)
    listed = swf("execution", "list", *options, "--where", "tag=eu and input.n>=1", "-o", "jsonl")
    assert [row["workflow_id"] for row in rows(listed)] == ["order-1"]
    count = swf("execution", "count", *options, "-o", "json")
    assert json.loads(count.out)["count"] == 2
    groups = swf("execution", "list", *options, "--group-by", "state", "-o", "jsonl")
    assert rows(groups) == [{"state": "TERMINATED", "count": 2}]
    assert swf("why", "order-0", *options).out.startswith("It was terminated after")
    assert swf("execution", "timeline", "order-0", *options).code == 0
    history = swf("execution", "history", "order-0", *options, "-o", "jsonl")
    assert [row["event"] for row in rows(history)][-1] == "WorkflowExecutionTerminated"


def test_grep_shows_the_places_of_a_text(swf, directory):
    [row] = rows(swf("archive", "grep", directory, '"c1"', "-o", "jsonl"))
    assert (row["workflow_id"], row["event_id"], row["field"]) == ("order-1", 1, "input")
    matches = swf("archive", "grep", directory, "-E", "-i", "STO.K", "--where", "input.n=0")
    assert "order-0" in matches.out
    assert "order-1" not in matches.out
    assert len(rows(swf("archive", "grep", directory, "stock", "--limit", "1", "-o", "jsonl"))) == 1
    assert swf("archive", "grep", directory, "nothing").code == 1


def test_restart_from_an_archive_skips_ids_with_newer_runs(swf, start, directory):
    options = ("--archive", directory, "--yes", "-o", "json")
    start("order-1")

    done = swf("execution", "restart", "--tag", "eu", *options)
    outcomes = {row["workflow_id"]: row["outcome"] for row in json.loads(done.out)}
    assert outcomes == {"order-0": "done", "order-1": "skipped"}
    assert swf("execution", "show", "order-0", "--fields", "status,input").out.split() == [
        "status", "OPEN", "input", '{"customer":', '"c0",', '"n":', "0}",
    ]  # fmt: skip


def test_change_of_an_archived_execution_is_refused(swf, directory):
    done = swf("execution", "signal", "order-0", "-n", "x", "--archive", directory)

    assert (done.code, done.out) == (4, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("execution", "list"), "not an archive; see `swf archive update`"),
        (("archive", "grep", "-E", "("), "a ( is not closed"),
        (("archive", "rebuild"), "No such file or directory"),
    ],
)
def test_errors_are_one_line(swf, orders, tmp_path, arguments, message):
    place = ("--archive", tmp_path / "none")
    if arguments[0] == "archive":
        arguments, place = (*arguments[:2], tmp_path / "none", *arguments[2:]), ()

    done = swf(*arguments, *place)
    assert done.code in (1, 2)
    assert message in done.err
    assert len(done.err.splitlines()) == 1


def test_hostile_texts_do_not_reach_the_terminal(swf, start, tmp_path):
    start("evil", input="\x1b[31mred")[0].terminate(reason="\x1b]0;title\x07 secret")
    swf("archive", "update", tmp_path / "archive")

    done = swf("archive", "grep", tmp_path / "archive", "secret")
    assert "\x1b" not in done.out
    assert "\\x1b]0;title\\x07 secret" in done.out


def test_payloads_are_redacted(swf, directory):
    done = swf("archive", "grep", directory, "customer", "--redact", "-o", "json")

    assert "customer" not in done.out


def test_damaged_archive_is_checked_and_rebuilt(swf, directory):
    assert swf("archive", "check", directory).err == "no problems\n"
    (directory / "index.sqlite").write_bytes(b"?" * 4096)

    done = swf("archive", "check", directory)
    assert (done.code, done.out) == (1, "")
    assert "file is not a database; see `swf archive rebuild`" in done.err
    assert json.loads(swf("archive", "rebuild", directory, "-o", "json").out) == {"executions": 2}
    assert swf("archive", "check", directory).code == 0


def test_long_update_reports_progress(swf, start, tmp_path, monkeypatch):
    from swf.cli import archive

    for execution in start("one", "two"):
        execution.terminate()
    monkeypatch.setattr(archive, "PROGRESS_INTERVAL", 0)

    done = swf("archive", "update", tmp_path / "archive", "-o", "json")

    assert done.err.splitlines() == ["orders: 0 of 2 executions", "orders: 1 of 2 executions"]
