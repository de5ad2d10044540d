"""Arguments: futures among them, and how they travel as an input.

Futures are found in mappings, lists, tuples, sets and deques, and in the fields of dataclasses and
attrs classes, at any depth. What can be iterated once only becomes a list when it is submitted.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import attrs

from swf.codecs import TYPED_JSON
from swf.dataflow.futures import Future

#: What has no members: most arguments.
_ATOMS: Final = frozenset((str, int, float, bool, bytes, type(None)))
#: What stands in an input: the arguments, and what this library and simpleflow add to them.
_CALL: Final = frozenset(("args", "kwargs", "meta", "__extra"))
_SEVERAL: Final = (list, tuple, set, frozenset, deque)


def futures_in(value: Any) -> Iterator[Future]:
    """Yield the futures in a value, at any depth."""
    if isinstance(value, Future):
        yield value
    elif not _is_plain(value):
        for member in _members(value):
            yield from futures_in(member)


def fixed(value: Any) -> Any:
    """Return a value with lists in the places of iterators."""
    if _is_plain(value):
        return value
    if isinstance(value, Iterator):
        return [fixed(item) for item in value]
    if type(value) in (dict, list, tuple):
        return _changed(value, fixed)
    return value


def resolved(value: Any) -> Any:
    """Return a value with the results of its futures in their places."""
    if isinstance(value, Future):
        return resolved(value.outcome()[0])
    return value if _is_plain(value) else _changed(value, resolved)


def identified(value: Any) -> Any:
    """Return a value with the ids of its futures in their places: the same, done or not."""
    if isinstance(value, Future):
        return {"future": value.id}
    if isinstance(value, (set, frozenset)):
        return [identified(item) for item in sorted(value, key=_order)]
    if _has_fields(value):
        return [type(value).__qualname__, identified(_fields(value))]
    return value if _is_plain(value) else _changed(value, identified)


def _is_plain(value: Any) -> bool:
    """Return whether there is nothing to look for in a value; a short way for most."""
    kind = type(value)
    if kind is tuple or kind is list:
        return _ATOMS.issuperset(map(type, value))
    if kind is dict:
        return _ATOMS.issuperset(map(type, value.values())) and _ATOMS.issuperset(map(type, value))
    return kind in _ATOMS


def _members(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, _SEVERAL):
        return value
    return _fields(value).values() if _has_fields(value) else ()


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a value with its members changed; of a class of ours, if one of them has to be."""
    if isinstance(value, Mapping):
        return {change(key): change(member) for key, member in value.items()}
    if isinstance(value, _SEVERAL):
        kind = next(kind for kind in _SEVERAL if isinstance(value, kind))
        return kind(change(item) for item in value)
    if not _has_fields(value) or not any(True for _ in futures_in(value)):
        return value
    evolve = attrs.evolve if attrs.has(type(value)) else dataclasses.replace
    return evolve(value, **{name: change(member) for name, member in _fields(value).items()})


def _has_fields(value: Any) -> bool:
    kind = type(value)
    return dataclasses.is_dataclass(kind) or attrs.has(kind)


def _fields(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass or attrs class by the names that its `__init__` takes."""
    kind = type(value)
    if attrs.has(kind):
        return {f.alias or f.name: getattr(value, f.name) for f in attrs.fields(kind) if f.init}
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(kind) if f.init}


def _order(item: Any) -> str:
    return item.id if isinstance(item, Future) else repr(item)


def id_of_content(name: str, args: Any, kwargs: Any) -> str:
    """Return an id that is made of a name and its arguments."""
    # Not the codec of the run: an encrypted text is another each time.
    text = TYPED_JSON.encode(identified([args, kwargs]), "arguments")
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return f"{name}-{digest}"


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
    if isinstance(value, dict) and value.keys() <= _CALL:
        return list(value.get("args") or ()), dict(value.get("kwargs") or {})
    if value is None:
        return [], {}
    if isinstance(value, list):
        return value, {}
    return ([], value) if isinstance(value, dict) else ([value], {})
