"""The code of an execution: the state of each step of a flow, or the lines at which it waits.

Only the code that the operator named with `--code` is used. It is replayed against the history;
nothing is sent to the service, except to read the histories of earlier executions.
"""

from __future__ import annotations

import linecache
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from swf.codecs import TYPED_JSON
from swf.exceptions import NonDeterminismError
from swf.flow import Flow
from swf.flow.graph import svg
from swf.flow.step_status import StepProgress, step_progress
from swf.testing.replayer import replay

if TYPE_CHECKING:
    from swf.console.histories import Subject
    from swf.dataflow import Workflow
    from swf.models import WorkflowExecution
    from swf.models.history import History
    from swf.payload import Codec

    Code: TypeAlias = "Flow | type[Workflow]"

logger = logging.getLogger(__name__)


def find_code(codes: Iterable[Code], history: History) -> Code | None:
    """Return the flow or workflow class of an execution; None if there is none."""
    workflow_type = history.execution.workflow_type
    if workflow_type is None:
        return None
    for code in codes:
        declared = code.definition if isinstance(code, Flow) else code
        if (declared.name, declared.version) == (workflow_type.name, workflow_type.version):
            return code
    return None


def code_name(code: Code) -> str:
    """Return the name of a flow or of a workflow class."""
    return code.definition.name if isinstance(code, Flow) else code.__qualname__


def show_flow(flow: Flow, subject: Subject) -> tuple[list[dict[str, Any]], str]:
    """Return the steps of a flow with their states, and a drawing of them."""
    definition = flow.definition
    progress = step_progress(definition, subject.execution, subject.recording.full)
    statuses = {name: (_css_class(each), str(each)) for name, each in progress.items()}
    rows = [
        {
            "step": definition.short_name(step),
            "kind": step.kind,
            "requires": [definition.short_name(required) for required in step.requires],
            "state": progress[str(step.name)].status.name,
            "instances": str(progress[str(step.name)]),
        }
        for step in definition.all_steps
    ]
    return rows, svg(definition, statuses, has_style=False)


def compare_flow(flow: Flow, subject: Subject) -> str | None:
    """Return the first difference of the recorded decisions from those of a flow."""
    decider = flow.decider(register=False).actor
    difference = replay(subject.recording.full, decider, execution=subject.execution)
    return None if difference is None else str(difference)


def show_workflow(
    workflow: type[Workflow], subject: Subject, codec: Codec | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Return the lines at which the code of a workflow waits, and its difference from the history.

    :param codec: the codec of payloads; None for the default one.
    """
    from swf.dataflow.decider import replay as replay_workflow

    execution = subject.execution
    try:
        positions = replay_workflow(
            workflow,
            subject.recording.full,
            domain=execution.domain.name,
            workflow_id=execution.workflow_id,
            run_id=execution.run_id or "",
            codec=codec or TYPED_JSON,
        )
    except NonDeterminismError as error:
        return [], str(error)
    rows = [
        {"file": file, "line": line, "source": linecache.getline(file, line).strip()}
        for file, line in positions
    ]
    return rows, None


def plan_rerun(
    code: Code,
    execution: WorkflowExecution,
    from_: str | None,
    codec: Codec | None,
    *,
    dry_run: bool,
) -> str:
    """Plan a rerun of a closed execution and return a description of the plan.

    :param from_: the step or task from which all work is repeated; None repeats the work that did
        not complete.
    :param codec: the codec of a workflow class; None for the default one.
    :param dry_run: False starts the new execution.
    :raises KeyError: the flow has no step `from_`.
    :raises ValidationError: the execution has no task `from_`.
    """
    if isinstance(code, Flow):
        return str(code.rerun(execution, from_, dry_run=dry_run))
    from swf.dataflow.rerun import plan_rerun as plan_workflow

    plan = plan_workflow(code, execution, from_=from_, codec=codec or TYPED_JSON)
    if not dry_run:
        plan.start()
    return str(plan)


def _css_class(progress: StepProgress) -> str:
    return progress.status.name.lower()
