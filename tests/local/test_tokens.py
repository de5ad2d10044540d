"""Task and page tokens."""

import base64

import pytest

from swf.local.faults import Fault
from swf.local.tokens import (
    TaskToken,
    page_token,
    read_page_token,
    read_task_token,
    task_token,
)

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
TASK = TaskToken("22" + "a" * 44, 5, 11, "order 1")
PARAMS = {"domain": "d", "reverseOrder": True}


def message_of(read, *arguments):
    with pytest.raises(Fault) as caught:
        read(*arguments)
    return caught.value.message


def read_page(token, now=0.0, operation="ListDomains", **changed):
    params = {**PARAMS, **changed, "nextPageToken": token}
    return read_page_token(KEY, operation, params, now)


def test_task_token_round_trips():
    token = task_token(KEY, "activity", TASK)

    assert read_task_token(KEY, "activity", token) == TASK


@pytest.mark.parametrize("workflow_id", ["w", "w" * 256, "\N{BANK}" * 256, "\ud800"])
def test_task_token_has_the_format_of_aws(workflow_id):
    token = task_token(KEY, "activity", TASK._replace(workflow_id=workflow_id))

    assert token.startswith("AAAA")
    assert len(token) < 1024


def tampered(token):
    raw = bytearray(base64.b64decode(token))
    raw[-1] ^= 1
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize(
    "token",
    [
        "garbage",
        "gärbage",
        "AAAA",
        "",
        tampered(task_token(KEY, "activity", TASK)),
        task_token(OTHER_KEY, "activity", TASK),
        task_token(KEY, "decision", TASK),
        page_token(KEY, "ListDomains", PARAMS, 1, 0.0),
    ],
)
def test_token_of_another_kind_is_invalid(token):
    assert message_of(read_task_token, KEY, "activity", token) == "Invalid token"


def test_a_page_token_keeps_its_cursor():
    token = page_token(KEY, "ListDomains", PARAMS, ["n", 1], 0.0)

    assert read_page(token) == ["n", 1]


def test_without_a_page_token_there_is_no_cursor():
    assert read_page(None) is None


def test_a_page_token_may_come_with_another_page_size():
    token = page_token(KEY, "ListDomains", PARAMS, 3, 0.0)

    assert read_page(token, maximumPageSize=7) == 3


@pytest.mark.parametrize(
    "changed", [{"domain": "e"}, {"reverseOrder": False}, {"operation": "ListActivityTypes"}]
)
def test_a_page_token_belongs_to_its_request(changed):
    token = page_token(KEY, "ListDomains", PARAMS, 3, 0.0)

    with pytest.raises(Fault, match="Invalid token"):
        read_page(token, **changed)


def test_a_page_token_lives_a_day():
    token = page_token(KEY, "ListDomains", PARAMS, 3, 0.0)

    assert read_page(token, now=86_400.0) == 3
    with pytest.raises(Fault, match="Specified token has exceeded its maximum lifetime"):
        read_page(token, now=86_400.001)


def test_the_longest_cursor_fits():
    cursor = ["\N{BANK}" * 256, "\N{BANK}" * 64]

    assert len(page_token(KEY, "ListActivityTypes", PARAMS, cursor, 1e9)) <= 2048
