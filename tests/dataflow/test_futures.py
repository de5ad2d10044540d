from __future__ import annotations

import contextlib
import math
import random

import pytest

from swf.dataflow import exceptions, fibers, futures
from swf.dataflow.ids import Scope
from swf.exceptions import InvalidTypeError, ValidationError


def test_future_changes_from_pending_to_finished(run, acts):
    def watches(self):
        future = self.submit(acts.double, 2)
        before = (future.pending, future.running, future.finished, future.done)
        future.wait()
        return before, (future.pending, future.running, future.finished, future.done)

    assert run(watches) == ((True, False, False, False), (False, False, True, True))


def test_failure_without_raises_on_failure_has_no_result(run, acts):
    def looks(self):
        failed = self.submit(acts.failing, "broken")
        error = failed.exception
        return failed.result, error.name.endswith("failing"), error.reason, failed.failed

    assert run(looks) == (None, True, "ValueError: broken", True)


def test_result_raises_with_raises_on_failure(run, acts):
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


def test_wait_passes_generators_context_managers_and_finally(run, acts):
    def nests(self):
        try:
            with contextlib.suppress(Exception), careless():
                results = list(doubled(self, acts, [1, 2]))
        finally:
            results.append(self.submit(acts.double, 3).result)
        return results

    assert run(nests) == [2, 4, 6]


def test_first_completed_returns_done_and_not_done(run, acts):
    def races(self):
        slow = self.submit(self.start_timer("slow", 60))
        quick = self.submit(acts.double, 1)
        done, not_done = futures.wait(slow, quick, return_when=futures.FIRST_COMPLETED)
        return done == [quick], not_done == [slow]

    assert run(races) == (True, True)


def test_first_exception_ends_the_wait(run, acts):
    def races(self):
        slow = self.submit(self.start_timer("slow", 600))
        failed, fine = self.submit(acts.failing), self.submit(acts.double, 1)
        done, _ = futures.wait(slow, failed, fine, return_when=futures.FIRST_EXCEPTION)
        return slow.done, failed in done

    assert run(races) == (False, True)


def test_wait_any_requires_a_future():
    with pytest.raises(ValidationError, match="at least one future"):
        futures.wait_any()


@pytest.mark.parametrize("done", [True, False], ids=["done", "pending"])
@pytest.mark.parametrize(
    ("wait", "field", "rule"),
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
def test_invalid_arguments_of_waits_are_refused(run, done, wait, field, rule):
    def waits(self):
        future = self.submit(self.start_timer("t", 5))
        if done:
            future.wait()
        with pytest.raises(ValidationError) as caught:
            wait(future)
        return [caught.value.field, rule in caught.value.rule]

    assert run(waits) == [field, True]


def test_as_completed_yields_in_order_of_completion(run):
    def orders(self):
        timers = [self.submit(self.start_timer(f"t{n}", n)) for n in (30, 10, 20)]
        return [future.id for future in futures.as_completed(timers)]

    assert run(orders) == ["t10", "t20", "t30"]


def test_timeout_of_wait_raises_and_keeps_future_pending(run, acts):
    def waits(self):
        slow = self.submit(self.start_timer("slow", 600))
        with pytest.raises(TimeoutError, match="WAIT timeout after 10 s"):
            slow.wait(timeout=10)
        return slow.done

    assert run(waits) is False


def test_timer_of_wait_is_canceled_when_done(history_of, acts):
    def waits(self):
        self.submit(acts.double, 1).wait(timeout=600)
        self.submit(acts.double, 2).wait()

    history = history_of(waits)

    assert history.timers["wait-1"].state == "canceled"
    assert history.execution.duration.total_seconds() < 60


def test_cancelled_timer_is_done_immediately(history_of):
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


def test_task_cancelled_before_sending_is_never_scheduled(history_of, acts):
    def cancels(self):
        future = self.submit(acts.double, 1)
        return future.cancel() and future.cancelled

    history = history_of(cancels)

    assert history.activities == {}
    assert history.execution.close_status == "COMPLETED"


def test_cancelling_scheduled_activity_cancels_it(history_of, acts):
    def cancels(self):
        future = self.submit(acts.double, 1)
        self.sleep(0)
        future.cancel()
        self.submit(acts.echo, future.exception is not None).wait()

    history = history_of(cancels, activities=[acts.echo])

    assert history.execution.close_status == "COMPLETED"
    assert next(iter(history.activities.values())).state == "canceled"


def test_waits_without_futures_return_immediately(run):
    def waits(self):
        return futures.wait(), list(futures.as_completed([])), futures.wait([], timeout=5)

    assert run(waits) == ([], [], [])


def test_wait_accepts_lists_of_futures(run, acts):
    def waits(self):
        return futures.wait([self.submit(acts.double, 1), self.submit(acts.double, 2)])

    assert run(waits) == [2, 4]


def test_done_callback_may_submit(run, acts):
    def workflow(self):
        done = []
        first = self.submit(acts.double, 1)
        first.add_done_callback(lambda _: done.append(self.submit(acts.double, first)))
        first.wait()
        self.submit(acts.double, 0).wait()
        return done[0].result

    assert run(workflow) == 4


def wait_for_any(pending):
    pending.remove(futures.wait_any(pending))


def wait_for_any_argument(pending):
    pending.remove(futures.wait_any(*pending))


def wait_for_completed(pending):
    pending[:] = futures.wait(pending, return_when=futures.FIRST_COMPLETED).not_done


def wait_for_any_and_look(pending):
    futures.wait_any(pending)
    pending[:] = [each for each in pending if not each.done]


def complete_next(pending):
    pending.remove(next(futures.as_completed(pending)))


def complete_all(pending):
    for each in futures.as_completed(list(pending)):
        pending.remove(each)


@pytest.mark.parametrize("batch", [1, 10])
@pytest.mark.parametrize(
    "wait",
    [
        wait_for_any,
        wait_for_any_argument,
        wait_for_completed,
        wait_for_any_and_look,
        complete_next,
        complete_all,
    ],
)
def test_loop_over_pending_futures_registers_each_once(wait, batch):
    registered = []

    class Counted(futures.Future):
        def add_watcher(self, watcher):
            registered.append(self)
            super().add_watcher(watcher)

    def wait_for_all():
        while pending:
            wait(pending)
            futures.wait_any(futures.Future(loop), finished)  # another wait, which is small
            pending.extend(extra)
            extra.clear()

    loop = fibers.EventLoop()
    finished = futures.Future(loop)
    finished.set_finished(None)
    pending, extra = ([Counted(loop) for _ in range(count)] for count in (50, 5))
    order = random.Random(1).sample([*pending, *extra], 55)
    loop.spawn(wait_for_all, Scope())
    loop.run_until_idle()
    for start in range(0, 55, batch):
        for each in order[start : start + batch]:
            each.set_finished(None)
        loop.run_until_idle()

    assert not pending
    assert len(registered) <= 55


def test_as_completed_yields_each_future_once(run):
    def workflow(self):
        timers = [self.submit(self.start_timer(f"t{number}", number)) for number in (2, 1)]
        return [each.id for each in futures.as_completed([*timers, *timers])]

    assert run(workflow) == ["t1", "t2"]


def test_as_completed_reports_its_timeout(run):
    def workflow(self):
        timer = self.submit(self.start_timer("slow", 600))
        with pytest.raises(TimeoutError, match="WAIT timeout after 5 s"):
            list(futures.as_completed([timer], timeout=5))
        return timer.done

    assert run(workflow) is False


def test_waits_do_not_accumulate_on_pending_futures(run, acts):
    def workflow(self):
        slow = self.submit(self.start_timer("slow", 600))
        other = self.submit(self.start_timer("other", 600))
        before = len(slow._callbacks)
        for number in range(3):
            futures.wait_any(slow, self.submit(acts.double, number))
            futures.wait(other, slow, self.map(acts.double, [1]), return_when="FIRST_COMPLETED")
        return len(slow._callbacks) - before, len(slow._watchers), len(other._watchers)

    assert run(workflow) == (0, 1, 0)


async def coroutine(future): ...


def generator(future):
    yield future


@pytest.mark.parametrize("callback", [coroutine, generator])
def test_callback_that_would_not_run_is_refused(callback):
    with pytest.raises(InvalidTypeError, match="must be a function"):
        futures.Future().add_done_callback(callback)
