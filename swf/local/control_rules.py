"""Fault rules as JSON members, for the control API."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from attrs import Attribute, fields

from swf.local import injection
from swf.local.injection import FaultRule

RULES = {
    rule.__name__: rule
    for rule in (
        injection.Throttling,
        injection.Refusal,
        injection.FailedDecision,
        injection.ServerError,
        injection.Latency,
        injection.ClockJump,
        injection.LostRequest,
        injection.LostResponse,
        injection.DuplicateDelivery,
        injection.LostDelivery,
        injection.ShortPages,
        injection.ShortPollTokens,
        injection.MissingMessage,
    )
}
"""Kinds of fault rules by name."""


class ControlError(Exception):
    """A request that the API refuses.

    :param message: names the field, the value and the rule.
    :param status: the HTTP status.
    """

    def __init__(self, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.status = status


def read_rule(members: Mapping[str, Any]) -> FaultRule:
    """Return the fault rule that JSON members describe: `kind` and the parameters of the rule.

    :raises ControlError: for an unknown kind or parameter, or a value of the wrong type.
    """
    values = dict(members)
    kind = values.pop("kind", None)
    if not isinstance(kind, str) or kind not in RULES:
        raise ControlError(f"kind={kind!r}: must be one of {', '.join(RULES)}")
    fields = {field.name: field for field in _parameters(RULES[kind])}
    for name, value in values.items():
        if name not in fields:
            raise ControlError(f"{name}: {kind} has no such parameter; it has {', '.join(fields)}")
        _check_value(fields[name], value)
    try:
        return RULES[kind](**values)
    except ValueError as error:
        raise ControlError(str(error)) from error


def _parameters(rule: type[FaultRule]) -> list[Attribute[Any]]:
    return [field for field in fields(rule) if field.name != "when"]


def _check_value(field: Attribute[Any], value: Any) -> None:
    expected = str(field.type)
    types: tuple[type, ...] = ()
    types += (str,) if "str" in expected else ()
    types += (int,) if "int" in expected else ()
    types += (int, float) if "float" in expected else ()
    if value is None and "None" in expected:
        return
    if not isinstance(value, types) or isinstance(value, bool):
        raise ControlError(f"{field.name}={value!r}: must be {expected}")


def describe_rule(number: int, rule: FaultRule) -> dict[str, Any]:
    values = {field.name: getattr(rule, field.name) for field in _parameters(type(rule))}
    return {"id": number, "kind": type(rule).__name__, **values}
