"""How data is written: each form read back by its own parser."""

import csv
import io
import json
import re
from datetime import datetime, timedelta, timezone

import pytest
import yaml

from swf.cli.output import Output
from swf.cli.serialize import to_plain

ROWS = [
    {"name": "one", "count": 1, "note": "a, b\tc", "tags": ["x", "y"], "left": None},
    {"name": "two", "count": 2, "note": 'say "ü"', "tags": [], "left": True},
    {"name": "three", "count": 3, "note": "two\nlines", "tags": ["中文"], "left": False},
]
NAMES = ("name", "count", "note", "tags", "left")


def of_table(text):
    head, ruler, *lines = text.splitlines()
    columns = [(found.start(), found.end()) for found in re.finditer("-+", ruler)]
    names = [head[start:end].strip() for start, end in columns]
    return [
        dict(zip(names, (line[start:end].strip() for start, end in columns), strict=True))
        for line in lines
    ]


#: What a form without types makes of the rows.
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
def test_a_list_is_read_back(capsys, form):
    parse, expected = PARSERS[form]

    Output({"output": form}).rows(ROWS, NAMES)

    assert parse(capsys.readouterr().out) == expected


@pytest.mark.parametrize("form", ["json", "jsonl", "yaml", "csv", "tsv"])
def test_one_thing_is_read_back(capsys, form):
    parse, expected = PARSERS[form]

    Output({"output": form}).record(ROWS[0])

    found = parse(capsys.readouterr().out)
    assert (found if form in ("json", "yaml") else found[0]) == expected[0]


@pytest.mark.parametrize("form", PARSERS)
def test_no_rows_are_an_empty_list(capsys, form):
    Output({"output": form}).rows([], NAMES)

    assert PARSERS[form][0](capsys.readouterr().out) == []


def test_no_rows_without_a_header_are_nothing(capsys):
    Output({"no_header": True}).rows([], NAMES)

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "tsv", "yaml"])
def test_a_list_is_written_while_it_comes(capsys, form):
    written = []

    def rows():
        for number in range(4):
            written.append(capsys.readouterr().out)
            yield {"name": f"row-{number}"}

    Output({"output": form}).rows(rows(), ("name",))

    assert "row-0" in "".join(written)


def test_a_table_is_written_by_pages(capsys):
    written = []

    def rows():
        for number in range(250):
            written.append(capsys.readouterr().out)
            yield {"name": f"row-{number}"}

    Output({}).rows(rows(), ("name",))

    assert "row-99" in "".join(written)
    assert "row-200" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["table", "csv", "tsv"])
def test_the_header_can_be_left_out(capsys, form):
    Output({"output": form, "no_header": True}).rows([{"name": "one"}], ("name",))

    assert capsys.readouterr().out == "one\n"


def test_fields_are_chosen_and_ordered(capsys):
    Output({"output": "csv", "fields": "count, name"}).rows(ROWS, NAMES)

    assert capsys.readouterr().out.splitlines() == ["count,name", "1,one", "2,two", "3,three"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678000, timezone.utc), "2026-01-02T03:04:05.678+00:00"),
        (timedelta(minutes=1.5), 90.0),
        ({"a": (1, {2: None})}, {"a": [1, {"2": None}]}),
    ],
    ids=["a time", "a duration", "what is nested"],
)
def test_a_value_is_written_plainly(value, written):
    assert to_plain(value) == written


def test_what_a_terminal_would_obey_is_not_printed_in_a_table(capsys):
    Output({}).rows([{"name": "a\x1b]0;b\x07"}], ("name",))

    assert "\x1b" not in capsys.readouterr().out


def test_a_row_is_one_line_of_json_whatever_a_reader_takes_for_the_end_of_a_line(capsys):
    row = {"name": "a\u2028b\x85c\u2029d\ne"}

    Output({"output": "jsonl"}).rows([row], ("name",))

    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [row]


def test_payloads_can_be_redacted(swf, start):
    start("one", input={"card": "4111"}, tag_list=["red"])

    done = swf("execution", "show", "one", "--redact", "-o", "json")

    assert json.loads(done.out)["input"] == "<redacted 15 characters>"
    assert "4111" not in done.out


@pytest.mark.parametrize("verb", [("execution", "history"), ("execution", "timeline"), ("why",)])
@pytest.mark.parametrize("form", ["table", "json"])
def test_what_people_wrote_is_redacted_wherever_it_is_told(swf, start, tmp_path, verb, form):
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
def test_what_a_field_reaches_into_is_redacted_too(capsys, field):
    row = {"input": {"card": "4111"}, "parent": {"input": "4111"}}

    Output({"output": "csv", "fields": field, "redact": True}).rows([row], ("input", "parent"))

    assert capsys.readouterr().out == f"{field}\n<redacted 4 characters>\n"


def test_times_of_the_service_have_a_zone(swf, start):
    start("one")

    [one] = json.loads(swf("execution", "list", "-o", "json").out)

    assert datetime.fromisoformat(one["start_timestamp"]).utcoffset() == timedelta(0)


def test_a_field_may_reach_into_a_field(swf, start):
    start("one")

    done = swf("execution", "list", "-o", "csv", "--fields", "workflow_id,workflow_type.name")

    assert done.out.splitlines() == ["workflow_id,workflow_type.name", "one,ship"]


def test_a_field_that_does_not_exist_is_refused_where_no_row_is(swf, orders):
    done = swf("execution", "list", "--fields", "workflow_idd")

    assert (done.code, done.out) == (2, "")
    assert "did you mean 'workflow_id'?" in done.err


def test_a_field_that_only_a_history_tells_is_read_there(swf, start):
    start("one", input={"size": 1})

    done = swf("execution", "list", "-o", "jsonl", "--fields", "workflow_id,input")

    assert json.loads(done.out) == {"workflow_id": "one", "input": {"size": 1}}


def test_a_field_that_no_list_tells_is_asked_for(swf, start):
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
def test_the_form_is_a_table_if_nobody_says(swf, orders, options, first):
    assert swf("domain", "list", *options).out.startswith(first)


def test_the_form_comes_from_settings(swf, orders, monkeypatch):
    monkeypatch.setenv("SWF_OUTPUT", "jsonl")

    assert json.loads(swf("domain", "list").out)["name"] == "orders"
    assert swf("domain", "list", "-o", "csv").out.startswith("name,status")


def test_the_form_comes_from_the_file(swf, orders, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".swf").write_text("[defaults]\noutput = jsonl\n")

    assert json.loads(swf("domain", "list").out)["name"] == "orders"


def test_a_form_that_does_not_exist_is_told(swf, orders, monkeypatch):
    monkeypatch.setenv("SWF_OUTPUT", "xml")

    done = swf("domain", "list")

    assert done.code == 2
    assert "output='xml': must be one of table, json" in done.err
