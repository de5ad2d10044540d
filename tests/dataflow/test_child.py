from __future__ import annotations

import pytest

from swf.dataflow import Workflow, exceptions, futures


class Child(Workflow):
    name, version, tag_list = "child of tests", "3", ["kid"]

    def run(self, x):
        if x < 0:
            self.fail("negative", {"x": x})
        self.sleep(x)
        return x * 10


class Patient(Workflow):
    """Waits for a month, or until it is canceled."""

    name = "patient"

    def run(self):
        self.sleep(30 * 86_400)
        return "slept"


def test_child_has_own_type_and_tags(make_local):
    class Parent(Workflow):
        def run(self):
            return self.submit(Child, 4).result

    local = make_local(Parent)
    execution = local.start(Parent)

    assert local.result(execution) == 40
    (child,) = execution.history().children.values()
    assert (child.name, child.version, child.tag_list) == ("child of tests", "3", ["kid"])
    assert child.id.startswith(f"child of tests-{execution.workflow_id}--")


@pytest.mark.parametrize(
    ("options", "priority"), [({}, 4), ({"__priority": 9}, 9), ({"__priority": None}, 0)]
)
def test_submitted_priority_of_child_overrides_declared_priority(make_local, options, priority):
    class Urgent(Child):
        name, task_priority = "urgent child", 4

    class Parent(Workflow):
        def run(self):
            return self.submit(Urgent, 1, **options).result

    local = make_local(Parent)
    history = local.run(local.start(Parent)).history()

    assert next(iter(history.children.values())).task_priority == priority


def test_failed_child_raises_from_result(run):
    def asks(self):
        try:
            return self.submit(Child, -1).result
        except exceptions.WorkflowException as error:
            return error.exception.reason, error.exception.details

    assert run(asks) == ("negative", {"x": -1})


def test_child_inherits_tags_of_parent(make_local):
    class Heir(Child):
        name, tag_list = "heir", Workflow.INHERIT_TAG_LIST

    class Parent(Workflow):
        tag_list = ["a", "b"]

        def run(self):
            self.submit(Heir, 0).wait()

    local = make_local(Parent)
    history = local.run(local.start(Parent)).history()

    assert next(iter(history.children.values())).tag_list == ["a", "b"]


def test_failed_child_is_retried(make_local):
    class Stubborn(Child):
        name, retry = "stubborn", 1

    class Parent(Workflow):
        def run(self):
            return str(self.submit(Stubborn, -1).exception)

    local = make_local(Parent)
    history = local.run(local.start(Parent)).history()

    assert len(next(iter(history.children.values())).attempts) == 2


def test_abandoned_child_does_not_keep_parent_open(make_local):
    class Abandoned(Patient):
        name, child_policy = "abandoned", "ABANDON"

    class Parent(Workflow):
        def run(self):
            self.submit(Abandoned)

    local = make_local(Parent)
    execution = local.start(Parent)
    local.run_until_idle()

    assert execution.upstream().close_status == "COMPLETED"


def test_workflow_id_of_child_can_depend_on_future_results(make_local, acts):
    class IdFromArguments(Child):
        name = "named child"

        @classmethod
        def get_workflow_id(cls, x):
            return f"child of {x}"

        @classmethod
        def get_tag_list(cls, x):
            return [f"x={x}"]

    class Parent(Workflow):
        def run(self):
            child = self.submit(IdFromArguments, self.submit(acts.double, 2))
            child.wait()
            return child.id

    local = make_local(Parent)
    history = local.run(local.start(Parent)).history()

    assert list(history.children) == [history.execution.result] == ["child of 4"]
    assert history.children["child of 4"].tag_list == ["x=4"]


def test_idempotent_child_runs_once_for_equal_arguments(make_local, acts):
    class Once(Child):
        name, idempotent = "once", True

    class Parent(Workflow):
        def run(self):
            one = self.submit(acts.double, 1)
            return futures.wait(*(self.submit(Once, n) for n in (2, 2, one, 3)))

    local = make_local(Parent)
    execution = local.start(Parent)

    assert local.result(execution) == [20, 20, 20, 30]
    assert len(execution.history().children) == 2
