from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swf.constants import CHILD_POLICIES, NONE
from swf.exceptions import EndpointError, InvalidTypeError, ValidationError
from swf.models import fields

UTC = timezone.utc
NOON = datetime(2017, 10, 17, 12, tzinfo=UTC)

BOTH_WAYS = {
    "seconds": (fields.seconds(), 300, "300"),
    "no limit": (fields.seconds(), NONE, "NONE"),
    "zero seconds": (fields.seconds(), 0, "0"),
    "days": (fields.DAYS, 30, "30"),
    "priority": (fields.PRIORITY, -5, "-5"),
    "task list": (fields.TASK_LIST, "workers", {"name": "workers"}),
    "moment": (fields.MOMENT, NOON, NOON.timestamp()),
    "tag list": (fields.TAG_LIST, ["a", "b"], ["a", "b"]),
    "resource tags": (fields.RESOURCE_TAGS, {"team": "x"}, [{"key": "team", "value": "x"}]),
    "text": (fields.DESCRIPTION, "", ""),
    "choice": (fields.choice(CHILD_POLICIES), "ABANDON", "ABANDON"),
    "flag": (fields.FLAG, False, False),
}


@pytest.mark.parametrize(("kind", "value", "wire"), BOTH_WAYS.values(), ids=BOTH_WAYS)
def test_value_becomes_its_wire_form(kind, value, wire):
    assert kind.write(kind.validate("field", value)) == wire


@pytest.mark.parametrize(("kind", "value", "wire"), BOTH_WAYS.values(), ids=BOTH_WAYS)
def test_wire_form_becomes_its_value(kind, value, wire):
    assert kind.read(wire) == value


EQUIVALENT = {
    "digits": (fields.seconds(), "300", 300),
    "timedelta": (fields.seconds(), timedelta(minutes=5), 300),
    "a whole float": (fields.seconds(), 300.0, 300),
    "a timedelta of days": (fields.DAYS, timedelta(weeks=1), 7),
    "days as digits": (fields.DAYS, "30", 30),
    "priority as digits": (fields.PRIORITY, "7", 7),
    "epoch seconds": (fields.MOMENT, 1508241600, NOON),
    "another time zone": (fields.MOMENT, NOON.astimezone(timezone(timedelta(hours=2))), NOON),
    "tags in a tuple": (fields.TAG_LIST, ("a",), ["a"]),
}


@pytest.mark.parametrize(("kind", "argument", "value"), EQUIVALENT.values(), ids=EQUIVALENT)
def test_equivalent_values_become_equal(kind, argument, value):
    assert kind.validate("field", argument) == value


def test_moment_is_held_in_utc():
    eastern = NOON.astimezone(timezone(timedelta(hours=-5)))

    assert fields.MOMENT.validate("field", eastern).tzinfo is UTC


def test_parsed_time_is_converted_to_utc():
    assert fields.MOMENT.read(NOON.astimezone(timezone(timedelta(hours=2)))).tzinfo is UTC


INVALID = {
    "negative seconds": (fields.seconds(), -1),
    "nine digits": (fields.seconds(), 100_000_000),
    "half a second": (fields.seconds(), timedelta(milliseconds=500)),
    "a fraction": (fields.seconds(), 1.5),
    "not a number": (fields.seconds(), float("nan")),
    "infinity": (fields.seconds(), float("inf")),
    "words": (fields.seconds(), "soon"),
    "digits with an underscore": (fields.seconds(), "3_0"),
    "digits with a blank": (fields.seconds(), " 30"),
    "digits of another script": (fields.seconds(), "\u0663"),
    "more digits than Python reads": (fields.seconds(), "1" * 5000),
    "a fraction of a priority": (fields.PRIORITY, 1.5),
    "no limit where there must be one": (fields.seconds(unlimited=False), NONE),
    "more than a year": (fields.seconds(100), 101),
    "91 days": (fields.DAYS, 91),
    "33 bits": (fields.PRIORITY, 2**31),
    "a naive moment": (fields.MOMENT, datetime(2017, 1, 1)),
    "milliseconds for seconds": (fields.MOMENT, 1508241600000),
    "no such policy": (fields.choice(CHILD_POLICIES), "KILL"),
    "not even a string": (fields.choice(CHILD_POLICIES), ["ABANDON"]),
    "empty name": (fields.NAME, ""),
    "257 characters": (fields.NAME, "x" * 257),
    "colon": (fields.NAME, "a:b"),
    "slash": (fields.NAME, "a/b"),
    "bar": (fields.NAME, "a|b"),
    "control character": (fields.NAME, "a\nb"),
    "C1 control character": (fields.NAME, "a\x9fb"),
    "arn": (fields.NAME, "arn"),
    "whitespace at the end of a domain": (fields.DOMAIN_NAME, "orders "),
    "whitespace before a domain": (fields.DOMAIN_NAME, "\torders"),
    "65 characters of version": (fields.VERSION, "1" * 65),
    "long description": (fields.DESCRIPTION, "x" * 1025),
    "six tags": (fields.TAG_LIST, list("abcdef")),
    "51 resource tags": (fields.RESOURCE_TAGS, {str(number): "" for number in range(51)}),
    "empty key": (fields.RESOURCE_TAGS, {"": "x"}),
    "long key": (fields.RESOURCE_TAGS, {"x" * 129: ""}),
    "long value": (fields.RESOURCE_TAGS, {"x": "x" * 257}),
    "illegal key": (fields.RESOURCE_TAGS, {"a*": ""}),
}


@pytest.mark.parametrize(("kind", "value"), INVALID.values(), ids=INVALID)
def test_invalid_value_names_the_field(kind, value):
    with pytest.raises(ValidationError) as refused:
        kind.validate("the_field", value)

    assert refused.value.field == "the_field"


def test_invalid_tag_is_named_by_its_index():
    with pytest.raises(ValidationError, match=r"^tag_list\[1\]=.*has 257"):
        fields.TAG_LIST.validate("tag_list", ["a", "x" * 257])


WRONG_TYPE = {
    "a flag for seconds": (fields.seconds(), True),
    "a list for seconds": (fields.seconds(), [300]),
    "a number for a name": (fields.NAME, 1),
    "a string for a moment": (fields.MOMENT, "2017-10-17"),
    "a flag for a moment": (fields.MOMENT, True),
    "a number for a flag": (fields.FLAG, 1),
    "one string for a list of tags": (fields.TAG_LIST, "tag"),
    "tags in no order": (fields.TAG_LIST, {"tag"}),
    "tags with values": (fields.TAG_LIST, {"tag": "value"}),
    "a number in a list of tags": (fields.TAG_LIST, [1]),
    "a list for resource tags": (fields.RESOURCE_TAGS, ["a"]),
    "a structure for a task list": (fields.TASK_LIST, {"name": "workers"}),
    "another class": (fields.instance(datetime), "x"),
}


@pytest.mark.parametrize(("kind", "value"), WRONG_TYPE.values(), ids=WRONG_TYPE)
def test_value_of_the_wrong_type_raises_a_type_error(kind, value):
    with pytest.raises(InvalidTypeError):
        kind.validate("field", value)


VALID = {
    "the longest duration": (fields.seconds(), 99_999_999),
    "a name that contains arn": (fields.NAME, "barn"),
    "whitespace at the end of a type": (fields.NAME, "order "),
    "five tags": (fields.TAG_LIST, list("abcde")),
    "a run id": (fields.RUN_ID, "22X56OQhwfy+AtGx1iSo3HX51AK2DdtKzfUnU+RQElbms="),
    "every character of a resource tag": (fields.RESOURCE_TAGS, {"aé1 _.:/=+-@": ""}),
}


@pytest.mark.parametrize(("kind", "value"), VALID.values(), ids=VALID)
def test_valid_value_is_unchanged(kind, value):
    assert kind.validate("field", value) == value


def test_resource_tag_without_value_reads_as_empty():
    assert fields.RESOURCE_TAGS.read([{"key": "team"}]) == {"team": ""}


def test_tags_are_copied():
    tags = ["a"]

    accepted = fields.TAG_LIST.validate("field", tags)
    tags.append("b")

    assert accepted == ["a"]


@given(st.integers(0, 99_999_999))
def test_seconds_survive_the_wire(amount):
    kind = fields.seconds()

    assert kind.read(kind.write(kind.validate("field", amount))) == amount


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
def test_time_keeps_its_milliseconds_on_the_wire(moment):
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)

    assert fields.MOMENT.read(fields.MOMENT.write(moment)) == moment


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (fields.MOMENT, "yesterday"),
        (fields.MOMENT, 1e300),
        (fields.DATE, -1e300),
        (fields.seconds(), "soon"),
        (fields.DAYS, ""),
        (fields.PRIORITY, "high"),
    ],
)
def test_value_outside_the_protocol_is_an_endpoint_error(kind, value):
    with pytest.raises(EndpointError, match="not a response of the service"):
        kind.read(value)
