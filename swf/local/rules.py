"""What strings may say, beyond what the service model can express.

A rule takes a value and returns what is wrong with it, or None.
Source: API Reference, the members' descriptions; the wording is ours.
"""

import re
from collections.abc import Callable

from swf.local.limits import LAMBDA_SECONDS

StringRule = Callable[[str], "str | None"]

DIGITS = re.compile(r"[0-9]{1,8}\Z")
INTEGER = re.compile(r"[+-]?[0-9]{1,10}\Z")
FORBIDDEN = re.compile(r"[:/|\x00-\x1f\x7f-\x9f]")
FRAMEWORK_CHILD = re.compile(r"[A-Za-z0-9+/=]+:[0-9]+\Z")
TAG_TEXT = re.compile(r"[\w\s.:/=+\-@]*\Z")

LONGEST_RETENTION = 90
PRIORITIES = range(-(2**31), 2**31)


def duration(value: str) -> str | None:
    """Whole seconds, at most 8 digits."""
    return None if DIGITS.match(value) else "must be a non-negative integer of seconds"


def duration_or_none(value: str) -> str | None:
    """Whole seconds, or NONE for no limit."""
    if value == "NONE" or DIGITS.match(value):
        return None
    return "must be a non-negative integer of seconds or NONE"


def lambda_duration(value: str) -> str | None:
    """Whole seconds within what a function may take."""
    if DIGITS.match(value) and 1 <= int(value) <= LAMBDA_SECONDS:
        return None
    return f"must be an integer of seconds between 1 and {LAMBDA_SECONDS}"


def retention(value: str) -> str | None:
    """Whole days, or NONE."""
    if value == "NONE" or (DIGITS.match(value) and int(value) <= LONGEST_RETENTION):
        return None
    return f"must be an integer of days between 0 and {LONGEST_RETENTION} or NONE"


def task_priority(value: str) -> str | None:
    """A signed integer of 32 bits."""
    if INTEGER.match(value) and int(value) in PRIORITIES:
        return None
    return f"must be an integer between {PRIORITIES.start} and {PRIORITIES.stop - 1}"


def name(value: str) -> str | None:
    """No delimiter of an ARN, no control character, not the literal `arn`."""
    if FORBIDDEN.search(value) or value == "arn":
        return "must not contain ':', '/', '|' or control characters, nor be the literal 'arn'"
    return None


def child_id(value: str) -> str | None:
    """A name, or `<run id>:<number>` as AWS's own flow frameworks name every child."""
    return None if FRAMEWORK_CHILD.match(value) else name(value)


def trimmed_name(value: str) -> str | None:
    """A name without whitespace around it."""
    if value != value.strip():
        return "must not start or end with whitespace"
    return name(value)


def tag_text(value: str) -> str | None:
    """Letters, digits, whitespace and _ . : / = + - @."""
    return None if TAG_TEXT.match(value) else "must consist of letters, digits, spaces, _.:/=+-@"


BY_SHAPE: dict[str, StringRule] = {
    "DurationInDays": retention,
    "DurationInSeconds": duration,
    "DurationInSecondsOptional": duration_or_none,
    "TaskPriority": task_priority,
    "ResourceTagKey": tag_text,
    "ResourceTagValue": tag_text,
}

_TYPE: dict[str, StringRule] = {"name": name, "version": name, "defaultTaskList": name}

BY_MEMBER: dict[str, dict[str, StringRule]] = {
    "RegisterDomainInput": {"name": trimmed_name},
    "RegisterActivityTypeInput": _TYPE,
    "RegisterWorkflowTypeInput": {**_TYPE, "defaultExecutionStartToCloseTimeout": duration},
    "StartWorkflowExecutionInput": {
        "workflowId": name,
        "taskList": name,
        "executionStartToCloseTimeout": duration,
    },
    "PollForDecisionTaskInput": {"taskList": name},
    "PollForActivityTaskInput": {"taskList": trimmed_name},
    "RespondDecisionTaskCompletedInput": {"taskList": name},
    "TagFilter": {"tag": tag_text},
    "ScheduleActivityTaskDecisionAttributes": {"activityId": name, "taskList": name},
    "StartTimerDecisionAttributes": {"timerId": name},
    "ContinueAsNewWorkflowExecutionDecisionAttributes": {
        "taskList": name,
        "executionStartToCloseTimeout": duration,
    },
    "StartChildWorkflowExecutionDecisionAttributes": {
        "workflowId": child_id,
        "taskList": trimmed_name,
        "executionStartToCloseTimeout": duration,
    },
    "ScheduleLambdaFunctionDecisionAttributes": {"startToCloseTimeout": lambda_duration},
}
"""Structure -> member -> the rule for it; the rule for a task list is for its name."""

UNSET_WHEN_EMPTY = ("DurationInSecondsOptional", "WorkflowRunIdOptional", "VersionOptional")
"""Shapes whose empty string says no more than an absent member."""
