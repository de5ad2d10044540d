"""Activity and lambda tasks: their decisions and plain constructors. Timeouts are seconds."""

from __future__ import annotations

from typing import Any

from swf.models.decision.base import Action, Decision


class ActivityTaskDecision(Decision):
    """Schedule an activity task, or request that one be canceled."""

    schedule = Action("ScheduleActivityTask")
    request_cancel = Action("RequestCancelActivityTask")


class LambdaFunctionDecision(Decision):
    """Schedule a lambda task."""

    schedule = Action("ScheduleLambdaFunction")


def schedule_activity_task(
    activity_id: str,
    activity_type: Any,
    *,
    control: Any = None,
    heartbeat_timeout: int | str | None = None,
    input: Any = None,  # noqa: A002 - the service's word
    schedule_to_close_timeout: int | str | None = None,
    schedule_to_start_timeout: int | str | None = None,
    start_to_close_timeout: int | str | None = None,
    task_list: str | None = None,
    task_priority: int | None = None,
) -> ActivityTaskDecision:
    """Schedule an activity task; `activity_type` is an `ActivityType` or a (name, version) pair.

    `activity_id` must not be that of an open activity task of the execution. A timeout is seconds,
    `NONE` or None (the type's default).

    Source: API Reference, ScheduleActivityTaskDecisionAttributes.
    """
    return ActivityTaskDecision(
        "schedule",
        activity_id=activity_id,
        activity_type=activity_type,
        control=control,
        heartbeat_timeout=heartbeat_timeout,
        input=input,
        schedule_to_close_timeout=schedule_to_close_timeout,
        schedule_to_start_timeout=schedule_to_start_timeout,
        start_to_close_timeout=start_to_close_timeout,
        task_list=task_list,
        task_priority=task_priority,
    )


def request_cancel_activity_task(activity_id: str) -> ActivityTaskDecision:
    """Cancel an activity task that is not started; let a started one know with its next heartbeat.

    Source: API Reference, RequestCancelActivityTaskDecisionAttributes.
    """
    return ActivityTaskDecision("request_cancel", activity_id=activity_id)


def schedule_lambda_function(
    id: str,  # noqa: A002 - the service's word
    name: str,
    *,
    control: Any = None,
    input: Any = None,  # noqa: A002 - the service's word
    start_to_close_timeout: int | None = None,
) -> LambdaFunctionDecision:
    """Schedule a task for the AWS Lambda function `name`; the execution needs a lambda role.

    `start_to_close_timeout` is 1 to 900 seconds; None is 900.

    Source: API Reference, ScheduleLambdaFunctionDecisionAttributes.
    """
    return LambdaFunctionDecision(
        "schedule",
        id=id,
        name=name,
        control=control,
        input=input,
        start_to_close_timeout=start_to_close_timeout,
    )
