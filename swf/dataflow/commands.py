"""Commands: the decisions that a workflow asks for, and the handlers of their outcome.

A command is sent as a decision. A replay finds it in the history by `expected_attributes`, and the
`on_` methods receive the events that follow. The subclasses are in the modules of their tasks;
commands with a retry policy derive from `RetryableCommand`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar

from swf.dataflow.base_future import Future
from swf.dataflow.exceptions import TaskCanceled
from swf.engine.decoding import UndecodableError, decode, decode_or_text
from swf.engine.throttling import CommandKind
from swf.exceptions import JumboFieldError
from swf.models.decision import Decision
from swf.payload import Codec

Attributes = Mapping[str, Any]

_PACKAGE_DIRECTORY = str(Path(__file__).parent)


#: File and line of the code that created the item of a group which is being started.
item_source: ContextVar[tuple[str, int] | None] = ContextVar("swf_item_source", default=None)


def caller() -> tuple[str, int] | None:
    """Return file and line of the workflow code that runs.

    Outside workflow code, such as for the second item of a chain, it is the line that created the
    item; None if there is none.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_name != "_run_turn":
        if not frame.f_code.co_filename.startswith(_PACKAGE_DIRECTORY):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return item_source.get()


class Command:
    """A decision that a workflow asks for.

    :param id: The id in the decision, or the name if decisions of this kind have no id.
    """

    kind: ClassVar[str]
    #: Whether the command starts work with a result: an activity, child or Lambda function.
    starts_work: ClassVar[bool] = False
    #: The rate and quota that the command is subject to; None if there are none.
    quota: ClassVar[CommandKind | None] = None
    #: The value of the event's `control` that identifies the command; None if the id is enough.
    place: str | None = None

    def __init__(self, id: str) -> None:  # noqa: A002 - the service's word
        self.id = id
        #: File and line of the workflow code that created the command.
        self.source = caller()
        #: The number of the turn in which the command was queued.
        self.turn = 0

    @property
    def expected_attributes(self) -> Attributes:
        """The attributes that the event of this command must have."""
        return {}

    def matches_legacy(self, name: str, recorded: Any) -> bool:  # noqa: ARG002 - few override it
        """Return whether simpleflow would have written this value for the command.

        :param name: The name of the event's attribute.
        :param recorded: The value of the attribute, which differs from the expected one.
        """
        return False

    def decision(self) -> Decision:
        """Return the decision to send."""
        raise NotImplementedError

    def on_accepted(self, event_id: int, attributes: Attributes) -> None:
        """The service accepted the decision and recorded this event.

        :param event_id: The event that records the decision.
        :param attributes: The attributes of the event, in wire format.
        """

    def on_refused(self, attributes: Attributes) -> None:
        """The service refused the decision, or failed to carry it out.

        :param attributes: The attributes of the event, with the `cause`, in wire format.
        """

    def __str__(self) -> str:
        return f"{self.kind} {self.id!r}"


class OpenCommand(Command):
    """A command with a future, which later events start, complete, fail or cancel.

    :param future: The future to finish with the outcome.
    :param codec: Decodes results and details.
    """

    #: The event that opened the command; None before the service has accepted it.
    open_event_id: int | None = None

    def __init__(self, id: str, future: Future, codec: Codec) -> None:  # noqa: A002
        super().__init__(id)
        self.future = future
        self.codec = codec

    def on_started(self, attributes: Attributes) -> None:  # noqa: ARG002
        """A worker or decider started the task.

        :param attributes: The attributes of the event, in wire format.
        """
        self.future.set_running()

    def on_completed(self, attributes: Attributes) -> None:
        """The task completed. A result that cannot be decoded raises where the code reads it.

        :param attributes: The attributes of the event, with the encoded `result`, if any.
        :raises JumboFieldError: The bucket of a jumbo field is not configured.
        """
        if self.future.done:
            return
        try:
            result = decode(attributes.get("result"), f"result of {self}", self.codec)
        except JumboFieldError as error:
            # No fault of the execution: the next decision may have the store.
            raise JumboFieldError(
                f"result of {self}: {error.field}", error.value, error.rule
            ) from error
        except UndecodableError as error:
            self.future.raises_on_failure = True  # None would look like a result
            self.future.set_exception(error)
        else:
            self.future.set_finished(result)

    def on_canceled(self, attributes: Attributes) -> None:
        """The task was canceled.

        :param attributes: The attributes of the event, with the encoded `details`, if any.
        """
        if not self.future.done:
            details = decode_or_text(attributes.get("details"), self.codec)
            self.future.set_cancelled(TaskCanceled(details))

    def rename(self, id: str) -> None:  # noqa: A002 - the service's word
        """Replace the id of the command and of its future.

        :param id: The id under which the history records the command.
        """
        self.id = self.future.id = id
