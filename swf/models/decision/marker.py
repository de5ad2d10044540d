"""Decisions about markers."""

from __future__ import annotations

from typing import Any

from swf.models.decision.base import Action, Decision


class MarkerDecision(Decision):
    """Record a marker in the history."""

    record = Action("RecordMarker")


def record_marker(marker_name: str, *, details: Any = None) -> MarkerDecision:
    """Record a marker, which causes no decision task.

    :param marker_name: up to 256 characters; names may repeat.
    :param details: the details, encoded by `swf.payload`.

    Source: API Reference, RecordMarkerDecisionAttributes.
    """
    return MarkerDecision("record", marker_name=marker_name, details=details)
