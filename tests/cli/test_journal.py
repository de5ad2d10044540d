"""Journals: bulk commands that continue after an interruption."""

from __future__ import annotations

import json

import pytest


def outcomes(done):
    return {
        row["workflow_id"]: (row["outcome"], row["reason"])
        for row in map(json.loads, done.out.splitlines())
    }


@pytest.fixture
def failed(start):
    """Two terminated executions."""
    executions = start("one", "two")
    for execution in executions:
        execution.terminate()
    return executions


RESTART = ("execution", "restart", "-c", "TERMINATED", "--yes", "-o", "jsonl")


def test_journal_resumes_a_bulk_command(swf, start, tmp_path):
    start("one", "two")
    journal = tmp_path / "journal.jsonl"
    signal = ("execution", "signal", "--type", "ship", "-n", "go", "--yes", "-o", "jsonl")
    swf(*signal, "--limit", "1", "--journal", journal)
    with journal.open("a") as file:
        file.write('{"verb": "sig')  # the process was killed while it wrote

    resumed = swf(*signal, "--journal", journal)
    again = swf(*signal, "--journal", journal)

    assert outcomes(resumed) == {
        "two": ("skipped", "done according to the journal"),
        "one": ("done", None),
    }
    assert {outcome for outcome, _ in outcomes(again).values()} == {"skipped"}
    lines = [json.loads(line) for line in journal.read_text().splitlines() if line.endswith("}")]
    assert [(line["verb"], line["workflow_id"], line["outcome"]) for line in lines] == [
        ("signal", "two", "done"),
        ("signal", "one", "done"),
    ]


def test_journal_of_a_restart_names_the_new_run(swf, orders, failed, tmp_path):
    journal = tmp_path / "journal.jsonl"

    swf(*RESTART, "--journal", journal)

    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert {line["run_id"] for line in lines} == {execution.run_id for execution in failed}
    assert {line["new_run_id"] for line in lines} == {
        orders.executions.get(workflow_id).run_id for workflow_id in ("one", "two")
    }
