from __future__ import annotations

import functools
import itertools

import pytest

from swf.dataflow import (
    ActivityTask,
    Middleware,
    NonPythonicActivityTask,
    Workflow,
    activity,
    exceptions,
    futures,
    registry,
)
from swf.dataflow.activity import Activity
from swf.exceptions import InvalidTypeError, ValidationError
from swf.retry import Retry


def plain(x, y=2):
    """Add."""
    return x + y


def declare(function, **options):
    """Return an activity that is in no registry."""
    return Activity(function, **options)


def failing_times(count):
    """Return a function that fails so many times before it returns its number of calls."""
    calls = itertools.count(1)

    def flaky(*_):
        number = next(calls)
        if number <= count:
            raise ValueError(f"call {number}")
        return number

    return flaky


def test_a_decorated_function_stays_what_it_was():
    decorated = declare(plain)

    assert decorated(1) == 3
    assert (decorated.__name__, decorated.__doc__) == ("plain", "Add.")
    assert decorated.name == f"{__name__}.plain"


def test_the_decorator_registers_by_name(monkeypatch):
    decorated = activity.with_attributes(name="sum of two", version="3")(plain)

    assert registry[None]["sum of two"] is decorated
    assert registry.find("sum of two", "3") is decorated


@pytest.mark.parametrize(
    ("options", "in_all"),
    [
        ({}, 600),
        ({"start_to_close_timeout": 3600}, 3900),
        ({"start_to_close_timeout": "3600", "schedule_to_start_timeout": "NONE"}, "NONE"),
        ({"schedule_to_close_timeout": "50"}, 50),
    ],
)
def test_an_activity_may_take_in_all_what_waiting_and_working_may(options, in_all):
    assert declare(plain, **options).schedule_to_close_timeout == in_all


def test_options_are_sent_with_the_task(history_of):
    shown = declare(
        plain, name="shown", version="4", task_list="images", task_priority=7,
        start_to_close_timeout=11, heartbeat_timeout=12, schedule_to_start_timeout=13,
    )  # fmt: skip

    def asks(self):
        return self.submit(shown, 1).result

    task = history_of(asks, activities=[shown]).activities["shown-1"]

    assert (task.name, task.version, task.task_priority) == ("shown", "4", 7)
    assert (task.start_to_close_timeout, task.heartbeat_timeout) == (11, 12)
    assert (task.schedule_to_start_timeout, task.schedule_to_close_timeout) == (13, 24)


@pytest.mark.parametrize(
    ("submitted", "declared", "workflows", "sent"),
    [({"__priority": 1}, 2, 3, 1), ({"__priority": "-1"}, 2, 3, -1),
     ({"__priority": None}, 2, 3, None), ({}, 2, 3, 2), ({}, "2", 3, 2),
     ({}, None, 3, None), ({}, activity.PRIORITY_NOT_SET, 3, 3)],
)  # fmt: skip
def test_the_nearest_priority_counts(history_of, submitted, declared, workflows, sent):
    shown = declare(plain, name="shown", task_priority=declared)

    def asks(self):
        self.submit(shown, 1, **submitted)

    history = history_of(asks, activities=[shown], attributes={"task_priority": workflows})

    assert history.activities["shown-1"].task_priority == sent


@pytest.mark.parametrize("priority", ["high", 1.5, 2**31, True, [1]])
@pytest.mark.parametrize("what", [declare(plain), Workflow], ids=["activity", "child"])
def test_what_is_no_priority_is_refused_where_it_is_submitted(run, what, priority):
    def asks(self):
        self.submit(what, 1, __priority=priority)

    with pytest.raises(ValidationError, match="must be a 32-bit integer") as caught:
        run(asks)

    assert (caught.value.field, caught.value.value) == ("__priority", priority)


REFUSED_OPTIONS = [
    ("name", "", "1 to 256 characters"),
    ("name", "x" * 257, "1 to 256 characters, has 257"),
    ("name", "a:b", "must not contain :, /, |"),
    ("name", "arn", "must not be the word arn"),
    ("name", plain, "must be a string"),
    ("version", "v1:rc", "must not contain :, /, |"),
    ("version", "x" * 65, "1 to 64 characters, has 65"),
    ("version", 2, "must be a string"),
    ("task_list", "", "1 to 256 characters"),
    ("task_list", "fast/slow", "must not contain :, /, |"),
    ("task_list", None, "must be a string"),
    ("task_priority", "high", "must be a 32-bit integer"),
    ("task_priority", 2**31, "from -2147483648 to 2147483647"),
    ("retry", -1, "a whole number from 0, or a Retry"),
    ("retry", "3", "a whole number from 0, or a Retry"),
    ("retry", True, "a whole number from 0, or a Retry"),
    ("raises_on_failure", "no", "must be True or False"),
    ("start_to_close_timeout", -1, "whole seconds from 0 to 99999999, or NONE"),
    ("schedule_to_start_timeout", "soon", "whole seconds from 0 to 99999999, or NONE"),
    ("heartbeat_timeout", 1.5, "whole seconds from 0 to 99999999, or NONE"),
    ("idempotent", "yes", "must be True or False"),
    ("meta", 3, "must be a mapping"),
    ("meta", {"binaries": ["sox"]}, "must be a mapping of names to addresses"),
    ("meta", {"binaries": {"bin/sox": "s3://tools/sox"}}, "must be a name, without a directory"),
    ("meta", {"binaries": {"..": "s3://tools/sox"}}, "must be a name, without a directory"),
    ("meta", {"binaries": {"sox": None}}, "must be the address of sox"),
]


@pytest.mark.parametrize(("option", "value", "rule"), REFUSED_OPTIONS)
def test_an_option_that_cannot_be_used_is_refused_where_it_is_declared(option, value, rule):
    with pytest.raises(ValidationError) as caught:
        activity.with_attributes(**{option: value})(plain)

    assert caught.value.field.startswith(option)
    assert rule in caught.value.rule


@pytest.mark.parametrize("what", [type("NoExecute", (), {}), "plain", None])
def test_what_cannot_be_run_is_refused_where_it_is_declared(what):
    with pytest.raises(InvalidTypeError, match=r"must be a function, or a class with execute\(\)"):
        activity.with_attributes(name="no code")(what)


def test_what_has_no_name_of_its_own_must_be_given_one():
    partial = functools.partial(plain, 1)

    with pytest.raises(ValidationError, match="name=None: is needed"):
        declare(partial)
    assert declare(partial, name="one more")(2) == 3


@pytest.mark.parametrize(
    ("option", "value", "held"),
    [
        ("version", "x" * 64, "x" * 64),
        ("task_priority", "7", 7),
        ("task_priority", -(2**31), -(2**31)),
        ("task_priority", None, None),
        ("task_priority", activity.PRIORITY_NOT_SET, activity.PRIORITY_NOT_SET),
        ("retry", Retry(2), Retry(2)),
        ("start_to_close_timeout", "60", 60),
        ("start_to_close_timeout", "NONE", "NONE"),
        ("idempotent", None, None),
        ("meta", None, {}),
        ("meta", {"binaries": {"sox": "s3://tools/sox"}}, {"binaries": {"sox": "s3://tools/sox"}}),
    ],
)
def test_options_are_held_as_they_are_sent(option, value, held):
    assert getattr(declare(plain, **{option: value}), option) == held


class Resize:
    posted = []

    def __init__(self, width):
        self.width = width

    def execute(self):
        return [self.width, sorted(self.context), activity.task().activity_id]

    def post_execute(self):
        self.posted.append(self.width)


def test_a_class_is_an_activity_by_its_execute(run):
    resize = declare(Resize, name="resize")

    def asks(self):
        return self.submit(resize, 100).result

    assert run(asks, activities=[resize]) == [
        100,
        ["activity_id", "activity_task_list", "domain_name", "input", "name", "run_id", "task",
         "version", "workflow_id"],
        "resize-1",
    ]  # fmt: skip
    assert Resize.posted[-1] == 100


def test_equal_arguments_of_an_idempotent_activity_are_one_task(history_of):
    once = declare(plain, name="once", idempotent=True)

    def asks(self):
        return [self.submit(once, n).result for n in (1, 1, 2)]

    history = history_of(asks, activities=[once])

    assert history.execution.close_status == "COMPLETED"
    assert len(history.activities) == 2


def test_an_idempotent_activity_may_wait_for_its_arguments(history_of, acts):
    once = declare(plain, name="once", idempotent=True)

    def asks(self):
        one, two = self.submit(acts.double, 1), self.submit(acts.double, 2)
        return futures.wait(*(self.submit(once, each) for each in (one, two, one)))

    history = history_of(asks, activities=[once, acts.double])

    assert history.execution.result == [4, 6, 4]
    assert len([each for each in history.activities if each.startswith("once")]) == 2


@pytest.mark.parametrize("first", ["done", "pending", "plain"])
def test_it_does_not_matter_how_an_idempotent_activity_got_its_arguments(history_of, acts, first):
    once = declare(plain, name="once", idempotent=True)

    def asks(self):
        ready, pending = self.submit(acts.double, 1), self.submit(acts.double, 1)
        ready.wait()
        given = {"done": ready, "pending": pending, "plain": 2}
        order = sorted(given, key=lambda name: name != first)
        return [future.result for future in [self.submit(once, given[name]) for name in order]]

    history = history_of(asks, activities=[once, acts.double])

    assert history.execution.result == [4, 4, 4]
    assert len([each for each in history.activities if each.startswith("once")]) == 1


def test_what_an_activity_yields_is_its_result(run):
    def yields():
        yield {"rows": map(str, [1, 2])}
        yield 3

    def makes():
        return {"rows": (n for n in range(2))}

    activities = [declare(yields, name="yields"), declare(makes, name="makes")]

    def asks(self):
        return [self.submit(each).result for each in activities]

    assert run(asks, activities=activities) == [[{"rows": ["1", "2"]}, 3], {"rows": [0, 1]}]


def test_a_class_may_make_the_id_of_its_task(history_of, acts):
    class Named(Resize):
        @classmethod
        def get_task_id(cls, workflow, width):
            return f"{workflow.name}/resize-{width}"

    named = declare(Named, name="named")

    def asks(self):
        self.submit(named, 5)
        self.submit(named, self.submit(acts.double, 3)).wait()

    history = history_of(asks, activities=[named, acts.double])

    ids = [each for each in history.activities if "resize" in each]
    assert ids[0].startswith("asks_resize-5")
    assert ids[1].startswith("asks_resize-6")


@pytest.mark.parametrize("retry", [2, Retry(3)])
def test_retries_are_attempts_of_one_id(history_of, retry):
    flaky = declare(failing_times(2), name="flaky", retry=retry)

    def asks(self):
        return self.submit(flaky).result

    history = history_of(asks, activities=[flaky])

    assert history.execution.result == 3
    assert [a.state for a in history.activities["flaky-1"].attempts] == [
        "failed",
        "failed",
        "completed",
    ]


def test_a_retry_waits_on_a_timer(history_of):
    flaky = declare(failing_times(2), name="flaky", retry=Retry(3, delay=60, backoff=3))

    def asks(self):
        return self.submit(flaky).result

    history = history_of(asks, activities=[flaky])

    assert [t.start_to_fire_timeout for t in history.timers.values()] == [60, 180]
    assert history.execution.duration.total_seconds() >= 240


def test_a_retry_can_be_for_some_errors_only(history_of):
    flaky = declare(failing_times(1), name="flaky", retry=Retry(3, on=KeyError))

    def asks(self):
        return str(self.submit(flaky).exception)

    assert len(history_of(asks, activities=[flaky]).activities["flaky-1"].attempts) == 1


def test_a_task_that_nobody_takes_times_out_and_is_tried_again(make_local):
    nobody = declare(plain, name="nobody", retry=1, schedule_to_start_timeout=5)

    class Asks(Workflow):
        def run(self):
            error = self.submit(nobody, 1).exception
            return error.timeout_type, error.timeout_value

    local = make_local(Asks, activities=[])
    execution = local.start(Asks)
    while execution.upstream().status == "OPEN":
        local.decider.poll_once()
        local.clock.jump(10)

    assert local.result(execution) == ("SCHEDULE_TO_START", 5)
    assert len(execution.history().activities["nobody-1"].attempts) == 2


@pytest.mark.parametrize(
    ("decide", "outcome"),
    [
        (lambda ctx: ctx.decide_abort(), (None, "ValueError: call 1", 1)),
        (lambda ctx: ctx.decide_ignore(), (None, None, 1)),
        (lambda ctx: ctx.decide_retry(), (2, None, 2)),
        (lambda ctx: ctx.decide_retry(retry_wait_timeout=30), (2, None, 2)),
        (lambda ctx: None, (2, None, 2)),
    ],
    ids=["abort", "ignore", "retry now", "retry later", "no opinion"],
)
def test_a_workflow_decides_about_a_failed_task(history_of, decide, outcome):
    flaky = declare(failing_times(1), name="flaky", retry=1)

    def asks(self):
        future = self.submit(flaky)
        error = future.exception
        return [future.result, None if error is None else error.reason]

    def on_task_failure(self, ctx):
        assert (ctx.task_error, ctx.task_message) == ("ValueError", "call 1")
        assert (ctx.attempt_number, ctx.retry_count, ctx.task_name) == (1, 0, "flaky")
        return decide(ctx)

    history = history_of(asks, activities=[flaky], attributes={"on_task_failure": on_task_failure})

    attempts = len(history.activities["flaky-1"].attempts)
    assert (*history.execution.result, attempts) == outcome


def test_a_workflow_may_try_again_with_other_arguments(run):
    picky = declare(failing_times(1), name="picky")

    def asks(self):
        self.submit(picky, "wrong").wait()

    def on_task_failure(self, ctx):
        assert ctx.decision is ctx.Decision.none
        ctx.a_task.args = ("right",)
        return ctx.decide_retry(60)

    seen = []

    class Sees(Middleware):
        def pre(self, context):
            seen.append(context.task.input["args"])

    run(
        asks,
        activities=[picky],
        middleware=[Sees()],
        attributes={"on_task_failure": on_task_failure},
    )

    assert seen == [["wrong"], ["right"]]


def test_a_hook_may_submit_what_is_to_be_done_in_place_of_a_task(run, acts):
    def asks(self):
        own = self.submit(acts.double, 1)
        return [self.submit(acts.failing).result, self.submit(acts.failing).result, own.result]

    def on_task_failure(self, ctx):
        return ctx.decide_handled(None, self.submit(acts.double, ctx.current_started_decision_id))

    first, second, own = run(asks, attributes={"on_task_failure": on_task_failure})

    assert 0 < first < second
    assert own == 2


def test_what_is_called_when_a_future_is_done_may_submit(run, acts):
    def asks(self):
        done = []
        first = self.submit(acts.double, 1)
        first.add_done_callback(lambda _: done.append(self.submit(acts.double, first)))
        first.wait()
        self.submit(acts.double, 0).wait()
        return done[0].result

    assert run(asks) == 4


@pytest.mark.parametrize("hook", ["before_replay", "after_replay"])
def test_nothing_can_be_submitted_while_no_events_come_in(run, acts, hook):
    refused = []

    def submits(self, history):
        with pytest.raises(exceptions.ExecutionBlocked, match="outside of its code"):
            self.submit(acts.double, 1)
        refused.append(hook)

    def asks(self):
        return self.submit(acts.double, 1).result

    assert run(asks, attributes={hook: submits}) == 2
    assert refused


def test_a_middleware_need_not_care_for_failures(run, acts):
    class Plain:
        def pre(self, context):
            pass

        def post(self, context, result=None):
            pass

    def asks(self):
        return self.submit(acts.failing, "the cause").exception.reason

    assert run(asks, middleware=[Plain()]) == "ValueError: the cause"


@pytest.mark.parametrize("decide", ["decide_ignore", "decide_handled"])
def test_a_workflow_may_give_the_result_of_a_failed_task_itself(run, acts, decide):
    def asks(self):
        return self.submit(acts.failing).result

    def on_task_failure(self, ctx):
        ctx.future.set_finished("own")
        return ctx.decide_ignore() if decide == "decide_ignore" else ctx.decide_handled(ctx.a_task)

    assert run(asks, attributes={"on_task_failure": on_task_failure}) == "own"


def test_an_activity_that_is_declared_late_runs_where_all_run(run):
    def asks(self):
        late = activity.with_attributes(name="declared late")(plain)
        return self.submit(late, 1).result

    assert run(asks) == 3


def test_the_context_of_an_activity_is_that_of_its_task(run):
    shown = declare(lambda: sorted(shown.context), name="shown")

    def asks(self):
        return self.submit(shown).result

    assert "activity_id" in run(asks, activities=[shown])
    assert shown.context is None


def test_a_workflow_may_have_another_task_in_the_place_of_one_that_failed(run, acts):
    def asks(self):
        return self.submit(acts.failing).result

    def on_task_failure(self, ctx):
        return ctx.decide_handled(ActivityTask(acts.double, 21))

    assert run(asks, attributes={"on_task_failure": on_task_failure}) == 42


@pytest.mark.parametrize(
    ("decide", "field"),
    [
        (lambda ctx: "ignore", "on_task_failure"),
        (lambda ctx: ctx.Decision.ignore, "on_task_failure"),
        (lambda ctx: setattr(ctx, "decision", "ignore"), "decision"),
        (lambda ctx: ctx.decide_handled(None), "a_task"),
        (lambda ctx: ctx.decide_handled("another"), "a_task"),
        (lambda ctx: ctx.decide_handled(ctx.a_task, "its future"), "future"),
        (lambda ctx: ctx.decide_retry(-1), "retry_wait_timeout"),
        (lambda ctx: ctx.decide_retry("soon"), "retry_wait_timeout"),
    ],
)
def test_what_is_no_decision_about_a_failed_task_is_refused(run, acts, decide, field):
    def asks(self):
        return self.submit(acts.failing).result

    def on_task_failure(self, ctx):
        return decide(ctx)

    with pytest.raises(ValidationError) as caught:
        run(asks, attributes={"on_task_failure": on_task_failure})

    assert caught.value.field == field


def test_a_cancelled_task_is_no_result(run, acts):
    def asks(self):
        return self.submit(acts.failing).wait().cancelled

    def on_task_failure(self, ctx):
        return ctx.decide_cancel()

    assert run(asks, attributes={"on_task_failure": on_task_failure}) is True


@pytest.mark.parametrize(
    ("args", "kwargs", "sent"), [((1, "a"), {}, [1, "a"]), ((), {"x": 1}, {"x": 1}), ((), {}, [])]
)
def test_workers_in_other_languages_get_arguments_as_they_are(history_of, args, kwargs, sent):
    foreign = declare(plain, name="foreign")

    def asks(self):
        self.submit(NonPythonicActivityTask(foreign, *args, **kwargs))

    history = history_of(asks, activities=[foreign])

    assert history.activities["foreign-1"].input == sent


def test_arguments_for_other_languages_are_of_one_kind():
    with pytest.raises(ValueError, match="not both"):
        NonPythonicActivityTask(declare(plain), 1, x=2)


def test_middleware_runs_around_each_activity(run, acts):
    told = []

    class Tells(Middleware):
        def pre(self, context):
            told.append(("pre", context.activity.callable.__name__))

        def post(self, context, result=None):
            told.append(("post", result))

        def failed(self, context, error):
            told.append(("failed", str(error)))

    def asks(self):
        self.submit(acts.double, 1).wait()
        self.submit(acts.failing, "so").wait()

    run(asks, middleware=[Tells()])

    assert told == [("pre", "double"), ("post", 2), ("pre", "failing"), ("failed", "so")]


def test_a_task_of_an_activity_that_is_not_registered_here_fails_and_imports_nothing(run):
    def asks(self):
        return self.submit(declare(plain, name="os.getcwd")).exception.reason

    assert "no activity 'os.getcwd'" in run(asks, activities=[])
