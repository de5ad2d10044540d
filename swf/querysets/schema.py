"""`Schema`: the attributes, computed fields and lookup names of a queryset's rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from attrs import frozen

from swf.exceptions import InvalidKeywordArgumentError, InvalidTypeError
from swf.models.fields import FieldType
from swf.querysets.conditions import OPERATORS, Computed, Row, follow, follow_keys
from swf.querysets.expressions import parse_path


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
