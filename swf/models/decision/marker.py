"""Markers: MarkerDecision and its plain constructor."""

from __future__ import annotations

from typing import Any

from swf.models.decision.base import Action, Decision


class MarkerDecision(Decision):
    """Record a marker in the history."""

    record = Action("RecordMarker")


def record_marker(marker_name: str, *, details: Any = None) -> MarkerDecision:
    """Record a marker; names may repeat, and a marker alone causes no decision task.

    Source: API Reference, RecordMarkerDecisionAttributes.
    """
    return MarkerDecision("record", marker_name=marker_name, details=details)
