"""The tables of the documentation match the code."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from swf import constants
from swf.local import limits
from swf.settings import KEYS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted((DOCS / "reference").glob("*.md"))


@pytest.fixture(scope="module")
def tables():
    spec = importlib.util.spec_from_file_location("tables", DOCS / "tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(page):
    """Yield the cells of each table row of a page."""
    for line in page.read_text().splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in line.strip("| ").split(" | ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_generated_tables_are_up_to_date(page, tables):
    text = page.read_text()

    assert tables.update(text) == text, "run docs/tables.py"


def test_every_table_is_on_a_page(tables):
    text = "".join(page.read_text() for page in PAGES)

    assert [name for name in tables.TABLES if f"<!-- table: {name} -->" not in text] == []


def test_every_field_limit_has_a_row(tables):
    names = {name for name in vars(constants) if name.endswith("_LIMIT")} | {"LONG_POLL"}

    assert set(tables.FIELDS) == names


def test_every_quota_has_a_row(tables):
    numbers = {name for name, value in vars(limits).items() if isinstance(value, int)}

    assert set(tables.QUOTAS) == numbers - {"YEAR", "PAGE", "FORGET_AFTER"}


def test_every_event_and_decision_has_a_row(tables):
    assert tables.events().count("\n") - 2 == 54
    assert tables.decisions().count("\n") - 2 == 13


def test_every_setting_has_a_row_with_its_variables():
    variables_by_key = {row[0]: row[1] for row in rows(DOCS / "reference" / "settings.md")}

    for key, variables in KEYS.items():
        assert variables_by_key[f"`{key}`"] == ", ".join(f"`{variable}`" for variable in variables)


def test_readme_links_to_every_page_once():
    section = (DOCS.parent / "README.md").read_text().partition("## Documentation")[2]
    pages = [str(path.relative_to(DOCS.parent)) for path in DOCS.glob("*/*.md")]

    links = re.findall(r"\((docs/[^)]*/[^)]*)\)", section)

    assert sorted(links) == sorted(page for page in pages if "_build" not in page)


def test_relative_links_outside_docs_resolve():
    root = DOCS.parent
    pages = [*root.glob("*.md"), *root.glob("examples/*/README.md")]
    links = [
        (page, link) for page in pages for link in re.findall(r"\]\(([^)#]+)", page.read_text())
    ]

    files = [(page, link) for page, link in links if "://" not in link]
    assert [(page, link) for page, link in files if not (page.parent / link).exists()] == []


def test_paths_of_architecture_page_exist():
    paths = re.findall(r"`((?:swf|docs)/[\w/]+\.\w+)`", (DOCS / "design.md").read_text())

    assert len(paths) > 30
    assert [path for path in paths if not (DOCS.parent / path).exists()] == []


def test_architecture_page_lists_the_layers_of_the_import_contract():
    contract = (DOCS.parent / "pyproject.toml").read_text().partition("layers = [")[2]
    layers = re.findall(r"\((\w+)\)", contract.partition("\n]")[0])

    cells = "".join(row[0] for row in rows(DOCS / "design.md"))

    assert re.findall(r"`swf\.(\w+)`", cells) == layers
