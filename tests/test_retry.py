"""`Retry`: the policy, and the names of failed attempts."""

import pytest

from swf.exceptions import ValidationError
from swf.models.history import builder
from swf.retry import Retry, failure_names


@pytest.mark.parametrize(
    ("policy", "failures", "delay"),
    [
        (Retry(), 1, 0),
        (Retry(), 2, 0),
        (Retry(), 3, None),
        (Retry(max_attempts=1), 1, None),
        (Retry(max_attempts=None), 10_000, 0),
        (Retry(max_attempts=9, delay=5), 1, 5),
        (Retry(max_attempts=9, delay=5), 2, 10),
        (Retry(max_attempts=9, delay=5), 3, 20),
        (Retry(max_attempts=9, delay=5, backoff=1), 3, 5),
        (Retry(max_attempts=9, delay=5, max_delay=12), 3, 12),
        (Retry(max_attempts=9, delay=0.2), 1, 1),
        (Retry(max_attempts=None, delay=5), 5000, 99_999_999),
    ],
)
def test_the_delay_follows_from_the_number_of_failures(policy, failures, delay):
    assert policy.next_delay(failures) == delay


def test_jitter_is_bounded_and_deterministic():
    policy = Retry(max_attempts=None, delay=1000, backoff=1, jitter=0.5)

    delays = [policy.next_delay(failures, key="resize-1") for failures in range(1, 50)]

    assert all(500 <= delay <= 1000 for delay in delays)
    assert len(set(delays)) > 40
    assert delays == [policy.next_delay(failures, key="resize-1") for failures in range(1, 50)]
    assert delays != [policy.next_delay(failures, key="resize-2") for failures in range(1, 50)]


@pytest.mark.parametrize(
    ("on", "names", "retried"),
    [
        ((), ["failed", "ValueError"], True),
        ("ValueError", ["failed", "ValueError"], True),
        (("ValueError",), ["failed", "KeyError"], False),
        ((OSError,), ["failed", "ConnectionResetError"], True),
        ((OSError,), ["failed", "KeyError"], False),
        (("HEARTBEAT",), ["timed_out", "HEARTBEAT"], True),
        (("timed_out",), ["timed_out", "HEARTBEAT"], True),
        (("HEARTBEAT",), ["timed_out", "START_TO_CLOSE"], False),
    ],
)
def test_only_named_failures_are_retried(on, names, retried):
    assert (Retry(on=on).next_delay(1, names) is not None) is retried


@pytest.mark.parametrize(
    "wrong",
    [{"max_attempts": 0}, {"delay": -1}, {"backoff": 0.5}, {"jitter": 1.5}, {"max_delay": -1}],
)
def test_invalid_policy_is_refused(wrong):
    with pytest.raises(ValidationError):
        Retry(**wrong)


def test_failure_names_include_error_class():
    history = builder.started().activity_scheduled("a").activity_failed("a", "app.Bad: no such")

    assert set(failure_names(history.activities["a"])) == {"failed", "app.Bad", "Bad"}


def test_failure_names_include_timeout_type():
    history = builder.started().activity_scheduled("a").activity_timed_out("a", "HEARTBEAT")

    assert failure_names(history.activities["a"]) == ["timed_out", "HEARTBEAT"]
