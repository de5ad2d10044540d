"""The time of one replay for each primitive of workflow code, and its growth.

    python bench/bench_replay.py [--small 1000] [--large 10000]

Each line shows the seconds of a replay of both sizes, and the ratio of these times. A linear replay
has the ratio of the sizes.
"""

from __future__ import annotations

import argparse
import logging
import time

from swf.dataflow import Chain, Group, Local, Workflow, activity, futures, replay
from swf.models.history import History


@activity.with_attributes(name="price", version="1", task_list="bench")
def price(number):
    return number


class Markers(Workflow):
    def run(self, n):
        for number in range(n):
            self.submit(self.record_marker(f"m{number}", number))
            self.get_event_details("marker", "m0")


class SideEffects(Workflow):
    def run(self, n):
        for number in range(n):
            self.side_effect(int, number)


class Patches(Workflow):
    def run(self, n):
        for number in range(n):
            self.patched(f"p{number}")


class Timers(Workflow):
    def run(self, n):
        futures.wait(*[self.submit(self.start_timer(f"t{number}", 60)) for number in range(n)])


class CanceledTimers(Workflow):
    def run(self, n):
        timers = [self.submit(self.start_timer(f"t{number}", 60)) for number in range(n)]
        for timer in timers:
            timer.cancel()
        self.submit(self.wait_signal("end")).wait()


class Signals(Workflow):
    def run(self, n):
        for _ in range(n):
            self.submit(self.wait_signal("news", consume=True)).wait()


class AsCompleted(Workflow):
    def run(self, n):
        timers = [self.submit(self.start_timer(f"t{number}", number)) for number in range(n)]
        for future in futures.as_completed(timers):
            future.wait()


class WaitAny(Workflow):
    def run(self, n):
        stop = self.submit(self.wait_signal("stop"))
        for _ in range(n):
            futures.wait_any(stop, self.submit(self.wait_signal("news", consume=True)))


class Loop(Workflow):
    """A loop that passes all pending futures to each wait."""

    def run(self, n):
        # One decision for 100 timers, because a history has 25,000 events.
        pending = [self.start_timer(f"t{number}", 1 + number // 100) for number in range(n)]
        pending = [self.submit(each) for each in pending]
        while pending:
            pending = self.rest(pending)


class WaitAnyLoop(Loop):
    def rest(self, pending):
        pending.remove(futures.wait_any(pending))
        return pending


class WaitLoop(Loop):
    def rest(self, pending):
        return futures.wait(pending, return_when=futures.FIRST_COMPLETED).not_done


class Activities(Workflow):
    divisor = 10  # an activity takes several events of the 25,000

    def run(self, n):
        for future in futures.as_completed(self.map(price, range(n))):
            _ = future.result


class NestedCanvas(Workflow):
    divisor = 20  # the depth; a result nested deeper cannot be printed by Python

    def run(self, n):
        item = (price, 1)
        for number in range(n):
            item = (Chain, Group)[number % 2](item)
        self.submit(item).wait()


WORKFLOWS = (
    Markers,
    SideEffects,
    Patches,
    Timers,
    CanceledTimers,
    Signals,
    AsCompleted,
    WaitAny,
    WaitAnyLoop,
    WaitLoop,
    Activities,
    NestedCanvas,
)


def record(workflow: type[Workflow], n: int) -> History:
    """Return the history of an execution on the local service."""
    with Local(workflow) as local:
        execution = local.start(workflow, n)
        if workflow in (Signals, WaitAny):
            for number in range(n):
                execution.signal("news", number)
        if workflow is CanceledTimers:
            local.run_until_idle()
            execution.signal("end")
        return local.run(execution).history()


def measure(workflow: type[Workflow], history: History) -> float:
    """Return the processor time of one replay in seconds."""
    history = History(history.raw)
    before = time.process_time()
    replay(workflow, history)
    return time.process_time() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=1000)
    parser.add_argument("--large", type=int, default=10_000)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    print(f"{'primitive':<16}{'number':>8}{'events':>8}{'seconds':>9}{'ratio':>7}")
    for workflow in WORKFLOWS:
        divisor = getattr(workflow, "divisor", 1)
        small, large = options.small // divisor, options.large // divisor
        base = measure(workflow, record(workflow, small))
        history = record(workflow, large)
        seconds = measure(workflow, history)
        ratio = seconds / base
        name = workflow.__name__
        print(f"{name:<16}{large:>8}{len(history):>8}{seconds:>9.2f}{ratio:>7.1f}", flush=True)


if __name__ == "__main__":
    main()
