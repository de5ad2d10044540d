"""The activities: functions that remain callable and testable."""

import time

from swf.dataflow import activity


@activity.with_attributes(task_list="quickstart", version="example")
def increment(x):
    """Return x + 1."""
    return x + 1


@activity.with_attributes(task_list="quickstart", version="example")
def double(x):
    """Return x * 2."""
    return x * 2


@activity.with_attributes(task_list="quickstart", version="example", idempotent=True)
def delay(seconds, x):
    """Return x after a delay."""
    time.sleep(seconds)
    return x
