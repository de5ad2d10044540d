from __future__ import annotations

import math

import pytest

from swf.exceptions import InvalidTypeError, ValidationError


def test_timer_of_thirty_days_fires_at_once(history_of):
    def waits(self):
        before = self.now()
        self.sleep(30 * 86_400)
        return (self.now() - before).days

    assert history_of(waits).execution.result == 30


def test_id_of_closed_timer_can_be_reused(history_of):
    def waits(self):
        for _ in range(2):
            first = self.submit(self.start_timer("again", 5, control={"n": 1}))
            assert self.submit(self.start_timer("again", 5)) is first
            first.wait()
        return self.get_event_details("timer", "again"), self.get_event_details("timer", "other")

    history = history_of(waits)

    assert history.execution.result["value"] == [{"id": "again", "state": "fired"}, None]
    assert len(history.timers["again"].attempts) == 2


def test_timer_is_canceled_by_id(history_of):
    def cancels(self):
        timer = self.submit(self.start_timer("t", 600))
        self.sleep(1)
        self.submit(self.cancel_timer("t"))
        return timer.cancelled, self.get_event_details("timer", "t")["state"]

    history = history_of(cancels)

    assert history.execution.result["value"] == [True, "canceled"]
    assert history.timers["t"].state == "canceled"


def test_timeout_of_timer_can_be_text(history_of):
    def waits(self):
        self.submit(self.start_timer("t", "5")).wait()

    assert history_of(waits).timers["t"].start_to_fire_timeout == 5


@pytest.mark.parametrize("seconds", [-1, "soon", None, [1], math.inf, math.nan, 10**9])
@pytest.mark.parametrize(
    ("field", "start"),
    [
        ("timeout", lambda workflow, seconds: workflow.start_timer("t", seconds)),
        ("seconds", lambda workflow, seconds: workflow.sleep(seconds)),
    ],
    ids=["timer", "sleep"],
)
def test_invalid_timeout_of_timer_raises_in_the_workflow(run, field, start, seconds):
    def waits(self):
        with pytest.raises(
            ValidationError, match="a number of seconds from 0 to 99999999"
        ) as caught:
            start(self, seconds)
        return caught.value.field

    assert run(waits) == field


def test_timer_id_must_be_text(run):
    def waits(self):
        with pytest.raises(InvalidTypeError, match=r"^timer_id=7: must be a str"):
            self.start_timer(7, 60)

    run(waits)


def test_open_timer_does_not_keep_execution_open(history_of):
    def forgets(self):
        self.submit(self.start_timer("t", 86_400))
        self.sleep(1)

    history = history_of(forgets)

    assert history.timers["t"].state == "canceled"
    assert history.execution.duration.total_seconds() < 60
