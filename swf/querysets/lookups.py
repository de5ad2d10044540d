"""Lookups such as `name__startswith="x"`, represented as conditions on a row.

A lookup is a path of attributes and an operator. Documented arguments (`tag`, `start_oldest_date`)
are aliases of such lookups, so a condition has one form whether the service or the client evaluates
it. Values are validated against the model's declaration of the attribute.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from swf.exceptions import InvalidTypeError, ValidationError
from swf.models.fields import MOMENT, TAG, TAG_LIST, FieldType
from swf.querysets.conditions import OPERATORS, Condition
from swf.querysets.schema import Schema

MOMENT_RULE = "must be a number of days ago, a timedelta or a datetime"


def conditions(schema: Schema, lookups: Mapping[str, Any]) -> tuple[Condition, ...]:
    """Return the conditions for lookups; an alias with the value None is ignored.

    A list as the value of an alias matches any of its values; a list of tags matches all of them.

    :param schema: the lookups of the queryset.
    :param lookups: names and values, as passed to `filter`.
    :raises InvalidKeywordArgumentError: if a name does not exist.
    :raises ValidationError: if a value is invalid for its attribute.
    """
    result: list[Condition] = []
    for lookup, value in lookups.items():
        if value is not None or lookup not in schema.aliases:
            for name, each in _expand(schema, lookup, value):
                result += _conditions(schema, name, each)
    return tuple(result)


def _expand(schema: Schema, lookup: str, value: Any) -> list[tuple[str, Any]]:
    """Return the lookups for a list of values: all tags must match, of other values any."""
    names = {**{name: name for name in schema.computed}, **schema.short_names, **schema.aliases}
    if lookup not in names or not isinstance(value, (list, tuple, set, frozenset)):
        return [(lookup, value)]
    target = names[lookup]
    if len(value) == 1 or target.endswith("__contains"):
        return [(lookup, each) for each in value]
    return [(f"{target}__in", tuple(value))]


def _conditions(schema: Schema, lookup: str, value: Any) -> list[Condition]:
    name, operator_ = _split(schema.aliases.get(lookup, lookup))
    if schema.event_path(name):
        raise schema.unknown(name)  # only expressions read the history
    path = schema.path(name)
    if path[0] in schema.computed:
        computed = schema.computed[path[0]]
        checked = _checked(FieldType(computed.validate), lookup, operator_, value)
        if operator_ == "exact" and computed.attribute and checked is not None:
            return _conditions(schema, computed.attribute(checked), checked)
        return [Condition(path, operator_, checked, lookup, computed)]
    nested = schema.nested.get(path[0]) if len(path) == 1 and operator_ == "exact" else None
    if nested and isinstance(value, nested[0]):
        # A list response holds only the identity of a nested model.
        return [
            Condition((*path, part), "exact", getattr(value, part), f"{lookup}__{part}")
            for part in nested[1]
        ]
    checked = _checked(schema.kind(path), lookup, operator_, value)
    return [Condition(path, operator_, checked, lookup)]


def _split(name: str) -> tuple[str, str]:
    path, _, last = name.rpartition("__")
    return (path, last) if path and last in OPERATORS else (name, "exact")


def _checked(kind: FieldType, lookup: str, operator_: str, value: Any) -> Any:
    if operator_ == "isnull":
        if not isinstance(value, bool):
            raise InvalidTypeError(lookup, value, "must be True or False")
        return value
    if operator_ == "in":
        if isinstance(value, str) or not isinstance(value, Collection):
            raise InvalidTypeError(lookup, value, "must be a collection of values")
        return tuple(_checked(kind, lookup, "exact", element) for element in value)
    if kind is TAG_LIST and operator_ == "contains":
        return TAG.validate(lookup, value)
    if operator_ in ("contains", "startswith", "endswith"):
        if operator_ != "contains" and not isinstance(value, str):
            raise InvalidTypeError(lookup, value, "must be a string")
        return value
    if kind is MOMENT and operator_ != "exact":
        return moment(lookup, value)
    return value if value is None and operator_ == "exact" else kind.validate(lookup, value)


def moment(field: str, value: Any) -> datetime | timedelta:
    """Return a moment as an aware datetime, or as a `timedelta` before now.

    :param field: name for the error message.
    :param value: number of days ago, a `timedelta`, or a datetime (naive ones are local time).
    :raises ValidationError: if the moment is in the future or too far in the past.
    """
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc)
    if isinstance(value, bool) or not isinstance(value, (int, float, timedelta)):
        raise InvalidTypeError(field, value, MOMENT_RULE)
    try:
        ago = value if isinstance(value, timedelta) else timedelta(days=value)
        reachable = timedelta(0) <= ago and bool(datetime.now(timezone.utc) - ago)
    except (OverflowError, ValueError):
        reachable = False
    if not reachable:
        raise ValidationError(field, value, f"{MOMENT_RULE}; ago must be 0 or more")
    return ago
