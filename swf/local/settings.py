"""The settings of a new run: from the request, else the defaults of its type.

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
"""Setting -> (member of the type, cause if both are missing), in the order of the checks."""

OPTIONAL = {"taskPriority": "defaultTaskPriority", "lambdaRole": "defaultLambdaRole"}
PARAMS_ONLY = ("input", "tagList")


class SettingMissing(Exception):  # noqa: N818 (callers turn it into a fault or a cause)
    """Neither the request nor the type has a required setting.

    :param default: the member of the type.
    :param cause: the failure cause for decisions.
    """

    def __init__(self, default: str, cause: str) -> None:
        super().__init__(default)
        self.default = default
        self.cause = cause


def resolve(params: dict[str, Any], workflow_type: RegisteredType) -> dict[str, Any]:
    """Return the settings of a run, as attributes of its WorkflowExecutionStarted event.

    :param params: the members of the request or decision.
    :raises SettingMissing: if a required setting is missing.
    """
    defaults = workflow_type.configuration
    settings: dict[str, Any] = {
        "workflowType": {"name": workflow_type.name, "version": workflow_type.version}
    }
    for name, (default, cause) in REQUIRED.items():
        value = params.get(name, defaults.get(default))
        if value is None:
            raise SettingMissing(default, cause)
        settings[name] = value
    for name, default in OPTIONAL.items():
        settings[name] = params.get(name, defaults.get(default))
    for name in PARAMS_ONLY:
        settings[name] = params.get(name)
    return {name: value for name, value in settings.items() if value is not None}
