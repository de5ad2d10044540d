"""The heap of deadlines."""

from types import SimpleNamespace

from swf.local.deadlines import SLACK, Deadlines


def entity(deadline, ordinal=1, event_id=1):
    execution = SimpleNamespace(ordinal=ordinal)
    return SimpleNamespace(deadline=deadline, armed=None, execution=execution, event_id=event_id)


def armed(*entities):
    deadlines = Deadlines()
    for each in entities:
        deadlines.arm(each)
    return deadlines


def passing(deadlines):
    order = []
    while (entity := deadlines.first()) is not None:
        order.append(entity)
        entity.deadline = None
    return order


def test_earliest_deadline_is_first():
    late, early = entity(9.0, event_id=2), entity(3.0)

    assert passing(armed(late, early)) == [early, late]


def test_equal_deadlines_are_ordered_by_start():
    younger = entity(3.0, ordinal=2, event_id=1)
    second = entity(3.0, ordinal=1, event_id=7)
    first = entity(3.0, ordinal=1, event_id=5)

    assert passing(armed(younger, second, first)) == [first, second, younger]


def test_entity_without_a_deadline_is_never_returned():
    assert armed(entity(None)).next() is None


def test_postponed_deadline_moves_to_its_new_time():
    moved, other = entity(3.0), entity(5.0, event_id=2)
    deadlines = armed(moved, other)
    moved.deadline = 7.0
    deadlines.arm(moved)

    assert passing(deadlines) == [other, moved]


def test_advanced_deadline_is_returned_once():
    moved = entity(7.0)
    deadlines = armed(moved)
    moved.deadline = 3.0
    deadlines.arm(moved)

    assert deadlines.next() == 3.0
    assert passing(deadlines) == [moved]


def test_heartbeats_do_not_grow_the_heap():
    beating = entity(0.0)
    deadlines = armed(beating)
    for second in range(100 * SLACK):
        beating.deadline = float(second)
        deadlines.arm(beating)

    assert len(deadlines) == 1


def test_closed_entities_are_swept():
    deadlines = armed(entity(1e9))
    for number in range(5 * SLACK):
        each = entity(1e9 + number, event_id=number + 2)
        deadlines.arm(each)
        each.deadline = None

    assert len(deadlines) <= SLACK + 1
