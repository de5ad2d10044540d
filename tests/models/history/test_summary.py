"""The summary of a history."""


def test_summary_counts_by_state(stories):
    summary = stories["activities"].summary()

    assert summary.counts["activities"] == {
        "completed": 1,
        "failed": 1,
        "timed_out": 2,
        "canceled": 2,
        "schedule_failed": 1,
    }
    assert (summary.status, summary.open, summary.problems) == ("COMPLETED", {}, 0)


def test_summary_is_readable(history):
    assert str(history.summary()) == (
        "OPEN, 8 events\n"
        "timers: 1 fired, 1 started\n"
        "decision tasks: 1 completed, 1 scheduled\n"
        "open timers: t2\n"
        "open decision tasks: 8"
    )
