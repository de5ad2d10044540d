"""Conditions on a row: lookups, texts, parts of payloads, functions, and their combinations.

A condition knows the attributes that it reads, so that a plan evaluates it as early as possible.
Moments may be relative ("30 days ago"); `resolve` replaces them by absolute ones.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Container, Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from math import inf
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve, frozen

from swf.constants import NONE
from swf.querysets.patterns import Pattern

if TYPE_CHECKING:
    from typing_extensions import Self

Row = Any

EPOCH = datetime.fromtimestamp(0, timezone.utc)


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
    :param validate: returns the value of a lookup in its canonical form, or raises
        `ValidationError`; it takes the lookup and the value.
    :param attribute: returns the attribute that has a value, if a lookup can select it instead.
    """

    roots: frozenset[str]
    function: Callable[[Row], Any]
    validate: Callable[[str, Any], Any]
    attribute: Callable[[Any], str] | None = None


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


def follow(row: Row, path: tuple[str, ...]) -> Any:
    """Return the value at the end of an attribute path, or None if a part is not set.

    :param row: a model.
    :param path: attribute path.
    """
    for name in path:
        row = getattr(row, name, None)
    return row


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
