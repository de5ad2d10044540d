from __future__ import annotations

import pytest

from swf.dataflow import (
    NonPythonicActivityTask,
    Workflow,
    activity,
    futures,
)
from swf.dataflow.activity import Activity
from swf.exceptions import InvalidTypeError, ValidationError
from swf.retry import Retry


def add(x, y=2):
    """Add."""
    return x + y


def test_options_are_sent_with_the_task(history_of):
    action = Activity(
        add, name="action", version="4", task_list="images", task_priority=7,
        start_to_close_timeout=11, heartbeat_timeout=12, schedule_to_start_timeout=13,
    )  # fmt: skip

    def workflow(self):
        return self.submit(action, 1).result

    task = history_of(workflow, activities=[action]).activities["action-1"]

    assert (task.name, task.version, task.task_priority) == ("action", "4", 7)
    assert (task.start_to_close_timeout, task.heartbeat_timeout) == (11, 12)
    assert (task.schedule_to_start_timeout, task.schedule_to_close_timeout) == (13, 24)


@pytest.mark.parametrize(
    ("submitted", "declared", "workflows", "sent"),
    [({"__priority": 1}, 2, 3, 1), ({"__priority": "-1"}, 2, 3, -1),
     ({"__priority": None}, 2, 3, None), ({}, 2, 3, 2), ({}, "2", 3, 2),
     ({}, None, 3, None), ({}, activity.PRIORITY_NOT_SET, 3, 3)],
)  # fmt: skip
def test_priority_of_submission_overrides_declaration_and_workflow(
    history_of, submitted, declared, workflows, sent
):
    action = Activity(add, name="action", task_priority=declared)

    def workflow(self):
        self.submit(action, 1, **submitted)

    history = history_of(workflow, activities=[action], attributes={"task_priority": workflows})

    assert history.activities["action-1"].task_priority == sent


@pytest.mark.parametrize("priority", ["high", 1.5, 2**31, True, [1]])
@pytest.mark.parametrize("task", [Activity(add), Workflow], ids=["activity", "child"])
def test_invalid_priority_is_refused_by_submit(run, task, priority):
    def workflow(self):
        self.submit(task, 1, __priority=priority)

    with pytest.raises(ValidationError, match="must be a 32-bit integer") as caught:
        run(workflow)

    assert (caught.value.field, caught.value.value) == ("__priority", priority)


def test_idempotent_activity_with_equal_arguments_runs_once(history_of):
    once = Activity(add, name="once", idempotent=True)

    def workflow(self):
        return [self.submit(once, n).result for n in (1, 1, 2)]

    history = history_of(workflow, activities=[once])

    assert history.execution.close_status == "COMPLETED"
    assert len(history.activities) == 2


def test_idempotent_activity_waits_for_pending_arguments(history_of, acts):
    once = Activity(add, name="once", idempotent=True)

    def workflow(self):
        one, two = self.submit(acts.double, 1), self.submit(acts.double, 2)
        return futures.wait(*(self.submit(once, each) for each in (one, two, one)))

    history = history_of(workflow, activities=[once, acts.double])

    assert history.execution.result == [4, 6, 4]
    assert len([each for each in history.activities if each.startswith("once")]) == 2


@pytest.mark.parametrize("first", ["done", "pending", "value"])
def test_idempotency_ignores_how_arguments_were_passed(history_of, acts, first):
    once = Activity(add, name="once", idempotent=True)

    def workflow(self):
        ready, pending = self.submit(acts.double, 1), self.submit(acts.double, 1)
        ready.wait()
        arguments = {"done": ready, "pending": pending, "value": 2}
        order = sorted(arguments, key=lambda name: name != first)
        return [future.result for future in [self.submit(once, arguments[name]) for name in order]]

    history = history_of(workflow, activities=[once, acts.double])

    assert history.execution.result == [4, 4, 4]
    assert len([each for each in history.activities if each.startswith("once")]) == 1


def test_get_task_id_determines_the_activity_id(history_of, acts):
    class NamedResize:
        def __init__(self, width):
            self.width = width

        def execute(self):
            return self.width

        @classmethod
        def get_task_id(cls, workflow, width):
            return f"{workflow.name}/resize-{width}"

    resize = Activity(NamedResize, name="resize")

    def workflow(self):
        self.submit(resize, 5)
        self.submit(resize, self.submit(acts.double, 3)).wait()

    history = history_of(workflow, activities=[resize, acts.double])

    ids = [each for each in history.activities if "resize" in each]
    assert ids[0].startswith("workflow_resize-5")
    assert ids[1].startswith("workflow_resize-6")


@pytest.mark.parametrize("retry", [2, Retry(3)])
def test_retries_are_attempts_of_one_activity_id(history_of, retry, failing_times):
    flaky = Activity(failing_times(2), name="flaky", retry=retry)

    def workflow(self):
        return self.submit(flaky).result

    history = history_of(workflow, activities=[flaky])

    assert history.execution.result == 3
    assert [a.state for a in history.activities["flaky-1"].attempts] == [
        "failed",
        "failed",
        "completed",
    ]


def test_retry_delay_is_a_timer(history_of, failing_times):
    flaky = Activity(failing_times(2), name="flaky", retry=Retry(3, delay=60, backoff=3))

    def workflow(self):
        return self.submit(flaky).result

    history = history_of(workflow, activities=[flaky])

    assert [t.start_to_fire_timeout for t in history.timers.values()] == [60, 180]
    assert history.execution.duration.total_seconds() >= 240


def test_policy_retries_only_its_errors(history_of, failing_times):
    flaky = Activity(failing_times(1), name="flaky", retry=Retry(3, on=KeyError))

    def workflow(self):
        return str(self.submit(flaky).exception)

    assert len(history_of(workflow, activities=[flaky]).activities["flaky-1"].attempts) == 1


def test_task_without_worker_times_out_and_is_retried(make_local):
    orphan = Activity(add, name="orphan", retry=1, schedule_to_start_timeout=5)

    class Submits(Workflow):
        def run(self):
            error = self.submit(orphan, 1).exception
            return error.timeout_type, error.timeout_value

    local = make_local(Submits, activities=[])
    execution = local.start(Submits)
    while execution.upstream().status == "OPEN":
        local.decider.poll_once()
        local.clock.jump(10)

    assert local.result(execution) == ("SCHEDULE_TO_START", 5)
    assert len(execution.history().activities["orphan-1"].attempts) == 2


@pytest.mark.parametrize(
    ("args", "kwargs", "sent"), [((1, "a"), {}, [1, "a"]), ((), {"x": 1}, {"x": 1}), ((), {}, [])]
)
def test_non_pythonic_task_sends_plain_arguments(history_of, args, kwargs, sent):
    foreign = Activity(add, name="foreign")

    def workflow(self):
        self.submit(NonPythonicActivityTask(foreign, *args, **kwargs))

    history = history_of(workflow, activities=[foreign])

    assert history.activities["foreign-1"].input == sent


def test_non_pythonic_task_refuses_mixed_arguments():
    with pytest.raises(ValueError, match="not both"):
        NonPythonicActivityTask(Activity(add), 1, x=2)


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((), {}, "missing a required argument: 'x'"),
        ((1, 2, 3), {}, "too many positional arguments"),
        ((1,), {"z": 1}, "unexpected keyword argument 'z'"),
    ],
)
@pytest.mark.parametrize("is_pending", [False, True], ids=["value", "future"])
def test_submit_refuses_arguments_outside_of_the_signature(
    make_local, acts, args, kwargs, message, is_pending
):
    task = Activity(add, name="sum")

    class Submits(Workflow):
        name = "submits"

        def run(self):
            one = self.submit(acts.double, 1) if is_pending else 1
            self.submit(task, *(one for _ in args), **kwargs)

    local = make_local(Submits, activities=[task, acts.double])
    execution = local.start(Submits)

    with pytest.raises(InvalidTypeError, match=f"arguments of sum: .*{message}"):
        local.run(execution)
    assert execution.upstream().status == "OPEN"


def test_submit_refuses_arguments_outside_of_the_signature_of_a_child(make_local):
    class Child(Workflow):
        name = "child"

        def run(self, x): ...

    class Parent(Workflow):
        name = "parent"

        def run(self):
            self.submit(Child)

    local = make_local(Parent, Child)

    with pytest.raises(InvalidTypeError, match="arguments of child: missing"):
        local.run(local.start(Parent))


def test_callable_object_without_hash_is_checked(run):
    class Adder:
        __hash__ = None

        def __call__(self, x, y):
            return x + y

    adder = Activity(Adder(), name="adder")

    def workflow(self):
        with pytest.raises(InvalidTypeError, match="missing a required argument: 'y'"):
            self.submit(adder, 1)
        return self.submit(adder, 1, 2).result

    assert run(workflow, activities=[adder]) == 3
