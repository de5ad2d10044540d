"""The settings of a new run: given by whoever starts it, else the default of its type.

Source: API Reference, StartWorkflowExecution; StartChildWorkflowExecutionFailedCause.
"""

from typing import Any

from swf.local.registry import RegisteredType

REQUIRED = {
    "executionStartToCloseTimeout": (
        "defaultExecutionStartToCloseTimeout",
        "DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED",
    ),
    "taskList": ("defaultTaskList", "DEFAULT_TASK_LIST_UNDEFINED"),
    "taskStartToCloseTimeout": (
        "defaultTaskStartToCloseTimeout",
        "DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED",
    ),
    "childPolicy": ("defaultChildPolicy", "DEFAULT_CHILD_POLICY_UNDEFINED"),
}
"""Setting -> (member of the type, cause when both are missing), in the order they are missed."""

OPTIONAL = {"taskPriority": "defaultTaskPriority", "lambdaRole": "defaultLambdaRole"}
GIVEN_ONLY = ("input", "tagList")


class SettingMissing(Exception):  # noqa: N818 (no error of anybody's: two rules word it apart)
    """Neither the request nor the type has a setting that every run needs."""

    def __init__(self, default: str, cause: str) -> None:
        super().__init__(default)
        self.default = default
        self.cause = cause


def resolve(given: dict[str, Any], workflow_type: RegisteredType) -> dict[str, Any]:
    """Return the settings of a run, as attributes of the event that starts it."""
    defaults = workflow_type.configuration
    settings: dict[str, Any] = {
        "workflowType": {"name": workflow_type.name, "version": workflow_type.version}
    }
    for name, (default, cause) in REQUIRED.items():
        value = given.get(name, defaults.get(default))
        if value is None:
            raise SettingMissing(default, cause)
        settings[name] = value
    for name, default in OPTIONAL.items():
        settings[name] = given.get(name, defaults.get(default))
    for name in GIVEN_ONLY:
        settings[name] = given.get(name)
    return {name: value for name, value in settings.items() if value is not None}
