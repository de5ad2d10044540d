"""Names of groups of executions."""

import pytest

from swf.models.history import builder
from swf.report.groups import wait_group


def activity(history):
    return history.activity_scheduled("a", name="pack", version="1", task_list="packing")


@pytest.mark.parametrize(
    ("history", "group"),
    [
        (builder.started("order"), "decider on deciders"),
        (builder.started("order").timer_started("t"), "timer"),
        (builder.started("order").child_initiated("c", name="ship", version="2"), "child ship 2"),
        (activity(builder.started("order")), "worker on packing for pack 1"),
        (activity(builder.started("order")).activity_started("a"), "running activity pack 1"),
        (builder.started("order").marker_recorded("m"), "signal"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wait_group_has_no_ids(history, group):
    assert wait_group(history) == group
