from __future__ import annotations

import contextlib
import dataclasses
import math
from collections import OrderedDict, defaultdict, deque
from typing import NamedTuple

import attrs
import pytest

from swf.dataflow import exceptions, futures
from swf.exceptions import ValidationError


def test_a_future_goes_from_pending_to_finished(run, acts):
    def watches(self):
        future = self.submit(acts.double, 2)
        before = (future.pending, future.running, future.finished, future.done)
        future.wait()
        return before, (future.pending, future.running, future.finished, future.done)

    assert run(watches) == ((True, False, False, False), (False, False, True, True))


def test_a_quiet_failure_has_no_result_but_an_exception(run, acts):
    def looks(self):
        failed = self.submit(acts.failing, "broken")
        error = failed.exception
        return failed.result, error.name.endswith("failing"), error.reason, failed.failed

    assert run(looks) == (None, True, "ValueError: broken", True)


def test_a_loud_failure_raises_where_its_result_is_asked_for(run, acts):
    def looks(self):
        try:
            return self.submit(acts.failing_loudly, "broken").result
        except exceptions.TaskException as error:
            return error.exception.reason

    assert run(looks) == "ValueError: broken"


def test_except_exception_does_not_catch_a_wait(run, acts):
    def careless(self):
        try:
            return self.submit(acts.double, 4).result
        except Exception:  # noqa: BLE001 - the point of the test
            return "caught"

    assert run(careless) == 8


@contextlib.contextmanager
def careless():
    try:
        yield
    except Exception:  # noqa: BLE001 - the point of the test
        pytest.fail("caught a wait")


def doubled(self, acts, numbers):
    for number in numbers:
        with careless():
            yield self.submit(acts.double, number).result


def test_waits_pass_through_generators_context_managers_and_finally(run, acts):
    def nests(self):
        try:
            with contextlib.suppress(Exception), careless():
                results = list(doubled(self, acts, [1, 2]))
        finally:
            results.append(self.submit(acts.double, 3).result)
        return results

    assert run(nests) == [2, 4, 6]


class Pair(NamedTuple):
    left: object
    right: object


@dataclasses.dataclass
class Order:
    item: object


@attrs.frozen
class Price:
    value: object


@pytest.mark.parametrize(
    ("place", "received"),
    [
        (lambda f: OrderedDict(a=f), {"a": 2}),
        (lambda f: defaultdict(list, a=f), {"a": 2}),
        (lambda f: {f: "a"}, {2: "a"}),
        (lambda f: Pair(f, 0), (2, 0)),
        (lambda f: deque([f]), [2]),
        (lambda f: {f}, {2}),
        (lambda f: (each for each in [f, [f]]), [2, [2]]),
        (lambda f: [iter([f])], [[2]]),
        (Order, {"item": 2}),
        (lambda f: Price([f]), {"value": [2]}),
    ],
    ids=[
        "mapping",
        "default",
        "key",
        "namedtuple",
        "deque",
        "set",
        "generator",
        "iterator",
        "dataclass",
        "attrs",
    ],
)
def test_futures_may_stand_in_values_of_any_kind(run, acts, place, received):
    def nests(self):
        return self.submit(acts.echo, place(self.submit(acts.double, 1))).result

    assert run(nests) == [[received], {}]


def test_futures_may_stand_in_arguments_at_any_depth(run, acts):
    def nests(self):
        one = self.submit(acts.increment, 0)
        two = self.submit(acts.increment, one)
        return self.submit(acts.echo, [one, (two, {"k": [two]})], x={"y": one}).result

    assert run(nests) == [[[1, (2, {"k": [2]})]], {"x": {"y": 1}}]


def test_a_future_whose_argument_failed_loudly_fails_with_it(run, acts):
    def depends(self):
        broken = self.submit(acts.failing_loudly, "broken")
        return self.submit(acts.double, broken).exception.reason

    assert run(depends) == "ValueError: broken"


def test_what_cannot_be_sent_is_told_at_once_and_holds_nothing_back(run, acts):
    def sends(self):
        for what in ((acts.double, "x" * 40_000), (self.record_marker("m", object()),)):
            with pytest.raises(ValidationError):
                self.submit(*what)
        return "went on"

    assert run(sends) == "went on"


def test_a_quiet_failure_is_none_as_an_argument(run, acts):
    def depends(self):
        return self.submit(acts.echo, self.submit(acts.failing)).result

    assert run(depends) == [[None], {}]


def test_waiting_for_the_first_returns_who_is_done_and_who_is_not(run, acts):
    def races(self):
        slow = self.submit(self.start_timer("slow", 60))
        quick = self.submit(acts.double, 1)
        done, not_done = futures.wait(slow, quick, return_when=futures.FIRST_COMPLETED)
        return done == [quick], not_done == [slow]

    assert run(races) == (True, True)


def test_waiting_for_the_first_exception_ends_at_it(run, acts):
    def races(self):
        slow = self.submit(self.start_timer("slow", 600))
        failed, fine = self.submit(acts.failing), self.submit(acts.double, 1)
        done, _ = futures.wait(slow, failed, fine, return_when=futures.FIRST_EXCEPTION)
        return slow.done, failed in done

    assert run(races) == (False, True)


def test_waiting_for_the_first_of_nothing_is_refused():
    with pytest.raises(ValidationError, match="at least one future"):
        futures.wait_any()


@pytest.mark.parametrize("done", [True, False], ids=["done", "pending"])
@pytest.mark.parametrize(
    ("ask", "field", "rule"),
    [
        (lambda _: futures.wait(1), "fs", "must be a future or an iterable"),
        (lambda _: futures.wait(None), "fs", "must be a future or an iterable"),
        (lambda f: futures.wait([f, 1]), "fs", "must be a future or an iterable"),
        (lambda f: futures.wait_any(f, "f"), "fs", "must be a future or an iterable"),
        (lambda _: list(futures.as_completed(1)), "fs", "must be a future or an iterable"),
        (lambda f: futures.wait(f, return_when="x"), "return_when", "must be one of ALL_COMPLETED"),
        (lambda f: futures.wait(f, return_when=1), "return_when", "must be one of ALL_COMPLETED"),
        (lambda f: futures.wait(f, timeout=math.inf), "timeout", "from 0 to 99999999"),
        (lambda f: futures.wait(f, timeout=-1), "timeout", "from 0 to 99999999"),
        (lambda f: futures.wait(f, timeout="soon"), "timeout", "a number of seconds"),
        (lambda f: futures.wait_any(f, timeout=-1), "timeout", "from 0 to 99999999"),
        (lambda f: list(futures.as_completed([f], timeout=-1)), "timeout", "from 0 to 99999999"),
        (lambda f: f.wait(timeout=-1), "timeout", "from 0 to 99999999"),
        (lambda f: f.wait(timeout=10**8), "timeout", "from 0 to 99999999"),
    ],
)
def test_a_wait_that_cannot_be_is_refused_at_once(run, done, ask, field, rule):
    def waits(self):
        future = self.submit(self.start_timer("t", 5))
        if done:
            future.wait()
        with pytest.raises(ValidationError) as caught:
            ask(future)
        return [caught.value.field, rule in caught.value.rule]

    assert run(waits) == [field, True]


def test_futures_come_as_they_are_completed(run):
    def orders(self):
        timers = [self.submit(self.start_timer(f"t{n}", n)) for n in (30, 10, 20)]
        return [future.id for future in futures.as_completed(timers)]

    assert run(orders) == ["t10", "t20", "t30"]


def test_a_wait_that_takes_too_long_raises_and_leaves_the_future_as_it_was(run, acts):
    def waits(self):
        slow = self.submit(self.start_timer("slow", 600))
        with pytest.raises(TimeoutError, match="WAIT timeout after 10 s"):
            slow.wait(timeout=10)
        return slow.done

    assert run(waits) is False


def test_a_timer_of_a_wait_that_was_in_time_is_canceled(history_of, acts):
    def waits(self):
        self.submit(acts.double, 1).wait(timeout=600)
        self.submit(acts.double, 2).wait()

    history = history_of(waits)

    assert history.timers["wait-1"].state == "canceled"
    assert history.execution.duration.total_seconds() < 60


def test_cancelling_a_timer_is_done_at_once(history_of):
    def cancels(self):
        timer = self.submit(self.start_timer("t", 600))
        self.sleep(1)
        timer.cancel()
        with pytest.raises(exceptions.TaskCanceled):
            _ = timer.result
        return timer.cancelled, isinstance(timer.exception, exceptions.TaskCanceled)

    history = history_of(cancels)

    assert history.execution.close_status == "COMPLETED"
    assert history.timers["t"].state == "canceled"


def test_what_was_not_sent_yet_is_cancelled_without_a_word(history_of, acts):
    def cancels(self):
        future = self.submit(acts.double, 1)
        return future.cancel() and future.cancelled

    history = history_of(cancels)

    assert history.activities == {}
    assert history.execution.close_status == "COMPLETED"


def test_cancelling_an_activity_that_waits_for_a_worker_cancels_it(history_of, acts):
    def cancels(self):
        future = self.submit(acts.double, 1)
        self.sleep(0)
        future.cancel()
        self.submit(acts.echo, future.exception is not None).wait()

    history = history_of(cancels, activities=[acts.echo])

    assert history.execution.close_status == "COMPLETED"
    assert next(iter(history.activities.values())).state == "canceled"


def test_waiting_for_nothing_returns_at_once(run):
    def waits(self):
        return futures.wait(), list(futures.as_completed([])), futures.wait([], timeout=5)

    assert run(waits) == ([], [], [])


def test_wait_takes_lists_of_futures(run, acts):
    def waits(self):
        return futures.wait([self.submit(acts.double, 1), self.submit(acts.double, 2)])

    assert run(waits) == [2, 4]
