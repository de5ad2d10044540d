"""Rules for string values that the service model cannot express.

A rule takes a value and returns the violated constraint, or None.
Source: API Reference, descriptions of the members; the messages are not those of AWS.
"""

import re
from collections.abc import Callable

from swf.local.limits import LAMBDA_SECONDS

StringRule = Callable[[str], "str | None"]

DIGITS = re.compile(r"[0-9]{1,8}\Z")
INTEGER = re.compile(r"[+-]?[0-9]{1,10}\Z")
FORBIDDEN = re.compile(r"[:/|\x00-\x1f\x7f-\x9f]")
FORBIDDEN_IN_TASK_LIST = re.compile(r"[/|\x00-\x1f\x7f-\x9f]")
FRAMEWORK_CHILD = re.compile(r"[A-Za-z0-9+/=]+:[0-9]+\Z")
TAG_TEXT = re.compile(r"[\w\s.:/=+\-@]*\Z")

LONGEST_RETENTION = 90
PRIORITIES = range(-(2**31), 2**31)


def _duration(value: str) -> str | None:
    """Whole seconds, at most 8 digits."""
    return None if DIGITS.match(value) else "must be a non-negative integer of seconds"


def _duration_or_none(value: str) -> str | None:
    """Whole seconds, or NONE for no limit."""
    if value == "NONE" or DIGITS.match(value):
        return None
    return "must be a non-negative integer of seconds or NONE"


def _lambda_duration(value: str) -> str | None:
    """Whole seconds within the limit of Lambda."""
    if DIGITS.match(value) and 1 <= int(value) <= LAMBDA_SECONDS:
        return None
    return f"must be an integer of seconds between 1 and {LAMBDA_SECONDS}"


def _retention(value: str) -> str | None:
    """Whole days, or NONE."""
    if value == "NONE" or (DIGITS.match(value) and int(value) <= LONGEST_RETENTION):
        return None
    return f"must be an integer of days between 0 and {LONGEST_RETENTION} or NONE"


def _task_priority(value: str) -> str | None:
    """A signed 32-bit integer."""
    if INTEGER.match(value) and int(value) in PRIORITIES:
        return None
    return f"must be an integer between {PRIORITIES.start} and {PRIORITIES.stop - 1}"


def _name(value: str) -> str | None:
    """A name without ARN delimiters or control characters that is not the literal `arn`."""
    if FORBIDDEN.search(value) or value == "arn":
        return "must not contain ':', '/', '|' or control characters, nor be the literal 'arn'"
    return None


def _task_list(value: str) -> str | None:
    """A name that may contain ':', as in the task lists of AWS's flow frameworks."""
    if FORBIDDEN_IN_TASK_LIST.search(value) or value == "arn":
        return "must not contain '/', '|' or control characters, nor be the literal 'arn'"
    return None


def _child_id(value: str) -> str | None:
    """A name, or `<run id>:<number>`, the form that AWS's flow frameworks use for children."""
    return None if FRAMEWORK_CHILD.match(value) else _name(value)


def _trimmed_name(value: str) -> str | None:
    """A name without leading or trailing whitespace."""
    return _trimmed(value) or _name(value)


def _trimmed_task_list(value: str) -> str | None:
    """The name of a task list without leading or trailing whitespace."""
    return _trimmed(value) or _task_list(value)


def _trimmed(value: str) -> str | None:
    return None if value == value.strip() else "must not start or end with whitespace"


def _tag_text(value: str) -> str | None:
    """Letters, digits, whitespace and _ . : / = + - @."""
    return None if TAG_TEXT.match(value) else "must consist of letters, digits, spaces, _.:/=+-@"


BY_SHAPE: dict[str, StringRule] = {
    "DurationInDays": _retention,
    "DurationInSeconds": _duration,
    "DurationInSecondsOptional": _duration_or_none,
    "TaskPriority": _task_priority,
    "ResourceTagKey": _tag_text,
    "ResourceTagValue": _tag_text,
}

_TYPE: dict[str, StringRule] = {"name": _name, "version": _name, "defaultTaskList": _task_list}

BY_MEMBER: dict[str, dict[str, StringRule]] = {
    "RegisterDomainInput": {"name": _trimmed_name},
    "RegisterActivityTypeInput": _TYPE,
    "RegisterWorkflowTypeInput": {**_TYPE, "defaultExecutionStartToCloseTimeout": _duration},
    "StartWorkflowExecutionInput": {
        "workflowId": _name,
        "taskList": _task_list,
        "executionStartToCloseTimeout": _duration,
    },
    "PollForDecisionTaskInput": {"taskList": _task_list},
    "PollForActivityTaskInput": {"taskList": _trimmed_task_list},
    "RespondDecisionTaskCompletedInput": {"taskList": _task_list},
    "TagFilter": {"tag": _tag_text},
    "ScheduleActivityTaskDecisionAttributes": {"activityId": _name, "taskList": _task_list},
    "StartTimerDecisionAttributes": {"timerId": _name},
    "ContinueAsNewWorkflowExecutionDecisionAttributes": {"taskList": _task_list},
    "StartChildWorkflowExecutionDecisionAttributes": {
        "workflowId": _child_id,
        "taskList": _trimmed_task_list,
    },
    "ScheduleLambdaFunctionDecisionAttributes": {"startToCloseTimeout": _lambda_duration},
}
"""Structure -> member -> rule. The rule of a task list applies to its name."""

UNSET_WHEN_EMPTY = ("DurationInSecondsOptional", "WorkflowRunIdOptional", "VersionOptional")
"""Shapes for which an empty string is the same as an absent member."""
