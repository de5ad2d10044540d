import random

from hypothesis import given
from hypothesis import strategies as st

from swf.exceptions import HistoryError
from swf.models.history import History, builder
from swf.models.history.invariants import check

KINDS = (
    "activities",
    "timers",
    "children",
    "lambdas",
    "external_signals",
    "external_cancels",
    "decision_tasks",
)


def state(history):
    """Return the state of every view of a history."""
    entities = {kind: dict(getattr(history, kind)) for kind in KINDS}
    open_ones = {kind: getattr(history, kind).open for kind in KINDS}
    signals, markers = list(history.signals), list(history.markers)
    return (entities, open_ones, signals, markers, history.execution, history.refusals)


def step(history, chance):
    """Add one random possible event; the few ids are reused."""
    name = chance.choice("abc")
    steps = [
        lambda: history.activity_scheduled(name, input={"n": chance.randrange(9)}),
        lambda: history.activity_started(name),
        lambda: history.activity_completed(name, chance.randrange(9)),
        lambda: history.activity_failed(name, "why"),
        lambda: history.activity_timed_out(name, "SCHEDULE_TO_CLOSE"),
        lambda: history.activity_cancel_requested(name),
        lambda: history.activity_canceled(name),
        lambda: history.schedule_activity_failed(name),
        lambda: history.timer_started(name, chance.randrange(60)),
        lambda: history.timer_fired(name),
        lambda: history.timer_canceled(name),
        lambda: history.child_initiated(name),
        lambda: history.child_started(name),
        lambda: history.child_completed(name),
        lambda: history.start_child_failed(name),
        lambda: history.signal_external_initiated(name, "go"),
        lambda: history.external_signaled(),
        lambda: history.signal_external_failed(),
        lambda: history.request_cancel_external_initiated(name),
        lambda: history.external_cancel_requested(),
        lambda: history.lambda_scheduled(name),
        lambda: history.lambda_completed(name),
        lambda: history.start_lambda_failed(name),
        lambda: history.marker_recorded(name, chance.randrange(9)),
        lambda: history.signaled(name),
        lambda: history.cancel_requested(),
        lambda: history.decision_task_started(),
        lambda: history.decision_task_timed_out(),
    ]
    try:
        chance.choice(steps)()
    except HistoryError:
        return  # it cannot be just now, and was not written


@st.composite
def histories(draw):
    """Draw a plausible history with many open entities."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    history = builder.started()
    for _ in range(draw(st.integers(0, 80))):
        step(history, chance)
    return history.raw


@given(histories())
def test_builder_writes_sound_histories(raw):
    assert check(raw) == []
    assert History(raw=raw).problems == []
    assert History(raw=raw).compile()


@given(histories(), st.data())
def test_pieces_make_the_whole(raw, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=5)))
    whole = History(raw=raw)
    growing = History()

    for begin, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        overlap = data.draw(st.integers(0, 3))
        growing.extend(raw[max(0, begin - overlap) : end])
        assert state(growing) == state(whole[:end])

    assert growing == whole
    assert growing.problems == whole.problems


@given(histories(), st.randoms())
def test_order_of_pages_does_not_matter(raw, chance):
    shuffled = list(raw)
    chance.shuffle(shuffled)

    assert state(History(raw=shuffled)) == state(History(raw=raw))


@given(histories(), st.data())
def test_partial_history_is_readable_and_lists_its_problems(raw, data):
    partial = data.draw(st.lists(st.sampled_from(raw), unique_by=lambda event: event["eventId"]))
    history = History(raw=partial)

    state(history)
    history.decision_batches()
    history.summary()

    assert bool(history.problems) == (bool(partial) and history.raw != raw[: len(partial)])
