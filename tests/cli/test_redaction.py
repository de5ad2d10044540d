"""`--redact` hides payloads in every output."""

from __future__ import annotations

import json

import pytest

from swf.cli.output import Output

pytestmark = pytest.mark.usefixtures("code_directory")


@pytest.mark.parametrize(
    ("command", "value", "quoted", "message"),
    [
        (
            "flow run greeting",
            '{"who": "failure"}',
            "greets nobody",
            "activity failed: <TaskListWorker of 'greeting_hello' in 'orders'>: "
            "<Activity task 'greeting_hello-1' (greeting_hello 1.0)> (ValueError)\n",
        ),
        ("workflow standalone sums:Broken -d orders", "[]", "it never works", "swf: FAILED"),
    ],
)
def test_failures_on_standard_error_are_redacted(process, orders, command, value, quoted, message):
    plain, redacted = (
        process(*command.split(), "--input", value, *more) for more in ((), ("--redact",))
    )

    assert plain.code == redacted.code == 1
    assert quoted in plain.err
    assert quoted not in redacted.out + redacted.err
    assert message in redacted.err


def test_errors_of_user_code_show_their_class(process, orders, swf):
    swf("flow", "start", "greeting", "--id", "g-1", "-i", '{"who": "failure"}')
    swf("decider", "start", "greeting", "--one-task")
    words = ("activity", "rerun", "g-1", "greeting_hello-1", "--code", "greeting", "--redact")

    assert process(*words).err == "swf: ValueError\n"
    assert "ValueError: greets nobody" not in process(*words, "--debug").err


def test_page_of_a_flow_is_redacted(swf, tmp_path):
    page = tmp_path / "page.html"

    swf("flow", "run", "greeting", "-i", '{"who": "failure"}', "-q", "--redact", "--html", page)

    assert "greets nobody" not in page.read_text()
    assert "redacted" in page.read_text()


def test_history_payloads_are_redacted(swf, packing):
    for arguments in (["--raw"], ["-o", "jsonl", "--fields", "id,input"]):
        done = swf("execution", "history", "o-1", "--redact", *arguments)
        assert "A1" not in done.out
        assert "<redacted" in done.out


def test_input_of_an_execution_is_redacted(swf, start):
    start("one", input={"card": "4111"}, tag_list=["red"])

    done = swf("execution", "show", "one", "--redact", "-o", "json")

    assert json.loads(done.out)["input"] == "<redacted 15 characters>"
    assert "4111" not in done.out


@pytest.mark.parametrize("verb", [("execution", "history"), ("execution", "timeline"), ("why",)])
@pytest.mark.parametrize("form", ["table", "json"])
def test_reasons_are_redacted_in_every_report(swf, start, tmp_path, verb, form):
    start("one")[0].terminate(reason="card 4111")
    page = tmp_path / "page.html"
    html = ("--html", page) if "timeline" in verb else ()

    plain, redacted = (swf(*verb, "one", *html, *more, "-o", form).out + _text(page)
                       for more in ((), ("--redact",)))  # fmt: skip

    assert "4111" in plain
    assert "4111" not in redacted
    assert "redacted 9 characters" in redacted


def _text(path):
    return path.read_text() if path.exists() else ""


@pytest.mark.parametrize("field", ["input.card", "parent.input"])
def test_nested_fields_are_redacted(capsys, field):
    row = {"input": {"card": "4111"}, "parent": {"input": "4111"}}

    Output({"output": "csv", "fields": field, "redact": True}).rows([row], ("input", "parent"))

    assert capsys.readouterr().out == f"{field}\n<redacted 4 characters>\n"
