"""Arguments of tasks: find and replace the futures in them, and decode inputs.

Futures are found in mappings, lists, tuples, sets and deques, and in the fields of dataclasses and
attrs classes, at any depth. Iterators become lists when they are submitted.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import attrs

from swf.codecs import TYPED_JSON
from swf.dataflow.base_future import Future
from swf.dataflow.exceptions import PayloadError
from swf.engine.decoding import UndecodableError
from swf.payload import is_plain, safe_copy

#: Keys of an encoded call: the arguments, and the additions of this library and simpleflow.
_CALL_KEYS: Final = frozenset(("args", "kwargs", "meta", "__extra"))
_COLLECTIONS: Final = (list, tuple, set, frozenset, deque)


def futures_in(value: Any) -> Iterator[Future]:
    """Yield the futures in a value at any depth."""
    if isinstance(value, Future):
        yield value
    elif not is_plain(value):
        for member in _members(value):
            yield from futures_in(member)


def materialize(value: Any) -> Any:
    """Return a copy of a value with iterators replaced by lists; it shares only its futures.

    A value that cannot be copied, such as a lock, is returned unchanged.

    :raises PayloadError: the value is nested too deeply, or contains itself.
    """
    return _map_deeply(value, _materialize)


def _materialize(value: Any) -> Any:
    if is_plain(value):
        return safe_copy(value)
    if isinstance(value, Iterator):
        return [_materialize(item) for item in value]
    if type(value) in (dict, list, tuple):
        return _map_members(value, _materialize)
    return safe_copy(value)  # the codec reports a value that it cannot encode


def resolve(value: Any) -> Any:
    """Return a copy of a value with done futures replaced by their results.

    :raises PayloadError: the value is nested too deeply, or contains itself.
    """
    return _map_deeply(value, _resolve)


def _resolve(value: Any) -> Any:
    if isinstance(value, Future):
        return _resolve(value.outcome()[0])
    return value if is_plain(value) else _map_members(value, _resolve)


def _map_deeply(value: Any, function: Callable[[Any], Any]) -> Any:
    try:
        return function(value)
    except RecursionError as error:
        rule = "is nested too deeply, or contains itself"
        raise PayloadError("value", type(value), rule) from error


def fingerprint(value: Any) -> Any:
    """Return a copy of a value with futures replaced by their ids, whether done or not."""
    if isinstance(value, Future):
        return {"future": value.id}
    if isinstance(value, (set, frozenset)):
        return [fingerprint(item) for item in sorted(value, key=_sort_key)]
    if _has_fields(value):
        return [type(value).__qualname__, fingerprint(_fields(value))]
    return value if is_plain(value) else _map_members(value, fingerprint)


def _members(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, _COLLECTIONS):
        return value
    return _fields(value).values() if _has_fields(value) else ()


def _map_members(value: Any, function: Callable[[Any], Any]) -> Any:
    """Apply a function to the members; objects with fields are copied only if they have futures."""
    if isinstance(value, Mapping):
        return {function(key): function(member) for key, member in value.items()}
    if isinstance(value, _COLLECTIONS):
        kind = next(kind for kind in _COLLECTIONS if isinstance(value, kind))
        return kind(function(item) for item in value)
    if not _has_fields(value) or not any(True for _ in futures_in(value)):
        return value
    evolve = attrs.evolve if attrs.has(type(value)) else dataclasses.replace
    return evolve(value, **{name: function(member) for name, member in _fields(value).items()})


def _has_fields(value: Any) -> bool:
    kind = type(value)
    return dataclasses.is_dataclass(kind) or attrs.has(kind)


def _fields(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass or attrs class by parameter name of its `__init__`."""
    kind = type(value)
    if attrs.has(kind):
        return {f.alias or f.name: getattr(value, f.name) for f in attrs.fields(kind) if f.init}
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(kind) if f.init}


def _sort_key(item: Any) -> str:
    return item.id if isinstance(item, Future) else repr(item)


def content_id(name: str, args: Any, kwargs: Any) -> str:
    """Return an id derived from a name and arguments; equal arguments have equal ids."""
    # Not the codec of the execution: encryption returns a different text for each call.
    text = TYPED_JSON.encode(fingerprint([args, kwargs]), "arguments")
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return f"{name}-{digest}"


def is_ready(future: Future) -> bool:
    """Return whether a future and all futures in its result are done."""
    return future.done and all(is_ready(inner) for inner in futures_in(future._result))


def first_unusable(futures: list[Future]) -> Future | None:
    """Return the first future that was cancelled, or failed with `raises_on_failure`."""
    for future in futures:
        if future.cancelled or (future.failed and future.raises_on_failure):
            return future
    return None


def decode_call(value: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return positional and keyword arguments of a decoded input.

    :param value: the arguments as this library or simpleflow writes them; otherwise a list of
        positional arguments, a mapping of keyword arguments, or a single argument.
    :raises UndecodableError: the arguments are not a list and a mapping.
    """
    if isinstance(value, dict) and value.keys() <= _CALL_KEYS:
        try:
            return list(value.get("args") or ()), dict(value.get("kwargs") or {})
        except (TypeError, ValueError) as error:
            raise UndecodableError("input", error) from error
    if value is None:
        return [], {}
    if isinstance(value, list):
        return value, {}
    return ([], value) if isinstance(value, dict) else ([value], {})
