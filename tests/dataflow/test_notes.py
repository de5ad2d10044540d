from __future__ import annotations

import pytest

from swf.dataflow import Workflow


def test_what_was_asked_of_the_world_is_asked_once_and_found_again(history_of, acts):
    asked = []

    def ask():
        asked.append(1)
        return {"answer": len(asked)}

    def code(self):
        first = self.invoke_once(ask)
        self.submit(acts.double, 1).wait()
        second = self.invoke_once(ask)
        self.submit(acts.double, 1).wait()
        return [first, second]

    history = history_of(code)

    assert history.execution.result == [{"answer": 1}, {"answer": 2}]
    assert len(asked) == 2


def test_notes_of_the_engine_are_no_markers_of_the_workflow(run):
    def code(self):
        self.invoke_once(lambda: 1)
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
