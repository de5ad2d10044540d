"""The cost of one replay grows linearly with the number of commands."""

from __future__ import annotations

import sys

import pytest

from swf.dataflow import Local, Workflow, activity, futures, replay
from swf.models.history import History


@activity.with_attributes()
def price(number):
    return number


def markers(self, count):
    for number in range(count):
        self.submit(self.record_marker(f"m{number}", number))
        self.get_event_details("marker", "m0")


def side_effects(self, count):
    for number in range(count):
        self.side_effect(int, number)


def patches(self, count):
    for number in range(count):
        self.patched(f"p{number}")


def timers(self, count):
    pending = [self.submit(self.start_timer(f"t{number}", number)) for number in range(count)]
    for future in futures.as_completed(pending):
        future.wait()


def activities(self, count):
    futures.wait(*self.map(price, range(count)))


def signals(self, count):
    stop = self.submit(self.wait_signal("stop"))
    for _ in range(count):
        futures.wait_any(stop, self.submit(self.wait_signal("news", consume=True)))


def instructions_of(function):
    """Return the number of bytecode instructions that a call of the function executes."""
    count = 0

    def trace(frame, event, _argument):
        nonlocal count
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before)
    return count


def cost_of_replay(code, count):
    workflow = type("Long", (Workflow,), {"name": "long", "run": code})
    with Local(workflow, activities=[price]) as local:
        execution = local.start(workflow, count)
        for number in range(count * (code is signals)):
            execution.signal("news", number)
        history = History(local.run(execution).history().raw)
    return instructions_of(lambda: replay(workflow, history))


@pytest.mark.parametrize("code", [markers, side_effects, patches, timers, activities, signals])
def test_twice_the_commands_take_twice_the_instructions(code):
    assert cost_of_replay(code, 80) < 2.1 * cost_of_replay(code, 40)
