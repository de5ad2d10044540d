"""Decisions about activity tasks and Lambda functions. Timeouts are seconds."""

from __future__ import annotations

from typing import Any

from swf.models.decision.base import Action, Decision


class ActivityTaskDecision(Decision):
    """Schedule an activity task, or request its cancellation."""

    schedule = Action("ScheduleActivityTask")
    request_cancel = Action("RequestCancelActivityTask")


class LambdaFunctionDecision(Decision):
    """Schedule a Lambda function."""

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
    """Schedule an activity task.

    A timeout is seconds, `NONE`, or None for the registered default of the type.

    :param activity_id: unique among the open activity tasks of the execution.
    :param activity_type: an `ActivityType` or a (name, version) pair.
    :param control: the decider's own data, which the history records.
    :param heartbeat_timeout: the longest time between two heartbeats.
    :param input: the input, encoded by `swf.payload`.
    :param schedule_to_close_timeout: the longest time from its scheduling to its end.
    :param schedule_to_start_timeout: the longest time from its scheduling to its start.
    :param start_to_close_timeout: the longest time from its start to its end.
    :param task_list: the task list; None is the registered default.
    :param task_priority: a higher number is assigned sooner.

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
    """Cancel an activity task that is not started; its heartbeat informs a started one.

    :param activity_id: the id of an open activity task.

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
    """Schedule an AWS Lambda function; the execution needs a `lambda_role`.

    :param id: unique among the open Lambda functions of the execution.
    :param name: the name or ARN of the function.
    :param control: the decider's own data, which the history records.
    :param input: the input, encoded by `swf.payload`.
    :param start_to_close_timeout: 1 to 900 seconds; None is 900.

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
