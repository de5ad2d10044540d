"""Replays of changed code: divergences are reported, harmless changes are not."""

from __future__ import annotations

import importlib
import itertools
import linecache
import random
import re

import pytest

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
    replay,
)
from swf.exceptions import NonDeterminismError

BASE = """
def run(self, x):
    a = self.submit(increment, x)
    b = self.submit(double, a)
    self.submit(self.record_marker("step", {"n": 1}))
    if b.result > 3:
        self.submit(increment, b)
    self.sleep(60)
    timer = self.submit(self.start_timer("poll", 30))
    parts = self.map(double, sorted({1, 2, 3}))
    other = self.submit(echo, "text", key=[1, 2])
    futures.wait(*parts)
    timer.wait()
    child = self.submit(Child, 5)
    self.submit(self.signal("go", 1, workflow_id="other")).wait()
    try:
        futures.wait(self.submit(self.wait_signal("never")), timeout=10)
    except exceptions.TimeoutError:
        pass
    failed = self.submit(failing)
    if failed.exception is not None:
        self.submit(self.start_timer("late", 5))
        self.submit(self.cancel_timer("late"))
        self.sleep(1)
    doomed = self.submit(self.call_lambda("sum", [1, 2]))
    if self.patched("new-end"):
        self.submit(double, 8).wait()
    if child.result != 6:
        self.fail("wrong child")
    return [b.result, other.result]
"""


@activity.with_attributes()
def increment(x):
    return x + 1


@activity.with_attributes()
def double(x, extra=None, by=2):
    return x * 2


@activity.with_attributes()
def triple(x):
    return x * 3


@activity.with_attributes()
def echo(*args, **kwargs):
    return [list(args), kwargs]


@activity.with_attributes()
def failing():
    raise ValueError("no")


class Child(Workflow):
    name = "child"

    def run(self, x):
        return self.submit(increment, x).result


class OtherChild(Child):
    name = "other child"


class NamedChild(Child):
    @classmethod
    def get_workflow_id(cls, x):
        return f"child {x}"


NamedChild.name = Child.name


#: Names that the changed code uses.
CANVAS = (ActivityTask, FuncGroup, Group)
_files = itertools.count()


def workflow(source):
    """Return a workflow whose `run` is compiled from source, with its lines in `linecache`."""
    file = f"/tests/changed_{next(_files)}.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names = dict(globals())
    exec(compile(source, file, "exec"), names)
    return type("Base", (Workflow,), {"run": names["run"], "name": "base", "lambda_role": "role"})


@pytest.fixture(scope="module")
def recorded():
    """Return the history of `BASE`, and the ids of its execution."""
    base = workflow(BASE)
    with Local(base, lambda_functions={"sum": sum}) as local:
        closed = local.run(local.start(base, 1))
        history = closed.history()
        assert history.execution.close_status == "COMPLETED", history.execution.reason
        return history, {"workflow_id": closed.workflow_id, "run_id": closed.run_id}


CHANGES = [
    ("another activity", "self.submit(double, a)", "self.submit(triple, a)"),
    ("a request before the first", "    a = ", "    self.submit(triple, 1)\n    a = "),
    ("a request after the first", "    b = ", "    self.submit(triple, 1)\n    b = "),
    ("a first request taken out", "a = self.submit(increment, x)", "a = x + 1"),
    ("a later request taken out", "        self.submit(increment, b)\n", "        pass\n"),
    ("a condition turned round", "b.result > 3", "b.result <= 3"),
    ("a condition always false", "if b.result > 3", "if False"),
    ("two requests changed places", "self.map(double, sorted({1, 2, 3}))\n    other = "
     'self.submit(echo, "text", key=[1, 2])', "0\n    other = self.submit(echo, 'text', key=[1, 2])"
     "\n    parts = self.map(double, [1, 2, 3])"),
    ("another argument", "self.submit(increment, x)", "self.submit(increment, x + 1)"),
    ("an argument more", "self.submit(double, a)", "self.submit(double, a, 1)"),
    ("a keyword more", "self.submit(double, a)", "self.submit(double, a, by=2)"),
    ("another keyword", "key=[1, 2]", "keys=[1, 2]"),
    ("another value in a keyword", "key=[1, 2]", "key=[2, 1]"),
    ("another text", '"text"', '"test"'),
    ("an argument of another type", '"text"', "5"),
    ("the order of a set", "sorted({1, 2, 3})", "[3, 1, 2]"),
    ("an order reversed", "sorted({1, 2, 3})", "reversed([1, 2, 3])"),
    ("an item fewer", "{1, 2, 3}", "{1, 2}"),
    ("an item more", "{1, 2, 3}", "{1, 2, 3, 4}"),
    ("another item", "{1, 2, 3}", "{1, 2, 4}"),
    ("single requests for a map", "self.map(double, sorted({1, 2, 3}))",
     "[self.submit(double, n) for n in (1, 2, 3)]"),
    ("a marker taken out", '    self.submit(self.record_marker("step", {"n": 1}))\n', ""),
    ("another marker", '"step"', '"steps"'),
    ("other details of a marker", '{"n": 1}', '{"n": 2}'),
    ("a marker moved",
     '    self.submit(self.record_marker("step", {"n": 1}))\n    if b.result > 3:',
     '    if b.result > 3:\n        self.submit(self.record_marker("step", {"n": 1}))'),
    ("a sleep taken out", "    self.sleep(60)\n", ""),
    ("a sleep more", "    self.sleep(60)\n", "    self.sleep(60)\n    self.sleep(60)\n"),
    ("a longer sleep", "self.sleep(60)", "self.sleep(61)"),
    ("a timer renamed", '"poll", 30', '"polling", 30'),
    ("a longer timer", '"poll", 30', '"poll", 31'),
    ("an activity for a timer", 'self.submit(self.start_timer("poll", 30))',
     "self.submit(triple, 30)"),
    ("another child", "self.submit(Child, 5)", "self.submit(OtherChild, 5)"),
    ("another argument of a child", "self.submit(Child, 5)", "self.submit(Child, 6)"),
    ("an activity for a child", "self.submit(Child, 5)", "self.submit(increment, 5)"),
    ("a second child", "    child = ", "    self.submit(Child, 5)\n    child = "),
    ("a signal renamed", '"go"', '"stop"'),
    ("a signal to another execution", '"other"', '"another"'),
    ("another argument of a signal", '"go", 1', '"go", 2'),
    ("a signal taken out",
     '    self.submit(self.signal("go", 1, workflow_id="other")).wait()\n', ""),
    ("a timeout taken out", ", timeout=10", ""),
    ("a longer timeout", "timeout=10", "timeout=11"),
    ("a failure ignored", "failed.exception is not None", "failed.exception is None"),
    ("a timer no longer canceled", '        self.submit(self.cancel_timer("late"))\n', ""),
    ("another timer canceled", 'self.cancel_timer("late")', 'self.cancel_timer("poll")'),
    ("another Lambda function", '"sum", [1, 2]', '"max", [1, 2]'),
    ("another input of a Lambda function", '"sum", [1, 2]', '"sum", [1, 3]'),
    ("a Lambda function taken out", '    doomed = self.submit(self.call_lambda("sum", [1, 2]))\n',
     ""),
    ("a patch taken out with its way", '    if self.patched("new-end"):\n'
     "        self.submit(double, 8).wait()\n", ""),
    ("a patch renamed", '"new-end"', '"newer-end"'),
    ("an end that comes earlier", "    child = ", "    return 1\n    child = "),
    ("a failure for a result", "child.result != 6", "child.result == 6"),
    ("a request before the end", "    return [b",
     "    self.submit(triple, 1).wait()\n    return [b"),
    ("a wait that is never over", "    return [b", '    self.submit(self.wait_signal("x")).wait()\n'
     "    return [b"),
    ("another result", "return [b.result, other.result]", "return [b.result]"),
    ("a result in another order", "return [b.result, other.result]",
     "return [other.result, b.result]"),
    ("a result taken out", "    return [b.result, other.result]\n", ""),
    ("a failure for an end", "return [b.result, other.result]", 'self.fail("so")'),
    ("a uuid in an argument", "key=[1, 2]", "key=[self.uuid()]"),
    ("a group for a map", "self.map(double, sorted({1, 2, 3}))",
     "self.submit(Group(*((double, n) for n in (1, 2, 3)))).futures"),
    ("a function of a group", "self.submit(increment, x)",
     "self.submit(FuncGroup(lambda: ActivityTask(increment, x)))"),
    ("another class with the same child type", "self.submit(Child, 5)",
     "self.submit(NamedChild, 5)"),
    ("a wait for the first of many", "futures.wait(*parts)\n    timer.wait()",
     "futures.wait_any(*parts)"),
    ("a signal that is not passed on", '"go", 1,', '"go", 1, propagate=False,'),
    ("a side effect before a timer", "    self.sleep(60)\n",
     "    self.side_effect(int)\n    self.sleep(60)\n"),
    ("a continuation for an end", "    return [b", "    self.submit(self.continue_as_new(1))\n"
     "    return [b"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), [row[1:] for row in CHANGES], ids=[r[0] for r in CHANGES])
def test_divergence_reports_its_event(recorded, old, new):
    history, execution = recorded
    assert BASE.count(old) == 1

    with pytest.raises(NonDeterminismError) as caught:
        replay(workflow(BASE.replace(old, new)), history, **execution)

    error = caught.value
    assert error.expected != error.produced
    assert history.event(error.event_id).name in DECISION_EVENTS
    assert error.remedy
    assert error.source is None or re.match(r"changed_\d+\.py:\d+: \S", error.source)


DECISION_EVENTS = (
    "ActivityTaskScheduled TimerStarted TimerCanceled MarkerRecorded LambdaFunctionScheduled "
    "StartChildWorkflowExecutionInitiated SignalExternalWorkflowExecutionInitiated "
    "WorkflowExecutionCompleted DecisionTaskCompleted"
)


def test_divergence_reports_expected_and_produced_command_with_source(recorded):
    history, execution = recorded
    changed = BASE.replace("self.submit(double, a)", "self.submit(triple, a)")

    with pytest.raises(NonDeterminismError) as caught:
        replay(workflow(changed), history, **execution)

    text = str(caught.value)
    assert "double-1" in caught.value.expected
    assert "triple-1" in caught.value.produced
    assert "b = self.submit(triple, a)" in text
    assert "self.patched(" in text


def test_different_input_suggests_deterministic_sources(recorded):
    history, execution = recorded
    changed = BASE.replace("self.submit(increment, x)", "self.submit(increment, id(object()))")

    with pytest.raises(NonDeterminismError, match=r"self\.now\(\), self\.random, self\.uuid\(\)"):
        replay(workflow(changed), history, **execution)


def test_divergence_without_ids_suggests_passing_them(recorded):
    history, _ = recorded

    with pytest.raises(NonDeterminismError, match="pass workflow_id and run_id to `replay`"):
        replay(workflow(BASE), history)


HARMLESS = [
    "# a comment",
    "",
    "_ = sorted({3, 1, 2})",
    'self.log.info("here")',
    "moment = self.now()",
    "assert self.get_run_context()['name'] == 'base'",
    "total = sum(range(10))",
    "names = [str(n) for n in range(3)]",
    "self.list_markers()",
    "self.get_event_details('signal', 'never')",
    "is_new = a_flag = True",
    "self.submit",
    "(lambda: self.submit)()",
]
RENAMED = ["timer", "parts", "other", "child", "failed", "doomed"]


def change_harmlessly(random):
    """Return `BASE` with inserted statements without commands, and a renamed variable."""
    lines = BASE.strip("\n").split("\n")
    for _ in range(random.randint(1, 5)):
        at = random.randrange(1, len(lines))
        indent = re.match(" *", lines[at])[0]
        if not lines[at].strip().startswith(("except", "else")):
            lines.insert(at, indent + random.choice(HARMLESS))
    text = "\n".join(lines) + "\n"
    name = random.choice(RENAMED)
    return re.sub(rf'(?<!["\w]){name}\b(?!")', f"{name}_", text)


def test_harmless_changes_do_not_diverge(recorded):
    history, execution = recorded
    source = random.Random(5)

    for _ in range(500):
        replay(workflow(change_harmlessly(source)), history, **execution)


@pytest.mark.parametrize(
    "options",
    [
        {"retry": 3},
        {"version": "2"},
        {"task_list": "elsewhere"},
        {"start_to_close_timeout": 5, "heartbeat_timeout": "NONE"},
        {"task_priority": 3},
    ],
    ids=lambda options: next(iter(options)),
)
def test_options_can_change_during_an_execution(recorded, options, monkeypatch):
    history, execution = recorded
    changed = {
        name: activity.Activity(each.callable, **options)
        for name, each in globals().items()
        if isinstance(each, activity.Activity)
    }
    for name, each in changed.items():
        monkeypatch.setitem(globals(), name, each)

    replay(workflow(BASE), history, **execution)


def test_divergence_sends_nothing_and_leaves_execution_open():
    good = workflow("def run(self):\n    self.submit(double, 1).wait()\n    return 1\n")
    bad = workflow("def run(self):\n    self.submit(triple, 1).wait()\n    return 1\n")
    with Local(good) as local:
        execution = local.start(good)
        local.step()
        before = len(execution.history())
        local.decider.workflows = {("base", "1.0"): bad}
        local.decider.replay_every_decision = True

        with pytest.raises(NonDeterminismError, match="triple-1"):
            local.run(execution)

        names = [event.name for event in execution.history()[before:]]
        assert "DecisionTaskCompleted" not in names
        assert execution.upstream().status == "OPEN"


OLD = "def run(self):\n    self.submit(double, 1).wait()\n    self.submit(double, 2).wait()\n"
NEW = OLD.replace(
    "    self.submit(double, 2)",
    "    if self.patched('more'):\n        self.submit(triple, 2)\n    self.submit(double, 2)",
)


def test_execution_past_the_patch_keeps_the_old_branch():
    with Local(workflow(OLD)) as local:
        execution = local.start(workflow(OLD))
        for _ in range(3):
            local.step()
        local.decider.workflows = {("base", "1.0"): workflow(NEW)}
        local.decider.histories.cache.clear()

        history = local.run(execution).history()

    assert history.execution.close_status == "COMPLETED"
    assert not [name for name in history.activities if "triple" in name]


def test_execution_before_the_patch_takes_the_new_branch():
    with Local(workflow(NEW), replay_every_decision=True) as local:
        history = local.run(local.start(workflow(NEW))).history()

    assert history.execution.close_status == "COMPLETED"
    assert [name for name in history.activities if "triple" in name]
    assert history.markers["swf.patch"][0].details == "more"


def test_patch_can_be_removed_if_its_branch_stays(recorded):
    history, execution = recorded

    replay(workflow(BASE.replace('if self.patched("new-end"):', "if True:")), history, **execution)


@pytest.mark.parametrize(
    ("first", "second"), [("a", "b"), ("b", "a")], ids=["behind another", "before another"]
)
def test_patch_can_be_added_before_or_after_another(first, second):
    def patched(*ids):
        asks = "".join(
            f"    if self.patched('{each}'): self.submit(double, '{each}')\n" for each in ids
        )
        return workflow(f"def run(self):\n{asks}    self.submit(triple, 1).wait()\n")

    with Local(patched("a")) as local:
        history = local.run(local.start(patched("a"))).history()

    replay(patched(first, second), history)


def test_patch_in_loop_applies_to_all_iterations():
    old = "def run(self):\n    for n in range(4):\n        self.submit(double, n).wait()\n"
    new = old.replace(
        "        self", "        self.patched('c') and self.submit(triple, n)\n        self"
    )
    with Local(workflow(old)) as local:
        execution = local.start(workflow(old))
        for _ in range(4):
            local.step()
        local.decider.workflows = {("base", "1.0"): workflow(new)}
        local.decider.histories.cache.clear()
        history = local.run(execution).history()

    assert history.execution.close_status == "COMPLETED"
    assert len(history.activities) == 4


def test_wait_outside_workflow_raises_a_base_exception():
    assert not issubclass(exceptions.ExecutionBlocked, Exception)
    with pytest.raises(exceptions.ExecutionBlocked):
        futures.Future().wait()


@activity.with_attributes()
def keep(x):
    return x


@activity.with_attributes()
def other(x):
    return x


def chain(self, second):
    return self.submit(
        Chain(
            (keep, 1),
            (second, 2),
        )
    ).result


def sending_chain(self, second):
    return self.submit(
        Chain(
            (keep, 1),
            (second,),
            send_result=True,
        )
    ).result


def limited_group(self, second):
    group = Group(max_parallel=1)
    group.append(keep, 1)
    group.append(second, 2)
    return self.submit(group).result


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (chain, "Chain("),
        (sending_chain, "Chain("),
        (limited_group, "group.append(second, 2)"),
    ],
)
def test_error_names_the_line_of_an_item_of_a_group(make_local, run, line):
    old = type("Items", (Workflow,), {"name": "items", "run": lambda self: run(self, keep)})
    new = type("Items", (Workflow,), {"name": "items", "run": lambda self: run(self, other)})
    local = make_local(old)
    history = local.run(local.start(old)).history()

    with pytest.raises(NonDeterminismError) as caught:
        replay(new, history)

    assert caught.value.source is not None
    assert "test_replay.py" in caught.value.source
    assert line in caught.value.source


def test_error_masks_payloads(make_local):
    def workflow(value):
        def run(self):
            self.submit(keep, value).wait()

        return type("Secret", (Workflow,), {"name": "secret", "run": run})

    local = make_local(workflow("secret of the old code"))
    history = local.run(local.start(workflow("secret of the old code"))).history()

    with pytest.raises(NonDeterminismError) as caught:
        replay(workflow("secret of the new code"), history)

    assert "secret of" not in str(caught.value)
    assert "with input of" in str(caught.value)


@pytest.mark.parametrize("package", ["swf.dataflow", "swf.flow"])
def test_error_is_importable_from_the_engines(package):
    assert importlib.import_module(package).NonDeterminismError is NonDeterminismError
