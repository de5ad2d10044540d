"""Histories in files, and how they differ from what code decides."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import click
from attrs import frozen

from swf.actors import Decider
from swf.cli.code import Code
from swf.exceptions import HistoryError, NonDeterminismError
from swf.models import Domain, WorkflowExecution
from swf.models.history import History
from swf.payload import PLAIN_JSON, Codec, decode
from swf.testing.replay import replay as compare

logger = logging.getLogger(__name__)


def read(path: Path) -> tuple[bytes, History]:
    """Return what a file, or standard input as `-`, holds, and the history that this is.

    :raises HistoryError: it is none; the file is named.
    """
    with click.open_file(path, "rb") as file:
        text = file.read()
    try:
        history = History.from_json(text)
    except HistoryError as error:
        raise HistoryError(f"{path}: {error}") from error
    if not history:
        raise HistoryError(f"{path}: it holds no event, and the history of any execution does")
    return text, history


@frozen
class Difference:
    """What differs from a recorded history first, and the file that holds that."""

    file: str
    difference: str

    def __str__(self) -> str:
        return f"{self.file}: {self.difference}"


@frozen
class Recorded:
    """A history in a file, and what that says of its execution, if anything."""

    history: History
    domain: str
    workflow_id: str
    run_id: str

    @classmethod
    def read(cls, path: Path, code: Code) -> Recorded:
        """Return what a file holds; a flow's payloads are read as it wrote them."""
        text, history = read(path)
        told = json.loads(text)
        told = told if isinstance(told, dict) else {}
        execution = told.get("workflowExecution") or {}
        codec = code.flow.definition.codec if code.is_flow else PLAIN_JSON
        known = _told_to_activities(history, codec)
        return cls(
            history,
            told.get("domain") or known.get("execution.domain", "replay"),
            execution.get("workflowId") or known.get("execution.workflow_id", "replay"),
            execution.get("runId") or known.get("execution.run_id", "run"),
        )


def _told_to_activities(history: History, codec: Codec) -> dict[str, Any]:
    """Return the input of the first activity that a flow told which execution it is of.

    The tools of AWS write events alone, and decisions of a flow cannot be told without its ids.
    """
    for event in history.raw:
        given = event.get("activityTaskScheduledEventAttributes", {}).get("input")
        told = decode(given, codec)
        if isinstance(told, dict) and "execution.run_id" in told:
            return told
    return {}


def difference(code: Code, recorded: Recorded, **coded: Any) -> str | None:
    """Return the first difference between a history and what code decides, if there is one.

    Code that raises decides nothing, and that is a difference, too.

    :param coded: the `codec` of a workflow class.
    """
    try:
        return _difference(code, recorded, coded)
    except click.ClickException:
        raise
    except Exception as error:
        logger.info("%s raised", code.name, exc_info=True)
        return f"the code raises {type(error).__name__}\n  {error}"


def _difference(code: Code, recorded: Recorded, coded: dict[str, Any]) -> str | None:
    history = recorded.history
    if code.is_workflow:
        from swf.dataflow.decider import replay as run

        try:
            run(
                code.value,
                history,
                domain=recorded.domain,
                workflow_id=recorded.workflow_id,
                run_id=recorded.run_id,
                **coded,
            )
        except NonDeterminismError as error:
            return str(error)
        return None
    domain = Domain(recorded.domain)
    execution = WorkflowExecution(domain, recorded.workflow_id, recorded.run_id)
    found = compare(history, _decider(code, domain), execution=execution)
    return None if found is None else str(found)


def _decider(code: Code, domain: Domain) -> Any:
    if code.is_flow:
        return code.flow.decider(register=False).actor
    decider = code.value
    if isinstance(decider, type) and issubclass(decider, Decider):
        return decider(domain, "replay")
    if isinstance(decider, type) or not callable(decider):
        raise click.UsageError(
            f"{code.name} decides nothing: it is no flow, workflow, Decider or function; "
            f"{code.offer}",
            click.get_current_context(),
        )
    return decider
