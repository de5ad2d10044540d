from __future__ import annotations

import datetime
import json
import uuid

import pytest

from swf.dataflow import Workflow
from swf.dataflow.base_future import Future
from swf.dataflow.constants import DAY, HOUR, MINUTE
from swf.dataflow.exceptions import ExecutionBlocked
from swf.dataflow.utils import issubclass_, json_dumps
from swf.dataflow.utils.retry import constant, exponential, with_delay

UTC = datetime.timezone.utc


def test_durations_are_in_seconds():
    assert (MINUTE, HOUR, DAY) == (60, 3600, 86_400)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(Workflow, True), (str, False), ("text", False), (Workflow(None), False)],
)
def test_issubclass_of_a_value_that_is_no_class_is_false(value, expected):
    assert issubclass_(value, Workflow) is expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": (1, 2)}, '{"a":[1,2],"b":1}'),
        (datetime.datetime(1970, 1, 1, tzinfo=UTC), '"1970-01-01T00:00:00Z"'),
        (datetime.datetime(1970, 1, 1, microsecond=5000), '"1970-01-01T00:00:00.005"'),
        (datetime.date(2020, 1, 2), '"2020-01-02"'),
        (datetime.time(1, 2), '"01:02:00"'),
        (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        ({3}, "[3]"),
        (iter([1]), "[1]"),
        (b"\xff", '"\ufffd"'),
    ],
)
def test_values_become_plain_json(value, text):
    assert json.loads(json_dumps(value)) == json.loads(text)
    assert json_dumps({"b": 1, "a": 2}) == '{"a":2,"b":1}'


def test_json_can_be_indented_or_spaced():
    assert json_dumps({"z": 1, "a": 2}, pretty=True) == '{\n    "a": 2,\n    "z": 1\n}'
    assert json_dumps([1, 2], compact=False) == "[1, 2]"


def test_done_future_becomes_its_result():
    done = Future()
    done.set_finished("so")

    assert json_dumps(done) == '"so"'
    with pytest.raises(ExecutionBlocked):
        json_dumps(Future())


class Fails:
    """Raises a number of times, then returns the number of calls."""

    __name__ = "fails"

    def __init__(self, times, error=ValueError):
        self.times, self.error, self.calls = times, error, 0

    def __call__(self):
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return self.calls


def test_function_is_retried_after_a_delay(monkeypatch):
    delays, messages = [], []
    monkeypatch.setattr("time.sleep", delays.append)
    function = Fails(2)

    assert with_delay(3, constant(7), log_with=messages.append)(function)() == 3
    assert delays == [7, 7]
    assert messages[0] == "retrying in 7.0 s: ValueError()"


def test_last_error_is_raised_without_delay(monkeypatch):
    delays = []
    monkeypatch.setattr("time.sleep", delays.append)
    function = Fails(9)

    with pytest.raises(ValueError):  # noqa: PT011 - it has no message
        with_delay(2, constant(7))(function)()
    assert (function.calls, delays) == (2, [7])


@pytest.mark.parametrize(
    "options", [{"on_exceptions": [KeyError]}, {"except_on": ValueError}], ids=["other", "except"]
)
def test_other_errors_are_not_retried(options):
    function = Fails(1)

    with pytest.raises(ValueError):  # noqa: PT011 - it has no message
        with_delay(5, constant(0), **options)(function)()
    assert function.calls == 1


def test_exponential_delay_is_at_least_one_second():
    assert all(1 <= exponential(n) <= 2**n + 1 for n in range(1, 8))
