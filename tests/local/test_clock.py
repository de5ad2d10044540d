from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest

from swf.local.clock import START, ManualClock, SkippingClock, SystemClock


class Timeline:
    """A timeline that records its ticks."""

    def __init__(self, clock, *deadlines):
        self.clock = clock
        self.deadlines = sorted(deadlines)
        self.fired = []
        self.ticks = 0

    def next_deadline(self):
        return self.deadlines[0] if self.deadlines else None

    def tick(self):
        self.ticks += 1
        while self.deadlines and self.deadlines[0] <= self.clock.now():
            self.fired.append((self.deadlines.pop(0), self.clock.now()))


@pytest.fixture
def clock():
    return ManualClock(1000)


def test_a_manual_clock_stands_still(clock):
    assert [clock.now(), clock.now()] == [1000, 1000]


def test_a_manual_clock_starts_at_the_same_time_each_day():
    assert ManualClock().datetime() == START


@pytest.mark.parametrize(
    ("step", "expected"),
    [(5, 1005), (0.25, 1000.25), (timedelta(days=30), 1000 + 30 * 86400), (0, 1000)],
    ids=["seconds", "fraction", "timedelta", "nothing"],
)
def test_a_manual_clock_advances_by(clock, step, expected):
    clock.advance(step)

    assert clock.now() == expected


@pytest.mark.parametrize(
    "target", [2000, datetime.fromtimestamp(2000, timezone.utc)], ids=["seconds", "datetime"]
)
def test_a_manual_clock_advances_to(clock, target):
    clock.advance_to(target)

    assert clock.now() == 2000


def test_overdue_deadlines_fire_in_order_at_their_own_times(clock):
    timeline = Timeline(clock, 1030, 1010, 1020)
    clock.attach(timeline)

    clock.advance(25)

    assert timeline.fired == [(1010, 1010), (1020, 1020)]
    assert clock.now() == 1025


def test_overdue_deadline_does_not_move_the_clock_back(clock):
    timeline = Timeline(clock, 900)
    clock.attach(timeline)

    clock.advance(0)

    assert timeline.fired == [(900, 1000)]


def test_advancing_a_manual_clock_backwards_raises(clock):
    with pytest.raises(ValueError, match="must not be before"):
        clock.advance(-1)

    assert clock.now() == 1000


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a time zone"):
        ManualClock(datetime(2024, 1, 1))


def test_a_clock_belongs_to_one_service(clock):
    clock.attach(Timeline(clock))

    with pytest.raises(ValueError, match="clock belongs to another service"):
        clock.attach(Timeline(clock))


def test_detached_clock_can_be_reused(clock):
    timeline = Timeline(clock, 1001)
    clock.attach(Timeline(clock))
    clock.detach()
    clock.attach(timeline)

    clock.advance(1)

    assert timeline.fired == [(1001, 1001)]


class Machine:
    """The wall clock and the monotonic clock of a machine."""

    def __init__(self):
        self.wall, self.monotonic = 100.0, 7.0

    def run(self, seconds):
        self.wall += seconds
        self.monotonic += seconds


@pytest.fixture
def machine(monkeypatch):
    machine = Machine()
    monkeypatch.setattr("time.time", lambda: machine.wall)
    monkeypatch.setattr("time.monotonic", lambda: machine.monotonic)
    return machine


def test_system_clock_continues_when_the_system_time_is_set_back(machine, caplog):
    clock = SystemClock()
    machine.wall -= 3600
    times = []
    for _ in range(3):
        machine.run(5)
        times.append(clock.now())

    assert times == [105.0, 110.0, 115.0]
    assert caplog.messages == ["system time was set back by 3600.0 s, time continues"]


def test_system_clock_follows_the_system_time_forward(machine, caplog):
    clock = SystemClock()
    machine.run(1)
    machine.wall += 3600

    assert clock.now() == 3701.0
    assert caplog.messages == ["system time jumped forward by 3600.0 s"]


def test_reading_a_system_clock_often_does_not_speed_it_up(machine):
    clock = SystemClock()
    for _ in range(10_000):
        machine.run(0.0006)
        clock.now()

    assert clock.now() == pytest.approx(106.0)


def test_system_clock_continues_from_the_latest_recorded_time(machine, caplog):
    clock = SystemClock()
    clock.resume_from(86500.0)
    machine.run(2)

    assert clock.now() == 86502.0
    assert caplog.messages == ["latest recorded time is 86400.0 s ahead, continuing from it"]


@pytest.mark.parametrize("kind", [SystemClock, SkippingClock, ManualClock])
def test_earlier_recorded_time_changes_no_clock(kind, machine):
    clock = kind()
    before = clock.now()

    clock.resume_from(50.0)

    assert clock.now() == before


def test_a_system_clock_counts_whole_milliseconds(machine):
    machine.wall = 1700000000.1239

    assert SystemClock().now() == 1700000000.124


def test_system_clock_can_jump(machine):
    clock = SystemClock()

    clock.jump(3600)

    assert clock.now() == 3700.0


def test_skipping_clock_keeps_running_after_a_skip(machine):
    clock = SkippingClock()
    clock.skip_to(5000.0)
    skipped = clock.now()

    machine.run(7)

    assert (skipped, clock.now()) == (5000.0, 5007.0)


def test_a_skipping_clock_does_not_skip_back(machine):
    clock = SkippingClock()

    clock.skip_to(50.0)

    assert clock.now() == 100.0


def test_held_clock_skips_nothing_and_ticks_on_release():
    clock = SkippingClock()
    timeline = Timeline(clock)
    clock.attach(timeline)

    with clock.hold():
        held = (clock.skips, timeline.ticks)

    assert held == (False, 0)
    assert (clock.skips, timeline.ticks) == (True, 1)


@pytest.mark.parametrize("kind", [ManualClock, SkippingClock])
def test_a_virtual_clock_goes_back_to_a_snapshot(kind, machine):
    clock = kind()
    before = clock.now()
    clock.jump(500)

    clock.rewind(before)

    assert clock.now() == before


def test_manual_clock_has_no_real_wait(clock):
    assert clock.real_seconds_until(1001) is None
    assert clock.real_seconds_until(1000) == 0


def test_system_clock_waits_until_the_deadline(machine):
    assert SystemClock().real_seconds_until(107.5) == 7.5


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e300])
@pytest.mark.parametrize("kind", [SystemClock, SkippingClock, ManualClock])
def test_clock_refuses_a_jump_that_would_stop_it(kind, seconds):
    clock = kind()
    before = clock.now()

    with pytest.raises(ValueError, match="must"):
        clock.jump(seconds)

    assert before <= clock.now() < before + 60


def test_manual_clock_refuses_a_start_that_is_no_time():
    with pytest.raises(ValueError, match="time=nan: must be finite"):
        ManualClock(float("nan"))


@pytest.mark.parametrize("kind", [SystemClock, SkippingClock])
@pytest.mark.parametrize("step", [-86_400, -2, 2, 86_400])
def test_time_goes_on_after_any_jump_of_the_host_clock(kind, step, machine):
    """Also after several jumps, a skip, and a restart that continues from the recorded time."""
    clock = kind()
    times = [clock.now()]
    for _ in range(3):
        machine.wall += step
        machine.run(5)
        times.append(clock.now())
    clock.skip_to(times[-1] + 100)
    machine.wall -= step
    machine.run(5)
    times.append(clock.now())
    restarted = kind()
    restarted.resume_from(times[-1])
    machine.wall += step
    machine.run(5)
    times.append(restarted.now())

    assert all(later - earlier >= 4.5 for earlier, later in pairwise(times))


@pytest.mark.parametrize("kind", [SystemClock, SkippingClock])
def test_resumed_clock_runs_on_after_jumps_while_it_was_frozen(kind, machine):
    clock = kind()
    clock.freeze()
    machine.wall -= 3600
    machine.run(10)
    clock.jump(30)
    frozen = clock.now()
    clock.resume()
    machine.run(5)

    assert (frozen, clock.now()) == (130.0, 135.0)
