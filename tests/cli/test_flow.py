"""`swf flow`: check, draw, run and start."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest

pytestmark = pytest.mark.usefixtures("code_directory")


def test_check_reports_missing_context_values(swf):
    assert swf("flow", "check", "greeting").code == 0
    done = swf("flow", "check", "greeting", "--input", "{}")

    assert done.code == 1
    assert "reads a context key that no earlier step provides: 'who'" in done.out


def test_graph_draws_mermaid_and_svg(swf):
    assert swf("flow", "graph", "greeting").out.startswith("flowchart TD")
    assert swf("flow", "graph", "greeting", "--as", "svg").out.startswith("<svg")


@pytest.mark.parametrize(("who", "code"), [("world", 0), ("failure", 1)])
def test_run_exits_with_the_outcome(swf, tmp_path, who, code):
    page = tmp_path / "page.html"

    done = swf(
        "flow", "run", "greeting", "-i", json.dumps({"who": who}), "-o", "json", "--html", page
    )

    output = json.loads(done.out)
    assert done.code == code
    assert output["close_status"] == ("FAILED" if code else "COMPLETED")
    assert "<svg" in page.read_text()


def test_run_shows_the_outcome_if_the_page_cannot_be_written(swf, tmp_path):
    done = swf(
        *("flow", "run", "greeting", "-i", '{"who": "world"}', "-o", "json", "-q"),
        *("--html", tmp_path / "nowhere" / "page.html"),
    )

    assert done.code == 3
    assert json.loads(done.out)["close_status"] == "COMPLETED"
    assert "page.html: No such file" in done.err


def test_ctrl_c_ends_run(prefork, server):
    with subprocess.Popen(
        [prefork / "swf", "flow", "run", "patient", "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout.readline() == "at work\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=20)

    assert (running.returncode, out, err.strip()) == (130, "", "")


def test_input_must_be_a_json_object(swf):
    assert swf("flow", "run", "greeting", "-i", "[1]").code == 2


def test_dry_run_starts_nothing(swf, orders):
    flow = swf("flow", "start", "greeting", "--id", "g-1", "--dry-run")
    workflow = swf("workflow", "start", "sums:Sum", "--id", "s-1", "--dry-run")

    assert (flow.err, workflow.err) == (
        "would start g-1 of greeting\n",
        "would start s-1 of Sum\n",
    )
    assert orders.executions.count() == 0


def test_problems_as_json(swf):
    done = swf("flow", "check", "greeting", "--input", "{}", "-o", "json")

    assert [row["step"] for row in json.loads(done.out)] == ["greeting_hello"]
