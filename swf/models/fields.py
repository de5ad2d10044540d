"""Fields of models: validation and conversion between attributes and the wire.

A `FieldType` validates the values of callers (`validate`), converts them to the wire (`write`) and
converts the values of responses (`read`). `wire` declares an attribute with a field type and the
API's name. Reading, writing, comparing and validation follow from it (`swf.models.base`).

Values of callers are validated; values of the service are not.
Source: API Reference, the members' length constraints and character rules.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

import attrs

from swf.constants import (
    ARN_LIMIT,
    CHILD_POLICIES,
    DATA_LIMIT,
    DESCRIPTION_LIMIT,
    EXECUTION_TIMEOUT_LIMIT,
    ID_LIMIT,
    NONE,
    PAGE_SIZE_LIMIT,
    REASON_LIMIT,
    RETENTION_DAYS_LIMIT,
    RUN_ID_LIMIT,
    TAG_LIMIT,
    TAG_LIST_LIMIT,
    VERSION_LIMIT,
)
from swf.exceptions import EndpointError, InvalidTypeError, ValidationError
from swf.payload import is_unicode

T = TypeVar("T")

#: Durations are at most eight characters on the wire.
DURATION_LIMIT = 99_999_999
PRIORITIES = range(-(2**31), 2**31)

TASK_TOKEN_LIMIT = 1024
RESOURCE_TAGS_LIMIT = 50
RESOURCE_TAG_KEY_LIMIT = 128
RESOURCE_TAG_VALUE_LIMIT = 256

_DIGITS = re.compile(r"-?[0-9]{1,10}")
_ILLEGAL_IN_NAMES = re.compile(r"[:/|\x00-\x1f\x7f-\x9f]")
_RESOURCE_TAG = re.compile(r"[\w\s.:/=+\-@]*")


def unchanged(value: Any) -> Any:
    """Return the value: the attribute and the wire have the same form."""
    return value


class Level(enum.IntEnum):
    """The least complete response that contains a field."""

    REFERENCE = 1
    LIST = 2
    DESCRIPTION = 3
    OTHER = 4  # another operation than list and describe


@attrs.frozen
class FieldType:
    """The validation and the two conversions of one type of value.

    :param validate: `(field, value) -> value` of the attribute; raises `ValidationError`.
    :param write: converts the value of an attribute to the wire.
    :param read: converts a value of the wire to the attribute.
    """

    validate: Callable[[str, Any], Any]
    write: Callable[[Any], Any] = unchanged
    read: Callable[[Any], Any] = unchanged

    def to_wire(self, field: str, value: Any) -> Any:
        """Validate a value of a caller and return it in the form of the wire.

        :param field: the name in errors.
        :raises ValidationError: the value breaks a rule.
        """
        return self.write(self.validate(field, value))

    def validate_optional(self, field: str, value: Any) -> Any:
        """Validate a value that may be None, which means unset.

        :param field: the name in errors.
        :raises ValidationError: the value breaks a rule.
        """
        return None if value is None else self.validate(field, value)


def wire(
    name: str | None,
    kind: FieldType,
    *,
    default: Any = attrs.NOTHING,
    assigned: bool = False,
    level: Level = Level.LIST,
    secret: bool = False,
    hash: bool | None = None,  # noqa: A002 - attrs' word
    kw_only: bool = False,
) -> Any:
    """Declare an attribute with its field type and its name on the wire.

    :param name: the member of the API; None if no response contains it.
    :param kind: the field type.
    :param default: as in attrs; an attribute with a default accepts None, which means unset.
    :param assigned: the service assigns the value, so that None never differs from it.
    :param level: the least complete response that contains the member.
    :param secret: the repr and displays hide the value.
    :param hash: False for values that cannot be hashed.
    :param kw_only: as in attrs.
    """
    validate = kind.validate if default is attrs.NOTHING else kind.validate_optional

    def convert(value: Any, _: Any, field: attrs.Attribute[Any]) -> Any:
        return validate(field.name, value)

    return attrs.field(
        default=default,
        converter=attrs.Converter(convert, takes_self=True, takes_field=True),
        hash=hash,
        kw_only=kw_only,
        metadata={
            "wire": name,
            "kind": kind,
            "assigned": assigned,
            "level": level,
            "secret": secret,
        },
    )


def text(limit: int, minimum: int = 0) -> FieldType:
    """Return the field type of a string.

    :param limit: the maximum length in characters.
    :param minimum: the minimum length in characters.
    """

    def validate(field: str, value: Any) -> str:
        if not isinstance(value, str):
            raise InvalidTypeError(field, value, "must be a string")
        if not minimum <= len(value) <= limit:
            raise ValidationError(
                field, value, f"must have {minimum} to {limit} characters, has {len(value)}"
            )
        if not is_unicode(value):
            raise ValidationError(field, value, "contains a lone surrogate")
        return value

    return FieldType(validate)


def name_text(limit: int, *, stripped: bool = False) -> FieldType:
    """Return the field type of a name: no `:`, `/`, `|` or control characters, and not `arn`.

    :param limit: the maximum length in characters.
    :param stripped: also refuse whitespace at either end.
    """
    plain = text(limit, minimum=1)

    def validate(field: str, value: Any) -> str:
        name: str = plain.validate(field, value)
        if _ILLEGAL_IN_NAMES.search(name):
            raise ValidationError(field, name, "must not contain :, /, | or control characters")
        if name == "arn":
            raise ValidationError(field, name, "must not be the word arn")
        if stripped and name != name.strip():
            raise ValidationError(field, name, "must not begin or end with whitespace")
        return name

    return FieldType(validate)


def choice(values: Collection[str]) -> FieldType:
    """Return the field type of a constant that is one of `values`."""

    def validate(field: str, value: Any) -> str:
        if not isinstance(value, str) or value not in values:
            raise ValidationError(field, value, f"must be one of {', '.join(values)}")
        return value

    return FieldType(validate)


def instance(cls: type[T]) -> FieldType:
    """Return the field type of instances of a class."""

    def validate(field: str, value: Any) -> T:
        if not isinstance(value, cls):
            raise InvalidTypeError(field, value, f"must be a {cls.__name__}")
        return value

    return FieldType(validate)


def seconds(limit: int = DURATION_LIMIT, *, minimum: int = 0, unlimited: bool = True) -> FieldType:
    """Return the field type of a duration in seconds: an int, or `NONE` for no limit.

    It also accepts a `timedelta` and a string of digits.

    :param limit: the maximum number of seconds.
    :param minimum: the minimum number of seconds.
    :param unlimited: accept `NONE`.
    """
    return _amount(timedelta(seconds=1), "seconds", range(minimum, limit + 1), unlimited)


def _amount(unit: timedelta, plural: str, amounts: range, unlimited: bool) -> FieldType:
    rule = f"must be whole {plural} from {amounts[0]} to {amounts[-1]}"
    rule += f", or {NONE}" if unlimited else f"; {NONE} is not allowed"

    def validate(field: str, value: Any) -> int | str:
        if value == NONE and unlimited:
            return NONE
        number = value / unit if isinstance(value, timedelta) else value
        return _whole(field, value, number, amounts, rule)

    return FieldType(validate, write=str, read=_amount_from_wire)


def _amount_from_wire(value: str) -> int | str:
    return NONE if value == NONE else _number_from_wire(value)


def _number_from_wire(value: str) -> int:
    try:
        return int(value)
    except ValueError as error:
        raise _foreign_value(value, "a number") from error


def _foreign_value(value: Any, rule: str) -> EndpointError:
    return EndpointError(f"not a response of the service: {value!r}: must be {rule}")


def _whole(field: str, value: Any, number: Any, amounts: range, rule: str) -> int:
    if type(number) is int and number in amounts:
        return number
    if isinstance(number, bool) or not isinstance(number, (int, float, str)):
        raise InvalidTypeError(field, value, rule)
    is_whole = _DIGITS.fullmatch(number) if isinstance(number, str) else number == number // 1
    if not is_whole or int(number) not in amounts:
        raise ValidationError(field, value, rule)
    return int(number)


def _validate_priority(field: str, value: Any) -> int:
    rule = f"must be a 32-bit integer, from {PRIORITIES[0]} to {PRIORITIES[-1]}"
    return _whole(field, value, value, PRIORITIES, rule)


def _validate_moment(field: str, value: Any) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValidationError(field, value, "must have a time zone")
        return value.astimezone(timezone.utc)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidTypeError(field, value, "must be an aware datetime or epoch seconds")
    try:
        return datetime.fromtimestamp(value, timezone.utc)
    except (ValueError, OverflowError, OSError) as error:
        raise ValidationError(field, value, f"must be a time in seconds: {error}") from None


def _moment_from_wire(value: datetime | float) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc)
    try:
        return datetime.fromtimestamp(value, timezone.utc)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise _foreign_value(value, "a time in seconds") from error


def _validate_count(field: str, value: Any) -> int:
    return _whole(field, value, value, range(2**63), "must be a whole number from 0")


def _validate_page_size(field: str, value: Any) -> int:
    pages = range(1, PAGE_SIZE_LIMIT + 1)
    return _whole(field, value, value, pages, f"must be a whole number from 1 to {PAGE_SIZE_LIMIT}")


def _validate_date(field: str, value: Any) -> datetime | None:
    return None if value == 0 else _validate_moment(field, value)


def _validate_flag(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidTypeError(field, value, "must be True or False")
    return value


def _validate_tag_list(field: str, value: Any) -> list[str]:
    if not isinstance(value, (list, tuple)):
        raise InvalidTypeError(field, value, "must be a list of tags")
    if len(value) > TAG_LIST_LIMIT:
        rule = f"must have at most {TAG_LIST_LIMIT} tags, not {len(value)}"
        raise ValidationError(field, value, rule)
    return [TAG.validate(f"{field}[{index}]", tag) for index, tag in enumerate(value)]


def _validate_resource_tags(field: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise InvalidTypeError(field, value, "must be a mapping of strings to strings")
    if len(value) > RESOURCE_TAGS_LIMIT:
        raise ValidationError(field, value, f"must have at most {RESOURCE_TAGS_LIMIT} tags")
    for key, content in value.items():
        for part, kind in ((key, RESOURCE_TAG_KEY), (content, _RESOURCE_TAG_VALUE)):
            if not _RESOURCE_TAG.fullmatch(kind.validate(field, part)):
                raise ValidationError(
                    field, part, "must be letters, digits, whitespace or one of _ . : / = + - @"
                )
    return dict(value)


def _resource_tags_to_wire(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _resource_tags_from_wire(tags: Collection[Mapping[str, str]]) -> dict[str, str]:
    return {tag["key"]: tag.get("value", "") for tag in tags}


RESOURCE_TAG_KEY = text(RESOURCE_TAG_KEY_LIMIT, minimum=1)
_RESOURCE_TAG_VALUE = text(RESOURCE_TAG_VALUE_LIMIT)

ANY = FieldType(lambda _, value: value)
NAME = name_text(ID_LIMIT)
DOMAIN_NAME = name_text(ID_LIMIT, stripped=True)
VERSION = name_text(VERSION_LIMIT)
RUN_ID = text(RUN_ID_LIMIT, minimum=1)
DESCRIPTION = text(DESCRIPTION_LIMIT)
REASON = text(REASON_LIMIT)
TAG = text(TAG_LIMIT)
SIGNAL_NAME = text(ID_LIMIT, minimum=1)
#: The id of an existing execution: the children of AWS's own flow frameworks have a `:`, and
#: sometimes a `/`, in their ids.
WORKFLOW_ID = text(ID_LIMIT, minimum=1)
TASK_TOKEN = text(TASK_TOKEN_LIMIT, minimum=1)
EXECUTION_CONTEXT = text(DATA_LIMIT)
LAMBDA_ROLE = text(ARN_LIMIT, minimum=1)
ARN = text(ARN_LIMIT, minimum=1)
MOMENT = FieldType(_validate_moment, write=datetime.timestamp, read=_moment_from_wire)
#: A date that the service assigns; 0, python-simple-workflow's default, means unset.
DATE = FieldType(_validate_date, write=datetime.timestamp, read=_moment_from_wire)
EVENT_ID = FieldType(_validate_count)
PAGE_SIZE = FieldType(_validate_page_size)
OPEN_COUNT = FieldType(_validate_count)
FLAG = FieldType(_validate_flag)
PRIORITY = FieldType(_validate_priority, write=str, read=_number_from_wire)
CHILD_POLICY = choice(CHILD_POLICIES)
EXECUTION_TIMEOUT = seconds(EXECUTION_TIMEOUT_LIMIT, unlimited=False)
DAYS = _amount(timedelta(days=1), "days", range(RETENTION_DAYS_LIMIT + 1), unlimited=True)
TAG_LIST = FieldType(_validate_tag_list, write=list, read=list)
RESOURCE_TAGS = FieldType(
    _validate_resource_tags, write=_resource_tags_to_wire, read=_resource_tags_from_wire
)
TASK_LIST = FieldType(
    NAME.validate, write=lambda name: {"name": name}, read=lambda wire: wire["name"]
)
