"""Compares two histories: the first event in which they differ, as a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

from attrs import frozen

from swf.models.event.base import Event, attribute_name, moment
from swf.models.event.table import attributes_key
from swf.models.history.entity_record import Wire

_ABSENT = "absent"
_ASSIGNED = ("runId", "newExecutionRunId", "continuedExecutionRunId", "identity")


@frozen
class HistoryDifference:
    """The first difference between two histories.

    :param index: the position of the event, from 0.
    :param mine: the event of the one history; None after its end.
    :param theirs: the event of the other history; None after its end.
    :param fields: attribute -> (mine, theirs), if both events are of one type.
    """

    index: int
    mine: Event | None
    theirs: Event | None
    fields: dict[str, tuple[Any, Any]]

    def __str__(self) -> str:
        if not self.fields or self.mine is None:
            return f"at {self.index}: {_name(self.mine)} here, {_name(self.theirs)} there"
        fields = "; ".join(
            f"{name}: {a!r} here, {b!r} there" for name, (a, b) in self.fields.items()
        )
        return f"at {self.index}: {_name(self.mine)}: {fields}"


def first_difference(
    mine: Iterable[Event], theirs: Iterable[Event], ignore_times: bool, ignore_ids: bool
) -> HistoryDifference | None:
    """Return the first difference, or None; the arguments are those of `History.diff`."""
    for index, (a, b) in enumerate(zip_longest(mine, theirs)):
        if a is None or b is None or a.name != b.name:
            return HistoryDifference(index, a, b, {})
        fields = _differing(_comparable(a, ignore_times, ignore_ids), b, ignore_times, ignore_ids)
        if fields:
            return HistoryDifference(index, a, b, fields)
    return None


def _differing(
    mine: dict[str, Any], other: Event, ignore_times: bool, ignore_ids: bool
) -> dict[str, tuple[Any, Any]]:
    theirs = _comparable(other, ignore_times, ignore_ids)
    return {
        name: (mine.get(name, _ABSENT), theirs.get(name, _ABSENT))
        for name in {**mine, **theirs}
        if mine.get(name, _ABSENT) != theirs.get(name, _ABSENT)
    }


def _comparable(event: Event, ignore_times: bool, ignore_ids: bool) -> dict[str, Any]:
    raw: Wire = event._raw
    attributes = dict(raw.get(attributes_key(event.name)) or {})
    if ignore_ids:
        attributes = _without_ids(attributes)
    else:
        attributes["id"] = event.id
    if not ignore_times:
        attributes["timestamp"] = moment(raw["eventTimestamp"])
    return {attribute_name(wire): value for wire, value in attributes.items()}


def _without_ids(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        wire: _without_ids(member)
        for wire, member in value.items()
        if not wire.endswith("EventId") and wire not in _ASSIGNED
    }


def _name(event: Event | None) -> str:
    return f"{event.name} (event {event.id})" if event else "the end"
