"""Custom deciders."""

import contextlib

import pytest

import swf
from swf.exceptions import InvalidTypeError, NonDeterminismError
from swf.flow import Flow, activity, decider, runner, task
from swf.flow.expansions import MARKER
from swf.local import LocalSWF, ManualClock
from swf.retry import Retry
from swf.testing import NoProgressError, run_until_closed


@pytest.fixture
def custom(create, tasks):
    """Build a flow with a custom decider and an activity `a`."""

    def make(decide, **options):
        class Custom:
            domain, name = "kitchen", "flow"
            a = create(name="a", **{"run": tasks({"x": 1}), **options})
            decider = staticmethod(decide)

        return Custom()

    return make


@task.decorate()
def make(k):
    return {f"k{k}": "x" * 32_700}


def test_decider_receives_the_input_as_context(drive, custom):
    calls = []

    def decide(schedule, context=None):
        calls.append(dict(context))
        flow_a = schedule("one", flow.a)
        flow_a.wait()

    flow = custom(decide)
    drive(flow, {"shop": "north"})

    assert calls == [{"shop": "north"}] * 2


def test_local_variable_named_context_is_not_a_parameter(drive, custom):
    def decide(schedule):
        context = schedule("one", flow.a)
        assert context.result == {"x": 1}

    flow = custom(decide)

    assert drive(flow).execution.close_status == "COMPLETED"


def test_decider_that_catches_exceptions_still_waits(drive, custom):
    def decide(schedule):
        try:
            schedule("one", flow.a).wait()
        except Exception:  # noqa: BLE001 - what a user might write
            raise AssertionError("must not be caught") from None
        schedule("two", flow.a)

    flow = custom(decide)
    history = drive(flow)

    assert [a.id for a in history.activities.values()] == ["flow_a-1-one", "flow_a-1-two"]
    assert history.execution.close_status == "COMPLETED"


def test_input_overrides_the_context_and_results_are_merged(drive, custom, create):
    def decide(schedule):
        state = schedule("all", flow.a, input={"dishes": ["soup", "cake"]})
        assert state.result == {"soup": "done", "cake": "done"}

    flow = custom(
        decide,
        run=runner.Sync(lambda context: {context["dish"]: "done"}),
        generators=[lambda context: [{"dish": dish} for dish in context["dishes"]]],
    )

    assert drive(flow, {"dishes": []}).execution.close_status == "COMPLETED"


def test_step_without_instances_is_complete(drive, custom):
    def decide(schedule):
        schedule("none", flow.a).wait()

    flow = custom(decide, generators=[lambda _: []])

    assert drive(flow).execution.close_status == "COMPLETED"


def test_required_steps_run_first(drive, custom, create, tasks):
    second = create(name="b", run=tasks())

    def decide(schedule):
        first = schedule("one", flow.a)
        schedule("two", second, requires=[first])

    flow = custom(decide)
    flow.b = second
    history = drive(flow)

    completed = history.activities["flow_a-1-one"].closed_event_id
    assert completed < history.activities["flow_b-1-two"].opened_event_id


def test_decider_may_catch_a_failure(drive, custom, create, tasks):
    def decide(schedule):
        try:
            schedule("one", flow.a).wait()
        except activity.ActivityFailedError as error:
            schedule("instead", flow.b, input={"why": str(error)}).wait()

    flow = custom(decide, run=tasks(ValueError("no")))
    flow.b = create(name="b", run=tasks(lambda context: {"why": context["why"]}))

    assert drive(flow).execution.result == {
        "why": "flow_a-1-one failed once: failed: ValueError: no"
    }


def test_bug_leaves_the_execution_open_until_it_is_fixed(custom, caplog):
    errors = []
    is_broken = True

    def decide(schedule):
        if is_broken:
            raise RuntimeError("typo")

    flow = custom(decide)
    flow.on_exception = lambda worker, error: errors.append(type(error))
    clock = ManualClock()
    with LocalSWF(clock) as service:
        service.install()
        decider.DeciderWorker(flow)
        execution = Flow(flow).start()
        decider.DeciderWorker(flow).actor.poll_once()
        assert execution.upstream().status == "OPEN"

        is_broken = False
        clock.advance(seconds=61)  # the decision task times out
        decider.DeciderWorker(flow).actor.poll_once()

        assert execution.upstream().close_status == "COMPLETED"
    assert errors == [RuntimeError]
    assert 'raise RuntimeError("typo")' in caplog.text


def test_local_run_raises_the_bug_of_a_decider(custom):
    def decide(schedule):
        schedule("one", flow.missing).wait()

    flow = custom(decide)

    with pytest.raises(AttributeError, match="missing"):
        Flow(flow).run_local(progress=False)


def test_input_that_cannot_be_written_fails_the_execution(drive, custom):
    def decide(schedule):
        schedule("one", flow.a, input={"x": "y" * 40_000}).wait()

    flow = custom(decide)
    errors = []
    flow.on_exception = lambda worker, error: errors.append(str(error))

    history = drive(flow)

    assert history.execution.close_status == "FAILED"
    assert history.execution.reason == errors[0]
    assert "input of flow_a-1-one" in errors[0]
    assert "the limit is 32768" in errors[0]


def test_second_call_with_an_id_returns_the_first_state(drive, custom):
    def decide(schedule):
        states = [schedule("one", flow.a, input={"item": item}) for item in "xy"]
        assert states[0] is states[1]
        states[0].wait()

    ran = []
    flow = custom(decide, run=runner.Sync(lambda context: ran.append(context["item"])))

    assert drive(flow).execution.close_status == "COMPLETED"
    assert ran == ["x"]


@pytest.mark.parametrize("changed", ["id", "step"])
def test_changed_id_of_an_open_execution_is_an_error(changed, custom, create, tasks, service):
    def decide(schedule):
        schedule(names[0], steps[0]).wait()
        schedule("b", flow.b).wait()

    names, steps = ["pay"], []
    flow = custom(decide)
    steps.append(flow.a)
    flow.b, flow.c = create(name="b", run=tasks()), create(name="c", run=tasks())
    execution = Flow(flow).start() if Flow(flow).register() is None else None
    worker = decider.DeciderWorker(flow)
    worker.actor.poll_once()
    flow.a.run()
    if changed == "id":
        names[0] = "pay-order"
    else:
        steps[0] = flow.c

    new = decider.DeciderWorker(flow, attempts=1)
    with pytest.raises(NoProgressError) as stuck:
        run_until_closed(execution, new.actor)

    assert isinstance(stuck.value.__cause__, NonDeterminismError)
    assert "the history expects 'flow_a-1-pay'" in str(stuck.value.__cause__)
    assert not execution.history().open_activities


def test_decider_may_skip_steps_after_a_signal(custom, create, tasks, service):
    def decide(schedule):
        if schedule("stop", stop).ready:
            schedule("clean", clean).wait()
            return
        schedule("one", flow.a).wait()

    stop, clean = create.signal("stop"), create(name="clean", run=tasks())
    flow = custom(decide)
    flow.stop, flow.clean = stop, clean
    worker = decider.DeciderWorker(flow)
    execution = Flow(flow).start()
    worker.actor.poll_once()
    execution.signal("stop", "{}")

    closed = run_until_closed(
        execution, worker.actor, *activity.ActivityWorker(flow, activities=["clean"]).actors
    )

    assert closed.close_status == "COMPLETED"


@pytest.mark.parametrize("kind", ["generator", "async"])
def test_decider_that_would_do_nothing_is_refused(kind, custom):
    def generator(schedule):
        yield schedule("one", flow.a)

    async def coroutine(schedule):
        schedule("one", flow.a)

    flow = custom(generator if kind == "generator" else coroutine)

    [problem] = Flow(flow).check()
    assert problem.kind == "decider"
    with pytest.raises(InvalidTypeError, match="decider of flow"):
        decider.DeciderWorker(flow, register=False)


def test_decider_follows_the_retry_policy(drive, custom):
    fails = iter([True, True, False])

    def decide(schedule):
        schedule("one", flow.a).wait()

    def cook(context):
        if next(fails):
            raise ValueError("no")

    flow = custom(decide, run=runner.Sync(cook), retry=Retry(3, delay=60))
    history = drive(flow)

    assert len(history.activities["flow_a-1-one"].attempts) == 3
    assert [t.start_to_fire_timeout for t in history.timers.values()] == [60, 120]


def test_timers_and_signals_are_scheduled_like_activities(drive, custom, create):
    def decide(schedule):
        schedule("nap", pause).wait()
        with contextlib.suppress(activity.ActivityFailedError):
            schedule("reply", reply).wait()

    pause = create.timer("pause", 3600)
    reply = create.signal("reply", timeout=60)
    history = drive(custom(decide))

    assert history.execution.close_status == "COMPLETED"
    assert list(history.timers) == ["flow_pause-1-nap", "flow_reply-1-reply"]


def test_decider_over_its_budget_continues_with_its_results(drive, custom, service):
    def decide(schedule, context):
        assert context == {"shop": "north"}
        total = 0
        for number in range(6):
            total += schedule(f"{number}", flow.a).result["x"]
        assert total == 6

    flow = custom(decide)
    flow.event_budget = 12
    first = drive(flow, {"shop": "north"})
    assert first.execution.close_status == "CONTINUED_AS_NEW"

    runs = list(swf.Domain("kitchen").executions.filter(status="CLOSED"))
    while any(e.status == "OPEN" for e in swf.Domain("kitchen").executions.filter(status="OPEN")):
        [open_] = swf.Domain("kitchen").executions.filter(status="OPEN")
        worker = Flow(flow)
        run_until_closed(open_, worker.decider().actor, *worker.worker().actors)
        runs.append(open_)

    histories = [run.history() for run in runs]
    assert histories[-1].execution.close_status == "COMPLETED"
    assert sum(len(history.activities) for history in histories) == 6


def test_decider_proceeds_if_its_continuation_is_too_long(drive, custom, caplog):
    def decide(schedule):
        for number in range(4):
            schedule(f"{number}", flow.a, input={"k": number}).wait()

    flow = custom(decide, run=runner.Sync(make.fill(k="k")))
    flow.event_budget = 20

    assert drive(flow).execution.close_status == "COMPLETED"
    assert "Cannot continue as new" in caplog.text


def test_schedule_works_with_plain_states(create, tasks):
    a, decisions, context = create(name="a", run=tasks()), [], decider.ScheduleContext()
    state = activity.ActivityState("flow_a-1-x")
    state.add_state(activity.ACTIVITY_COMPLETED)

    done = decider.schedule(decisions, context, {"flow_a": {"flow_a-1-x": state}}, {}, "x", a)
    assert (decisions, done.ready, done.result, context.completed) == ([], True, {}, True)

    begun = decider.schedule(decisions, context, {}, {}, "y", a, version="7")
    assert (len(decisions), begun.ready, context.completed) == (1, False, False)
    assert decisions[0].attributes["activityType"] == {"name": "flow_a", "version": "7"}


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (lambda schedule, a: schedule("x", "a"), "current_activity='a': must be a step"),
        (lambda schedule, a: schedule(None, a), "schedule_id=None: must be a string"),
        (
            lambda schedule, a: schedule("x", a, requires=[a]),
            "must be a state that `schedule`",
        ),
    ],
)
def test_invalid_argument_of_schedule_is_a_bug(wrong, rule, drive, custom):
    flow = custom(lambda schedule: wrong(schedule, flow.a))

    with pytest.raises(NoProgressError) as stuck:
        drive(flow)

    assert rule in str(stuck.value.__cause__)


def test_unready_requirement_ends_the_decision_task():
    state = activity.ActivityState("a-1")
    for required in (state, None):
        with pytest.raises(activity.ActivityInstanceNotReadyException):
            decider.ensure_requirements([required])

    state.add_state(activity.ACTIVITY_COMPLETED)
    assert decider.ensure_requirements([state]) is None
    assert decider.ensure_requirements(None) is None


def test_retries_count_as_parallel_instances(create, flow_of, tasks, decisions_of, history):
    values = [{"i": i} for i in range(3)]
    options = {"generators": [lambda _: values], "max_parallel": 2, "retry": 1}
    each = create(name="each", run=tasks(), **options)
    flow = flow_of(each, decider=lambda schedule: schedule("a", each))
    [marker, *_] = decisions_of(flow, history)
    history.marker_recorded(MARKER, marker.attributes["details"])
    begun = [f"{each.instance(value, {}).id}-a" for value in values[1:]]
    for instance_id in begun:
        history.activity_scheduled(instance_id, name=each.name).activity_failed(instance_id, "no")

    decisions = decisions_of(flow, history)

    assert [d.attributes["activityId"] for d in decisions] == begun
