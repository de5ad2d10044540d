"""Workflow code may change every value that it receives without an effect on decisions."""

from __future__ import annotations

import pytest

from swf.dataflow import Workflow, activity, futures, replay


def change(value):
    """Empty or extend a collection at all depths, and return its former form as text."""
    text = repr(value)
    if isinstance(value, dict):
        for member in list(value.values()):
            change(member)
        value["changed"] = True
    elif isinstance(value, list):
        for member in list(value):
            change(member)
        value.append("changed")
    return text


@activity.with_attributes(name="changed.nested")
def nested(value):
    return {"list": [value, {"deep": [1]}]}


@activity.with_attributes(name="changed.unique", idempotent=True)
def unique(value):
    return {"list": [value]}


@activity.with_attributes(name="changed.failing", retry=1)
def failing():
    raise ValueError("no")


class Changes(Workflow):
    name, version, tag_list = "changes everything", "1", ["tag"]

    def should_cancel(self, history):
        change(history.execution.tag_list)
        return True

    def before_replay(self, history):
        change(history.execution.tag_list)

    after_replay = before_replay

    def on_task_failure(self, ctx):
        change(dict(ctx.__dict__))
        change(getattr(ctx, "event", None))

    def run(self, arguments):
        values = [change(arguments)]
        first, second = self.submit(nested, 1), self.submit(nested, [2, {"x": [3]}])
        twins = [self.submit(unique, first), self.submit(unique, first)]
        values.extend(change(future.result) for future in (first, second, *twins))
        for _ in range(2):
            signal = self.submit(self.wait_signal("news"))
            values.append(change(signal.result))
            values.append(change(self.get_event_details("signal", "news")["input"]))
        values.append(change(self.submit(self.record_marker("m", {"list": [1]})).result))
        for _ in range(2):
            values.append(change(self.get_event_details("marker", "m")))
            values.extend(change(marker.details) for marker in self.list_markers(all=True))
        values.append(change(self.side_effect(lambda: {"list": [1]})))
        values.append(change(self.get_run_context()["tag_list"]))
        values.append(change(self.get_run_context()["tag_list"]))
        self.submit(failing).wait()
        values.append(len(futures.wait(self.submit(nested, values))))
        return values


def result_of_changes(local, *, forget=False):
    execution = local.start(Changes, {"list": [1]})
    local.run_until_idle()
    execution.signal("news", {"list": [1, {"deep": []}]})
    if forget:
        while local.step():
            local.decider.histories.cache.clear()
    result = local.result(execution)
    replay(Changes, execution.history())
    return result


@pytest.mark.parametrize("replay_every_decision", [False])
def test_changed_values_do_not_affect_decisions(make_local):
    warm = result_of_changes(make_local(Changes))
    cold = result_of_changes(make_local(Changes, replay_every_decision=True))
    alternating = result_of_changes(make_local(Changes), forget=True)

    assert warm == cold == alternating
    assert not any("'changed'" in str(text) for text in warm)


@pytest.mark.parametrize("consume", [False, True])
def test_waiters_of_one_signal_receive_separate_values(make_local, consume):
    class Two(Workflow):
        name = "two waiters"

        def run(self):
            waits = [self.submit(self.wait_signal("news", consume=False)) for _ in range(2)]
            waits.append(self.submit(self.wait_signal("news", consume=consume)))
            return [change(wait.result) for wait in waits]

    local = make_local(Two)
    execution = local.start(Two)
    local.run_until_idle()
    execution.signal("news", [1])

    assert local.result(execution) == ["[1]"] * 3
