"""Every constraint of the service's model, for every member of every operation.

The requests are generated from botocore's model of the service: a minimal valid request that
contains the member, then one request for each violation of its constraints.
"""

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from botocore.session import Session

from swf.local.faults import Fault
from swf.local.validation import validate

MODEL = Session().get_service_model("swf")

VALUES_BY_TYPE = {
    "string": ["text"],
    "integer": [5],
    "timestamp": [5, 1.5],
    "boolean": [True, False],
    "list": [[]],
    "structure": [{}],
}
"""JSON values of each type of the model."""


class Case(NamedTuple):
    """A request that violates one constraint.

    :ivar constraint: the kind of constraint.
    :ivar path: the member, as the service names it.
    :ivar message: completes "Member must"; None: the request has a wrong JSON type.
    """

    constraint: str
    path: str
    request: Any
    message: str | None


def minimal(shape: Any, depth: int = 0) -> Any:
    """Return the smallest valid value of a shape."""
    if shape.type_name == "structure":
        return {name: minimal(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return []
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "1" * max(shape.metadata.get("min", 1), 1)
    return VALUES_BY_TYPE[shape.type_name][0]


def members(shape: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield path, shape and a function that puts a value at the path of a minimal request."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():

            def put(value: Any, name: str = name, shape: Any = shape) -> Any:
                return {**minimal(shape), name: value}

            yield from nested(f"{path}.{name}" if path else name, member, put)
    elif shape.type_name == "list":
        yield from nested(f"{path}.1.member", shape.member, lambda value: [value])


def nested(path: str, shape: Any, put: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield a member and those within it."""
    yield path, shape, put
    for inner_path, inner, put_inner in members(shape, path):
        yield inner_path, inner, lambda value, put_inner=put_inner: put(put_inner(value))


def violations(operation: str) -> Iterator[Case]:
    shape = MODEL.operation_model(operation).input_shape
    yield from null_members(shape, "", lambda value: value)
    for path, member, put in members(shape):
        yield from null_members(member, path, put)
        for case in constraints(member):
            yield Case(case.constraint, path, put(case.request), case.message)
        if path.endswith(".member") and member.name != "Tag":
            yield Case("required", path, put(None), "not be null")


def null_members(shape: Any, path: str, put: Any) -> Iterator[Case]:
    """Yield requests in which a required member is missing, or null."""
    if shape.type_name != "structure":
        return
    for name in shape.required_members:
        present = minimal(shape)
        absent = {key: value for key, value in present.items() if key != name}
        where = f"{path}.{name}" if path else name
        yield Case("required", where, put(absent), "not be null")
        yield Case("required", where, put({**absent, name: None}), "not be null")


def constraints(shape: Any) -> Iterator[Case]:
    """Yield values that violate the constraints of a shape."""
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", math.inf)
    kind = shape.type_name
    for other, values in VALUES_BY_TYPE.items():
        wrong = [value for value in values if other != kind]
        if {other, kind} == {"integer", "timestamp"}:
            wrong = [1.5] if kind == "integer" else []
        yield from (Case("type", "", value, None) for value in wrong)
    if kind == "string":
        unit = "1"
        if low > 0:
            shorter = unit * (low - 1)
            yield Case("min", "", shorter, f"have length greater than or equal to {low}")
        if high < math.inf:
            longer = unit * (high + 1)
            yield Case("max", "", longer, f"have length less than or equal to {high}")
        if shape.enum:
            yield Case("enum", "", "NEITHER", "satisfy enum value set: [")
            yield Case("enum", "", shape.enum[0].lower(), "satisfy enum value set: [")
            yield Case("enum", "", "", "satisfy enum value set: [")
    if kind == "integer":
        yield Case("min", "", low - 1, f"have value greater than or equal to {low}")
        yield Case("max", "", high + 1, f"have value less than or equal to {high}")
        yield Case("max", "", 10**400, f"have value less than or equal to {high}")
    if kind == "list" and high < math.inf:
        many = [minimal(shape.member)] * (high + 1)
        yield Case("max", "", many, f"have length less than or equal to {high}")


def limits(operation: str) -> Iterator[Any]:
    """Yield requests whose members are exactly as long, large or many as the model allows."""
    shape = MODEL.operation_model(operation).input_shape
    yield minimal(shape)
    for _, member, put in members(shape):
        bounds = [member.metadata[name] for name in ("min", "max") if name in member.metadata]
        for bound in bounds:
            if member.type_name == "string" and not member.enum:
                yield put("1" * bound)
            elif member.type_name == "integer":
                yield put(bound)
            elif member.type_name == "list":
                yield put([minimal(member.member)] * bound)
        if member.type_name == "string":
            yield from map(put, member.enum)


def refusal(operation: str, request: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        validate(operation, request)
    return caught.value


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_violation_of_each_constraint_is_named(operation):
    for case in violations(operation):
        fault = refusal(operation, case.request)
        if case.message is None:
            assert fault.code == "SerializationException", case
        else:
            text = f"at '{case.path}' failed to satisfy constraint: Member must {case.message}"
            assert fault.code == "ValidationException", case
            assert text in fault.message, case


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_values_at_each_limit_are_accepted(operation):
    for request in limits(operation):
        validate(operation, request)


def test_table_covers_the_model():
    """Guards the generator: a new version of the model may raise the numbers."""
    counts = Counter(
        case.constraint for operation in MODEL.operation_names for case in violations(operation)
    )

    expected = {"required": 292, "min": 122, "max": 206, "enum": 33, "type": 2061}
    assert {kind: counts[kind] for kind in expected} == expected
