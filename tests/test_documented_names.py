"""Every import in the documentation of the ancestors works."""

from __future__ import annotations

import importlib

import pytest

DOCUMENTED = {
    "swf.settings": ["clear", "from_env", "from_file", "from_home", "from_stream", "get", "set"],
    "swf.credentials": ["set_aws_credentials"],
    "swf.constants": ["DEPRECATED", "REGISTERED"],
    "swf.core": ["ConnectedSWFObject"],
    "swf.exceptions": [
        "AlreadyExistsError",
        "DoesNotExistError",
        "InvalidCredentialsError",
        "InvalidKeywordArgumentError",
        "PollTimeout",
        "RateLimitExceededError",
        "ResponseError",
        "SWFError",
        "WorkflowExecutionAlreadyStartedError",
    ],
    "swf.models": [
        "ActivityTask",
        "ActivityType",
        "BaseModel",
        "Domain",
        "History",
        "WorkflowExecution",
        "WorkflowType",
    ],
    "swf.models.base": ["BaseModel", "Difference", "ModelDiff"],
    "swf.models.domain": ["Domain", "DomainDoesNotExist"],
    "swf.models.workflow": [
        "CHILD_POLICIES",
        "WorkflowExecution",
        "WorkflowExecutionDoesNotExist",
        "WorkflowType",
        "WorkflowTypeDoesNotExist",
    ],
    "swf.models.activity": ["ActivityTask", "ActivityType", "ActivityTypeDoesNotExist"],
    "swf.models.event": ["CompiledEvent", "Event", "EventFactory", "History"],
    "swf.models.history": ["History", "builder"],
    "swf.models.history.builder": ["History"],
    "swf.models.decision": [
        "ActivityTaskDecision",
        "ChildWorkflowExecutionDecision",
        "Decision",
        "ExternalWorkflowExecutionDecision",
        "MarkerDecision",
        "TimerDecision",
        "WorkflowExecutionDecision",
    ],
    "swf.querysets": [
        "ActivityTypeQuerySet",
        "DomainQuery",
        "DomainQuerySet",
        "HistoryQuerySet",
        "WorkflowExecutionQuerySet",
        "WorkflowTypeQuerySet",
    ],
    "swf.querysets.domain": ["DomainQuerySet"],
    "swf.querysets.workflow": ["WorkflowExecutionQuerySet", "WorkflowTypeQuerySet"],
    "swf.querysets.activity": ["ActivityTypeQuerySet"],
    "swf.querysets.history": ["HistoryQuerySet"],
    "swf.actors": ["ActivityWorker", "Actor", "Decider"],
    "swf.actors.core": ["Actor"],
    "swf.actors.decider": ["Decider"],
    "swf.actors.worker": ["ActivityWorker"],
}
IMPORTS = [f"from {module} import {name}" for module in DOCUMENTED for name in DOCUMENTED[module]]


@pytest.mark.parametrize("statement", IMPORTS)
def test_documented_import_works(statement):
    exec(statement)


def test_unknown_event_name_raises_attribute_error():
    with pytest.raises(AttributeError, match=r"'swf\.models\.event' has no attribute 'Hstory'"):
        importlib.import_module("swf.models.event").Hstory  # noqa: B018


@pytest.mark.parametrize("module", ["swf.models", "swf.querysets"])
def test_star_import_shadows_no_builtin(module):
    namespace: dict[str, object] = {}

    exec(f"from {module} import *", namespace)

    assert not set(namespace["__builtins__"]) & (set(namespace) - {"__builtins__"})
