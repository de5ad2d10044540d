"""Deciders on the embedded service: from a decision task to its response."""

from __future__ import annotations

import random
import threading

import pytest

from swf.actors import Backoff, Decider, Hooks, StickyCache
from swf.exceptions import PermissionDeniedError
from swf.local import LocalSWF, LostResponse, ServerError, SkippingClock, Throttling
from swf.models import Domain, WorkflowType
from swf.models.decision import (
    complete_workflow_execution,
    fail_workflow_execution,
    record_marker,
    start_timer,
)

AT_ONCE = Backoff(base=0, random=random.Random(1))


class Turns(Decider):
    """Starts one timer per decision task and completes after a number of tasks."""

    turns = 3

    def __init__(self, *args, **kwargs):
        super().__init__(*args, backoff=AT_ONCE, **kwargs)
        self.tasks = []

    def decide(self, task):
        self.tasks.append((len(task.history), [event.name for event in task.new_events]))
        turn = len(task.history.timers)
        return (
            [start_timer(f"t{turn}", 60)] if turn < self.turns else [complete_workflow_execution()]
        )


class Failing(Decider):
    """Fails a number of times before it decides."""

    def __init__(self, *args, failures, **kwargs):
        super().__init__(*args, backoff=AT_ONCE, **kwargs)
        self.remaining = failures
        self.errors = []

    def decide(self, task):
        if self.remaining:
            self.remaining -= 1
            raise KeyError("a bug")
        return [complete_workflow_execution(task.input)]


def work_until_closed(execution, *deciders, polls=200):
    for _ in range(polls):
        for decider in deciders:
            decider.poll_once()
        closed = execution.upstream()
        if closed.status == "CLOSED":
            return closed
    raise AssertionError(f"still open:\n{execution.history().summary()}")


def test_decider_reads_input_and_completes_execution(shop, ship):
    class Echo(Decider):
        def decide(self, task):
            return [complete_workflow_execution({"got": task.input})]

    execution = ship.start_execution(input=[1, 2])

    closed = work_until_closed(execution, Echo(shop, "decisions"))

    assert closed.history().execution.result == {"got": [1, 2]}


def test_task_exposes_new_events_and_execution(shop, ship):
    observations = []

    class Look(Decider):
        def decide(self, task):
            observations.append(
                (task.execution.workflow_id, task.workflow_type.name, len(task.token) > 0)
            )
            return [complete_workflow_execution()]

    work_until_closed(ship.start_execution("order-1"), Look(shop, "decisions"))

    assert observations == [("order-1", "ship", True)]


def test_decider_sees_complete_history_and_new_events(shop, ship):
    decider = Turns(shop, "decisions")

    work_until_closed(ship.start_execution(), decider)

    assert [size for size, _ in decider.tasks] == [3, 8, 13, 18]
    assert decider.tasks[1][1] == [
        "DecisionTaskCompleted",
        "TimerStarted",
        "TimerFired",
        "DecisionTaskScheduled",
        "DecisionTaskStarted",
    ]


def test_cached_history_is_not_fetched_again(shop, ship, local):
    decider = Turns(shop, "decisions")

    work_until_closed(ship.start_execution(), decider)

    assert (decider.histories.cache.hits, decider.histories.cache.misses) == (3, 0)


def test_closed_execution_leaves_the_cache(shop, ship):
    decider = Turns(shop, "decisions")
    execution = ship.start_execution()
    decider.poll_once()
    remembered = execution.run_id in decider.histories.cache

    work_until_closed(execution, decider)

    assert (remembered, execution.run_id in decider.histories.cache) == (True, False)


def test_refused_close_is_decided_again(shop, ship):
    class Interrupted(Turns):
        turns = 0

        def decide(self, task):
            if not self.tasks:
                task.execution.signal("wait")
            return super().decide(task)

    decider = Interrupted(shop, "decisions")

    closed = work_until_closed(ship.start_execution(), decider)

    refused = [event.cause for event in closed.history().refusals]
    assert (closed.close_status, refused) == ("COMPLETED", ["UNHANDLED_DECISION"])


def test_decider_without_cache_sees_same_history(shop, ship):
    remembering = Turns(shop, "decisions")
    forgetting = Turns(shop, "decisions", sticky=StickyCache(count=0))

    work_until_closed(ship.start_execution(), remembering)
    work_until_closed(ship.start_execution(), forgetting)

    assert forgetting.tasks == remembering.tasks
    assert forgetting.histories.cache.misses == 3


def test_alternating_deciders_see_same_history(shop, ship):
    alone = Turns(shop, "decisions")
    one, other = Turns(shop, "decisions"), Turns(shop, "decisions")

    work_until_closed(ship.start_execution(), alone)
    work_until_closed(ship.start_execution(), one, other)

    assert sorted(one.tasks + other.tasks) == sorted(alone.tasks)
    assert len(one.tasks) == len(other.tasks) == 2


def test_state_survives_until_next_decision(shop, ship):
    class Counting(Turns):
        def decide(self, task):
            task.state = (task.state or 0) + 1
            self.count = task.state
            return super().decide(task)

    decider = Counting(shop, "decisions")

    work_until_closed(ship.start_execution(), decider)

    assert decider.count == 4


def test_state_is_lost_with_its_history(shop, ship):
    class Counting(Turns):
        states = ()

        def decide(self, task):
            self.states = (*self.states, task.state)
            task.state = "kept"
            return super().decide(task)

    decider = Counting(shop, "decisions", sticky=StickyCache(count=0))

    work_until_closed(ship.start_execution(), decider)

    assert decider.states == (None, None, None, None)


def test_audit_accepts_correct_cache(shop, ship, caplog):
    decider = Turns(shop, "decisions", audit_rate=1.0)

    work_until_closed(ship.start_execution(), decider)

    assert decider.histories.cache.hits == 3
    assert "cached history differs from the service" not in caplog.text


def test_audit_reports_differences_and_uses_fetched_history(shop, ship, caplog):
    class Corrupt(Turns):
        def decide(self, task):
            decisions = super().decide(task)
            if len(self.tasks) == 2:
                task.history._raw[3] = {**task.history._raw[3], "eventTimestamp": 0.0}
            return decisions

    decider = Corrupt(shop, "decisions", audit_rate=1.0)

    closed = work_until_closed(ship.start_execution(), decider)

    assert closed.close_status == "COMPLETED"
    assert caplog.text.count("cached history differs from the service") == 1


def test_execution_context_is_recorded_and_read(shop, ship):
    class Steps(Decider):
        contexts = ()

        def decide(self, task):
            self.contexts = (*self.contexts, task.execution_context)
            task.execution_context = {"step": len(self.contexts)}
            if len(self.contexts) < 3:
                return [start_timer(f"t{len(self.contexts)}", 1)]
            return [complete_workflow_execution()]

    decider = Steps(shop, "decisions")

    closed = work_until_closed(ship.start_execution(), decider)

    assert decider.contexts == (None, {"step": 1}, {"step": 2})
    assert closed.latest_execution_context == '{"step":3}'


def test_bug_keeps_execution_open_and_is_retried(shop, ship, caplog):
    decider = Failing(shop, "decisions", failures=2)

    closed = work_until_closed(ship.start_execution(), decider)

    assert closed.close_status == "COMPLETED"
    assert caplog.text.count("KeyError: 'a bug'") == 2
    assert "2 consecutive failures" in caplog.text


def test_bug_is_logged_with_its_execution(shop, ship, caplog):
    ship.start_execution("order-7")

    Failing(shop, "decisions", failures=1).poll_once()

    assert "'order-7'" in caplog.text


def test_repeated_failures_quarantine_the_execution(shop, ship, caplog):
    decider = Failing(shop, "decisions", failures=100, attempts=3)
    execution = ship.start_execution()

    for _ in range(10):
        decider.poll_once()

    assert decider.remaining == 97
    assert decider.failures.quarantined() == [execution.run_id]
    assert caplog.text.count("execution quarantined") == 1


def test_waiting_task_is_returned_on_stop(shop, ship):
    class Telling(Failing):
        context = threading.Event()

        def on_error(self, task, error):
            self.context.set()

    execution = ship.start_execution()
    with Telling(shop, "decisions", failures=100, quarantine=3600) as failing:
        assert failing.context.wait(10)

    closed = work_until_closed(execution, Failing(shop, "decisions", failures=0))

    assert closed.close_status == "COMPLETED"
    assert not any(event.name == "DecisionTaskTimedOut" for event in closed.history())


def test_failing_execution_does_not_block_others(shop, ship):
    class Picky(Failing):
        def decide(self, task):
            if task.input == "bad":
                raise ValueError("bad input")
            return [complete_workflow_execution()]

    ship.start_execution(input="bad")
    good = ship.start_execution(input="good")

    assert work_until_closed(good, Picky(shop, "decisions", failures=0)).close_status == "COMPLETED"


def test_on_error_may_close_the_execution(shop, ship):
    class Strict(Failing):
        def on_error(self, task, error):
            return [fail_workflow_execution(reason=f"{type(error).__name__}")]

    closed = work_until_closed(ship.start_execution(), Strict(shop, "decisions", failures=1))

    assert (closed.close_status, closed.history().execution.reason) == ("FAILED", "KeyError")


def test_invalid_decision_is_handled_like_a_bug(shop, ship, caplog):
    class Wrong(Turns):
        def decide(self, task):
            if not self.tasks:
                self.tasks.append(None)
                return [{"decisionType": "StartTimer"}]
            return [complete_workflow_execution()]

    closed = work_until_closed(ship.start_execution(), Wrong(shop, "decisions"))

    assert closed.close_status == "COMPLETED"
    assert "timer_id" in caplog.text or "timerId" in caplog.text


def test_excess_decisions_are_sent_in_later_responses(shop, ship):
    class Many(Decider):
        def decide(self, task):
            done = {marker.name for marker in task.history.markers}
            remaining = [f"m{i}" for i in range(40) if f"m{i}" not in done]
            if remaining:
                return [record_marker(name, details="x" * 32000) for name in remaining]
            return [complete_workflow_execution()]

    closed = work_until_closed(ship.start_execution(), Many(shop, "decisions"))

    assert [marker.name for marker in closed.history().markers] == [f"m{i}" for i in range(40)]


def test_missing_decide_method_is_named(shop, ship, caplog):
    ship.start_execution()

    Decider(shop, "decisions").poll_once()

    assert "Decider: decide(task) is not overridden" in caplog.text


@pytest.mark.parametrize(
    "trouble",
    [
        Throttling("RespondDecisionTaskCompleted", times=20),
        ServerError("RespondDecisionTaskCompleted", times=20),
        Throttling("GetWorkflowExecutionHistory", times=20),
        LostResponse("RespondDecisionTaskCompleted", times=1),
    ],
)
def test_transient_errors_delay_but_keep_the_response(trouble, monkeypatch):
    monkeypatch.setenv("SWF_CONNECTION_RETRIES", "0")
    from botocore.config import Config

    once = Config(retries={"total_max_attempts": 1})
    with LocalSWF(clock=SkippingClock(), faults=[trouble], poll_timeout=0.05) as service:
        domain = Domain("d", connection=service.connection(config=once))
        domain.save()
        ship = WorkflowType(
            domain, "ship", "1", task_list="decisions", connection=domain.connection
        )
        ship.save()
        execution = ship.start_execution()
        decider = Turns(domain, "decisions", sticky=StickyCache(count=0), attempts=50)

        with decider:
            closed = execution.wait(timeout=20)

    assert closed.close_status == "COMPLETED"
    history = decider.tasks
    assert len({size for size, _ in history}) == 4


def test_permanent_poll_error_is_raised(script, domain):
    script.will({"__type": "AccessDeniedException", "message": "no"})

    with pytest.raises(PermissionDeniedError):
        Turns(domain, "decisions").poll_once()


def test_execution_is_routed_to_the_process_that_caches_it(shop, ship):
    decider = Turns(shop, "decisions", own_task_list_timeout=30)
    execution = ship.start_execution()

    with decider:
        closed = execution.wait(timeout=20)

    lists = [task.task_list for task in closed.history().decision_tasks.values()]
    assert lists[0] == "decisions"
    assert len(set(lists[1:])) == 1
    assert lists[1].startswith("decisions.")


def test_routed_execution_is_returned_on_shutdown(shop, ship):
    class Leaving(Turns):
        def decide(self, task):
            if len(self.tasks) == 2:
                self.stop(timeout=0)
            return super().decide(task)

    execution = ship.start_execution()
    with Leaving(shop, "decisions", own_task_list_timeout=30) as leaving:
        assert leaving._runtime.ended.wait(20)
    closed = work_until_closed(execution, Turns(shop, "decisions"))

    tasks = list(closed.history().decision_tasks.values())
    own = tasks[1].task_list
    assert [task.task_list for task in tasks] == ["decisions", own, own, "decisions"]
    assert {task.state for task in tasks} == {"completed"}


def test_hooks_are_called_in_pairs(shop, ship):
    observations = []

    class Watch(Hooks):
        def before_decision(self, actor, task):
            observations.append("before")

        def after_decision(self, actor, task, decisions):
            observations.append(("after", decisions and [decision.type for decision in decisions]))

        def on_error(self, actor, error, task):
            observations.append(type(error))

    work_until_closed(
        ship.start_execution(), Failing(shop, "decisions", failures=1, hooks=[Watch()])
    )

    assert observations == [
        "before",
        KeyError,
        ("after", None),
        "before",
        ("after", ["CompleteWorkflowExecution"]),
    ]
