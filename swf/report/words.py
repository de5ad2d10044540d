"""Durations and lists in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from swf.models.history import History


def shown(duration: timedelta) -> str:
    """Return a duration as short as it reads well: `336 ms`, `1.7 s`, `2 min 5 s`, `3 d`."""
    seconds = duration.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    days, rest = divmod(round(seconds), 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    first = next((at for at, (count, _) in enumerate(parts) if count), 2)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def short(name: str, history: History) -> str:
    """Return a name without that of the flow before it, as `swf.flow` gives them."""
    kind = history.execution.workflow_type
    return name.removeprefix(f"{kind.name}_") or name if kind else name


def listed(words: Sequence[str], most: int = 3) -> str:
    """Return some words in a row, and how many more there are."""
    told = list(words[:most])
    if len(words) > most:
        told.append(f"{len(words) - most} more")
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
