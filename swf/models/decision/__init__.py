"""The 13 decisions of Amazon SWF: classes by subject, functions by decision, `split`."""

from swf.constants import WAKE_UP_TIMER_ID
from swf.models.decision.base import Decision
from swf.models.decision.batch import REQUEST_SIZE_LIMIT, split
from swf.models.decision.marker import MarkerDecision, record_marker
from swf.models.decision.task import (
    ActivityTaskDecision,
    LambdaFunctionDecision,
    request_cancel_activity_task,
    schedule_activity_task,
    schedule_lambda_function,
)
from swf.models.decision.timer import TimerDecision, cancel_timer, start_timer
from swf.models.decision.workflow import (
    ChildWorkflowExecutionDecision,
    ExternalWorkflowExecutionDecision,
    WorkflowExecutionDecision,
    cancel_workflow_execution,
    complete_workflow_execution,
    continue_as_new_workflow_execution,
    fail_workflow_execution,
    request_cancel_external_workflow_execution,
    signal_external_workflow_execution,
    start_child_workflow_execution,
)

__all__ = [
    "REQUEST_SIZE_LIMIT",
    "WAKE_UP_TIMER_ID",
    "ActivityTaskDecision",
    "ChildWorkflowExecutionDecision",
    "Decision",
    "ExternalWorkflowExecutionDecision",
    "LambdaFunctionDecision",
    "MarkerDecision",
    "TimerDecision",
    "WorkflowExecutionDecision",
    "cancel_timer",
    "cancel_workflow_execution",
    "complete_workflow_execution",
    "continue_as_new_workflow_execution",
    "fail_workflow_execution",
    "record_marker",
    "request_cancel_activity_task",
    "request_cancel_external_workflow_execution",
    "schedule_activity_task",
    "schedule_lambda_function",
    "signal_external_workflow_execution",
    "split",
    "start_child_workflow_execution",
    "start_timer",
]
