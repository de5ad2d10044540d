"""The meaning of an expression: conditions on the fields of a queryset's rows.

A comparison becomes a lookup where one exists, so that the plan may send it to the service; the
terms of a conjunction become separate conditions, of which each is evaluated as early as possible.
Fields of the history (`input`, `result`, ...) are parts of decoded payloads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any, Final

from attrs import frozen

from swf.exceptions import ExpressionError, ValidationError
from swf.models.fields import DATE, FLAG, MOMENT, TAG_LIST, FieldType
from swf.querysets.conditions import (
    Condition,
    Conjunction,
    Disjunction,
    Exclusion,
    PayloadComparison,
    Row,
    Test,
    TextMatch,
    follow,
    follow_keys,
)
from swf.querysets.expressions import Combination, Comparison, Literal, Negation, Regex, Term, parse
from swf.querysets.lookups import conditions
from swf.querysets.patterns import Pattern
from swf.querysets.schema import Schema

#: Operators of expressions and lookups.
LOOKUPS: Final = {
    "=": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "in": "in", "null": "isnull",
}  # fmt: skip

#: The time of the start that an age stands for: an older execution started earlier.
_OPPOSITES: Final = {"<": "gt", "<=": "gte", ">": "lt", ">=": "lte"}

_UNITS: Final = {
    "ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks",
}  # fmt: skip
_NUMBER: Final = r"\d{1,9}(?:\.\d{1,9})?"
_DURATION: Final = re.compile(rf"(?:{_NUMBER}(?:ms|[smhdw]))+")
_PART: Final = re.compile(rf"({_NUMBER})(ms|[smhdw])")
_SECONDS: Final = re.compile(_NUMBER)


def tests(schema: Schema, expression: str) -> list[Test]:
    """Return the conditions of an expression; all must hold.

    :param schema: the fields of the rows.
    :raises ExpressionError: the expression is invalid, or names an unknown field.
    """
    term = parse(expression)
    compiler = _Compiler(schema, expression)
    terms = term.terms if isinstance(term, Combination) and not term.is_any else (term,)
    return [compiler.test(each) for each in terms]


@frozen
class _Compiler:
    schema: Schema
    expression: str

    def test(self, term: Term) -> Test:
        if isinstance(term, Negation):
            return Exclusion((self.test(term.term),))
        if isinstance(term, Combination):
            parts = tuple(self.test(part) for part in term.terms)
            return Disjunction(parts) if term.is_any else Conjunction(parts)
        if term.path[0] in self.schema.events:
            return self._event_test(term)
        if term.path == ("age",) and "start_timestamp" in self.schema.attributes:
            return self._age_test(term)
        return self._attribute_test(term)

    def _error(self, problem: str, position: int) -> ExpressionError:
        return ExpressionError(self.expression, problem, position)

    def _literals(self, term: Comparison) -> list[Literal]:
        return [value for value in term.values if isinstance(value, Literal)]

    def _name(self, term: Comparison) -> str:
        return ".".join(map(str, term.path))

    def _text_match(self, term: Comparison, roots: frozenset[str], value: Any) -> Test:
        [text] = term.values
        pattern: str | Pattern = text.text if isinstance(text, Literal) else self._pattern(text)
        return TextMatch(self._name(term), roots, value, pattern)

    def _pattern(self, regex: Regex) -> Pattern:
        try:
            return Pattern(regex.source, ignore_case=regex.ignore_case)
        except ValidationError as error:
            raise self._error(f"invalid pattern: {error.rule}", regex.position) from error

    # Fields of the history

    def _event_test(self, term: Comparison) -> Test:
        root, *keys = term.path
        if term.operator == "~":
            return self._text_match(
                term,
                frozenset((str(root),)),
                lambda row: follow_keys(getattr(row, str(root), None), keys),
            )
        operator = "exact" if term.operator == "in" else LOOKUPS[term.operator]
        alternatives = [_payload_values(value) for value in self._literals(term)] or [()]
        comparisons = tuple(
            PayloadComparison(self._name(term), term.path, operator, values)
            for values in alternatives
        )
        return comparisons[0] if len(comparisons) == 1 else Disjunction(comparisons)

    # Attributes

    def _attribute_test(self, term: Comparison) -> Test:
        name = self._attribute(term)
        path = self.schema.path(name)
        if path == ("state",) and term.operator in ("=", "in"):
            return _one_of(
                [self._condition(term, "state", value.text) for value in self._literals(term)]
            )
        kind = FieldType(_text) if path[0] in self.schema.computed else self.schema.kind(path)
        if term.operator == "~":
            return self._text_match(term, self.schema.roots(name), self._reader(path))
        if term.operator == "null":
            return self._condition(term, f"{name}__isnull", True)
        if kind is TAG_LIST:
            if term.operator not in ("=", "in"):
                raise self._error("tags have the operators = != ~ !~ in", term.position)
            tags = [
                self._condition(term, f"{name}__contains", value.text)
                for value in self._literals(term)
            ]
            return _one_of(tags)
        if kind in (MOMENT, DATE) and term.operator in ("=", "in"):
            raise self._error("times have the operators < <= > >=", term.position)
        values = [self._value(kind, path[0], value) for value in self._literals(term)]
        value = tuple(values) if term.operator == "in" else values[0]
        return self._condition(term, f"{name}__{LOOKUPS[term.operator]}", value)

    def _attribute(self, term: Comparison) -> str:
        """Return the lookup name of the field."""
        if any(isinstance(part, int) for part in term.path):
            raise self._error("only input, result and details have indexes", term.position)
        name = self.schema.canonical(self._name(term))
        with suppress(ValidationError):
            path = self.schema.path(self.schema.aliases.get(name, name))
            if len(path) > 1 or path[0] not in self.schema.nested:
                return "__".join(path)
        matches = get_close_matches(self._name(term), self._names(), n=1)
        hint = (
            f"did you mean {matches[0]!r}?" if matches else f"there are {', '.join(self._names())}"
        )
        raise self._error(f"unknown field {self._name(term)!r}; {hint}", term.position)

    def _reader(self, path: tuple[str, ...]) -> Callable[[Row], Any]:
        """Return a function that reads an attribute or computed field of a row."""
        if path[0] in self.schema.computed:
            return self.schema.computed[path[0]].function
        return lambda row: follow(row, path)

    def _names(self) -> list[str]:
        nested = [
            f"{name}.{part}" for name, (_, parts) in self.schema.nested.items() for part in parts
        ]
        simple = [name for name in self.schema.attributes if name not in self.schema.nested]
        others = [*self.schema.short_names, *self.schema.computed, *self.schema.events]
        ages = ["age"] if "start_timestamp" in self.schema.attributes else []
        return sorted({*simple, *nested, *others, *ages})

    def _condition(self, term: Comparison, lookup: str, value: Any) -> Condition:
        try:
            [condition] = conditions(self.schema, {lookup.removesuffix("__exact"): value})
        except ValidationError as error:
            position = term.values[0].position if term.values else term.position
            raise self._error(f"{error.field}: {error.rule}", position) from error
        return condition

    def _age_test(self, term: Comparison) -> Test:
        """Return a condition on the start: an older execution started earlier."""
        if term.operator not in _OPPOSITES:
            raise self._error("age has the operators < <= > >=", term.position)
        [literal] = self._literals(term)
        age = parse_duration(literal.text)
        if age is None:
            raise self._error(_DURATION_RULE, literal.position)
        return self._condition(term, f"start_timestamp__{_OPPOSITES[term.operator]}", age)

    def _value(self, kind: FieldType, root: str, literal: Literal) -> Any:
        """Return the value of a literal for a field."""
        if kind in (MOMENT, DATE):
            return self._moment(literal)
        if kind is FLAG:
            return self._flag(literal)
        duration = parse_duration(literal.text)
        if root in self.schema.computed:
            if root != "state" and duration is None:
                raise self._error(_DURATION_RULE, literal.position)
            return literal.text.upper() if root == "state" else duration
        # Constants may be written in lower case.
        candidates = [literal.text, literal.text.upper(), duration]
        return next((each for each in candidates if _is_valid(kind, each)), literal.text)

    def _moment(self, literal: Literal) -> datetime | timedelta:
        text = literal.text
        age = parse_duration(text.removeprefix("now-")) if text.startswith("now-") else None
        if text == "now" or age is not None:
            return age or timedelta(0)
        try:
            moment = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
            return moment.astimezone()
        except (ValueError, OverflowError, OSError):
            rule = "expected an ISO 8601 date or time, now, or a time before now such as now-2d"
            raise self._error(rule, literal.position) from None

    def _flag(self, literal: Literal) -> bool:
        if literal.text.lower() not in ("true", "false"):
            raise self._error("expected true or false", literal.position)
        return literal.text.lower() == "true"


_DURATION_RULE: Final = "expected a duration such as 90s, 15m, 1h30m, 2d, 500ms, or seconds"


def parse_duration(text: str) -> timedelta | None:
    """Return the duration of a text such as `500ms`, `1h30m` or `2d`; a number is of seconds.

    :returns: None for another text.
    """
    if _SECONDS.fullmatch(text):
        text += "s"
    if not _DURATION.fullmatch(text):
        return None
    with suppress(OverflowError):
        parts = [timedelta(**{_UNITS[unit]: float(number)}) for number, unit in _PART.findall(text)]
        return sum(parts, timedelta(0))
    return None


def _payload_values(literal: Literal) -> tuple[Any, ...]:
    """Return the values of a payload that a literal stands for: a text, or a value of JSON."""
    values: list[Any] = [literal.text]
    if not literal.is_quoted:
        with suppress(ValueError):
            value = json.loads(literal.text.lower(), parse_constant=_refuse)
            values += [] if isinstance(value, (str, list, dict)) else [value]
    return tuple(values)


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _one_of(alternatives: list[Test] | list[Condition]) -> Test:
    return alternatives[0] if len(alternatives) == 1 else Disjunction(tuple(alternatives))


def _text(_: str, value: Any) -> Any:
    return value


def _is_valid(kind: FieldType, value: Any) -> bool:
    try:
        kind.validate("where", value)
    except ValidationError:
        return False
    return True
