"""The events of a run, open and compressed."""

import pytest

from swf.local.history import CHUNK, EventLog


def events(count):
    return [{"eventId": number} for number in range(1, count + 1)]


def filled(count, packed):
    history = EventLog()
    for event in events(count):
        history.append(event)
    if packed:
        history.seal()
    return history


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("first", "last"),
    [(1, 1), (1, CHUNK), (CHUNK, CHUNK + 1), (CHUNK + 1, 3 * CHUNK), (1, 3 * CHUNK + 5), (5, 4)],
)
def test_any_page_can_be_read(packed, first, last):
    history = filled(3 * CHUNK + 5, packed)

    assert history.between(first, last) == events(3 * CHUNK + 5)[first - 1 : last]
    assert len(history) == 3 * CHUNK + 5
