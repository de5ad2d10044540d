"""Streams of server-sent events for live pages."""

import asyncio
import http.client

import pytest

from swf.console import Options
from swf.console.page import address
from swf.console.polling import PolledTails, WatchedTails
from swf.console.site import Site
from swf.console.stream import OpenStreams
from swf.exceptions import DoesNotExistError

NAMES = ("shop", "o-1", "r-1")


def test_pages_of_one_execution_share_a_call():
    calls = []

    def fetch(*names):
        calls.append(names)
        return len(calls), True

    async def look_often():
        tails = PolledTails(fetch, 60, 60)
        together = await asyncio.gather(*(tails.changed(NAMES, 0) for _ in range(100)))
        again = await tails.look(NAMES, 60)
        later = await tails.look(NAMES, 0)
        return {*together, again}, later

    assert asyncio.run(look_often()) == ({(1, True)}, (2, True))


def test_pauses_grow_while_nothing_happens(monkeypatch):
    pauses, answers = [], iter([(1, True)] * 4 + [(2, True)])
    tails = PolledTails(None, 2, 4)

    async def sleep(seconds):
        pauses.append(seconds)

    async def look(*_):
        return next(answers)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(tails, "look", look)

    assert asyncio.run(tails.changed(NAMES, 1)) == (2, True)
    assert pauses == [2, 3, 4, 4]


def test_one_timer_serves_all_open_pages():
    tails = {f"o-{number}": (2, True) for number in range(100)}
    looks = []

    def fetch(domain, workflow_id, run_id):
        looks.append(workflow_id)
        return tails[workflow_id]

    async def follow():
        watched = WatchedTails(fetch, 0)
        pages = [asyncio.ensure_future(watched.changed(("shop", name, "r"), 2)) for name in tails]
        await asyncio.sleep(0)
        tails["o-7"], tails["o-8"] = (3, True), (3, False)
        done, waiting = await asyncio.wait(pages, return_when=asyncio.FIRST_COMPLETED)
        for page in waiting:
            page.cancel()
        return sorted(page.result() for page in done)

    assert asyncio.run(follow()) == [(3, False), (3, True)]
    assert looks.count("o-1") == looks.count("o-9")


def test_error_reaches_the_page_that_waits():
    answers = iter([(1, True)])

    def fetch(*_):
        for answer in answers:
            return answer
        raise DoesNotExistError("deleted")

    with pytest.raises(DoesNotExistError, match="deleted"):
        asyncio.run(WatchedTails(fetch, 0).changed(NAMES, 1))


@pytest.mark.parametrize("is_immediate", [True, False])
def test_tail_has_the_number_of_events(is_immediate, order, connection):
    execution = order.start_execution("o-1")
    names = ("shop", "o-1", execution.run_id)
    options = Options(
        connection, is_local=True, newest_event=(lambda *_: (2, True)) if is_immediate else None
    )

    opened = asyncio.run(Site(options, OpenStreams()).tails.changed(names, 0))
    execution.terminate()
    closed = asyncio.run(Site(Options(connection), OpenStreams()).tails.changed(names, 3))

    assert (opened, closed) == ((2, True), (3, False))


def test_deleted_execution_ends_the_stream(serve, order):
    response = serve(newest_event=lambda *_: None).get("/domains/shop/executions/o-1/gone/stream")

    assert "event: problem" in response.text
    assert "Unknown execution" in response.text


def test_stream_of_a_closed_execution_ends(serve, order):
    execution = order.start_execution("o-1")
    execution.terminate()

    ids = address("o-1", execution.run_id)
    response = serve().get(f"/domains/shop/executions/{ids}/stream")

    assert response.text == 'event: closed\ndata: {"events": 3}\nid: 3\n\n'


@pytest.fixture
def first_message(serve, order):
    """Return a function that returns the first message of the stream of an open execution."""
    execution = order.start_execution("o-1")
    execution.signal("go")
    browser = serve()

    def read(query="", **headers):
        ids = address("o-1", execution.run_id)
        connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=20)
        connection.request("GET", f"/domains/shop/executions/{ids}/stream{query}", headers=headers)
        response = connection.getresponse()
        lines = [response.readline() for _ in range(3)] if response.status == 200 else []
        connection.close()
        return response.status, b"".join(lines).decode()

    return read


NEWS = 'event: news\ndata: {"events": 3}\nid: 3\n'


def test_page_learns_of_events_before_its_stream(first_message):
    assert first_message("?events=2") == (200, NEWS)


def test_page_learns_of_events_while_it_was_disconnected(first_message):
    assert first_message("?events=3", **{"Last-Event-ID": "2"}) == (200, NEWS)


@pytest.mark.parametrize("number", ["x", "-1", "1e9", "99999999999", "%00"])
def test_malformed_number_of_events_is_refused(number, first_message):
    assert first_message(f"?events={number}") == (400, "")
