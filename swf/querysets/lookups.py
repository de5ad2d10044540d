"""Lookups such as `name__startswith="x"`, represented as conditions on a row.

A lookup is a path of attributes and an operator. Documented arguments (`tag`, `start_oldest_date`)
are aliases of such lookups, so a condition has one form whether the service or the client evaluates
it. Values are validated against the model's declaration of the attribute. Moments may be relative
("30 days ago"); `resolve` replaces them by absolute ones.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from math import inf
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
from attrs import evolve, frozen

from swf.constants import NONE
from swf.exceptions import InvalidKeywordArgumentError, InvalidTypeError, ValidationError
from swf.models.fields import MOMENT, TAG, TAG_LIST, FieldType
from swf.querysets.expressions import parse_path
from swf.querysets.patterns import Pattern

if TYPE_CHECKING:
    from typing_extensions import Self

Row = Any

EPOCH = datetime.fromtimestamp(0, timezone.utc)
MOMENT_RULE = "must be a number of days ago, a timedelta or a datetime"


def _rank(value: Any, other: Any) -> Any:
    # NONE, a duration without limit, is longer than any number of seconds.
    return inf if value == NONE and not isinstance(other, str) else value


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda actual, value: (
        actual is not None and compare(_rank(actual, value), _rank(value, actual))
    )


#: The operators of lookups: `(actual, value) -> bool`. A missing attribute only equals None.
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "in": lambda actual, value: actual in value,
    "contains": lambda actual, value: isinstance(actual, Container) and value in actual,
    "startswith": lambda actual, value: isinstance(actual, str) and actual.startswith(value),
    "endswith": lambda actual, value: isinstance(actual, str) and actual.endswith(value),
    "gt": _ordered(operator.gt),
    "gte": _ordered(operator.ge),
    "lt": _ordered(operator.lt),
    "lte": _ordered(operator.le),
    "isnull": lambda actual, value: (actual is None) is value,
}


@frozen
class Computed:
    """A field that is computed from attributes of the row.

    :param roots: the attributes; `start_timestamp`, which each row has, may be left out.
    :param function: returns the value for a row.
    """

    roots: frozenset[str]
    function: Callable[[Row], Any]


@frozen
class Schema:
    """The lookups of a queryset.

    :param model: the class of a row.
    :param listed: attributes in the list response; any other costs a describe call per row.
    :param aliases: documented argument names and the lookups that they stand for.
    :param nested: attributes that hold a model, with its class and its identifying attributes.
    :param computed: fields that are computed from attributes.
    :param events: fields that only the history has, and the event that has them: `first` or `last`.
    :param short_names: names of expressions and of the command, and the names they stand for.
    """

    model: type[Any]
    listed: frozenset[str]
    aliases: Mapping[str, str] = {}
    nested: Mapping[str, tuple[type[Any], tuple[str, ...]]] = {}
    computed: Mapping[str, Computed] = {}
    events: Mapping[str, str] = {}
    short_names: Mapping[str, str] = {}

    @property
    def listed_names(self) -> tuple[str, ...]:
        """The attributes of a list response, in the order of the model."""
        return tuple(name for name in self.attributes if name in self.listed)

    @property
    def attributes(self) -> dict[str, FieldType]:
        """The attributes that the service returns, with the type of each."""
        return kinds(self.model)

    def unknown(self, name: str) -> InvalidKeywordArgumentError:
        """Return the error for a name that does not exist."""
        names = {*self.attributes, *self.aliases, *self.computed, *self.short_names}
        return InvalidKeywordArgumentError.unknown(name, ..., names)

    def canonical(self, name: str) -> str:
        """Return the name of an attribute for a short name, or for one with `.` instead of `__`."""
        name = self.short_names.get(name, name)
        root, _, part = name.partition(".")
        return f"{root}__{part}" if root in self.nested and part else name

    def path(self, name: str) -> tuple[str, ...]:
        """Return the attribute path of a name, e.g. of `"workflow_type__name"`.

        :param name: attribute name, with `__` or `.` before a nested attribute; a short name; or
            the path of a field of the history.
        :raises InvalidTypeError: if `name` is not a string.
        :raises InvalidKeywordArgumentError: if the attribute does not exist; the message lists the
            others.
        """
        if not isinstance(name, str):
            raise InvalidTypeError("name", name, "must be an attribute name")
        if self.event_path(name) is not None:
            return (name,)
        root, *rest = path = tuple(self.canonical(name).split("__"))
        if root not in {*self.attributes, *self.computed}:
            raise self.unknown(name)
        parts = self.nested[root][1] if root in self.nested else ()
        if rest and (len(rest) > 1 or rest[0] not in parts):
            raise InvalidKeywordArgumentError.unknown(
                name, ..., [f"{root}__{end}" for end in (*parts, *OPERATORS)]
            )
        return path

    def event_path(self, name: str) -> tuple[str | int, ...] | None:
        """Return the path of a field that only the history has, such as `input.customer.id`.

        :returns: None for another name.
        """
        path = parse_path(name)
        return path if path and path[0] in self.events else None

    def roots(self, name: str) -> frozenset[str]:
        """Return the attributes of a row that a name reads.

        :param name: attribute name, computed field or field of the history, without a sign.
        """
        if path := self.event_path(name):
            return frozenset((str(path[0]),))
        root = self.canonical(name).split("__")[0]
        return self.computed[root].roots if root in self.computed else frozenset((root,))

    def value(self, row: Row, name: str) -> Any:
        """Return the value of an attribute or computed field of a row.

        :param row: a model.
        :param name: attribute name or computed field, without a sign.
        """
        if name in self.computed:
            return self.computed[name].function(row)
        if path := self.event_path(name):
            return follow_keys(getattr(row, str(path[0]), None), path[1:])
        return follow(row, tuple(self.canonical(name).split("__")))

    def orders(self, name: str) -> list[str]:
        """Return the sort keys of a name; a nested model is sorted by its identifying attributes.

        :param name: attribute name, with a leading `-` for descending order.
        :raises InvalidKeywordArgumentError: if the attribute does not exist.
        """
        descending = isinstance(name, str) and name.startswith("-")
        sign, plain = ("-", name[1:]) if descending else ("", name)
        path = self.path(plain)
        if len(path) > 1 or plain not in self.nested:
            return [f"{sign}{self.canonical(plain)}"]
        return [f"{sign}{plain}__{part}" for part in self.nested[plain][1]]

    def kind(self, path: tuple[str, ...]) -> FieldType:
        """Return the field type at the end of a path.

        :param path: attribute path, as returned by `path`.
        """
        owner = self.nested[path[0]][0] if len(path) > 1 else self.model
        return kinds(owner)[path[-1]]


def kinds(model: type[Any]) -> dict[str, FieldType]:
    """Return the attributes of a model that the service returns, with the type of each.

    :param model: an attrs model class.
    """
    fields = attrs.fields(model)
    return {f.name: f.metadata["kind"] for f in fields if f.metadata.get("wire")}


@frozen
class Condition:
    """One lookup as a condition on a row.

    :param path: the attribute path.
    :param operator: a key of `OPERATORS`.
    :param value: the validated value; a `timedelta` is a relative moment.
    :param lookup: the lookup as the caller wrote it.
    :param computed: the computed field that the path names.
    """

    path: tuple[str, ...]
    operator: str
    value: Any
    lookup: str
    computed: Computed | None = None

    @property
    def key(self) -> str:
        """The canonical lookup, identical for all aliases."""
        name = "__".join(self.path)
        return name if self.operator == "exact" else f"{name}__{self.operator}"

    @property
    def roots(self) -> frozenset[str]:
        """The attributes of the row that the condition reads."""
        return self.computed.roots if self.computed else frozenset(self.path[:1])

    def resolve(self, now: datetime) -> Condition:
        """Return the condition with a relative moment replaced by an absolute one.

        :param now: aware datetime that relative moments count from.
        """
        if self.computed or not isinstance(self.value, timedelta):
            return self
        return evolve(self, value=whole_second(now - self.value, up=self.operator in ("lt", "lte")))

    def __call__(self, row: Row) -> bool:
        value = self.computed.function(row) if self.computed else follow(row, self.path)
        return OPERATORS[self.operator](value, self.value)

    def __str__(self) -> str:
        return f"{self.lookup}={format_value(self.value)}"


def follow_keys(value: Any, keys: Sequence[str | int]) -> Any:
    """Return a part of a decoded payload; None if it does not exist.

    :param keys: the keys of dictionaries and the indexes of lists.
    """
    for key in keys:
        if isinstance(value, Mapping):
            value = value.get(str(key))
        elif isinstance(value, list) and str(key).isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


@frozen
class Compound:
    """A condition that consists of others.

    :param conditions: the other conditions.
    """

    conditions: tuple[Test, ...]

    @property
    def roots(self) -> frozenset[str]:
        """The attributes of the row that the condition reads."""
        return frozenset[str]().union(*(condition.roots for condition in self.conditions))

    def resolve(self, now: datetime) -> Self:
        """Return the condition with relative moments replaced by absolute ones.

        :param now: aware datetime that relative moments count from.
        """
        return type(self)(tuple(condition.resolve(now) for condition in self.conditions))

    def __call__(self, row: Row) -> bool:
        """Return whether a row satisfies the condition."""
        raise NotImplementedError


@frozen
class Exclusion(Compound):
    """The negation of a conjunction of conditions."""

    def __call__(self, row: Row) -> bool:
        return not all(condition(row) for condition in self.conditions)

    def __str__(self) -> str:
        return f"not ({', '.join(map(str, self.conditions))})"


@frozen
class Conjunction(Compound):
    """Conditions that must all hold."""

    def __call__(self, row: Row) -> bool:
        return all(condition(row) for condition in self.conditions)

    def __str__(self) -> str:
        return f"({' and '.join(map(str, self.conditions))})"


@frozen
class Disjunction(Compound):
    """Conditions of which at least one must hold."""

    def __call__(self, row: Row) -> bool:
        return any(condition(row) for condition in self.conditions)

    def __str__(self) -> str:
        return f"({' or '.join(map(str, self.conditions))})"


@frozen
class TextMatch:
    """A condition on the text of a field: that it contains a text or matches a pattern.

    A list of texts matches if one of them does. Other values are compared as JSON.

    :param name: the name of the field.
    :param roots: the attributes of the row that it reads.
    :param value: returns the value of the field of a row.
    :param pattern: the text or the pattern.
    """

    name: str
    roots: frozenset[str]
    value: Callable[[Row], Any]
    pattern: str | Pattern

    def resolve(self, now: datetime) -> TextMatch:  # noqa: ARG002 - has no moments
        """Return the condition itself.

        :param now: ignored.
        """
        return self

    def __call__(self, row: Row) -> bool:
        value = self.value(row)
        texts = value if isinstance(value, list) and _are_texts(value) else [value]
        return any(self._matches(text) for text in texts if text is not None)

    def _matches(self, value: Any) -> bool:
        text = value if isinstance(value, str) else to_json(value)
        if isinstance(self.pattern, Pattern):
            return self.pattern.search(text)
        return self.pattern in text

    def __str__(self) -> str:
        return f"{self.name} ~ {self.pattern!r}"


def _are_texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def to_json(value: Any) -> str:
    """Return a decoded payload as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


@frozen
class PayloadComparison:
    """A condition on a part of a payload.

    :param name: the path as it was written.
    :param path: the field of the history, and keys of its value.
    :param operator: `exact`, `gt`, `gte`, `lt`, `lte` or `isnull`.
    :param alternatives: the values that the text of the condition may stand for: `12` is a number
        or a text.
    """

    name: str
    path: tuple[str | int, ...]
    operator: str
    alternatives: tuple[Any, ...]

    @property
    def roots(self) -> frozenset[str]:
        """The field of the history."""
        return frozenset((str(self.path[0]),))

    def resolve(self, now: datetime) -> PayloadComparison:  # noqa: ARG002 - has no moments
        """Return the condition itself.

        :param now: ignored.
        """
        return self

    def __call__(self, row: Row) -> bool:
        value = _comparable(follow_keys(getattr(row, str(self.path[0]), None), self.path[1:]))
        compare = OPERATORS[self.operator]
        if self.operator == "isnull":
            return compare(value, True)
        return any(
            json_type(value) == json_type(other) and compare(value, other)
            for other in self.alternatives
        )

    def __str__(self) -> str:
        return (
            f"{self.name}__{self.operator}={self.alternatives[0] if self.alternatives else True!r}"
        )


def _comparable(value: Any) -> Any:
    """Return a value of a payload as JSON has it; codecs of types decode times, for example."""
    if value is None or isinstance(value, (str, int, float, Decimal, list, Mapping)):
        return value
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def json_type(value: Any) -> str:
    """Return the name of the JSON type of a value; other types have the name of their class."""
    if isinstance(value, bool) or value is None:
        return str(type(value).__name__)
    return "number" if isinstance(value, (int, float, Decimal)) else type(value).__name__


@frozen
class Predicate:
    """A condition defined by a function of the row."""

    function: Callable[[Row], object]

    @property
    def roots(self) -> frozenset[str]:
        """An empty set, since the attributes that a function reads are unknown."""
        return frozenset()

    def resolve(self, now: datetime) -> Predicate:  # noqa: ARG002 - a function has no relative moments
        """Return the predicate itself.

        :param now: ignored.
        """
        return self

    def __call__(self, row: Row) -> bool:
        return bool(self.function(row))

    def __str__(self) -> str:
        return f"where({getattr(self.function, '__qualname__', self.function)})"


Test: TypeAlias = Condition | Compound | TextMatch | PayloadComparison | Predicate


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
    if lookup not in schema.aliases or not isinstance(value, (list, tuple, set, frozenset)):
        return [(lookup, value)]
    target = schema.aliases[lookup]
    if len(value) == 1 or target.endswith("__contains"):
        return [(lookup, each) for each in value]
    return [(f"{target}__in", tuple(value))]


def follow(row: Row, path: tuple[str, ...]) -> Any:
    """Return the value at the end of an attribute path, or None if a part is not set.

    :param row: a model.
    :param path: attribute path.
    """
    for name in path:
        row = getattr(row, name, None)
    return row


def _conditions(schema: Schema, lookup: str, value: Any) -> list[Condition]:
    name, operator_ = _split(schema.aliases.get(lookup, lookup))
    if schema.event_path(name):
        raise schema.unknown(name)  # only expressions read the history
    path = schema.path(name)
    if path[0] in schema.computed:
        seconds = isinstance(value, (int, float)) and not isinstance(value, bool)
        limit = timedelta(seconds=value) if seconds else value
        if not isinstance(limit, timedelta) and operator_ not in ("isnull", "exact"):
            raise InvalidTypeError(lookup, value, "must be a timedelta or a number of seconds")
        return [Condition(path, operator_, limit, lookup, schema.computed[path[0]])]
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


def whole_second(value: datetime, *, up: bool) -> datetime:
    """Return a datetime rounded to a whole second.

    :param value: the datetime.
    :param up: whether to round up.
    """
    if up and value.microsecond:
        value += timedelta(seconds=1)
    return value.replace(microsecond=0)


def format_value(value: Any) -> str:
    """Return a value as `explain` prints it.

    :param value: a parameter of a call.
    """
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {format_value(each)}' for name, each in value.items())}}}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    if isinstance(value, timedelta):
        return str(value)
    return repr(value)
