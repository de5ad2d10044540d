"""Register the domain, the workflow type and the activity types of a flow."""

from __future__ import annotations

import logging
from typing import Any

from swf.engine.registration import register
from swf.exceptions import PermissionDeniedError
from swf.flow.activity_discovery import find_workflow_activities
from swf.flow.definition import Definition
from swf.flow.domain_resolution import resolve_domain
from swf.models import ActivityType, Domain, WorkflowType

logger = logging.getLogger(__name__)

RETENTION_PERIOD = 90  # days
EXECUTION_TIMEOUT = 30 * 24 * 3600  # seconds; for flows without `execution_timeout`
DECISION_TASKS_TIMEOUT = 60  # seconds; for flows without `decision_tasks_timeout`


def register_flow(definition: Definition, client: Any = None) -> None:
    """Register the domain, the workflow type and the activity types that do not exist yet.

    Without the permission to register domains, the domain is assumed to exist.

    :param client: a boto3 client or a `Connection`; None: the domain's connection, or the current
        one.
    :raises ResponseError: the service refused, except because a type already exists.
    """
    domain = resolve_domain(definition.domain, client)
    try:
        register(
            Domain(domain.name, retention_period=RETENTION_PERIOD, connection=domain.connection)
        )
    except PermissionDeniedError as error:
        logger.warning(
            "Not permitted to register the domain, assuming it exists: %s: %s", domain.name, error
        )
    register(workflow_type(definition, domain))
    for activity in find_workflow_activities(definition):
        register(activity_type(definition, activity, domain))


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
    """Return the activity type of an activity, with its defaults.

    :param domain: None: the flow's domain.
    """
    domain = domain or resolve_domain(definition.domain)
    return ActivityType(domain, activity.name, activity.version, task_list=activity.task_list)
