"""The five histories that the real service wrote."""

import pytest

from swf.models.history import History
from swf.models.history.invariants import open_counts

SCENARIOS = [
    "chain_send_result",
    "child_workflow",
    "simpleflow_idempotent",
    "timer_and_cancel",
    "wait_signal",
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_wrong_with_it(recorded, scenario):
    assert recorded(scenario).problems == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_compiles(recorded, scenario):
    history = recorded(scenario)

    assert sum(len(life) for life in history.distinct) == len(history)
    assert history.compile()[0].state == "completed"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_has_completed_with_nothing_open(recorded, scenario):
    history = recorded(scenario)

    assert history.finished
    assert history.execution.close_status == "COMPLETED"
    assert history.summary().open == {}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_at_every_event_as_much_is_open_as_an_independent_count_says(recorded, scenario):
    history = recorded(scenario)

    for end in range(1, len(history) + 1):
        part = history[:end]
        counted = open_counts(part.raw)
        assert len(part.open_activities) == counted["openActivityTasks"]
        assert len(part.open_timers) == counted["openTimers"]
        assert len(part.open_children) == counted["openChildWorkflowExecutions"]
        assert len(part.open_lambdas) == counted["openLambdaFunctions"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_it_survives_json(recorded, scenario):
    history = recorded(scenario)

    assert History.from_json(history.to_json()) == history


def test_results_are_passed_along_a_chain(recorded):
    results = [one.result for one in recorded("chain_send_result").activities.values()]

    assert results == [6, 12]


def test_timers_fire_or_are_canceled(recorded):
    timers = recorded("timer_and_cancel").timers

    assert {name: timer.state for name, timer in timers.items()} == {
        "timer 2": "canceled",
        "timer 1": "fired",
        "_simpleflow_wake_up_timer": "fired",
    }
    assert timers["timer 1"].running.total_seconds() == pytest.approx(2, abs=0.1)


def test_signals_are_received_in_order(recorded):
    assert [signal.name for signal in recorded("wait_signal").signals] == ["signal", "signal 2"]


def test_a_child_completes(recorded):
    (child,) = recorded("child_workflow").children.values()

    assert (child.state, child.version) == ("completed", "example")
    assert child.name == "tests.integration.workflow.ChainTestWorkflow"
    assert child.initiated_event_id == 5
