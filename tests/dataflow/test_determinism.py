"""Random programs: suspended code and replayed code make the same decisions."""

from __future__ import annotations

import itertools
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from swf.dataflow import (
    ActivityTask,
    Chain,
    FuncGroup,
    Group,
    Local,
    Workflow,
    activity,
    exceptions,
    futures,
)
from swf.dataflow.late_events import LateEventsError
from swf.dataflow.retry_resolution import replay_until_consistent
from swf.dataflow.runtime import DeciderOptions, Identity
from swf.dataflow.workflow_instance import WorkflowInstance
from swf.models.history import History
from swf.retry import Retry


@activity.with_attributes()
def double(x):
    return x * 2


@activity.with_attributes(retry=Retry(2, delay=7, jitter=0.5, on=ValueError))
def failing(x=None):
    raise ValueError(x)


@activity.with_attributes(retry=1)
def failing_twice(x):
    raise KeyError(x)


@activity.with_attributes(idempotent=True)
def unique(x):
    return x


class Child(Workflow):
    name = "determinism child"

    def run(self, x):
        self.sleep(x)
        return x


class NamedChild(Child):
    """A child with one of two ids: the service refuses a second open child with the same id.

    The programs ignore a refusal.
    """

    name = "determinism named child"
    raises_on_failure = False

    @classmethod
    def get_workflow_id(cls, x):
        return f"named {x % 2}"


class Interpreter(Workflow):
    """Runs the program in its argument."""

    name = "interpreter"
    #: The reaction to a failure, in place of the retry policy.
    decides = None

    def on_task_failure(self, ctx):
        if ctx.retry_count == 0 and self.decides is not None:
            self.decides(ctx)

    def cancels(self, ctx):
        for each in self.tasks[ctx.task_name == failing.name :: 2]:
            if each is not ctx.future:
                each.cancel()

    def retries(self, ctx):
        ctx.decide_retry(len(ctx.history) % 3)

    def handles(self, ctx):
        ctx.decide_handled(ActivityTask(double, 7))

    def run(self, program):
        self.tasks = [self.submit(double, 0)]
        for operation, number in program:
            getattr(self, operation)(number)
        for each in self.tasks:
            each.cancel()
        results = [each.result for each in self.tasks if each.done and not each.cancelled]
        return [str(self.uuid()), self.random.random(), results]

    def chosen(self, number):
        return self.tasks[number % len(self.tasks)]

    def ask(self, number):
        self.tasks.append(self.submit(double, number))

    def ask_after(self, number):
        self.tasks.append(self.submit(unique, [self.chosen(number), number]))

    def ask_many(self, number):
        self.tasks += self.map(unique, range(number))

    def ask_in_vain(self, number):
        self.tasks.append(self.submit(failing, number))

    def ask_in_vain_at_once(self, number):
        self.tasks.append(self.submit(failing_twice, number))

    def ask_child(self, number):
        self.tasks.append(self.submit(Child, number))

    def ask_named_child(self, number):
        child = self.submit(NamedChild, number)
        if number < 2 and child.exception is not None:
            child = self.submit(NamedChild, number)
        self.tasks.append(child)

    def ask_timer(self, number):
        self.tasks.append(self.submit(self.start_timer(f"t{number}", number)))

    def await_one(self, number):
        self.chosen(number).wait()

    def await_any(self, number):
        futures.wait_any(*self.tasks[: number + 1])

    def await_briefly(self, number):
        try:
            futures.wait(*self.tasks, timeout=number + 1, return_when=futures.FIRST_EXCEPTION)
        except exceptions.TimeoutError:
            self.submit(self.record_marker("late", number))

    def take_as_completed(self, number):
        for future in futures.as_completed(self.tasks[-number - 1 :]):
            if future.cancelled:
                self.submit(self.record_marker("cancelled"))

    def ask_group(self, number):
        items = [(double, self.chosen(each)) for each in range(number)]
        self.tasks.append(self.submit(Group(*items, failing, max_parallel=2)))

    def ask_chain(self, number):
        last = FuncGroup(self.grown, number)
        self.tasks.append(self.submit(Chain((double, number), last, send_result=True)))

    def grown(self, number, result):
        self.tasks[0].wait()
        return Group((unique, result), self.start_timer(f"g{number}", number))

    def tell(self, number):
        self.submit(self.signal(f"s{number % 2}", self.chosen(number)))

    def hear(self, number):
        self.submit(self.signal(f"s{number % 2}", number))
        self.tasks.append(self.submit(self.wait_signal(f"s{number % 2}", consume=number > 2)))

    def cancel_all(self, number):
        with self.cancellation_scope() as scope:
            self.tasks.append(self.submit(Child, number))
            self.tasks.append(self.submit(double, number))
            self.chosen(number).wait()
            scope.cancel()

    def ask_once(self, number):
        self.submit(self.record_marker("once", self.side_effect(lambda: number)))

    def note_what_comes(self, number):
        self.submit(self.record_marker("came", [self.chosen(number)]))

    def cancel(self, number):
        self.chosen(number).cancel()

    def rest(self, number):
        self.sleep(number)

    def mark(self, number):
        self.submit(self.record_marker("here", str(self.now())))

    def look_back(self, number):
        self.submit(self.record_marker("seen", [number, len(self.executor.history)]))

    def change(self, number):
        if self.patched(f"change-{number}"):
            self.submit(unique, "patched")


DECIDES = ["cancels", "retries", "handles"]
NO_OPERATIONS = ["run", "chosen", "grown", "on_task_failure", *DECIDES]
OPERATIONS = [
    name
    for name, method in vars(Interpreter).items()
    if callable(method) and name not in NO_OPERATIONS
]
PROGRAMS = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 5)), max_size=14)
#: The number of activities to run before each decision.
PACES = st.lists(st.integers(0, 4), min_size=1, max_size=5)


def record(interpreter, program, paces, cancel_at):
    """Run a program, request its cancellation before a decision, and return its execution."""
    with Local(interpreter) as local:
        execution = local.start(interpreter, program)
        turns = enumerate(itertools.cycle(paces))
        while execution.upstream().status == "OPEN":
            number, pace = next(turns)
            if number == cancel_at:
                execution.request_cancel()
            for _ in range(pace):
                local.worker.poll_once()
            local.step()
        return execution.upstream(), execution.history()


def refused_children(history):
    """Return the causes of refused children with the names of their types."""
    refusals = (event for event in history if event.name == "StartChildWorkflowExecutionFailed")
    return {(refusal.cause, refusal.workflow_type["name"]) for refusal in refusals}


@given(
    program=PROGRAMS,
    paces=PACES,
    may_open=st.sampled_from([None, 1, 2]),
    cancel_at=st.sampled_from([None, 1, 3, 6]),
    decides=st.sampled_from([None, *DECIDES]),
)
def test_suspended_and_replayed_code_decide_the_same(
    repeatable_clock, monkeypatch, program, paces, may_open, cancel_at, decides
):
    monkeypatch.setattr("swf.dataflow.local.SkippingClock", repeatable_clock)
    attributes = {"name": "interpreter", "max_open_activity_count": may_open}
    attributes["decides"] = getattr(Interpreter, decides or "", None)
    interpreter = type("Bounded", (Interpreter,), attributes)
    closed, history = record(interpreter, program, paces, cancel_at)
    assert history.execution.close_status in ("COMPLETED", "CANCELED"), history.execution.reason
    assert refused_children(history) <= {("WORKFLOW_ALREADY_RUNNING", NamedChild.name)}
    identity = Identity("local", closed.workflow_id, closed.run_id)
    options = DeciderOptions(activity_task_list="local", child_task_list="local")

    create = partial(WorkflowInstance, interpreter, identity, options, None)
    cached = create()
    for batch in history.decision_batches():
        visible = History.from_event_list(history.raw[: batch.started_event_id])
        fresh, decisions = replay_until_consistent(
            create, lambda instance, visible=visible: instance.advance(visible)
        )
        try:
            assert cached.advance(visible) == decisions
        except LateEventsError:
            cached.close()
            cached = fresh
        else:
            fresh.close()
    cached.close()
