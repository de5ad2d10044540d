from __future__ import annotations

import pytest

from swf.exceptions import SWFError


def test_markers_are_recorded_and_listed(history_of):
    def marks(self):
        self.submit(self.record_marker("step", {"n": 1}))
        self.submit(self.record_marker("step", {"n": 2}))
        self.submit(self.record_marker("bare"))
        before = self.list_markers()
        self.sleep(1)
        names = [marker.name for marker in self.list_markers(all=True)]
        return before, self.list_markers(), names, self.get_event_details("marker", "step")

    history = history_of(marks)

    before, after, names, details = history.execution.result["value"]
    assert [each["value"] for each in after] == [["step", {"n": 2}], ["bare", None]]
    assert before == after
    assert names == ["step", "step", "bare"]
    assert details == {"name": "step", "details": {"n": 2}}


def test_marker_details_and_signal_input_resolve_futures(run, acts):
    def notes(self):
        one, two = self.submit(acts.double, 1), self.submit(acts.double, 2)
        marker = self.submit(self.record_marker("sum", {"of": [one, two]}))
        self.submit(self.signal("go", one, by=two))
        signal = self.submit(self.wait_signal("go")).result
        return marker.result, signal["args"], signal["kwargs"], self.list_markers()[0].details

    assert run(notes) == ({"of": [2, 4]}, [2], {"by": 4}, {"of": [2, 4]})


def test_event_details_of_unknown_type_raise(run):
    def asks(self):
        with pytest.raises(ValueError, match="signal, marker or timer"):
            self.get_event_details("activity", "x")

    run(asks)


def test_side_effect_runs_once_and_replays_its_value(history_of, acts):
    calls = []

    def ask():
        calls.append(1)
        return {"answer": len(calls)}

    def code(self):
        first = self.side_effect(ask)
        self.submit(acts.double, 1).wait()
        second = self.side_effect(ask)
        self.submit(acts.double, 1).wait()
        return [first, second]

    history = history_of(code)

    assert history.execution.result == [{"answer": 1}, {"answer": 2}]
    assert len(calls) == 2


def test_side_effect_returns_decoded_value_on_first_call(run, acts):
    class Answer(dict):
        pass

    def code(self):
        answer = self.side_effect(Answer, a=1)
        self.submit(acts.double, type(answer).__name__).wait()
        return answer

    assert run(code) == {"a": 1}


def test_engine_markers_are_not_listed(run):
    def code(self):
        self.side_effect(lambda: 1)
        self.patched("new")
        self.submit(self.record_marker("mine", 1)).wait()
        self.sleep(1)
        return self.list_markers(all=True)

    assert run(code) == [("mine", 1)]


@pytest.mark.parametrize(
    "use",
    [
        lambda workflow, future: workflow.sleep(1),
        lambda workflow, future: future.wait(),
        lambda workflow, future: workflow.submit(workflow.record_marker("m")),
    ],
    ids=["sleep", "wait", "submit"],
)
def test_function_of_a_side_effect_must_not_use_the_workflow(use, run, acts):
    def code(self):
        future = self.submit(acts.double, 1)
        with pytest.raises(SWFError, match="in the function of a side effect"):
            self.side_effect(use, self, future)
        return future.result

    assert run(code) == 2
