from __future__ import annotations

import pytest

from swf.dataflow import Workflow, futures, replay
from swf.exceptions import InvalidTypeError


def test_execution_continues_as_new_with_new_arguments(make_local, acts):
    class Counts(Workflow):
        name, tag_list = "counts", ["again"]

        def run(self, n, so_far=()):
            so_far = [*so_far, self.submit(acts.double, n).result]
            if n == 0:
                return so_far, self.get_run_context()["tag_list"]
            return self.submit(self.continue_as_new(n - 1, so_far=so_far)).result

    local = make_local(Counts)

    assert local.result(local.start(Counts, 3)) == ([6, 4, 2, 0], ["again"])


def test_workflow_can_continue_as_new_at_its_event_budget(make_local, acts):
    class Counter(Workflow):
        name, version, event_budget = "counter", "1", 30

        def run(self, number):
            while number < 20:
                number = self.submit(acts.increment, number).result
                if self.should_continue_as_new:
                    self.submit(self.continue_as_new(number))
                    return None
            return number

    local = make_local(Counter)
    execution = local.start(Counter, 0)
    local.run_until_idle()

    runs = list(execution.domain.executions.filter(workflow_id=execution.workflow_id))
    lengths = [len(one.history()) for one in runs]
    assert runs[0].history().execution.result == 20
    assert len(runs) > 3
    assert max(lengths) < 40


@pytest.mark.parametrize("budget", [5, 50])
def test_long_history_sets_should_continue_as_new_and_warns(run, acts, budget, caplog):
    def code(self):
        before = self.should_continue_as_new
        for _ in range(5):
            self.submit(acts.double, 1).wait()
        return [before, self.should_continue_as_new]

    assert run(code, attributes={"event_budget": budget}) == [False, budget == 5]
    assert ("continue as new soon" in caplog.text) is (budget == 5)


@pytest.mark.parametrize("replay_every_decision", [False])
def test_cached_execution_warns_once_about_length(make_local, acts, caplog):
    class Long(Workflow):
        event_budget = 5

        def run(self):
            for _ in range(5):
                self.submit(acts.double, 1).wait()

    local = make_local(Long)
    local.run(local.start(Long))

    assert caplog.text.count("continue as new soon") == 1


class Carries(Workflow):
    name, version, event_budget = "carries", "1", 30

    def run(self, items, total=0):
        self.rest, self.total = items, total
        while self.rest:
            pair = self.map(self.double, self.rest[:2])
            self.total += sum(futures.wait(*pair))
            self.rest = self.rest[2:]
        return self.total

    def on_continue_as_new(self):
        return self.continue_as_new(self.rest, total=self.total)


def test_workflow_with_hook_continues_as_new_automatically(make_local, acts):
    Carries.double = acts.double
    local = make_local(Carries)
    execution = local.start(Carries, list(range(40)))

    assert local.result(execution) == 2 * sum(range(40))

    runs = list(execution.domain.executions.filter(workflow_id=execution.workflow_id))
    histories = [one.history() for one in runs]
    assert len(histories) > 3
    assert max(map(len, histories)) < 50
    assert all(history.open_activities == [] for history in histories)
    assert sum(len(history.activities) for history in histories) == 40
    for history in histories:
        replay(Carries, history)


def test_hook_must_return_a_continuation(make_local, acts):
    class Forgets(Carries):
        name = "forgets to return"

        def on_continue_as_new(self):
            self.continue_as_new(self.rest)

    Carries.double = acts.double
    local = make_local(Forgets)

    with pytest.raises(
        InvalidTypeError, match=r"on_continue_as_new=None: must return self\.continue_as_new"
    ):
        local.result(local.start(Forgets, list(range(40))))


def test_late_signal_is_delivered_before_execution_continues_as_new(make_local, acts):
    class Hears(Workflow):
        name, event_budget = "hears and carries", 20

        def run(self, number=0, inputs=()):
            self.number, self.inputs = number, list(inputs)
            news = self.submit(self.wait_signal("news"))
            news.add_done_callback(lambda future: self.inputs.append(future.result))
            while self.number < 5:
                self.submit(acts.double, 1).wait()
                self.number += 1
            return self.inputs

        def on_continue_as_new(self):
            if not sent:
                sent.append(execution.signal("news", "late"))
            return self.continue_as_new(self.number, self.inputs)

    local, sent = make_local(Hears), []
    execution = local.start(Hears)

    assert local.result(execution) == ["late"]
    names = [event.name for event in execution.history()]
    assert "ContinueAsNewWorkflowExecutionFailed" in names


class MuteError(Exception):
    def __str__(self):
        raise RuntimeError("no text")


@pytest.mark.parametrize("way", ["details", "reason", "error"])
def test_execution_fails_with_a_value_without_a_text(way, history_of):
    def code(self):
        if way == "error":
            raise MuteError
        self.fail(*(("reason", MuteError()) if way == "details" else (MuteError(),)))

    history = history_of(code, attributes={"fails_on": (MuteError,)})

    assert history.execution.close_status == "FAILED"
    text = f"{history.execution.reason} {history.execution.details}"
    assert "(no message: str() failed)" in text
