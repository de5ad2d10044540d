"""The tables of the life cycles name all event types."""

from swf.models.history.life_cycles import LIFE_CYCLES, REFERENCES, ZERO_ALLOWED


def test_tables_cover_the_54_event_types():
    ended = {event_type for cycle in LIFE_CYCLES for event_type in cycle.ends}

    assert len(REFERENCES) == 54
    assert ended < REFERENCES.keys()
    assert {event_type for event_type, _ in ZERO_ALLOWED} < REFERENCES.keys()
