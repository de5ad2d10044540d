"""Task lists: order, counts and removal."""

from types import SimpleNamespace

import pytest

from swf.local.task_lists import SLACK, TaskLists

KEY = ("activity", "d", "l")


def task(name, priority=0, key=KEY):
    return SimpleNamespace(name=name, key=key, priority=priority, order=0, pending=False)


def put(lists, *tasks):
    for each in tasks:
        lists.schedule(each)
        lists.offer(each)


def drain(lists, key=KEY):
    names = []
    while (next_task := lists.next(key)) is not None:
        lists.withdraw(next_task)
        names.append(next_task.name)
    return names


def test_equal_priorities_are_delivered_in_scheduling_order():
    lists = TaskLists()
    put(lists, task("a"), task("b"), task("c"))

    assert drain(lists) == ["a", "b", "c"]


def test_a_higher_priority_goes_first():
    lists = TaskLists()
    put(lists, task("low", -1), task("none"), task("high", 5))

    assert drain(lists) == ["high", "none", "low"]


def test_task_offered_late_keeps_its_position():
    lists = TaskLists()
    early = task("early")
    lists.schedule(early)
    put(lists, task("late"))
    lists.offer(early)

    assert drain(lists) == ["early", "late"]


def test_task_not_offered_is_pending_but_not_found():
    lists = TaskLists()
    lists.schedule(task("queued"))

    assert lists.pending(KEY) == 1
    assert lists.next(KEY) is None


def test_a_withdrawn_task_is_not_found():
    lists = TaskLists()
    first, second = task("first"), task("second")
    put(lists, first, second)
    lists.withdraw(first)

    assert drain(lists) == ["second"]


@pytest.mark.parametrize("pending", [0, 1])
def test_withdrawn_tasks_are_swept(pending):
    lists = TaskLists()
    put(lists, *[task("pending", -9) for _ in range(pending)])
    for number in range(10 * SLACK):
        each = task(number)
        put(lists, each)
        lists.withdraw(each)

    assert lists.pending(KEY) == pending
    assert sum(len(each.heap) for each in lists._lists.values()) <= 2 * (pending + 1) + SLACK


def test_empty_list_is_removed():
    lists = TaskLists()
    put(lists, task("a"))
    drain(lists)

    assert lists._lists == {}


def test_a_list_that_received_a_task_is_ready():
    lists = TaskLists()
    put(lists, task("a"))

    assert lists.ready == {KEY}


def test_tasks_can_be_put_in_order():
    lists = TaskLists()
    a, b, queued = task("a"), task("b"), task("queued")
    put(lists, a, b)
    lists.schedule(queued)
    lists.reorder([queued, b, a])
    lists.offer(queued)

    assert drain(lists) == ["queued", "b", "a"]
