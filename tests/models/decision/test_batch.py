"""Splitting decisions into several responses."""

import json

import botocore.session
import pytest
from botocore.serialize import create_serializer
from hypothesis import given
from hypothesis import strategies as st

from swf.exceptions import ValidationError
from swf.models.decision import (
    REQUEST_SIZE_LIMIT,
    WAKE_UP_TIMER_ID,
    complete_workflow_execution,
    record_marker,
    schedule_activity_task,
    split,
    start_timer,
)

LETTERS = st.sampled_from(["x", "é", '"', "\n", "\U0001f600"])
PAYLOADS = st.builds(lambda letter, n: letter * n, LETTERS, st.integers(0, 2_000))
MARKERS = st.lists(st.builds(lambda text: record_marker("m", details=text), PAYLOADS), max_size=60)
LIMIT = 50_000

MODEL = botocore.session.get_session().get_service_model("swf")


def request_size(decisions, execution_context=None):
    """Return the bytes that botocore sends, with the largest envelope that we expect."""
    request = {
        "taskToken": "t" * 1024,
        "decisions": decisions,
        "taskList": {"name": "\U0001f600" * 256},
        "taskListScheduleToStartTimeout": "60",
    }
    if execution_context is not None:
        request["executionContext"] = execution_context
    operation = MODEL.operation_model("RespondDecisionTaskCompleted")
    sent = create_serializer("json").serialize_to_request(request, operation)
    headers_with_a_session_token = 8_192
    return len(sent["body"]) + headers_with_a_session_token


def rounds(decisions, **options):
    """Respond to decision tasks until no decision remains, as a decider that decides again."""
    while True:
        now, later = split(decisions, **options)
        yield now
        if not later:
            return
        decisions = later


def test_fitting_decisions_are_sent_at_once():
    decisions = [start_timer("t", 1), complete_workflow_execution("done")]

    assert split(decisions) == (decisions, [])


def test_no_decisions_are_no_decisions():
    assert split([]) == ([], [])


def test_many_small_decisions_fit_one_response():
    decisions = [schedule_activity_task(f"a{i}", ("charge", "1.0")) for i in range(4_000)]

    assert split(decisions) == (decisions, [])


def test_remaining_decisions_wait_for_a_wake_up_timer():
    decisions = [record_marker(f"m{i}", details="x" * 30_000) for i in range(50)]

    now, later = split(decisions)

    assert now[-1] == start_timer(WAKE_UP_TIMER_ID, 0)
    assert now[:-1] + later == decisions
    assert len(now) > 30


def test_close_waits_for_all_others():
    decisions = [record_marker("m", details="x" * 30_000) for _ in range(50)]
    decisions.append(complete_workflow_execution())

    *before, last = rounds(decisions)

    assert before
    assert not any(decision.is_closing for response in before for decision in response)
    assert last[-1] == complete_workflow_execution()


def test_execution_context_takes_its_room():
    decisions = [record_marker("m", details="x" * 30_000) for _ in range(33)]
    context = "\U0001f600" * 32_768

    assert len(split(decisions, execution_context=context)[0]) < len(split(decisions)[0])


def test_close_that_is_not_last_is_refused():
    decisions = [complete_workflow_execution(), record_marker("m")]

    with pytest.raises(ValidationError, match=r"decisions\[0\].*CompleteWorkflowExecution.*last"):
        split(decisions)


def test_two_closes_are_refused():
    with pytest.raises(ValidationError, match="last"):
        split([complete_workflow_execution(), complete_workflow_execution()])


def test_decision_larger_than_a_response_is_refused():
    decisions = [record_marker("m"), record_marker("m", details="x" * 30_000)]

    with pytest.raises(ValidationError, match=r"decisions\[1\].*RecordMarker.*30\d\d\d bytes"):
        split(decisions, limit=40_000)


def test_largest_decision_fits_a_response():
    large = "\U0001f600" * 32_768

    decision = schedule_activity_task("a", ("charge", "1.0"), input=large, control=large)

    assert len(json.dumps(decision)) > 780_000
    assert split([decision]) == ([decision], [])


@given(MARKERS)
def test_every_decision_is_sent_once_in_order(decisions):
    sent = [decision for response in rounds(decisions, limit=LIMIT) for decision in response]

    wake_up = start_timer(WAKE_UP_TIMER_ID, 0)
    assert [decision for decision in sent if decision != wake_up] == decisions


@given(MARKERS)
def test_every_response_but_the_last_makes_progress_and_wakes_up(decisions):
    *before, last = rounds(decisions, limit=LIMIT)

    wake_up = start_timer(WAKE_UP_TIMER_ID, 0)
    assert all(response[-1] == wake_up and len(response) > 1 for response in before)
    assert wake_up not in last


@given(MARKERS, st.none() | st.text(LETTERS, max_size=100))
def test_no_request_exceeds_the_limit(decisions, context):
    for response in rounds(decisions, execution_context=context, limit=LIMIT):
        assert request_size(response, context) <= LIMIT


def test_full_request_is_below_the_service_limit():
    decisions = [record_marker("m", details="é" * 5_000) for _ in range(100)]

    responses = list(rounds(decisions))

    assert len(responses) > 1
    assert all(request_size(response) <= REQUEST_SIZE_LIMIT for response in responses)
