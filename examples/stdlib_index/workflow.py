"""The coordination: one activity per package, and their sum when all are done."""

from __future__ import annotations

from typing import Any

from activities import index_package, packages, summarize

from swf import ActivityType, Domain, WorkflowType
from swf.actors import ActivityWorker, Decider
from swf.models.decision import (
    Decision,
    complete_workflow_execution,
    fail_workflow_execution,
    schedule_activity_task,
)

DOMAIN = Domain("examples", description="Programs that show swf", retention_period=1)
TASK_LIST = "stdlib-index"

INDEX_PACKAGE = ActivityType(
    DOMAIN,
    "index-package",
    "1.0",
    description="Count the lines, classes and functions of a package",
    task_list=TASK_LIST,
    task_heartbeat_timeout=30,
    task_schedule_to_start_timeout=300,
    task_start_to_close_timeout=60,
    task_schedule_to_close_timeout=360,
)
STDLIB_INDEX = WorkflowType(
    DOMAIN,
    "stdlib-index",
    "1.0",
    description="Index Python's standard library",
    task_list=TASK_LIST,
    execution_timeout=600,
    decision_tasks_timeout=30,
)


class IndexDecider(Decider):
    """Schedules every package, waits for all, and sums up."""

    def decide(self, task: Any) -> list[Decision]:
        """Return what is to be done next, from what has happened so far."""
        done = task.history.activities
        if not done:
            return [
                schedule_activity_task(package, INDEX_PACKAGE, input=package)
                for package in task.input
            ]
        failed = [activity for activity in done.values() if activity.state == "failed"]
        if failed:
            return [fail_workflow_execution(reason=f"{failed[0].id}: {failed[0].reason}")]
        if task.history.open_activities:
            return []
        return [complete_workflow_execution(summarize([one.result for one in done.values()]))]


class IndexWorker(ActivityWorker):
    """Indexes the package that a task names."""

    def perform(self, task: Any) -> dict[str, Any]:
        """Return the counts; what is returned completes the task."""
        return index_package(task.input)


def start() -> Any:
    """Start an execution over all packages, and return it."""
    return STDLIB_INDEX.start_execution(input=packages(), tag_list=["example"])
