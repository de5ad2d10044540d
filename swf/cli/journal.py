"""Journals of bulk commands: a line of JSON for each execution, to resume after an interruption."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime, timezone
from types import TracebackType
from typing import IO, Any

DONE = "done"


class Journal:
    """A file with the outcomes of a bulk command.

    :param path: the file, which is created or continued; None for no journal.
    :param verb: the name of the command; outcomes of other commands are ignored.
    """

    def __init__(self, path: str | None, verb: str) -> None:
        self._path = path
        self._verb = verb
        self._file: IO[str] | None = None
        self._done: set[tuple[str, str]] = set()

    def __enter__(self) -> Journal:
        """Read the outcomes of earlier attempts, and open the file."""
        if self._path is not None:
            self._file = open(self._path, "a+", encoding="utf-8")
            self._read(self._file)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def is_done(self, execution: Any) -> bool:
        """Return whether an earlier attempt succeeded for this run."""
        return (execution.workflow_id, execution.run_id) in self._done

    def write(self, execution: Any, outcome: Mapping[str, Any]) -> None:
        """Append an outcome, and write it to the disk.

        :param execution: the execution that the command changed.
        :param outcome: the row of the outcome; its `run_id` may be that of a new run.
        """
        if self._file is None:
            return
        line = {
            "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "verb": self._verb,
            "workflow_id": execution.workflow_id,
            "run_id": execution.run_id,
            "outcome": outcome["outcome"],
            "reason": outcome["reason"],
        }
        if outcome["run_id"] != execution.run_id:
            line["new_run_id"] = outcome["run_id"]
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _read(self, file: IO[str]) -> None:
        file.seek(0)
        text = file.read()
        for line in text.splitlines():
            try:
                outcome = json.loads(line)
            except ValueError:  # the last line of an attempt that was killed
                continue
            if outcome.get("verb") == self._verb and outcome.get("outcome") == DONE:
                self._done.add((outcome["workflow_id"], outcome["run_id"]))
        if text and not text.endswith("\n"):
            file.write("\n")
