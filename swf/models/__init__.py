"""Immutable models of what Amazon SWF holds: domains, types, executions, events, decisions."""

from swf.constants import CHILD_POLICIES as CHILD_POLICIES
from swf.models.activity import ActivityTask as ActivityTask
from swf.models.activity import ActivityType as ActivityType
from swf.models.activity import ActivityTypeAlreadyExists as ActivityTypeAlreadyExists
from swf.models.activity import ActivityTypeDoesNotExist as ActivityTypeDoesNotExist
from swf.models.decision_task import DecisionTask as DecisionTask
from swf.models.diff import Difference as Difference
from swf.models.diff import ModelDiff as ModelDiff
from swf.models.domain import Domain as Domain
from swf.models.domain import DomainAlreadyExists as DomainAlreadyExists
from swf.models.domain import DomainDoesNotExist as DomainDoesNotExist
from swf.models.history import History as History
from swf.models.workflow import OpenCounts as OpenCounts
from swf.models.workflow import WorkflowExecution as WorkflowExecution
from swf.models.workflow import WorkflowExecutionDoesNotExist as WorkflowExecutionDoesNotExist
from swf.models.workflow import WorkflowType as WorkflowType
from swf.models.workflow import WorkflowTypeAlreadyExists as WorkflowTypeAlreadyExists
from swf.models.workflow import WorkflowTypeDoesNotExist as WorkflowTypeDoesNotExist
