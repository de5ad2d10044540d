from __future__ import annotations

import json

import pytest

from swf.dataflow import (
    ActivityTask,
    Chain,
    ChainFuture,
    FuncGroup,
    Group,
    GroupFuture,
    Workflow,
    exceptions,
    futures,
)
from swf.exceptions import ValidationError


def test_group_runs_items_concurrently(history_of, acts):
    def groups(self):
        group = self.submit(Group((acts.double, 1), acts.echo, (acts.increment, 2)))
        return group.result, group.exception, group.count_finished_activities

    history = history_of(groups)

    assert len(history.decision_batches()[0].decisions) == 3
    assert history.execution.result["value"][2] == 3


def test_ids_of_items_derive_from_their_position(history_of, acts):
    def groups(self):
        inner = Chain((acts.double, 1), (acts.double, 2))
        self.submit(Group((acts.double, 0), inner, FuncGroup(lambda: Group((acts.double, 3)))))

    ids = sorted(history_of(groups).activities)

    prefix = acts.double.name.removesuffix("double")
    assert [each.replace(prefix, "") for each in ids] == [
        "group-1.0.double-1",
        "group-1.1.chain-1.0.double-1",
        "group-1.1.chain-1.1.double-1",
        "group-1.2.func-1.0.group-1.0.double-1",
    ]  # fmt: skip


def test_items_can_be_appended(run, acts):
    def groups(self):
        group = Group().append(acts.double, 1).extend([(acts.double, 2)])
        group += [(acts.double, 3)]
        return self.submit(group).result

    assert run(groups) == [2, 4, 6]


def test_max_parallel_limits_open_items(history_of, acts):
    def groups(self):
        return self.submit(Group(*((acts.double, n) for n in range(5)), max_parallel=2)).result

    history = history_of(groups)

    assert history.execution.result == [0, 2, 4, 6, 8]
    assert len(history.decision_batches()[0].decisions) == 2


@pytest.mark.parametrize("kind", [Group, Chain])
def test_empty_group_finishes_immediately(run, kind):
    def groups(self):
        return self.submit(kind()).result

    assert run(groups) == []


@pytest.mark.parametrize(
    ("make", "field", "rule"),
    [
        (lambda: Group(max_parallel=0), "max_parallel", "a whole number, 1 or more"),
        (lambda: Group(max_parallel=-1), "max_parallel", "a whole number, 1 or more"),
        (lambda: Group(raises_on_failure="x"), "raises_on_failure", "True or False"),
        (lambda: Chain(send_result="x"), "send_result", "True or False"),
        (lambda: Chain(break_on_failure=1), "break_on_failure", "True or False"),
        (lambda: Group(max_parallel="2"), "max_parallel", "a whole number, 1 or more"),
        (lambda: Group(max_parallel=1.5), "max_parallel", "a whole number, 1 or more"),
        (lambda: Group(future_class=int), "future_class", "must be a class of GroupFuture"),
        (lambda: Group(future_class=futures.Future), "future_class", "class of GroupFuture"),
        (lambda: Group(()), "items", "must start with an activity"),
        (lambda: Chain().append(()), "items", "must start with an activity"),
        (lambda: FuncGroup(None), "func", "must be callable"),
    ],
)
def test_invalid_options_of_groups_are_refused(make, field, rule):
    with pytest.raises(ValidationError) as caught:
        make()

    assert caught.value.field == field
    assert rule in caught.value.rule


@pytest.mark.parametrize("item", [1, None, "x", (1, 2), (), print], ids=repr)
def test_item_that_cannot_be_submitted_raises_type_error(item):
    with pytest.raises(TypeError):
        Group(item)


def test_pending_argument_delays_only_its_item(history_of, acts):
    def groups(self):
        slow = self.submit(self.start_timer("slow", 60))
        self.submit(Group((acts.double, slow), (acts.double, 2))).wait()

    history = history_of(groups)

    assert len(history.decision_batches()[0].decisions) == 2


def test_exceptions_are_in_the_order_of_items(run, acts):
    def groups(self):
        group = self.submit(Group((acts.double, 1), (acts.failing, "so"), (acts.double, 2)))
        errors = group.exception.exceptions
        return group.result, [error and error.reason for error in errors]

    assert run(groups) == ([2, None, 4], [None, "ValueError: so", None])


@pytest.mark.parametrize(
    ("options", "activity", "outcome"),
    [
        ({}, "failing", "[None]"),
        ({}, "failing_loudly", "1 of 1 failed: "),
        ({"raises_on_failure": True}, "failing", "1 of 1 failed: "),
        ({"raises_on_failure": False}, "failing_loudly", "[None]"),
        ({"bubbles_exception_on_failure": False}, "failing_loudly", "[None]"),
    ],
)
def test_group_raises_by_its_option_or_its_items(run, acts, options, activity, outcome):
    def groups(self):
        group = self.submit(Group((getattr(acts, activity), "so"), **options))
        try:
            return str(group.result)
        except exceptions.AggregateException as error:
            return str(error)

    assert run(groups).startswith(outcome)
    assert acts.failing_loudly.raises_on_failure
    assert not acts.failing.raises_on_failure


@pytest.mark.parametrize(
    "within",
    [
        lambda task: Group(task),
        lambda task: Chain(task),
        lambda task: FuncGroup(lambda: Group(task)),
        lambda task: Chain(FuncGroup(lambda: Chain(task)), task),
    ],
    ids=["group", "chain", "function", "function in a chain"],
)
def test_func_group_raises_by_the_items_it_returns(run, acts, within):
    def groups(self):
        task = ActivityTask(acts.failing_loudly, "so")
        try:
            return self.submit(FuncGroup(lambda: within(task))).result
        except exceptions.TaskException as error:
            return str(error)

    assert "ValueError: so" in run(groups)


@pytest.mark.parametrize(("raises", "status"), [(None, "FAILED"), (False, "COMPLETED")])
def test_func_group_fails_when_its_function_raises_task_error(history_of, acts, raises, status):
    def groups(self):
        def looks():
            return self.submit(acts.failing_loudly, "so").result

        self.submit(FuncGroup(looks, raises_on_failure=raises))

    assert history_of(groups).execution.close_status == status


def test_group_failure_is_a_task_exception(run, acts):
    def groups(self):
        group = Group((acts.double, 1), (acts.failing_loudly, "so"), (acts.failing_loudly, "no"))
        with pytest.raises(exceptions.TaskException) as caught:
            _ = self.submit(group).result
        return caught.value.task is group, caught.value.exception.reason

    assert run(groups) == (True, "ValueError: so")


def test_options_of_group_do_not_change_its_tasks(run, acts):
    def groups(self):
        task = ActivityTask(acts.failing, "so")
        with pytest.raises(exceptions.AggregateException):
            _ = self.submit(Group(task, raises_on_failure=True)).result
        return self.submit(task).result

    assert run(groups) is None


def test_chain_runs_items_in_sequence(history_of, acts):
    def chains(self):
        return self.submit(Chain((acts.double, 1), (acts.double, 2), (acts.double, 3))).result

    history = history_of(chains)

    assert history.execution.result == [2, 4, 6]
    assert [len(batch.decisions) for batch in history.decision_batches()] == [1, 1, 1, 1]


def test_chain_can_send_results_to_the_next_item(run, acts):
    def chains(self):
        last = FuncGroup(lambda x: Group((acts.double, x), (acts.increment, x)))
        return self.submit(Chain((acts.double, 1), acts.increment, last, send_result=True)).result

    assert run(chains) == [2, 3, [6, 4]]


def test_break_on_failure_ends_the_chain(history_of, acts):
    def chains(self, breaks):
        items = [(acts.double, 1), acts.failing, (acts.double, 2)]
        return self.submit(Chain(*items, break_on_failure=breaks)).result

    assert history_of(chains, True).execution.result == [2, None]
    assert history_of(chains, False).execution.result == [2, None, 4]


def test_send_result_requires_break_on_failure():
    with pytest.raises(ValueError, match="send_result"):
        Chain(send_result=True, break_on_failure=False)


def test_send_result_refuses_items_without_arguments(run, acts):
    def chains(self):
        with pytest.raises(TypeError, match="must be followed by tasks with arguments"):
            self.submit(Chain((acts.double, 1), self.start_timer("t", 1), send_result=True))

    run(chains)


def test_chain_that_does_not_raise_does_not_fail(run, acts):
    def chains(self):
        return self.submit(Chain(acts.failing_loudly, raises_on_failure=False)).exception

    assert run(chains) is None


def test_function_of_func_group_may_wait(run, acts):
    def later(self, x):
        y = self.submit(acts.double, x).result
        return Group((acts.double, y), (acts.double, y + 1))

    def groups(self):
        first, second = (self.submit(FuncGroup(later, self, x)) for x in (1, 10))
        return futures.wait(first, second)

    assert run(groups) == [[4, 6], [40, 42]]


def test_func_group_may_return_none_if_allowed(run):
    def groups(self):
        return self.submit(FuncGroup(lambda: None, _allow_none=True)).result

    assert run(groups) is None


def test_func_group_that_returns_no_task_raises_type_error(make_local):
    class Groups(Workflow):
        def run(self):
            self.submit(FuncGroup(lambda: 5)).wait()

    local = make_local(Groups)

    with pytest.raises(TypeError, match="must be an activity"):
        local.run(local.start(Groups))


def test_task_error_in_function_fails_its_func_group(run, acts):
    def raises(future):
        raise future.exception

    def groups(self):
        failed = self.submit(FuncGroup(raises, self.submit(acts.failing))).exception
        late = self.submit(FuncGroup(self.submit(self.wait_signal("never")).wait, 1)).exception
        return [type(error).__name__ for error in (failed, late)]

    assert run(groups) == ["TaskFailed", "TimeoutError"]


def test_func_group_can_fail_the_execution(run):
    def groups(self):
        self.submit(FuncGroup(self.fail, "so it is")).wait()

    with pytest.raises(exceptions.ExecutionError, match="so it is"):
        run(groups)


def test_future_class_option_is_used(run, acts):
    class Counted(GroupFuture):
        __slots__ = ()

    def groups(self):
        return type(self.submit(Group((acts.double, 1), future_class=Counted))).__name__

    assert run(groups) == "Counted"


def test_default_future_class_of_subclass_is_used(run, acts):
    class LoudFuture(ChainFuture):
        __slots__ = ()

    class LoudChain(Chain):
        default_future_class = LoudFuture

    def groups(self):
        return [type(self.submit(kind((acts.double, 1)))).__name__ for kind in (LoudChain, Chain)]

    assert run(groups) == ["LoudFuture", "ChainFuture"]


def test_futures_of_nested_groups_are_accessible(run, acts):
    def groups(self):
        whole = self.submit(Group((acts.double, 1), Chain((acts.double, 2), (acts.double, 3))))
        whole.wait()
        inner = whole.futures[1]
        return whole.count_finished_activities, [each.result for each in inner.futures]

    assert run(groups) == (2, [4, 6])


def test_chain_that_does_not_raise_may_bubble_failures(run, acts):
    def chains(self):
        options = {"raises_on_failure": False, "bubbles_exception_on_failure": True}
        inner = Chain(acts.failing_loudly, **options)
        outer = Chain(inner, (acts.double, 1), bubbles_exception_on_failure=False)
        return self.submit(outer).result

    assert run(chains) == [[None]]


def test_cancelling_group_cancels_open_and_waiting_items(history_of, acts):
    def groups(self):
        items = [self.start_timer(f"t{n}", 600) for n in range(4)]
        group = self.submit(Group(*items, max_parallel=2))
        self.sleep(1)
        group.cancel()
        return [error is not None for error in group.exception.exceptions]

    history = history_of(groups)

    assert history.execution.result == [True] * 4
    assert sorted(history.timers) == ["sleep-1", "t0", "t1"]


@pytest.mark.parametrize("kind", [Group, Chain])
def test_deeply_nested_groups_run_without_recursion(run, acts, kind):
    def workflow(self):
        group = kind((acts.double, 1))
        for _ in range(500):
            group = kind(group)
        result = self.submit(group).result
        while isinstance(result, list):
            (result,) = result
        return result

    assert run(workflow) == 2


def test_deeply_nested_failure_fails_the_execution(history_of, acts):
    def workflow(self):
        group = Group((acts.failing_loudly, "no"))
        for _ in range(500):
            group = Group(group)
        self.submit(group)

    execution = history_of(workflow).execution

    assert execution.close_status == "FAILED"
    assert len(execution.reason) <= 256
    assert "ValueError: no" in execution.reason or "cut from" in execution.reason


def test_deeply_nested_groups_can_be_cancelled(run):
    def workflow(self):
        group = Group(self.start_timer("t", 600))
        for _ in range(500):
            group = Group(group)
        future = self.submit(group)
        self.sleep(1)
        future.cancel()
        return isinstance(future.exception, exceptions.AggregateException)

    assert run(workflow) is True


def test_nested_items_start_in_the_order_of_the_code(history_of, acts):
    def workflow(self):
        inner = Group((acts.double, 1), (acts.double, 2))
        self.submit(Group(inner, (acts.double, 3), Chain((acts.double, 4)))).wait()

    batch = history_of(workflow).decision_batches()[0]

    inputs = [raw["activityTaskScheduledEventAttributes"]["input"] for raw in batch.raw_decisions]
    assert [json.loads(text)["args"] for text in inputs] == [[1], [2], [3], [4]]


def test_error_while_starting_an_item_leaves_no_open_group(history_of, acts):
    def workflow(self):
        task = ActivityTask(acts.double, 1)
        task.start = lambda runtime, scope: 1 / 0
        with pytest.raises(ZeroDivisionError):
            self.submit(Group(Group((acts.double, 1), task)))
        return "continued"

    assert history_of(workflow).execution.result == "continued"


def test_failures_of_many_items_are_cut_to_the_limits(history_of):
    def workflow(self):
        error = exceptions.TaskFailed("check", "the warehouse refused the connection" * 5)
        raise exceptions.AggregateException([error] * 500)

    execution = history_of(workflow).execution

    assert execution.close_status == "FAILED"
    assert execution.reason.startswith("AggregateException: 500 of 500 failed")
    assert "cut from" in execution.details
    assert len(execution.reason) == 256
    assert len(execution.details) <= 32_768


@pytest.mark.parametrize("kind", [Group, Chain])
def test_item_that_cannot_be_encoded_fails_the_execution(history_of, acts, kind):
    def workflow(self):
        self.submit(kind((acts.double, 1), (acts.double, "x" * 40_000)))

    execution = history_of(workflow).execution

    assert execution.close_status == "FAILED"
    assert "the limit is 32768" in execution.reason


async def coroutine(): ...


def generator():
    yield


@pytest.mark.parametrize("function", [coroutine, generator])
def test_func_group_refuses_functions_that_would_not_run(function):
    with pytest.raises(TypeError, match=r"func=.*must be a function"):
        FuncGroup(function)


def test_group_can_be_submitted_by_its_own_method(run, acts):
    def workflow(self):
        group = Group((acts.double, 1))
        group.activities.append(ActivityTask(acts.double, 2))
        return group.submit(self.executor).result

    assert run(workflow) == [2, 4]
