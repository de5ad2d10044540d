"""Formats durations, times, lists and numbers for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from swf.models.history import History
from swf.text import format_duration as format_duration

TIME_FORMAT = "%Y-%m-%d %H:%M:%S %Z"

#: The maximum length of a reason or of details, in characters.
MAX_TEXT = 200

_NAMES = {"lambda": "Lambda function"}
_PLURALS = {"activity": "activities", "child": "children"}


def format_seconds(timeout: int | str | None) -> str:
    """Return a timeout with its unit: `1 second`, `60 seconds`; `NONE` and None have no unit."""
    if not isinstance(timeout, int):
        return str(timeout)
    return f"{timeout:,} second{'' if timeout == 1 else 's'}"


def format_age(time: datetime | None, now: datetime) -> str:
    """Return the duration since a time, `some time` for an unknown time."""
    return format_duration(max(now - time, timedelta(0))) if time else "some time"


def short_name(name: str, history: History) -> str:
    """Return a name without the prefix of its flow, which `swf.flow` adds."""
    kind = history.execution.workflow_type
    return name.removeprefix(f"{kind.name}_") or name if kind else name


def join_items(items: Sequence[str], limit: int = 3) -> str:
    """Return the first items, and the number of the others.

    :param limit: the number of items to show.
    """
    parts = list(items[:limit])
    if len(items) > limit:
        parts.append(f"{len(items) - limit} more")
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def count_noun(kind: str, number: int) -> str:
    """Return the name of a kind, in the plural with its number if there are several.

    :param kind: `activity`, `child`, `lambda`, `timer` or another noun.
    """
    name = _NAMES.get(kind, kind)
    return name if number == 1 else f"{number} {_PLURALS.get(kind, f'{name}s')}"


def as_sentence(text: str) -> str:
    """Return a text as a sentence on one line, with at most `MAX_TEXT` characters."""
    line = " ".join(text.split())
    line = line if len(line) <= MAX_TEXT else f"{line[: MAX_TEXT - 1]}…"
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."
