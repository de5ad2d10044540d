"""The fidelity page is complete, and the tests that it names exist."""

import re
from pathlib import Path

import botocore.session
import pytest

from swf.local import limits

TESTS = Path(__file__).parent
PAGE = TESTS.parents[1] / "docs" / "explanation" / "fidelity.md"

MARKS = {"recorded", "documented", "inferred"}
CONDITIONS = {"", "strict limits only", "by injection only"}

MODEL = botocore.session.get_session().get_service_model("swf")


def tables():
    """Return the tables of the page, by the name of their first column, as lists of rows."""
    tables = {}
    for block in re.findall(r"(?:^\|.*\n)+", PAGE.read_text(), re.MULTILINE):
        head, _, *rows = [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in block.splitlines()
        ]
        assert head[0] not in tables, "two tables of one name"
        tables[head[0]] = [dict(zip(head, row, strict=True)) for row in rows]
    return tables


@pytest.fixture(scope="module")
def page():
    return tables()


def column(rows, name):
    return [row[name].strip("`") for row in rows]


def members_of(enum):
    return list(MODEL.shape_for(enum).enum)


def causes_of_the_model():
    """Return every event of a failure with each of its causes."""
    model, suffix = MODEL, "EventAttributes"
    return [
        (name.removesuffix(suffix), cause)
        for name in model.shape_names
        if name.endswith(f"Failed{suffix}") and "cause" in model.shape_for(name).members
        for cause in model.shape_for(name).members["cause"].enum
    ]


def test_every_operation_has_one_row(page):
    assert sorted(column(page["operation"], "operation")) == sorted(MODEL.operation_names)


@pytest.mark.parametrize(("table", "enum"), [("decision", "DecisionType"), ("event", "EventType")])
def test_every_value_has_one_row(page, table, enum):
    assert sorted(column(page[table], table)) == sorted(members_of(enum))


def test_every_failure_cause_has_one_row(page):
    rows = page["failing event"]

    listed = zip(column(rows, "failing event"), column(rows, "cause"), strict=True)

    assert sorted(listed) == sorted(causes_of_the_model())


@pytest.mark.parametrize("name", [name for name, rows in tables().items() if "mark" in rows[0]])
def test_every_mark_is_known(page, name):
    assert set(column(page[name], "mark")) <= MARKS


@pytest.mark.parametrize("name", ["failing event", "quota"])
def test_every_condition_is_known(page, name):
    assert set(column(page[name], "when")) <= CONDITIONS


def test_every_failure_cause_names_an_existing_test(page):
    sources = [path.read_text() for path in TESTS.rglob("test_*.py")]

    missing = [
        (cause, test)
        for cause, test in zip(
            column(page["failing event"], "cause"),
            column(page["failing event"], "test"),
            strict=True,
        )
        if not any(f"def {test}(" in source and cause in source for source in sources)
    ]

    assert missing == []


@pytest.mark.parametrize(
    ("name", "rates"),
    [
        ("throttled operation", limits.OPERATION_RATES),
        ("throttled decision", limits.DECISION_RATES),
        ("throttled operation on one execution", limits.EXECUTION_RATES),
    ],
)
def test_every_token_bucket_matches_the_page(page, name, rates):
    page_rates = {
        row[name].strip("`"): tuple(
            int(row[part].replace(",", "")) for part in ("bucket", "per second")
        )
        for row in page[name]
    }

    assert page_rates == rates
