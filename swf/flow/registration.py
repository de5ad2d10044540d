"""Register what a flow needs: its domain, its workflow type, its activity types."""

from __future__ import annotations

import logging
from typing import Any

from swf.exceptions import AlreadyExistsError, PermissionDeniedError
from swf.flow.activity_discovery import find_workflow_activities
from swf.flow.definition import Definition
from swf.flow.domain_resolution import domain_of
from swf.models import ActivityType, Domain, WorkflowType

logger = logging.getLogger(__name__)

RETENTION_PERIOD = 90  # days
EXECUTION_TIMEOUT = 30 * 24 * 3600  # seconds, where a flow has no `execution_timeout`
DECISION_TASKS_TIMEOUT = 60  # likewise


def register(definition: Definition, client: Any = None) -> None:
    """Register what is not registered yet.

    A domain that one may not register is taken to be there.

    :raises ResponseError: the service refused, for another reason than that it knows them.
    """
    domain = domain_of(definition.domain, client)
    try:
        _save(Domain(domain.name, retention_period=RETENTION_PERIOD, connection=domain.connection))
    except PermissionDeniedError as error:
        logger.warning("domain %s: %s; it should be there already", domain.name, error)
    _save(workflow_type(definition, domain))
    for activity in find_workflow_activities(definition):
        _save(activity_type(definition, activity, domain))


def workflow_type(definition: Definition, domain: Domain) -> WorkflowType:
    """Return the workflow type of a flow, with its defaults."""
    flow = definition.flow
    timeout = getattr(flow, "decision_tasks_timeout", None) or DECISION_TASKS_TIMEOUT
    return WorkflowType(
        domain,
        definition.name,
        definition.version,
        task_list=definition.task_list,
        child_policy=getattr(flow, "child_policy", None) or "TERMINATE",
        execution_timeout=getattr(flow, "execution_timeout", None) or EXECUTION_TIMEOUT,
        decision_tasks_timeout=timeout,
    )


def activity_type(
    definition: Definition, activity: Any, domain: Domain | None = None
) -> ActivityType:
    """Return the activity type of an activity, with its defaults."""
    domain = domain or domain_of(definition.domain)
    return ActivityType(domain, activity.name, activity.version, task_list=activity.task_list)


def _save(registered: Any) -> None:
    try:
        registered.save()
    except AlreadyExistsError:
        logger.debug("%r is registered already", registered)
