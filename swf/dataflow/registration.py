"""Register the types that decisions name, once each, before they are needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from swf.connection import Connection
from swf.dataflow.activity import Activity
from swf.dataflow.declaration import Declaration
from swf.exceptions import AlreadyExistsError
from swf.models import ActivityType, Domain, WorkflowType


class Registrar:
    """Registers types with the service, and remembers which.

    :param connection: gives the way to the service when it is needed.
    """

    def __init__(self, domain: Domain, connection: Callable[[], Connection]) -> None:
        self._domain = domain
        self._connection = connection
        self._known: set[tuple[str, str, str]] = set()
        self._lock = threading.Lock()

    def activity(self, activity: Activity) -> None:
        """Register an activity type with its declared timeouts as defaults.

        Not its priority: each task says its own, and one that is to have none could not undo it.
        """
        kind = ActivityType(
            self._domain,
            activity.name,
            activity.version,
            task_list=activity.task_list,
            task_heartbeat_timeout=activity.heartbeat_timeout,
            task_schedule_to_close_timeout=activity.schedule_to_close_timeout,
            task_schedule_to_start_timeout=activity.schedule_to_start_timeout,
            task_start_to_close_timeout=activity.start_to_close_timeout,
            connection=self._connection(),
        )
        self._save(kind)

    def workflow(self, workflow: type[Declaration]) -> WorkflowType:
        """Register a workflow type, and return it."""
        kind = WorkflowType(
            self._domain,
            workflow.name,
            workflow.version,
            task_list=workflow.task_list,
            child_policy=workflow.child_policy,
            execution_timeout=workflow.execution_timeout,
            decision_tasks_timeout=workflow.decision_tasks_timeout,
            task_priority=workflow.declared_priority(),
            lambda_role=workflow.lambda_role,
            connection=self._connection(),
        )
        self._save(kind)
        return kind

    def _save(self, kind: ActivityType | WorkflowType) -> None:
        """Register a type and return when it is: others may be about to name it, too."""
        key = (kind.api_name, kind.name, kind.version)
        with self._lock:
            if key not in self._known:
                with suppress(AlreadyExistsError):  # by another process, or in a former life
                    kind.save()
                self._known.add(key)
