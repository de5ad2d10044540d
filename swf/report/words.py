"""Durations, lists, numbers and moments in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from swf.models.history import History

MOMENT = "%Y-%m-%d %H:%M:%S %Z"

#: Characters that are told at the most of what people wrote.
TOLD = 200

_NAMES = {"lambda": "Lambda function"}
_PLURALS = {"activity": "activities", "child": "children"}


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


def since(moment: datetime | None, now: datetime) -> str:
    """Return how long ago a moment was."""
    return shown(max(now - moment, timedelta(0))) if moment else "some time"


def listed(words: Sequence[str], most: int = 3) -> str:
    """Return some words in a row, and how many more there are."""
    told = list(words[:most])
    if len(words) > most:
        told.append(f"{len(words) - most} more")
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


def many(kind: str, number: int) -> str:
    """Return a kind of thing, in the plural with its number if there are several."""
    name = _NAMES.get(kind, kind)
    return name if number == 1 else f"{number} {_PLURALS.get(kind, f'{name}s')}"


def sentence(text: str) -> str:
    """Return what somebody wrote as a sentence on one line, cut if it is long."""
    told = " ".join(text.split())
    told = told if len(told) <= TOLD else f"{told[: TOLD - 1]}…"
    return told if told.endswith((".", "!", "?", "…")) else f"{told}."
