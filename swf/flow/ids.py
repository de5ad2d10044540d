"""Ids of instances, retry timers and child executions, within the limits of the service."""

from __future__ import annotations

import re

from swf.engine.ids import fit_id

#: Maximum length of an instance id; the rest of the 256 characters is for its retry timers.
INSTANCE_ID_LIMIT = 240

_RETRY_TIMER = re.compile(r"(?P<instance_id>.*)\.retry-\d+", re.DOTALL)


def retry_timer_id(instance_id: str, failures: int) -> str:
    """Return the id of the timer that delays the next attempt of an instance.

    :param failures: number of failed attempts; each failure has its own timer.
    """
    return f"{instance_id}.retry-{failures}"


def scheduled_id(instance_id: str, schedule_id: str | int) -> str:
    """Return the id of an instance that a custom decider schedules.

    :param instance_id: the id of the instance in its step.
    :param schedule_id: the id of the use of the step.
    """
    return fit_id(f"{instance_id}-{schedule_id}", INSTANCE_ID_LIMIT)


def timer_instance_id(timer_id: str) -> str:
    """Return the id of the instance that a timer belongs to.

    :param timer_id: the id of a retry timer, or of a timer step, which is the instance's id.
    """
    retry_timer = _RETRY_TIMER.fullmatch(timer_id)
    return retry_timer["instance_id"] if retry_timer else timer_id


def child_workflow_id(parent_id: str, instance_id: str) -> str:
    """Return the workflow id of a child execution, unique among the children of its parent.

    :param parent_id: the workflow id of the parent.
    :param instance_id: the instance of the child flow step.
    """
    return fit_id(f"{parent_id}.{instance_id}")
