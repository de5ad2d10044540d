"""Checks that a response has the members that its operation promises.

A proxy or another service may answer with valid JSON of another shape. The check covers the types
and ranges of all members, except the attributes of events, so that a page of a history costs
little.

Source: the service model of SWF in botocore.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from swf.idempotence import POLLS

#: Returns the fault of a value, such as "domainInfos: missing"; None for a valid one.
Check = Callable[[Any], "str | None"]

#: Types of the service model -> types of JSON.
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "timestamp": (int, float),
    "map": (dict,),
    "structure": (dict,),
    "list": (list,),
}

_SCALARS: Final = frozenset(_TYPES) - {"structure", "list"}

#: The range of times, in epoch seconds: the years 1 to 9999.
_FIRST_TIME: Final = -62_135_596_800
_LAST_TIME: Final = 253_402_300_799

#: Strings of the service model that contain a whole number or NONE.
_NUMERALS: Final = (
    "DurationInDays",
    "DurationInSeconds",
    "DurationInSecondsOptional",
    "TaskPriority",
)
_NUMERAL = re.compile(r"-?[0-9]{1,10}|NONE")

#: Structures of which only the required members are checked.
_PARTLY_CHECKED: Final = ("HistoryEvent",)

#: Required members that an emulator may omit: models show them as not fetched.
_OPTIONAL: Final = frozenset(
    (
        "status",
        "creationDate",
        "configuration",
        "executionConfiguration",
        "openCounts",
        "workflowExecutionRetentionPeriodInDays",
    )
)

#: Members that the service model does not require although the service always sends them.
_ALWAYS: Final = {"Run": ("runId",)}

#: Checks by operation, and whether required members must be present.
_checks: dict[tuple[str, bool], Check] = {}


def find_mismatch(operation_model: Any, members: dict[str, Any]) -> str | None:
    """Return the difference between a response and the output of its operation, or None.

    :param operation_model: botocore's model of the operation.
    :param members: the JSON of the response.
    """
    shape, name = operation_model.output_shape, operation_model.name
    if shape is None:
        return f"{next(iter(members))}: unexpected" if members else None
    # A poll without a task has no required member.
    is_complete = name not in POLLS or bool(members.get("taskToken"))
    key = name, is_complete
    if key not in _checks:
        _checks[key] = _structure(shape, shape.members, is_complete)
    return _checks[key](members)


def _structure(shape: Any, names: Any, is_complete: bool = True) -> Check:
    """Return the check of a structure.

    :param names: the members to check, if they are present.
    :param is_complete: whether required members must be present.
    """
    required = _required(shape) if is_complete else ()
    checks = [(name, _value(shape.members[name]), name in required) for name in names]
    types = [(name, _TYPES[shape.members[name].type_name]) for name in names]
    times = [name for name in names if shape.members[name].type_name == "timestamp"]
    is_flat = all(_is_simple(shape.members[name]) for name in names)

    def check(value: Any) -> str | None:
        if is_flat and _is_valid(value, types, times):
            return None  # the usual case, such as each of a thousand events
        if not isinstance(value, dict):
            return f"must be a structure, not {type(value).__name__}"
        for name, check_member, is_required in checks:
            member = value.get(name)
            if member is None:
                if is_required:
                    return f"{name}: missing"
            elif fault := check_member(member):
                return f"{name}.{fault}" if ": " in fault else f"{name}: {fault}"
        return None

    return check


def _required(shape: Any) -> list[str]:
    names = (*shape.required_members, *_ALWAYS.get(shape.name, ()))
    return [name for name in names if name not in _OPTIONAL]


def _is_simple(shape: Any) -> bool:
    return shape.type_name in _SCALARS and shape.name not in _NUMERALS


def _is_valid(value: Any, types: list[tuple[str, tuple[type, ...]]], times: list[str]) -> bool:
    """Return whether a structure has all of its members, with valid values."""
    try:
        for name, allowed in types:
            if type(value[name]) not in allowed:
                return False
        for name in times:
            if not _FIRST_TIME <= value[name] <= _LAST_TIME:
                return False
    except (KeyError, TypeError):
        return False
    return True


def _value(shape: Any) -> Check:
    if shape.type_name == "structure":
        is_partial = shape.name in _PARTLY_CHECKED
        return _structure(shape, _required(shape) if is_partial else shape.members)
    if shape.type_name == "list":
        return _list(_value(shape.member))
    if shape.type_name == "timestamp":
        return _check_time
    if shape.name in _NUMERALS:
        return _check_numeral
    types, name = _TYPES[shape.type_name], shape.type_name
    return lambda value: None if type(value) in types else f"must be of type {name}"


def _check_time(value: Any) -> str | None:
    if type(value) not in _TYPES["timestamp"]:
        return "must be of type timestamp"
    return None if _FIRST_TIME <= value <= _LAST_TIME else "must be a time in the years 1 to 9999"


def _check_numeral(value: Any) -> str | None:
    if isinstance(value, str) and _NUMERAL.fullmatch(value):
        return None
    return "must be a whole number as text, or NONE"


def _list(check_item: Check) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, list):
            return f"must be a list, not {type(value).__name__}"
        return next(filter(None, map(check_item, value)), None)

    return check
