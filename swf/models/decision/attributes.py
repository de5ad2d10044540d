"""The kinds of attribute that a decision has: Python value -> wire value, and back for reading.

Each kind checks the documented limits on the way out and names the argument that breaks one; what
stands on the wire is accepted again, so that `to_wire` may be given its own result. Which decision
has which attributes is told in `table.py`.

Source: API Reference, the `...DecisionAttributes` data types.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from swf import payload
from swf.constants import CHILD_POLICIES, ID_LIMIT, NONE, TAG_LIMIT, TAG_LIST_LIMIT, VERSION_LIMIT
from swf.exceptions import InvalidTypeError, ValidationError

# The control characters and separators that the names of ids, types and task lists must not have.
_FORBIDDEN = re.compile("[:/|\x00-\x1f\x7f-\x9f]")
_PRIORITIES = range(-(2**31), 2**31)


class Kind(ABC):
    """One kind of attribute."""

    @abstractmethod
    def to_wire(self, field: str, value: Any) -> Any:
        """Return the wire value, or raise `ValidationError` naming `field` and the rule."""

    def from_wire(self, value: Any) -> Any:
        """Return the Python value of what `to_wire` gave."""
        return value


@frozen
class Text(Kind):
    """Text of `minimum` to `limit` characters."""

    limit: int
    minimum: int = 0

    def to_wire(self, field: str, value: Any) -> str:
        if not isinstance(value, str):
            raise InvalidTypeError(field, value, "must be text")
        if not self.minimum <= len(value) <= self.limit:
            rule = f"must have {self.minimum} to {self.limit} characters, not {len(value)}"
            raise ValidationError(field, value, rule)
        return value


@frozen
class Name(Text):
    """Text that names something: no `:`, `/`, `|` or control character, and not `arn`."""

    limit: int = ID_LIMIT
    minimum: int = 1
    trimmed: bool = False

    def to_wire(self, field: str, value: Any) -> str:
        name = super().to_wire(field, value)
        if _FORBIDDEN.search(name):
            raise ValidationError(field, value, "must not contain : / | or control characters")
        if name == "arn":
            raise ValidationError(field, value, "must not be the literal string arn")
        if self.trimmed and name != name.strip():
            raise ValidationError(field, value, "must not begin or end with whitespace")
        return name


@frozen
class Data(Kind):
    """A payload of at most `limit` characters; what is not text is sent as JSON."""

    limit: int

    def to_wire(self, field: str, value: Any) -> str | None:
        return payload.encode(value, field, self.limit)


@frozen
class Seconds(Kind):
    """A duration in whole seconds; `NONE`, no limit, only where `unlimited`."""

    minimum: int = 0
    maximum: int = 99_999_999  # eight digits
    unlimited: bool = True

    def to_wire(self, field: str, value: Any) -> str:
        if value == NONE and self.unlimited:
            return NONE
        rule = f"must be whole seconds from {self.minimum} to {self.maximum}"
        rule += " or NONE" if self.unlimited else "; NONE is not allowed"
        return str(_whole(field, value, range(self.minimum, self.maximum + 1), rule))

    def from_wire(self, value: str) -> int | str:
        return NONE if value == NONE else int(value)


class Priority(Kind):
    """A task priority: a signed 32-bit integer; higher is sooner."""

    def to_wire(self, field: str, value: Any) -> str:
        return str(_whole(field, value, _PRIORITIES, "must be a signed 32-bit integer"))

    def from_wire(self, value: str) -> int:
        return int(value)


class ChildPolicy(Kind):
    """What becomes of the children of an execution that is terminated or times out."""

    def to_wire(self, field: str, value: Any) -> Any:
        if value not in CHILD_POLICIES:
            raise ValidationError(field, value, f"must be one of {', '.join(CHILD_POLICIES)}")
        return value


@frozen
class TaskList(Kind):
    """The name of a task list."""

    trimmed: bool = False

    def to_wire(self, field: str, value: Any) -> dict[str, str]:
        name = value["name"] if isinstance(value, Mapping) and value.keys() == {"name"} else value
        return {"name": Name(trimmed=self.trimmed).to_wire(field, name)}

    def from_wire(self, value: Mapping[str, str]) -> str:
        return value["name"]


class TypeReference(Kind):
    """An activity or workflow type: a model, a (name, version) pair, or the wire's dictionary."""

    def to_wire(self, field: str, value: Any) -> dict[str, str]:
        name, version = _name_and_version(field, value)
        return {
            "name": Name().to_wire(f"{field}.name", name),
            "version": Name(VERSION_LIMIT).to_wire(f"{field}.version", version),
        }

    def from_wire(self, value: Mapping[str, str]) -> tuple[str, str]:
        return value["name"], value["version"]


class TagList(Kind):
    """At most five tags of at most 256 characters, in order."""

    def to_wire(self, field: str, value: Any) -> list[str]:
        if not isinstance(value, (list, tuple)):
            raise InvalidTypeError(field, value, "must be a list of tags")
        if len(value) > TAG_LIST_LIMIT:
            rule = f"must have at most {TAG_LIST_LIMIT} tags, not {len(value)}"
            raise ValidationError(field, value, rule)
        return [Text(TAG_LIMIT).to_wire(f"{field}[{i}]", tag) for i, tag in enumerate(value)]


def _whole(field: str, value: Any, allowed: range, rule: str) -> int:
    """Return `value`, an integer or its decimal digits, if it is in `allowed`."""
    digits = isinstance(value, str) and re.fullmatch("-?[0-9]{1,10}", value)
    if isinstance(value, bool) or not (isinstance(value, int) or digits):
        raise InvalidTypeError(field, value, rule)
    if int(value) not in allowed:
        raise ValidationError(field, value, rule)
    return int(value)


def _name_and_version(field: str, value: Any) -> tuple[Any, Any]:
    if isinstance(value, Mapping) and value.keys() == {"name", "version"}:
        return value["name"], value["version"]
    if hasattr(value, "name") and hasattr(value, "version"):
        return value.name, value.version
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return value[0], value[1]
    raise InvalidTypeError(field, value, "must be a type, or a pair of its name and version")
