"""Histories in files, and their differences from the decisions of code."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import click
from attrs import frozen

from swf.actors import Decider
from swf.cli.code import UserCode
from swf.exceptions import HistoryError, NonDeterminismError
from swf.models import Domain, WorkflowExecution
from swf.models.history import History
from swf.payload import PLAIN_JSON, Codec, decode
from swf.testing.replayer import replay as find_decision_difference

logger = logging.getLogger(__name__)


def read_history(path: Path) -> tuple[bytes, History]:
    """Read a history from a file.

    :param path: the file; `-` is standard input.
    :returns: the content of the file, and its history.
    :raises HistoryError: the file has no history; the message names the file.
    """
    with click.open_file(path, "rb") as file:
        text = file.read()
    try:
        history = History.from_json(text)
    except HistoryError as error:
        raise HistoryError(f"{path}: {error}") from error
    if not history:
        raise HistoryError(f"{path}: the history has no events")
    return text, history


@frozen
class ReplayDifference:
    """The first difference of a replay from the history in a file."""

    file: str
    difference: str

    def __str__(self) -> str:
        return f"{self.file}: {self.difference}"


@frozen
class HistoryFile:
    """A history and the ids of its execution, with defaults if a file lacks them."""

    history: History
    domain: str
    workflow_id: str
    run_id: str

    @classmethod
    def fetch(cls, execution: WorkflowExecution) -> HistoryFile:
        """Return the history of an execution at the service or in an archive."""
        ids = (execution.domain.name, execution.workflow_id, execution.run_id or "run")
        return cls(execution.history(), *ids)

    @classmethod
    def read(cls, path: Path, code: UserCode) -> HistoryFile:
        """Read a file.

        :param path: the file; `-` is standard input.
        :param code: a flow has the codec of its payloads.
        :raises HistoryError: the file has no history.
        """
        text, history = read_history(path)
        content = json.loads(text)
        content = content if isinstance(content, dict) else {}
        execution = content.get("workflowExecution") or {}
        codec = code.flow.definition.codec if code.is_flow else PLAIN_JSON
        ids = _execution_ids(history, codec)
        return cls(
            history,
            content.get("domain") or ids.get("execution.domain", "replay"),
            execution.get("workflowId") or ids.get("execution.workflow_id", "replay"),
            execution.get("runId") or ids.get("execution.run_id", "run"),
        )


def _execution_ids(history: History, codec: Codec) -> dict[str, Any]:
    """Return the ids of the execution, from the first activity input of a flow that has them.

    AWS tools write events alone, and the decisions of a flow depend on the ids.
    """
    for event in history.raw:
        text = event.get("activityTaskScheduledEventAttributes", {}).get("input")
        context = decode(text, codec)
        if isinstance(context, dict) and "execution.run_id" in context:
            return context
    return {}


def find_difference(code: UserCode, file: HistoryFile, **codec: Any) -> str | None:
    """Return the first difference between a history and the decisions of code.

    An exception of the code is a difference, too.

    :param codec: the `codec` of a workflow class.
    :returns: None if the code repeats the history.
    """
    try:
        return _find_difference(code, file, codec)
    except click.ClickException:
        raise
    except Exception as error:
        logger.info("replay failed: %s raised an exception", code.name, exc_info=True)
        return f"the code raises {type(error).__name__}\n  {error}"


def _find_difference(code: UserCode, file: HistoryFile, codec: dict[str, Any]) -> str | None:
    history = file.history
    if code.is_workflow:
        from swf.dataflow.decider import replay

        try:
            replay(
                code.value,
                history,
                domain=file.domain,
                workflow_id=file.workflow_id,
                run_id=file.run_id,
                **codec,
            )
        except NonDeterminismError as error:
            return str(error)
        return None
    domain = Domain(file.domain)
    execution = WorkflowExecution(domain, file.workflow_id, file.run_id)
    difference = find_decision_difference(history, _decider(code, domain), execution=execution)
    return None if difference is None else str(difference)


def _decider(code: UserCode, domain: Domain) -> Any:
    if code.is_flow:
        return code.flow.decider(register=False).actor
    decider = code.value
    if isinstance(decider, type) and issubclass(decider, Decider):
        return decider(domain, "replay")
    if isinstance(decider, type) or not callable(decider):
        raise click.UsageError(
            f"{code.name} is not a flow, workflow, Decider or function; {code.alternatives}",
            click.get_current_context(),
        )
    return decider
