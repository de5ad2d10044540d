"""Static validation of requests, driven by botocore's model of the service.

The input of an operation is compiled into closures at its first call. They check types, lengths,
ranges and enums, collect all violations, and copy the request without unknown members and nulls.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from swf.local import rules
from swf.local.decisions import attributes_member
from swf.local.faults import Fault, invalid
from swf.local.rules import StringRule
from swf.local.service_model import Shape, input_shape

DECISION_TYPES = (
    "CompleteWorkflowExecution",
    "StartTimer",
    "RequestCancelExternalWorkflowExecution",
    "SignalExternalWorkflowExecution",
    "CancelTimer",
    "RecordMarker",
    "ScheduleActivityTask",
    "ContinueAsNewWorkflowExecution",
    "ScheduleLambdaFunction",
    "FailWorkflowExecution",
    "RequestCancelActivityTask",
    "StartChildWorkflowExecution",
    "CancelWorkflowExecution",
)
"""The order in messages of the service; it differs from the model."""

JAVA_TYPES = {
    str: "java.lang.String",
    bool: "java.lang.Boolean",
    int: "java.lang.Integer",
    float: "java.lang.Double",
    list: "java.util.ArrayList",
    dict: "java.util.HashMap",
}


class Violations:
    """The violations of a request: of the model, and of the rules beyond it."""

    __slots__ = ("beyond", "static")

    def __init__(self) -> None:
        self.static: list[str] = []
        self.beyond: list[str] = []

    def add(self, value: Any, path: str, constraint: str) -> None:
        """Add a violation of the model.

        :param path: the path of the member.
        :param constraint: completes the sentence "Member must ...".
        """
        text = "null" if value is None else f"'{_to_text(value)}'"
        self.static.append(
            f"Value {text} at '{path}' failed to satisfy constraint: Member must {constraint}"
        )

    def refuse_static(self) -> None:
        """Raise a fault with all violations of the model, if there are any."""
        if self.static:
            count = len(self.static)
            noun = "error" if count == 1 else "errors"
            raise invalid(f"{count} validation {noun} detected: {'; '.join(self.static)}")

    def refuse_beyond(self) -> None:
        """Raise a fault for the first violation of a rule beyond the model, if there is one."""
        if self.beyond:
            raise invalid(self.beyond[0])


def _to_text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_to_text(each) for each in value)}]"
    return "null" if value is None else str(value)


Clean = Callable[[Any, Violations, str], Any]
"""A function of value, violations and path that returns a copy of the value."""


@cache
def _validator(operation: str) -> Clean:
    """Return the compiled validator for the input of an operation."""
    return _compile(input_shape(operation))


def validate(operation: str, params: Any) -> tuple[dict[str, Any], Violations]:
    """Return a copy of a request, and the violations of rules beyond the model.

    The caller raises the latter with `Violations.refuse_beyond`, because throttling comes first.

    :param params: the decoded JSON body.
    :raises Fault: SerializationException for a wrong JSON type, ValidationException for violations
        of the model.
    """
    violations = Violations()
    request = _validator(operation)(params, violations, "")
    violations.refuse_static()
    return request, violations


def _unreadable(value: Any, expected: str) -> Fault:
    java_type = JAVA_TYPES.get(type(value), type(value).__name__)
    return Fault(
        "SerializationException", f"class {java_type} can not be converted to an {expected}"
    )


def _compile(shape: Shape) -> Clean:
    return COMPILERS[shape.type](shape)


def _string(shape: Shape) -> Clean:
    low, high = shape.limits(0)
    values = DECISION_TYPES if shape.name == "DecisionType" else shape.enum
    is_unset_when_empty = shape.name in rules.UNSET_WHEN_EMPTY

    def clean(value: Any, violations: Violations, path: str) -> Any:
        if type(value) is not str:
            raise _unreadable(value, "String")
        if not low <= len(value) <= high:
            bound = f"greater than or equal to {low}"
            if len(value) > high:
                bound = f"less than or equal to {high}"
            violations.add(value, path, f"have length {bound}")
        elif values and value not in values:
            violations.add(value, path, f"satisfy enum value set: [{', '.join(values)}]")
        return None if is_unset_when_empty and not value else value

    return clean


def _integer(shape: Shape) -> Clean:
    low, high = shape.limits(-math.inf)

    def clean(value: Any, violations: Violations, path: str) -> Any:
        if type(value) is not int:
            raise _unreadable(value, "Integer")
        if not low <= value <= high:
            bound = f"less than or equal to {high}"
            if value < low:
                bound = f"greater than or equal to {low}"
            violations.add(value, path, f"have value {bound}")
        return value

    return clean


def _boolean(_: Shape) -> Clean:
    def clean(value: Any, violations: Violations, path: str) -> Any:  # noqa: ARG001 (a Clean)
        if type(value) is not bool:
            raise _unreadable(value, "Boolean")
        return value

    return clean


def _timestamp(_: Shape) -> Clean:
    def clean(value: Any, violations: Violations, path: str) -> Any:  # noqa: ARG001 (a Clean)
        if type(value) not in (int, float):
            raise _unreadable(value, "Date")
        try:
            seconds = float(value)
        except OverflowError:
            raise _unreadable(value, "Date") from None
        if not math.isfinite(seconds):
            raise _unreadable(value, "Date")
        return seconds

    return clean


def _list(shape: Shape) -> Clean:
    element = _compile(shape.element)
    _, high = shape.limits(0)
    echoes_null = shape.name == "TagList"

    def clean(value: Any, violations: Violations, path: str) -> Any:
        if type(value) is not list:
            raise _unreadable(value, "List")
        if len(value) > high:
            violations.add(value, path, f"have length less than or equal to {high}")
        copy = []
        for number, each in enumerate(value, 1):
            if each is not None:
                each = element(each, violations, f"{path}.{number}.member")
            elif not echoes_null:
                violations.add(None, f"{path}.{number}.member", "not be null")
            copy.append(each)
        return copy

    return clean


def _structure(shape: Shape) -> Clean:
    own_rules = rules.BY_MEMBER.get(shape.name, {})
    members = [
        (
            name,
            name in shape.required,
            _compile(member),
            own_rules.get(name, rules.BY_SHAPE.get(member.name)),
        )
        for name, member in reversed(shape.members.items())  # the order of violations at AWS
    ]

    def clean(value: Any, violations: Violations, path: str) -> Any:
        if type(value) is not dict:
            raise _unreadable(value, "Structure")
        prefix = f"{path}." if path else ""
        copy = {}
        for name, is_required, member, rule in members:
            member_value = value.get(name)
            if member_value is None:
                if is_required:
                    violations.add(None, prefix + name, "not be null")
                continue
            member_value = member(member_value, violations, prefix + name)
            if member_value is None:
                continue
            copy[name] = member_value
            if rule is not None:
                _apply(rule, member_value, violations, prefix + name)
        return copy

    return _decision(clean, shape) if shape.name == "Decision" else clean


def _apply(rule: StringRule, value: Any, violations: Violations, path: str) -> None:
    if type(value) is dict:
        value, path = value.get("name", ""), f"{path}.name"
    problem = rule(value)
    if problem is not None:
        violations.beyond.append(f"Value '{value}' at '{path}' {problem}")


def _decision(clean: Clean, shape: Shape) -> Clean:
    members = shape.members
    optional = {
        attributes_member(each): not members[attributes_member(each)].required
        for each in DECISION_TYPES
    }

    def clean_decision(value: Any, violations: Violations, path: str) -> Any:
        """Validate a decision; its attributes may be absent if none of them is required."""
        decision = clean(value, violations, path)
        kind = decision.get("decisionType") or "?"
        member = attributes_member(kind)
        if member in optional and member not in decision:
            decision[member] = {}
            if not optional[member]:
                violations.beyond.append(
                    f"{kind}DecisionAttributes must be specified for decision of type {kind}"
                )
        return decision

    return clean_decision


COMPILERS: dict[str, Callable[[Shape], Clean]] = {
    "string": _string,
    "integer": _integer,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "list": _list,
    "structure": _structure,
}
