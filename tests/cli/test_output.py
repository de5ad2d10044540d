"""Output formats, each read back by its own parser."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import time
from datetime import datetime, timedelta

import pytest
import yaml

from swf.cli.output import Output


@pytest.mark.parametrize(("lines", "is_paged"), [("5", True), ("50", False)])
def test_terminal_pages_long_output(terminal, start, monkeypatch, lines, is_paged):
    start(*(f"execution-{number}" for number in range(9)))
    monkeypatch.setenv("LINES", lines)
    monkeypatch.setenv("PAGER", "sed s/^/paged:/")

    output = terminal("execution", "list", "--fields", "workflow_id").out.splitlines()

    assert len(output) == 11
    assert all(line.startswith("paged:") is is_paged for line in output)


def test_terminal_gets_colours(terminal, orders):
    assert "\x1b[32mREGISTERED\x1b[0m" in terminal("domain", "list").out


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_environment_turns_colours_off(terminal, orders, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)

    done = terminal("domain", "list")

    assert "\x1b[32m" not in done.out
    assert "REGISTERED" in done.out


@pytest.mark.parametrize(("options", "colours"), [((), False), (("--color", "always"), True)])
def test_pipe_gets_colours_on_request(swf, orders, options, colours):
    assert ("\x1b[32m" in swf("domain", "list", *options).out) is colours


ROWS = [
    {"name": "one", "count": 1, "note": "a, b\tc", "tags": ["x", "y"], "left": None},
    {"name": "two", "count": 2, "note": 'say "ü"', "tags": [], "left": True},
    {"name": "three", "count": 3, "note": "two\nlines", "tags": ["中文"], "left": False},
]


NAMES = ("name", "count", "note", "tags", "left")


def of_table(text):
    # A filler after each wide character makes columns of characters.
    text = re.sub("[\u4e00-\u9fff]", "\\g<0>\0", text)
    head, ruler, *lines = text.splitlines()
    columns = [(match.start(), match.end()) for match in re.finditer("-+", ruler)]
    names = [head[start:end].strip() for start, end in columns]
    return [
        dict(
            zip(
                names,
                (line[start:end].replace("\0", "").strip() for start, end in columns),
                strict=True,
            )
        )
        for line in lines
    ]


#: The rows in a format without types.
TEXTS = [
    {"name": "one", "count": "1", "note": "a, b\tc", "tags": "x, y", "left": ""},
    {"name": "two", "count": "2", "note": 'say "ü"', "tags": "", "left": "true"},
    {"name": "three", "count": "3", "note": "two\nlines", "tags": "中文", "left": "false"},
]


PARSERS = {
    "table": (
        of_table,
        [{**TEXTS[0], "note": "a, b c"}, TEXTS[1], {**TEXTS[2], "note": "two lines"}],
    ),
    "json": (json.loads, ROWS),
    "jsonl": (lambda text: [json.loads(line) for line in text.splitlines()], ROWS),
    "csv": (lambda text: list(csv.DictReader(io.StringIO(text))), TEXTS),
    "tsv": (lambda text: list(csv.DictReader(io.StringIO(text), delimiter="\t")), TEXTS),
    "yaml": (yaml.safe_load, ROWS),
}


@pytest.mark.parametrize("form", PARSERS)
def test_list_round_trip(capsys, form):
    parse, expected = PARSERS[form]

    Output({"output": form}).rows(ROWS, NAMES)

    assert parse(capsys.readouterr().out) == expected


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml", "csv", "tsv"])
def test_record_round_trip(capsys, form):
    parse, expected = PARSERS[form]

    Output({"output": form}).record(ROWS[0])

    data = parse(capsys.readouterr().out)
    assert (data if form in ("json", "yaml") else data[0]) == expected[0]


@pytest.mark.parametrize("form", PARSERS)
def test_no_rows_are_an_empty_list(capsys, form):
    Output({"output": form}).rows([], NAMES)

    assert PARSERS[form][0](capsys.readouterr().out) == []


def test_no_rows_without_header_print_nothing(capsys):
    Output({"no_header": True}).rows([], NAMES)

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "tsv", "yaml"])
def test_list_is_streamed(capsys, form):
    written = []

    def rows():
        for number in range(4):
            written.append(capsys.readouterr().out)
            yield {"name": f"row-{number}"}

    Output({"output": form}).rows(rows(), ("name",))

    assert "row-0" in "".join(written)


def test_table_is_written_by_pages(capsys):
    written = []

    def rows():
        for number in range(250):
            written.append(capsys.readouterr().out)
            yield {"name": f"row-{number}"}

    Output({}).rows(rows(), ("name",))

    assert "row-99" in "".join(written)
    assert "row-200" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["table", "csv", "tsv"])
def test_no_header_omits_field_names(capsys, form):
    Output({"output": form, "no_header": True}).rows([{"name": "one"}], ("name",))

    assert capsys.readouterr().out == "one\n"


def test_fields_selects_and_orders_columns(capsys):
    Output({"output": "csv", "fields": "count, name"}).rows(ROWS, NAMES)

    assert capsys.readouterr().out.splitlines() == ["count,name", "1,one", "2,two", "3,three"]


def test_table_has_no_escape_sequences(capsys):
    Output({}).rows([{"name": "a\x1b]0;b\x07"}], ("name",))

    assert "\x1b" not in capsys.readouterr().out


def test_jsonl_escapes_other_line_ends(capsys):
    row = {"name": "a\u2028b\x85c\u2029d\ne"}

    Output({"output": "jsonl"}).rows([row], ("name",))

    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [row]


def test_times_have_a_zone(swf, start):
    start("one")

    [one] = json.loads(swf("execution", "list", "-o", "json").out)

    assert datetime.fromisoformat(one["start_timestamp"]).utcoffset() == timedelta(0)


def test_fields_may_be_nested(swf, start):
    start("one")

    done = swf("execution", "list", "-o", "csv", "--fields", "workflow_id,workflow_type.name")

    assert done.out.splitlines() == ["workflow_id,workflow_type.name", "one,ship"]


def test_unknown_field_is_refused_without_rows(swf, orders):
    done = swf("execution", "list", "--fields", "workflow_idd")

    assert (done.code, done.out) == (2, "")
    assert "did you mean 'workflow_id'?" in done.err


def test_described_fields_are_fetched(swf, start):
    start("one")

    done = swf("execution", "list", "-o", "csv", "--fields", "workflow_id,task_list")

    assert done.out.splitlines() == ["workflow_id,task_list", "one,shipping"]


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ((), "name    status"),
        (("-o", "csv"), "name,status"),
        (("--format", "csv"), "name,status"),
    ],
    ids=["table", "--output", "--format"],
)
def test_table_is_the_default_format(swf, orders, options, first):
    assert swf("domain", "list", *options).out.startswith(first)


def test_format_from_the_environment(swf, orders, monkeypatch):
    monkeypatch.setenv("SWF_OUTPUT", "jsonl")

    assert json.loads(swf("domain", "list").out)["name"] == "orders"
    assert swf("domain", "list", "-o", "csv").out.startswith("name,status")


def test_format_from_the_settings_file(swf, orders, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".swf").write_text("[defaults]\noutput = jsonl\n")

    assert json.loads(swf("domain", "list").out)["name"] == "orders"


def test_unknown_format_in_settings_is_refused(swf, orders, monkeypatch):
    monkeypatch.setenv("SWF_OUTPUT", "xml")

    done = swf("domain", "list")

    assert done.code == 2
    assert "output='xml': must be one of table, json" in done.err


#: Characters that change a terminal or reorder a line: ESC, OSC, C1, DEL, bidirectional controls.
HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b31m\x7f\u202eabc\u2066"


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "tsv", "yaml"])
def test_machine_formats_keep_every_character(capsys, form):
    parse, _ = PARSERS[form]

    Output({"output": form}).rows([{"name": HOSTILE}], ("name",))

    assert parse(capsys.readouterr().out) == [{"name": HOSTILE}]


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "tsv", "yaml"])
def test_no_format_sends_control_characters_to_a_terminal(capsys, monkeypatch, form):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    Output({"output": form, "color": "never"}).rows([{"name": HOSTILE}], ("name",))

    assert [c for c in capsys.readouterr().out if not c.isprintable() and c != "\n"] == []


def test_table_escapes_control_characters(capsys):
    Output({}).rows([{"name": "a\x1bb\u202e"}], ("name",))

    assert capsys.readouterr().out.splitlines()[2] == r"a\x1bb\u202e"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1+1", "@sum", "\tx", "\r=1"])
@pytest.mark.parametrize(("options", "prefix"), [({}, ""), ({"spreadsheet": True}, "'")])
def test_spreadsheet_neutralizes_formulas(capsys, cell, options, prefix):
    Output({"output": "csv", **options}).rows([{"name": cell, "count": -1}], ("name", "count"))

    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out, newline=""))
    assert row == {"name": prefix + cell, "count": "-1"}


def test_times_in_the_local_zone(swf, start, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    start("one")

    done = swf("execution", "list", "-o", "jsonl", "--time", "local")

    assert json.loads(done.out)["start_timestamp"].endswith("+09:00")
    monkeypatch.undo()
    time.tzset()
