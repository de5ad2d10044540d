"""Search of the texts of archived histories."""

from __future__ import annotations

import pytest

from swf.querysets.patterns import Pattern


def places(matches):
    return [(match.workflow_id, match.event_id, match.field) for match in matches]


def test_grep_finds_texts_of_all_events(orders):
    [match] = orders.grep('"c2"')

    assert (match.domain, match.workflow_id, match.event_id) == ("orders", "order-2", 1)
    assert (match.event, match.field) == ("WorkflowExecutionStarted", "input")
    assert match.text == '{"customer":"c2","n":2}'
    assert places(orders.grep("stock"))[0] == ("order-3", 3, "reason")


@pytest.mark.parametrize(
    ("pattern", "options", "count"),
    [
        ("NO STOCK", {}, 0),
        ("NO STOCK", {"ignore_case": True}, 4),
        ("st", {}, 8),
        (Pattern("no (stock|money)"), {}, 4),
        (Pattern("NO .TOCK", ignore_case=True), {}, 4),
        (Pattern("c[12]"), {}, 2),
        ("nothing", {}, 0),
    ],
)
def test_patterns_and_short_texts_are_found(orders, pattern, options, count):
    assert len(list(orders.grep(pattern, **options))) == count


def test_filters_restrict_the_search(orders):
    executions = orders.executions().where("tag=eu")

    assert places(orders.grep("stock", executions=executions)) == [
        ("order-3", 3, "reason"),
        ("order-1", 3, "reason"),
    ]


HOSTILE = ["a\x00b secret", "\x1b[31m secret", "‮secret", "secret \U0001f600", '"; DROP TABLE texts']


def test_hostile_texts_are_found_and_kept(archive, domain, close):
    for number, text in enumerate(HOSTILE):
        close(f"order-{number}", text)
    archive.update(domain, rate=None)

    assert [match.text for match in archive.grep("secret")] == HOSTILE[3::-1]
    for text in HOSTILE:
        assert [match.text for match in archive.grep(text)] == [text]


def test_only_histories_that_may_match_are_read(orders, monkeypatch):
    reads = []
    segments = type(orders._segments)
    read = segments.read
    monkeypatch.setattr(segments, "read", lambda *args: reads.append(1) or read(*args))

    assert places(orders.grep('customer":"c1')) == [("order-1", 1, "input")]
    assert len(reads) == 1


def test_excerpt_surrounds_the_match(archive, domain, close):
    close("long", "x" * 1000 + " card  declined\n" + "y" * 1000)
    archive.update(domain, rate=None)

    [match] = archive.grep("declined")
    assert "card declined yyy" in match.excerpt
    assert match.excerpt.startswith("...")
    assert len(match.excerpt) < 140
