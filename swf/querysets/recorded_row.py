"""`RecordedRow`: an execution with the fields that only its history has.

The input is in the first event, and the outcome in the last one of a closed execution, so that each
costs one call, made when a field of the event is read first.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from swf.constants import STATUS_CLOSED
from swf.exceptions import DoesNotExistError, ValidationError
from swf.payload import Codec, decode

#: Fields of the last event; `reason` is a text, the others are payloads.
OUTCOME: Final = ("result", "reason", "details")

#: Field -> its event.
EVENTS: Final = {"input": "first", **dict.fromkeys(OUTCOME, "last")}


class RecordedRow:
    """An execution with `input`, `result`, `reason` and `details`, decoded.

    :param row: the execution; its attributes are those of this object.
    :param codec: the codec of the payloads. One that it cannot decode stays text.
    """

    def __init__(self, row: Any, codec: Codec) -> None:
        self.row = row
        self._codec = codec

    def __getattr__(self, name: str) -> Any:
        if name in EVENTS:
            self._read(EVENTS[name])
            return self.__dict__[name]
        return getattr(self.row, name)

    def _read(self, event: str) -> None:
        """Fetch an event, and store its fields."""
        attributes: Mapping[str, Any] = {}
        if event == "first" or self.row.status == STATUS_CLOSED:
            with suppress(DoesNotExistError):  # deleted since it was listed
                events = self.row.history_events(reverse_order=event == "last", page_size=1)
                attributes = next(map(event_attributes, events), {})
        for name in (name for name, place in EVENTS.items() if place == event):
            self.__dict__[name] = decode_field(name, attributes.get(name), self._codec)


def event_attributes(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the attributes of a wire event."""
    kind = event["eventType"]
    attributes: Mapping[str, Any] = event.get(f"{kind[0].lower()}{kind[1:]}EventAttributes", {})
    return attributes


def decode_field(name: str, text: str | None, codec: Codec) -> Any:
    """Return the value of a field of an event; the text if the codec cannot decode it.

    :param name: a key of `EVENTS`.
    """
    if name == "reason" or not isinstance(text, str):
        return text
    try:
        return decode(text, codec)
    except ValidationError:
        return text
