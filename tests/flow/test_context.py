"""Contexts of executions."""

from swf.flow import log
from swf.flow.context import ExecutionContext


def test_context_has_the_ids_of_the_execution():
    context = ExecutionContext()
    context.set_workflow_execution_info(
        {"workflowExecution": {"workflowId": "w", "runId": "r"}}, "kitchen"
    )

    assert log.get_logger_namespace(context.current) == "garcon.kitchen.w.r"
    context.set_workflow_execution_info({}, "other")
    assert context.current["execution.domain"] == "kitchen"
