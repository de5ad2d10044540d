"""Immutable models of Amazon SWF's domains, types, executions, events and decisions.

`fields` declares how an attribute is validated and converted, `value` and `base` are the base
classes of the models in `domain`, `workflow` and `activity`. Events, histories and decisions are
the packages `event`, `history` and `decision`.
"""

from swf.constants import CHILD_POLICIES
from swf.models.activity import (
    ActivityTask,
    ActivityType,
    ActivityTypeAlreadyExists,
    ActivityTypeDoesNotExist,
)
from swf.models.base import BaseModel
from swf.models.decision_task import DecisionTask
from swf.models.diff import Difference, ModelDiff
from swf.models.domain import Domain, DomainAlreadyExists, DomainDoesNotExist
from swf.models.history import History
from swf.models.workflow import (
    OpenCounts,
    WorkflowExecution,
    WorkflowExecutionDoesNotExist,
    WorkflowType,
    WorkflowTypeAlreadyExists,
    WorkflowTypeDoesNotExist,
)

__all__ = [
    "CHILD_POLICIES",
    "ActivityTask",
    "ActivityType",
    "ActivityTypeAlreadyExists",
    "ActivityTypeDoesNotExist",
    "BaseModel",
    "DecisionTask",
    "Difference",
    "Domain",
    "DomainAlreadyExists",
    "DomainDoesNotExist",
    "History",
    "ModelDiff",
    "OpenCounts",
    "WorkflowExecution",
    "WorkflowExecutionDoesNotExist",
    "WorkflowType",
    "WorkflowTypeAlreadyExists",
    "WorkflowTypeDoesNotExist",
]
