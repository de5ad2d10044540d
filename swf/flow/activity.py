"""Activities: `create` returns the factory of a flow's steps; the other names are re-exported.

::

    create = activity.create("dev", "video")
    fetch = create(name="fetch", run=runner.Sync(download), retry=3)
    resize = create(name="resize", run=runner.Async(small, large), requires=[fetch])

An activity is registered, scheduled and polled for as `<flow>_<name>`.
"""

from swf.flow.activity_discovery import (
    ActivityFailedError,
    find_activities,
    find_available_activities,
    find_uncomplete_activities,
    find_workflow_activities,
)
from swf.flow.activity_execution import ActivityExecution
from swf.flow.activity_state import (
    ACTIVITY_COMPLETED,
    ACTIVITY_FAILED,
    ACTIVITY_SCHEDULED,
    ACTIVITY_STANDBY,
    ActivityInstanceNotReadyException,
    ActivityState,
    count_activity_failures,
)
from swf.flow.activity_step import (
    DEFAULT_ACTIVITY_SCHEDULE_TO_START,
    Activity,
    ActivityInstance,
    ExternalActivity,
)
from swf.flow.activity_worker import ActivityWorker, worker_runner
from swf.flow.factory import StepFactory, create

__all__ = [
    "ACTIVITY_COMPLETED",
    "ACTIVITY_FAILED",
    "ACTIVITY_SCHEDULED",
    "ACTIVITY_STANDBY",
    "DEFAULT_ACTIVITY_SCHEDULE_TO_START",
    "Activity",
    "ActivityExecution",
    "ActivityFailedError",
    "ActivityInstance",
    "ActivityInstanceNotReadyException",
    "ActivityState",
    "ActivityWorker",
    "ExternalActivity",
    "StepFactory",
    "count_activity_failures",
    "create",
    "find_activities",
    "find_available_activities",
    "find_uncomplete_activities",
    "find_workflow_activities",
    "worker_runner",
]
