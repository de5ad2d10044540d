"""The glossary defines each term of the code that neither SWF nor Python defines.

A module name is a phrase of words. It needs no entry if each word is a word of the SWF service
model or one of `STANDARD`. Otherwise the phrase, or each of its other words, is a glossary term.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from botocore.loaders import Loader

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "glossary.md"

#: Words of Python, of its ecosystem and of programming in general.
STANDARD = frozenset(
    re.findall(
        r"\w+",
        """
        action aggregate and api app application apply archive argument backoff base builder bulk by
        cache cancellation check cli client clock closing code compaction compare completer
        completion computed condition config connection console constant core credential database
        deadline decoding diff discovery dispatch display document download encoding ending
        exception execute export expression extra factory field file formatting generation graph
        grep group handle header home hook host http imported index inprocess inspect ipython
        isolation late layout listing live local lock log main making manual metric model
        opentelemetry option paging path pattern planning plugin polling problem process prometheus
        prompt protocol python registry relation rendering replayer report resolution response retry
        retryable row rule runtime schema security segment selection serialize server session
        setting shell signature state stream summary svg swf table testing text thread top typed
        update util validation verify waiting where worker workload wrapper writer
        """,
    )
)


def words(name: str) -> list[str]:
    """Return the words of a CamelCase or snake_case name in lower case."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")


def singular(word: str) -> str:
    """Return a word without its plural ending."""
    if word == "children":
        return "child"
    for ending, replacement in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("s", "")):
        if word.endswith(ending) and not word.endswith(("ss", "us")):
            return word.removesuffix(ending) + replacement
    return word


@pytest.fixture(scope="module")
def service_words() -> set[str]:
    """The words of the operations, shapes, members and enumerations of SWF."""
    model = Loader().load_service_model("swf", "service-2")
    names = [*model["operations"], *model["shapes"]]
    for shape in model["shapes"].values():
        names += [*shape.get("members", ()), *map(str.lower, shape.get("enum", ()))]
    return {singular(word) for name in names for word in words(name)}


@pytest.fixture(scope="module")
def terms() -> set[str]:
    """The terms of the glossary, in lower case and singular."""
    blocks = re.findall(r"^```\{glossary\}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return {phrase(line) for line in lines if line and not line.startswith(" ")}


def phrase(name: str) -> str:
    """Return a name as lower-case words, the last one in the singular."""
    *first, last = re.split(r"[\s_-]", name.lower())
    return " ".join([*first, singular(last)])


def module_names() -> list[str]:
    """Return the names of the modules and packages of swf."""
    paths = (ROOT / "swf").rglob("*.py")
    names = {path.parent.name if path.stem.startswith("__") else path.stem for path in paths}
    return sorted(names)


@pytest.mark.parametrize("name", module_names())
def test_module_name_is_a_standard_or_glossary_term(name, service_words, terms):
    vocabulary = service_words | STANDARD | terms

    unknown = [word for word in words(name) if singular(word) not in vocabulary]

    assert unknown == [] or phrase(name) in terms


def test_glossary_terms_are_sorted_and_unique():
    blocks = re.findall(r"^```\{glossary\}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    sections = [re.findall(r"^\S.*", block, re.MULTILINE) for block in blocks]

    assert [sorted(section, key=str.lower) for section in sections] == sections
    assert len({term for section in sections for term in section}) == sum(map(len, sections))


def test_standard_words_are_used(service_words):
    used = {singular(word) for name in module_names() for word in words(name)}

    assert sorted(STANDARD - used) == []
    assert sorted(STANDARD & service_words) == []
