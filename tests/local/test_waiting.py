import statistics
import time

import pytest

from swf.local import ManualClock, SkippingClock, SystemClock


@pytest.fixture(params=[SystemClock, ManualClock, SkippingClock])
def any_clock(request):
    return request.param()


@pytest.fixture
def long_polling(make_service, any_clock):
    return make_service(any_clock, poll_timeout=20)


def token(task):
    return task.get("taskToken", "")


def test_single_threaded_poll_on_a_manual_clock_returns_at_once(swf):
    started = time.monotonic()

    assert token(swf.poll()) == ""
    assert time.monotonic() - started < 0.5


def test_a_poll_timeout_bounds_the_wait(make_service, deciding):
    swf = deciding(make_service(poll_timeout=0.01).client()).register()

    assert token(swf.poll()) == ""


def test_task_ends_a_waiting_poll(long_polling, deciding, threads, until_polls_wait):
    swf = deciding(long_polling.client()).register()
    poll = threads.start(swf.poll)
    until_polls_wait(long_polling, 1)

    run_id = swf.start()

    assert poll()["workflowExecution"]["runId"] == run_id


def test_task_of_another_list_does_not_end_a_poll(
    long_polling, deciding, threads, until_polls_wait
):
    swf = deciding(long_polling.client()).register()
    poll = threads.start(swf.poll_activity)
    until_polls_wait(long_polling, 1)

    swf.start()
    until_polls_wait(long_polling, 1)
    long_polling.close()

    assert token(poll()) == ""


def test_tasks_go_to_polls_in_order_of_arrival(long_polling, deciding, threads, until_polls_wait):
    swf = deciding(long_polling.client()).register()
    polls = []
    for number in range(5):
        polls.append(threads.start(swf.poll))
        until_polls_wait(long_polling, number + 1)

    runs = [swf.start(f"w{number}") for number in range(5)]

    assert [poll()["workflowExecution"]["runId"] for poll in polls] == runs


def test_batch_of_tasks_is_distributed_over_waiting_polls(
    long_polling, deciding, decisions, threads, until_polls_wait
):
    swf = deciding(long_polling.client()).register()
    swf.start()
    task = swf.poll()
    polls = [threads.start(swf.poll_activity) for _ in range(3)]
    until_polls_wait(long_polling, 3)

    swf.decide(task, *(decisions.activity(f"a{number}") for number in range(3)))

    assert sorted(poll()["activityId"] for poll in polls) == ["a0", "a1", "a2"]


def test_children_of_a_batch_start_one_after_the_other(
    long_polling, deciding, decisions, threads, until_polls_wait
):
    swf = deciding(long_polling.client()).register()
    run_id = swf.start()
    task = swf.poll()
    polling = threads.start(swf.poll)
    until_polls_wait(long_polling, 1)

    swf.decide(task, decisions.child("c1"), decisions.child("c2"))
    first = polling()
    complete = {"decisionType": "CompleteWorkflowExecution"}
    swf.decide(first, complete)

    started = [event["eventType"] for event in first["events"]]
    assert started.count("ChildWorkflowExecutionStarted") == 1
    assert "CompleteWorkflowExecutionFailed" in swf.event_types(run_id)[-2:]


def test_concurrent_workers_complete_each_activity_once(make_service, deciding, decisions, threads):
    service = make_service(poll_timeout=0.2)
    swf = deciding(service.client()).register()
    run_id = swf.start()
    swf.decide(swf.poll(), *(decisions.activity(f"a{number}") for number in range(60)))

    def work():
        done = []
        while token(task := swf.poll_activity()):
            swf.client.respond_activity_task_completed(taskToken=token(task))
            done.append(task["activityId"])
        return done

    done = [each for worker in [threads.start(work) for _ in range(4)] for each in worker()]

    assert sorted(done) == sorted(f"a{number}" for number in range(60))
    assert swf.event_types(run_id).count("ActivityTaskCompleted") == 60


def test_closing_the_service_answers_the_waiting_polls(
    long_polling, deciding, threads, until_polls_wait
):
    swf = deciding(long_polling.client()).register()
    polls = [threads.start(swf.poll), threads.start(swf.poll_activity)]
    until_polls_wait(long_polling, 2)

    long_polling.close()

    assert [token(poll()) for poll in polls] == ["", ""]


def test_reset_fails_waiting_polls(long_polling, deciding, threads, until_polls_wait):
    swf = deciding(long_polling.client()).register()

    def poll():
        try:
            return swf.poll()
        except swf.client.exceptions.UnknownResourceFault as fault:
            return fault.response["Error"]["Message"]

    polling = threads.start(poll)
    until_polls_wait(long_polling, 1)

    long_polling.reset()

    assert polling() == "Unknown domain: orders"


def test_timer_wakes_a_waiting_poll(make_service, deciding, threads, until_polls_wait):
    service = make_service(poll_timeout=20)
    swf = deciding(service.client()).register()
    polling = threads.start(swf.poll)
    until_polls_wait(service, 1)

    swf.start()
    swf.decide(
        polling(),
        {
            "decisionType": "StartTimer",
            "startTimerDecisionAttributes": {"timerId": "t1", "startToFireTimeout": "1"},
        },
    )

    assert [event["eventType"] for event in swf.poll()["events"]][-3] == "TimerFired"


def test_earlier_deadline_wakes_waiting_threads(
    make_service, deciding, decisions, threads, until_polls_wait
):
    service = make_service(poll_timeout=20)
    swf = deciding(service.client()).register()
    swf.start()
    task = swf.poll()
    polling = threads.start(swf.poll)
    until_polls_wait(service, 1)

    swf.decide(task, decisions.timer(0))

    assert token(polling())


def test_advancing_the_clock_wakes_a_poll_at_the_timer(
    make_service, deciding, decisions, threads, until_polls_wait
):
    clock = ManualClock(1000)
    service = make_service(clock, poll_timeout=20)
    swf = deciding(service.client()).register()
    swf.start()
    swf.decide(swf.poll(), decisions.timer(30))
    polling = threads.start(swf.poll)
    until_polls_wait(service, 1)

    clock.advance(45)

    assert polling()["events"][-1]["eventTimestamp"].timestamp() == 1030


def test_sixty_seconds_of_a_manual_clock_end_a_poll(
    make_service, deciding, threads, until_polls_wait
):
    clock = ManualClock()
    service = make_service(clock, poll_timeout=20)
    swf = deciding(service.client()).register()
    polling = threads.start(swf.poll)
    until_polls_wait(service, 1)

    clock.advance(60)

    assert token(polling()) == ""


def test_polls_of_several_threads_neither_hang_nor_spin(service, swf, threads):
    started = time.monotonic()
    polling = threads.start(swf.poll)

    assert token(polling()) == ""
    assert 0.5 < time.monotonic() - started < 10


def test_strict_limits_bound_the_waiting_polls_of_a_list(
    make_service, deciding, threads, until_polls_wait, monkeypatch
):
    monkeypatch.setattr("swf.local.core.POLLERS", 1)
    service = make_service(limits="strict", poll_timeout=20)
    swf = deciding(service.client()).register()
    threads.start(swf.poll)
    until_polls_wait(service, 1)

    with pytest.raises(swf.client.exceptions.LimitExceededFault):
        swf.poll()


# -- The clock that skips --------------------------------------------------------------------------


@pytest.fixture
def skipping(make_service, deciding):
    return deciding(make_service(SkippingClock()).client()).register()


def test_skipping_clock_fires_a_timer_of_one_year(skipping):
    skipping.start_timer(31_000_000)

    events = skipping.poll()["events"]

    waited = events[5]["eventTimestamp"] - events[4]["eventTimestamp"]
    assert events[5]["eventType"] == "TimerFired"
    assert waited.total_seconds() == 31_000_000


def test_nothing_is_skipped_while_a_task_is_started(skipping, decisions):
    run_id = skipping.start()
    skipping.decide(skipping.poll(), decisions.activity("a1"), decisions.timer(60))
    skipping.poll_activity()

    assert token(skipping.poll()) == ""
    assert "TimerFired" not in skipping.event_types(run_id)


def test_nothing_is_skipped_while_a_task_could_be_delivered(skipping, decisions):
    run_id = skipping.start()
    skipping.decide(skipping.poll(), decisions.activity("a1"), decisions.timer(60))

    assert token(skipping.poll()) == ""
    assert "TimerFired" not in skipping.event_types(run_id)


def test_retention_of_closed_executions_is_not_skipped(skipping):
    run_id = skipping.start()
    skipping.decide(skipping.poll(), {"decisionType": "CompleteWorkflowExecution"})

    skipping.poll()

    assert skipping.event_types(run_id)[-1] == "WorkflowExecutionCompleted"


def test_a_held_clock_does_not_skip(make_service, deciding):
    clock = SkippingClock()
    swf = deciding(make_service(clock).client()).register()
    swf.start_timer(3600)

    with clock.hold():
        held = token(swf.poll())

    assert held == ""
    assert token(swf.poll()) != ""


def test_releasing_a_held_clock_wakes_waiting_polls(
    make_service, deciding, threads, until_polls_wait
):
    clock = SkippingClock()
    service = make_service(clock, poll_timeout=20)
    swf = deciding(service.client()).register()
    swf.start_timer(3600)

    with clock.hold():
        polling = threads.start(swf.poll)
        until_polls_wait(service, 1)

    assert token(polling())


def test_clock_skips_for_a_poll_already_waiting(
    make_service, deciding, decisions, threads, until_polls_wait
):
    service = make_service(SkippingClock(), poll_timeout=20)
    swf = deciding(service.client()).register()
    swf.start()
    task = swf.poll()
    polling = threads.start(swf.poll)
    until_polls_wait(service, 1)

    swf.decide(task, decisions.timer(86400))

    assert "TimerFired" in [event["eventType"] for event in polling()["events"]]


def test_waiting_poll_receives_its_task_soon(make_service, deciding, threads, until_polls_wait):
    service = make_service(poll_timeout=20)
    swf = deciding(service.client()).register()
    waited = []
    for number in range(20):
        polling = threads.start(lambda: (swf.poll(), time.perf_counter()))
        until_polls_wait(service, 1)
        started = time.perf_counter()
        swf.start(f"w{number}")
        waited.append(polling()[1] - started)

    # The figure is for the benchmarks; here it must only be far from any sleep or interval.
    assert statistics.median(waited) < 0.25
