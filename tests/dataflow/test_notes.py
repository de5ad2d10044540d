from __future__ import annotations

import pytest

from swf.dataflow import Workflow, futures, replay
from swf.exceptions import InvalidTypeError


def test_what_was_asked_of_the_world_is_asked_once_and_found_again(history_of, acts):
    asked = []

    def ask():
        asked.append(1)
        return {"answer": len(asked)}

    def code(self):
        first = self.side_effect(ask)
        self.submit(acts.double, 1).wait()
        second = self.side_effect(ask)
        self.submit(acts.double, 1).wait()
        return [first, second]

    history = history_of(code)

    assert history.execution.result == [{"answer": 1}, {"answer": 2}]
    assert len(asked) == 2


def test_what_the_world_said_is_at_once_what_a_replay_finds(run, acts):
    class Answer(dict):
        pass

    def code(self):
        answer = self.side_effect(Answer, a=1)
        self.submit(acts.double, type(answer).__name__).wait()
        return answer

    assert run(code) == {"a": 1}


def test_notes_of_the_engine_are_no_markers_of_the_workflow(run):
    def code(self):
        self.side_effect(lambda: 1)
        self.patched("new")
        self.submit(self.record_marker("mine", 1)).wait()
        self.sleep(1)
        return self.list_markers(all=True)

    assert run(code) == [("mine", 1)]


def test_a_long_history_can_be_left_behind(make_local, acts):
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
def test_the_budget_counts_what_a_decision_has_seen_and_warns(run, acts, budget, caplog):
    def code(self):
        before = self.should_continue_as_new
        for _ in range(5):
            self.submit(acts.double, 1).wait()
        return [before, self.should_continue_as_new]

    assert run(code, attributes={"event_budget": budget}) == [False, budget == 5]
    assert ("continue as new soon" in caplog.text) is (budget == 5)


def test_a_workflow_that_stays_in_the_cache_warns_once(make_local, acts, caplog):
    class Long(Workflow):
        event_budget = 5

        def run(self):
            for _ in range(5):
                self.submit(acts.double, 1).wait()

    local = make_local(Long, replay_every_decision=False)
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


def test_a_workflow_that_can_be_carried_on_continues_as_new_by_itself(make_local, acts):
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


def test_a_workflow_is_carried_on_by_a_continuation_only(make_local, acts):
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


def test_what_came_meanwhile_is_heard_before_an_execution_is_carried_on(make_local, acts):
    class Hears(Workflow):
        name, event_budget = "hears and carries", 20

        def run(self, number=0, heard=()):
            self.number, self.heard = number, list(heard)
            news = self.submit(self.wait_signal("news"))
            news.add_done_callback(lambda future: self.heard.append(future.result))
            while self.number < 5:
                self.submit(acts.double, 1).wait()
                self.number += 1
            return self.heard

        def on_continue_as_new(self):
            if not sent:
                sent.append(execution.signal("news", "late"))
            return self.continue_as_new(self.number, self.heard)

    local, sent = make_local(Hears), []
    execution = local.start(Hears)

    assert local.result(execution) == ["late"]
    names = [event.name for event in execution.history()]
    assert "ContinueAsNewWorkflowExecutionFailed" in names
