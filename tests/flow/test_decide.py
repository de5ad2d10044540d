"""Decisions on paper: a history in, decisions out."""

import pytest

from swf.flow import activity, runner, task
from swf.flow.expansions import MARKER
from swf.models.history import builder
from swf.retry import Retry


def task_of(key):
    """Return a runner of a task that is sent one key of the context."""

    @task.decorate()
    def reads(value):
        """Do nothing."""

    return runner.Sync(reads.fill(value=key))


def scheduled(decisions):
    """Return the ids of the activities that are scheduled."""
    return [d.attributes["activityId"] for d in decisions if d.type == "ScheduleActivityTask"]


def types(decisions):
    return [d.type for d in decisions]


def names(ids):
    """Return the names of the activities of ids."""
    return [each.removeprefix("flow_").rsplit("-", 1)[0] for each in ids]


class History(builder.HistoryBuilder):
    """A history whose activities have the types that the flow gives them."""

    def scheduled(self, activity_id):
        return self.activity_scheduled(activity_id, name=activity_id.rsplit("-", 1)[0])

    def done(self, activity_id, result=None):
        return self.scheduled(activity_id).activity_completed(activity_id, result)

    def refused(self, activity_id, cause):
        return self.schedule_activity_failed(activity_id, cause, name=activity_id.rsplit("-", 1)[0])

    def broken(self, activity_id, reason="ValueError: no", details=None):
        return self.scheduled(activity_id).activity_failed(activity_id, reason, details)


@pytest.fixture
def history():
    return History().started(input={"shop": "north"})


def test_only_what_requires_nothing_begins(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    c = create(name="c", run=tasks())

    assert scheduled(decisions_of(flow_of(a, b, c), history)) == ["flow_a-1", "flow_c-1"]


def test_what_is_under_way_is_not_scheduled_again(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks())

    assert decisions_of(flow_of(a), history.scheduled("flow_a-1")) == []


def test_a_step_begins_when_all_that_it_requires_is_complete(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks())
    c = create(name="c", run=tasks(), requires=[a, b])
    flow = flow_of(a, b, c)

    history.done("flow_a-1").scheduled("flow_b-1")
    assert decisions_of(flow, history) == []

    history.activity_completed("flow_b-1")
    assert scheduled(decisions_of(flow, history)) == ["flow_c-1"]


def test_the_execution_completes_with_the_merged_results(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    history.done("flow_a-1", {"price": 1, "size": "s"}).done("flow_b-1", {"price": 2})

    [decision] = decisions_of(flow_of(a, b), history)

    assert decision.type == "CompleteWorkflowExecution"
    assert decision.attributes == {"result": '{"price":2,"size":"s"}'}


@pytest.mark.parametrize("result", [None, [1, 2], "done", 7, True])
def test_a_result_that_is_no_object_adds_nothing_and_does_no_harm(
    result, create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())

    assert types(decisions_of(flow_of(a), history.done("flow_a-1", result))) == [
        "CompleteWorkflowExecution"
    ]


def test_the_input_is_the_context_as_it_is_then(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    history.done("flow_a-1", {"order": "cake"})

    [decision] = decisions_of(flow_of(a, b), history, workflow_id="w1", run_id="r1")

    assert decision.attributes["input"] == (
        '{"execution.domain":"kitchen","execution.workflow_id":"w1","execution.run_id":"r1",'
        '"shop":"north","order":"cake"}'
    )


def test_an_activity_is_scheduled_as_it_was_declared(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks(), version="3", task_list="large", priority=5)

    [decision] = decisions_of(flow_of(a), history)

    assert decision.attributes["activityType"] == {"name": "flow_a", "version": "3"}
    assert decision.attributes["taskList"] == {"name": "large"}
    assert decision.attributes["taskPriority"] == "5"


def test_the_version_of_the_factory_is_the_version_of_its_activities(
    flow_of, tasks, decisions_of, history
):
    a = activity.create("kitchen", "flow", version="2.5")(name="a", run=tasks())

    [decision] = decisions_of(flow_of(a, version="9"), history)

    assert decision.attributes["activityType"] == {"name": "flow_a", "version": "2.5"}


# Failures.


FAILURES = {
    "failed": lambda h, i: h.scheduled(i).activity_failed(i, "ValueError: no"),
    "timed_out": lambda h, i: h.scheduled(i).activity_timed_out(i, "HEARTBEAT"),
    "canceled": lambda h, i: h.scheduled(i).activity_cancel_requested(i),
    "schedule_failed": lambda h, i: h.refused(i, "ACTIVITY_TYPE_DOES_NOT_EXIST"),
}


@pytest.mark.parametrize("how", FAILURES)
def test_retry_n_is_n_plus_one_attempts_whichever_way_they_fail(
    how, create, flow_of, tasks, decisions_of, history
):
    flow = flow_of(create(name="a", run=tasks(), retry=2))
    for _ in range(2):
        FAILURES[how](history, "flow_a-1")
        assert scheduled(decisions_of(flow, history)) == ["flow_a-1"]

    FAILURES[how](history, "flow_a-1")

    assert types(decisions_of(flow, history)) == ["FailWorkflowExecution"]
    assert "flow_a-1 failed 3 times" in str(decisions_of.errors[0])


def test_a_failed_execution_says_why_in_256_characters_and_all_of_it_in_details(
    create, flow_of, tasks, decisions_of, history
):
    flow = flow_of(create(name="a", run=tasks()))
    history.broken("flow_a-1", "ValueError: " + "x" * 240, details="Traceback ...")

    [decision] = decisions_of(flow, history)

    assert len(decision.attributes["reason"]) == 256
    assert decision.attributes["details"] == "Traceback ..."


def test_what_the_service_refuses_for_now_waits_and_uses_up_no_attempt(
    create, flow_of, tasks, decisions_of, history
):
    flow = flow_of(create(name="a", run=tasks()))
    history.refused("flow_a-1", "OPEN_ACTIVITIES_LIMIT_EXCEEDED")

    [timer] = decisions_of(flow, history)
    assert timer.type == "StartTimer"

    history.timer_started(timer.attributes["timerId"], 1)
    assert decisions_of(flow, history) == []

    history.timer_fired(timer.attributes["timerId"])
    assert scheduled(decisions_of(flow, history)) == ["flow_a-1"]

    assert types(decisions_of(flow, history.broken("flow_a-1"))) == ["FailWorkflowExecution"]


def test_a_delayed_retry_waits_for_its_own_timer(create, flow_of, tasks, decisions_of, history):
    flow = flow_of(create(name="a", run=tasks(), retry=Retry(3, delay=10)))

    [first] = decisions_of(flow, history.broken("flow_a-1"))
    assert first.attributes == {"timerId": "flow_a-1.retry-1", "startToFireTimeout": "10"}

    history.timer_started("flow_a-1.retry-1", 10).timer_fired("flow_a-1.retry-1")
    [second] = decisions_of(flow, history.broken("flow_a-1"))
    assert second.attributes == {"timerId": "flow_a-1.retry-2", "startToFireTimeout": "20"}


def test_a_refused_retry_timer_delays_nothing(create, flow_of, tasks, decisions_of, history):
    flow = flow_of(create(name="a", run=tasks(), retry=Retry(3, delay=10)))
    history.broken("flow_a-1").start_timer_failed("flow_a-1.retry-1", "OPEN_TIMERS_LIMIT_EXCEEDED")

    assert scheduled(decisions_of(flow, history)) == ["flow_a-1"]


def test_only_errors_that_the_policy_names_are_tried_again(
    create, flow_of, tasks, decisions_of, history
):
    flow = flow_of(create(name="a", run=tasks(), retry=Retry(3, on=[OSError])))

    again = decisions_of(flow, history.broken("flow_a-1", "ConnectionError: reset"))
    never = decisions_of(flow, history.broken("flow_a-1", "KeyError: 'x'"))

    assert scheduled(again) == ["flow_a-1"]
    assert types(never) == ["FailWorkflowExecution"]


# Generators.


def test_a_generator_is_not_asked_before_its_step_can_begin(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())
    b = create(
        name="b",
        run=tasks(),
        requires=[a],
        generators=[lambda context: [{"i": i} for i in context["items"]]],
    )
    flow = flow_of(a, b)

    assert scheduled(decisions_of(flow, history)) == ["flow_a-1"]

    decided = decisions_of(flow, history.done("flow_a-1", {"items": [1, 2]}))
    assert types(decided) == ["RecordMarker", "ScheduleActivityTask", "ScheduleActivityTask"]


def test_what_a_generator_said_once_holds_when_the_context_changes(
    create, flow_of, tasks, decisions_of, history
):
    step = create(name="a", run=tasks(), generators=[lambda context: [{"shop": context["shop"]}]])
    flow = flow_of(step)
    marker, [first] = _expansion(decisions_of(flow, history))
    history.marker_recorded(MARKER, marker).done(first, {"shop": "south"})

    assert types(decisions_of(flow, history)) == ["CompleteWorkflowExecution"]


def test_generators_make_an_instance_for_each_combination(
    create, flow_of, tasks, decisions_of, history
):
    letters = [{"letter": letter} for letter in "ab"]
    numbers = [{"number": number} for number in (1, 2, 3)]
    step = create(name="a", run=tasks(), generators=[lambda _: letters, lambda _: numbers])

    _, ids = _expansion(decisions_of(flow_of(step), history))

    assert len(set(ids)) == 6


def test_one_and_the_text_one_are_two_instances(create, flow_of, tasks, decisions_of, history):
    step = create(name="a", run=tasks(), generators=[lambda _: [{"i": 1}, {"i": "1"}]])

    _, ids = _expansion(decisions_of(flow_of(step), history))

    assert len(set(ids)) == 2


def test_what_requires_a_generated_step_waits_for_all_its_instances(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks(), generators=[lambda _: [{"i": i} for i in range(3)]])
    b = create(name="b", run=tasks(), requires=[a])
    flow = flow_of(a, b)
    marker, ids = _expansion(decisions_of(flow, history))
    history.marker_recorded(MARKER, marker).done(ids[0])

    assert scheduled(decisions_of(flow, history)) == ids[1:]

    history.done(ids[1]).done(ids[2])
    assert scheduled(decisions_of(flow, history)) == ["flow_b-1"]


def test_a_generator_without_values_leaves_nothing_to_do(
    create, flow_of, tasks, decisions_of, history, caplog
):
    a = create(name="a", run=tasks(), generators=[lambda _: []])
    b = create(name="b", run=tasks(), requires=[a])

    decided = decisions_of(flow_of(a, b), history)

    assert types(decided) == ["RecordMarker", "ScheduleActivityTask"]
    assert "counts as complete" in caplog.text


def test_many_instances_take_several_markers(create, flow_of, tasks, decisions_of, history):
    values = [{"i": i, "text": "x" * 100} for i in range(1000)]
    flow = flow_of(create(name="a", run=tasks(), generators=[lambda _: values]))
    decided = decisions_of(flow, history)
    markers = [d.attributes["details"] for d in decided if d.type == "RecordMarker"]
    assert len(markers) == 4

    for marker in markers[:2]:
        history.marker_recorded(MARKER, marker)
    assert decisions_of(flow, history) == decided  # a part alone does not count

    for marker in markers:
        history.marker_recorded(MARKER, marker)
    assert decisions_of(flow, history) == decided[4:]


def test_a_generator_that_raises_fails_the_execution(create, flow_of, tasks, decisions_of, history):
    flow = flow_of(create(name="a", run=tasks(), generators=[lambda context: context["no"]]))

    [decision] = decisions_of(flow, history)

    assert decision.type == "FailWorkflowExecution"
    assert decision.attributes["reason"] == "flow_a: cannot generate instances: KeyError: 'no'"
    assert 'context["no"]' in decision.attributes["details"]


@pytest.mark.parametrize("wrong", [None, [1], "ab", {"i": 1}])
def test_a_generator_that_gives_no_dictionaries_is_named(
    wrong, create, flow_of, tasks, decisions_of, history
):
    flow = flow_of(create(name="a", run=tasks(), generators=[lambda _: wrong]))

    [decision] = decisions_of(flow, history)

    assert decision.attributes["reason"].startswith("generators of flow_a=")
    assert "must yield one dictionary per instance" in decision.attributes["reason"]


def test_equal_instances_run_once(create, flow_of, tasks, decisions_of, history, caplog):
    values = [{"i": 1}, {"i": 2}, {"i": 1}]
    flow = flow_of(create(name="a", run=tasks(), generators=[lambda _: values]))

    marker, ids = _expansion(decisions_of(flow, history))

    assert len(ids) == 2
    assert marker.count('"i":1') == 1
    assert "duplicate instances of a step: 1 of flow_a" in caplog.text


@pytest.mark.parametrize("wrong", [{"i": object()}, {"i": "x" * 40_000}])
def test_instances_that_cannot_be_recorded_fail_the_execution_before_anything_is_sent(
    wrong, create, flow_of, tasks, decisions_of, history
):
    flow = flow_of(create(name="a", run=tasks(), generators=[lambda _: [wrong]]))

    assert types(decisions_of(flow, history)) == ["FailWorkflowExecution"]


def test_an_input_that_does_not_fit_fails_the_execution_and_names_the_size(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    c = create(name="c", run=tasks(), requires=[b])
    history.done("flow_a-1", {"x": "x" * 20_000}).done("flow_b-1", {"y": "y" * 20_000})

    [decision] = decisions_of(flow_of(a, b, c), history)

    assert decision.type == "FailWorkflowExecution"
    assert decision.attributes["reason"].startswith("input of flow_c-1=")
    assert "the limit is 32768" in decision.attributes["reason"]


# Options of steps.


def test_a_step_that_is_not_wanted_is_skipped_once_and_for_all(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks(), when=lambda context: context["shop"] == "south")
    b = create(name="b", run=tasks(), requires=[a])
    flow = flow_of(a, b)
    decided = decisions_of(flow, history)
    assert types(decided) == ["RecordMarker", "ScheduleActivityTask"]

    history.marker_recorded(MARKER, decided[0].attributes["details"])
    history.done("flow_b-1", {"shop": "south"})
    assert types(decisions_of(flow, history)) == ["CompleteWorkflowExecution"]


def test_no_more_instances_run_at_a_time_than_may(create, flow_of, tasks, decisions_of, history):
    values = [{"i": i} for i in range(5)]
    flow = flow_of(create(name="a", run=tasks(), generators=[lambda _: values], max_parallel=2))
    marker, ids = _expansion(decisions_of(flow, history))
    assert len(ids) == 2

    history.marker_recorded(MARKER, marker).scheduled(ids[0]).scheduled(ids[1])
    assert decisions_of(flow, history) == []

    history.activity_completed(ids[0])
    assert len(scheduled(decisions_of(flow, history))) == 1


@pytest.mark.parametrize(("tolerated", "fails"), [(0, True), (1, False), (0.2, True), (0.5, False)])
def test_as_many_instances_may_fail_as_are_tolerated(
    tolerated, fails, create, flow_of, tasks, decisions_of, history
):
    values = [{"i": i} for i in range(3)]
    step = create(
        name="a", run=tasks(), generators=[lambda _: values], tolerated_failures=tolerated
    )
    flow = flow_of(step)
    marker, ids = _expansion(decisions_of(flow, history))
    history.marker_recorded(MARKER, marker).broken(ids[0]).done(ids[1]).done(ids[2])

    expected = "FailWorkflowExecution" if fails else "CompleteWorkflowExecution"
    assert types(decisions_of(flow, history)) == [expected]


def test_a_ring_of_requirements_fails_instead_of_waiting_for_ever(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    a.requires = [b]

    assert types(decisions_of(flow_of(a, b), history)) == ["FailWorkflowExecution"]


# Timers, signals, child flows.


def test_a_timer_takes_its_seconds_from_the_context(create, flow_of, tasks, decisions_of, history):
    pause = create.timer("pause", "wait")
    flow = flow_of(pause, create(name="a", run=tasks(), requires=[pause]))
    history = History().started(input={"wait": 90})

    [decision] = decisions_of(flow, history)
    assert decision.attributes == {"timerId": "flow_pause-1", "startToFireTimeout": "90"}

    history.timer_started("flow_pause-1", 90)
    assert decisions_of(flow, history) == []

    history.timer_fired("flow_pause-1")
    assert scheduled(decisions_of(flow, history)) == ["flow_a-1"]


def test_a_signal_that_came_early_counts_and_its_input_hydrates(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())
    go = create.signal("go", requires=[a])
    b = create(name="b", run=tasks(), requires=[go])
    flow = flow_of(a, go, b)
    history.scheduled("flow_a-1").signaled("go", {"by": "kim"})
    history.activity_completed("flow_a-1")

    [_, decision] = decisions_of(flow, history)

    assert '"by":"kim"' in decision.attributes["input"]


def test_a_signal_that_does_not_come_in_time_fails(create, flow_of, decisions_of, history):
    flow = flow_of(create.signal("go", timeout=60))
    [decision] = decisions_of(flow, history)
    assert decision.attributes == {
        "timerId": "flow_go-1", "startToFireTimeout": "60", "control": "go",
    }  # fmt: skip

    history.timer_started("flow_go-1", 60, "go").timer_fired("flow_go-1")

    [decision] = decisions_of(flow, history)
    assert "signal 'go' not received within 60 seconds" in decision.attributes["reason"]


def test_a_child_flow_is_started_under_an_id_of_its_parent(create, flow_of, decisions_of, history):
    other = flow_of(domain="kitchen", version="2")
    other.name = "other"
    flow = flow_of(create.child("c", other))

    [decision] = decisions_of(flow, history, workflow_id="w7")

    assert decision.type == "StartChildWorkflowExecution"
    assert decision.attributes["workflowId"] == "w7.flow_c-1"
    assert decision.attributes["workflowType"] == {"name": "other", "version": "2"}
    assert decision.attributes["input"] == '{"shop":"north"}'


# The end.


def test_a_canceled_execution_asks_its_activities_and_then_cancels(
    create, flow_of, tasks, decisions_of, history
):
    a = create(name="a", run=tasks())
    flow = flow_of(a, create(name="b", run=tasks(), requires=[a]))
    history.scheduled("flow_a-1").activity_started("flow_a-1").cancel_requested()

    assert types(decisions_of(flow, history)) == ["RequestCancelActivityTask"]

    history.activity_cancel_requested("flow_a-1")
    assert decisions_of(flow, history) == []

    history.activity_canceled("flow_a-1")
    assert types(decisions_of(flow, history)) == ["CancelWorkflowExecution"]


def test_a_failed_flow_undoes_the_latest_work_first(create, flow_of, tasks, decisions_of, history):
    unpay = create(name="unpay", run=tasks())
    unbook = create(name="unbook", run=tasks())
    book = create(name="book", run=tasks(), compensation=unbook)
    pay = create(name="pay", run=tasks(), requires=[book], compensation=unpay)
    send = create(name="send", run=tasks(), requires=[pay])
    flow = flow_of(book, pay, send, unpay, unbook)
    history.done("flow_book-1").done("flow_pay-1").broken("flow_send-1")

    assert scheduled(decisions_of(flow, history)) == ["flow_unpay-flow_pay-1"]
    history.activity_scheduled("flow_unpay-flow_pay-1", name="flow_unpay")
    assert decisions_of(flow, history) == []

    history.activity_completed("flow_unpay-flow_pay-1")
    assert scheduled(decisions_of(flow, history)) == ["flow_unbook-flow_book-1"]
    history.activity_scheduled("flow_unbook-flow_book-1", name="flow_unbook")
    history.activity_failed("flow_unbook-flow_book-1", "ValueError: late")

    [decision] = decisions_of(flow, history)
    assert decision.attributes["reason"].startswith("flow_send-1 failed once")


def test_results_that_do_not_fit_are_left_out_and_the_execution_completes(
    create, flow_of, tasks, decisions_of, history, caplog
):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks())
    history.done("flow_a-1", {"x": "x" * 20_000}).done("flow_b-1", {"y": "y" * 20_000})

    [decision] = decisions_of(flow_of(a, b), history)

    assert (decision.type, decision.attributes) == ("CompleteWorkflowExecution", {})
    assert "without its results" in caplog.text


def test_over_its_budget_of_events_a_flow_finishes_what_is_under_way_and_continues(
    create, flow_of, tasks, decisions_of, history, caplog
):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    flow = flow_of(a, b, create(name="c", run=tasks()), event_budget=10)
    history.done("flow_a-1", {"x": 1}).scheduled("flow_c-1").signaled("news")
    assert decisions_of(flow, history) == []
    assert "Event budget exceeded, continuing as new: 13 of 10 events" in caplog.text

    history.activity_completed("flow_c-1", {"y": 2})
    [decision] = decisions_of(flow, history)
    assert decision.type == "ContinueAsNewWorkflowExecution"
    assert decision.attributes["taskList"] == {"name": "deciders"}

    following = History().started(input=decision.attributes["input"])
    assert scheduled(decisions_of(flow, following)) == ["flow_b-1"]
    following.done("flow_b-1", {"z": 3})
    [last] = decisions_of(flow, following)
    assert last.attributes == {"result": '{"x":1,"y":2,"z":3}'}


def test_over_its_budget_a_flow_goes_on_if_what_it_would_hand_over_does_not_fit(
    create, flow_of, tasks, decisions_of, history, caplog
):
    steps = [create(name=f"s{i}", run=tasks()) for i in range(3)]
    steps.append(create(name="last", run=task_of("x"), requires=steps))
    for i in range(3):
        history.done(f"flow_s{i}-1", {f"k{i}": "x" * 15_000})

    decided = decisions_of(flow_of(*steps, event_budget=5), history)

    assert scheduled(decided) == ["flow_last-1"]
    assert "Cannot continue as new" in caplog.text


def test_an_execution_that_continued_runs_only_the_instances_that_are_left(
    create, flow_of, tasks, decisions_of, history
):
    values = [{"i": i} for i in range(4)]
    step = create(name="a", run=tasks(), generators=[lambda _: values], max_parallel=2)
    flow = flow_of(step, event_budget=10)
    marker, ids = _expansion(decisions_of(flow, history))
    history.marker_recorded(MARKER, marker).done(ids[0]).done(ids[1])
    [decision] = decisions_of(flow, history)

    following = History().started(input=decision.attributes["input"])
    left = scheduled(decisions_of(flow, following))

    assert len(left) == 2
    assert not set(left) & set(ids)


def _expansion(decisions):
    """Return the details of the one marker, and the ids that are scheduled."""
    [marker] = [d.attributes["details"] for d in decisions if d.type == "RecordMarker"]
    return marker, scheduled(decisions)
