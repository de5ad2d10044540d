"""The work: plain functions, which can be called and tested as such."""

import time

from swf.dataflow import activity


@activity.with_attributes(task_list="quickstart", version="example")
def increment(x):
    return x + 1


@activity.with_attributes(task_list="quickstart", version="example")
def double(x):
    return x * 2


@activity.with_attributes(task_list="quickstart", version="example", idempotent=True)
def delay(seconds, x):
    time.sleep(seconds)
    return x
