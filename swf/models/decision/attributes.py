"""Field types that only decisions have; the others are in `swf.models.fields`.

They also accept values in the form of the wire, so that a decision can be validated again. The
attributes of each decision are in `table.py`.

Source: API Reference, the `...DecisionAttributes` data types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swf import payload
from swf.constants import ID_LIMIT
from swf.exceptions import InvalidTypeError
from swf.models import fields
from swf.models.fields import FieldType, name_text

#: A payload; a value that is not text is encoded as JSON.
DATA = FieldType(lambda field, value: payload.encode(value, field))


def task_list(*, stripped: bool = False) -> FieldType:
    """Return the field type of a task list.

    :param stripped: refuse whitespace at either end of the name.
    """
    name = name_text(ID_LIMIT, stripped=stripped)

    def validate(field: str, value: Any) -> str:
        text: str = name.validate(field, _name(value))
        return text

    return FieldType(validate, write=fields.TASK_LIST.write, read=fields.TASK_LIST.read)


def _name(value: Any) -> Any:
    is_wire = isinstance(value, Mapping) and value.keys() == {"name"}
    return value["name"] if is_wire else value


def _validate_type(field: str, value: Any) -> tuple[str, str]:
    name, version = _name_and_version(field, value)
    return (
        fields.NAME.validate(f"{field}.name", name),
        fields.VERSION.validate(f"{field}.version", version),
    )


def _name_and_version(field: str, value: Any) -> tuple[Any, Any]:
    if isinstance(value, Mapping) and value.keys() == {"name", "version"}:
        return value["name"], value["version"]
    if hasattr(value, "name") and hasattr(value, "version"):
        return value.name, value.version
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return value[0], value[1]
    raise InvalidTypeError(field, value, "must be a type, or a pair of its name and version")


#: An activity or workflow type: a model, a (name, version) pair, or the wire's dictionary.
TYPE = FieldType(
    _validate_type,
    write=lambda pair: {"name": pair[0], "version": pair[1]},
    read=lambda wire: (wire["name"], wire["version"]),
)
