"""Arguments: futures among them, and how they travel as an input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from swf.dataflow.futures import Future


def futures_in(value: Any) -> Iterator[Future]:
    """Yield the futures in a value, at any depth."""
    if isinstance(value, Future):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from futures_in(member)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from futures_in(item)


def resolved(value: Any) -> Any:
    """Return a value with the results of its futures in their places."""
    if isinstance(value, Future):
        return resolved(value.outcome()[0])
    if type(value) is dict:
        return {key: resolved(member) for key, member in value.items()}
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(resolved(item) for item in value)
    return value


def identified(value: Any) -> Any:
    """Return a value with the ids of its futures in their places: the same, done or not."""
    if isinstance(value, Future):
        return {"future": value.id}
    if type(value) is dict:
        return {key: identified(member) for key, member in value.items()}
    if type(value) in (list, tuple):
        return type(value)(identified(item) for item in value)
    if type(value) in (set, frozenset):
        return [identified(item) for item in sorted(value, key=_order)]
    return value


def _order(item: Any) -> str:
    return item.id if isinstance(item, Future) else repr(item)


def is_ready(future: Future) -> bool:
    """Return whether a future is done, and those in its result."""
    return future.done and all(is_ready(inner) for inner in futures_in(future._result))


def first_unusable(given: list[Future]) -> Future | None:
    """Return the first of some futures that came to what is no argument."""
    for future in given:
        if future.cancelled or (future.failed and future.raises_on_failure):
            return future
    return None


def arguments(value: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments that an input stands for, whoever wrote it."""
    if isinstance(value, dict) and value.keys() <= {"args", "kwargs", "meta"}:
        return list(value.get("args") or ()), dict(value.get("kwargs") or {})
    if value is None:
        return [], {}
    if isinstance(value, list):
        return value, {}
    return ([], value) if isinstance(value, dict) else ([value], {})
