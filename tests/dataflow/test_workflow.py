from __future__ import annotations

import inspect
import math
import threading

import pytest

from swf.dataflow import (
    Decider,
    Group,
    Workflow,
    exceptions,
    futures,
    replay,
    rerun,
    run_local,
    standalone,
    start,
)
from swf.exceptions import InvalidTypeError, ValidationError
from swf.models import Domain, WorkflowExecution
from swf.models.history import History
from swf.retry import Retry

DOMAIN = Domain("nowhere")


class Basic(Workflow):
    def run(self, x, t=30):
        y = self.submit(self.acts.increment, x)
        self.submit(self.acts.echo, y, t).wait()
        z = self.submit(self.acts.double, y)
        return z.result


def test_the_walk_through_gives_x_plus_one_times_two(acts):
    Basic.acts = acts

    assert run_local(Basic, 1, 5) == 4


@pytest.mark.parametrize("what", [Basic.run, "Basic", None, int, {"name": "basic"}])
@pytest.mark.parametrize(
    ("field", "give"),
    [
        ("workflow", lambda what: run_local(what, 1)),
        ("workflow", lambda what: start(what, domain=DOMAIN)),
        ("workflow", lambda what: standalone(what, domain=DOMAIN)),
        ("workflow", lambda what: rerun(what, WorkflowExecution(DOMAIN, "w", "r"))),
        ("workflow", lambda what: replay(what, History())),
        ("workflows", lambda what: Decider(DOMAIN, "list", [what])),
        ("workflows", lambda what: Decider(DOMAIN, "list", what)),
    ],
    ids=["run_local", "start", "standalone", "rerun", "replay", "decider", "decider of one"],
)
def test_what_is_no_class_of_workflows_is_refused_before_anything_is_sent(field, give, what):
    with pytest.raises(InvalidTypeError) as caught:
        give(what)

    assert caught.value.field == field
    assert "of Workflow" in caught.value.rule


def test_arguments_of_the_code_may_have_any_name(acts):
    class Child(Workflow):
        def run(self, workflow, executor):
            return [workflow, executor]

    class Parent(Workflow):
        def run(self, workflow, what):
            child = self.submit(Child, workflow=workflow, executor=2)
            activity = self.submit(acts.echo, what=what, activity=4)
            return [*child.result, activity.result[1]]

    assert run_local(Parent, workflow=1, what=3) == [1, 2, {"what": 3, "activity": 4}]


def test_run_local_raises_what_the_workflow_failed_with(acts):
    class Fails(Workflow):
        def run(self):
            self.fail("no stock", {"left": 0})

    with pytest.raises(exceptions.ExecutionError) as caught:
        run_local(Fails)

    assert (caught.value.status, caught.value.reason) == ("FAILED", "no stock")
    assert caught.value.details == {"left": 0}


def test_a_bug_in_run_is_raised_and_does_not_close_the_execution(make_local):
    class Buggy(Workflow):
        def run(self):
            return self.no_such_thing

    local = make_local(Buggy)
    execution = local.start(Buggy)

    with pytest.raises(AttributeError, match="no_such_thing"):
        local.run(execution)
    assert execution.upstream().status == "OPEN"


def test_errors_that_a_workflow_names_fail_it(run):
    def refuse(self):
        raise LookupError("unknown order")

    with pytest.raises(exceptions.ExecutionError, match="LookupError: unknown order"):
        run(refuse, attributes={"fails_on": (LookupError,)})


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (lambda timer: timer.cancel() and timer.result, "TaskCanceled"),
        (lambda timer: timer.wait(timeout=1), "TimeoutError"),
    ],
    ids=["canceled", "too late"],
)
def test_what_became_of_a_task_fails_the_execution_if_nothing_catches_it(run, what, reason):
    def code(self):
        what(self.submit(self.start_timer("t", 600)))

    with pytest.raises(exceptions.ExecutionError, match=reason):
        run(code)


def test_a_workflow_may_keep_things_of_its_own(make_local, acts):
    class Keeps(Workflow):
        def __init__(self, executor):
            super().__init__(executor)
            self.kept = []

        def submit(self, *args, **kwargs):
            self.kept.append(super().submit(*args, **kwargs))
            return self.kept[-1]

        def run(self):
            self.submit(acts.double, 1)
            self.submit(acts.double, 2)
            results = futures.wait(*self.kept)
            return results, self.executor.history.first.name

    local = make_local(Keeps)

    assert local.result(local.start(Keeps)) == ([2, 4], "WorkflowExecutionStarted")


def test_the_history_is_what_happened_so_far_in_a_replay_too(make_local, acts):
    class Looks(Workflow):
        name = "looks at its history"

        def run(self):
            self.submit(acts.failing).wait()
            self.submit(self.record_marker("seen", len(self.executor.history))).wait()
            working = self.submit(acts.double, 1)
            self.sleep(1)
            self.submit(self.record_marker("seen", len(self.executor.history))).wait()
            return working.result

        def should_cancel(self, history):
            return not history.open_activities

        def on_task_failure(self, ctx):
            return ctx.decide_retry(len(ctx.history)) if ctx.retry_count == 0 else None

    local = make_local(Looks)
    execution = local.start(Looks)
    while "double" not in str(execution.history().activities.keys()):
        local.step()
    execution.request_cancel()

    assert local.result(execution) == 2
    assert [marker.details for marker in execution.history().markers["seen"]] == [20, 36]


@pytest.mark.parametrize(
    ("attribute", "value", "rule"),
    [
        ("name", "", "1 to 256 characters"),
        ("name", None, "must be a string"),
        ("name", "a/b", "must not contain :, /, |"),
        ("version", "v1:rc", "must not contain :, /, |"),
        ("version", 1, "must be a string"),
        ("task_list", "", "1 to 256 characters"),
        ("task_priority", "high", "must be a 32-bit integer"),
        ("task_priority", 2**40, "from -2147483648 to 2147483647"),
        ("retry", -1, "a whole number from 0, or a Retry"),
        ("retry", "3", "a whole number from 0, or a Retry"),
        ("raises_on_failure", "no", "must be True or False"),
        ("execution_timeout", 31_536_001, "whole seconds from 0 to 31536000"),
        ("execution_timeout", "NONE", "NONE is not allowed"),
        ("decision_tasks_timeout", -1, "whole seconds from 0 to 99999999, or NONE"),
        ("child_policy", "KILL", "must be one of TERMINATE, REQUEST_CANCEL, ABANDON"),
        ("lambda_role", "", "1 to 1600 characters"),
        ("idempotent", None, "must be True or False"),
        ("fails_on", ValueError, "must be a tuple of classes of errors"),
        ("fails_on", ("ValueError",), "must be a tuple of classes of errors"),
        ("max_open_activity_count", "3", "must be a whole number, 1 or more"),
        ("max_open_activity_count", 0, "must be a whole number, 1 or more"),
        ("event_budget", "many", "must be a number, 0 or more"),
        ("propagate_signals_to_parent", 1, "must be True or False"),
        ("tag_list", "urgent", "must be a list of tags"),
        ("tag_list", list("abcdef"), "at most 5 tags, not 6"),
    ],
)
def test_an_attribute_that_cannot_be_used_is_refused_where_the_class_is_made(
    attribute, value, rule
):
    with pytest.raises(ValidationError) as caught:
        type("Tested", (Workflow,), {attribute: value})

    assert (caught.value.field, caught.value.value) == (attribute, value)
    assert rule in caught.value.rule


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("task_list", None),
        ("task_priority", "7"),
        ("task_priority", property(lambda self: self.level)),
        ("retry", Retry(2, delay=5)),
        ("execution_timeout", "3600"),
        ("decision_tasks_timeout", "NONE"),
        ("child_policy", None),
        ("fails_on", (ValueError, LookupError)),
        ("max_open_activity_count", None),
        ("event_budget", math.inf),
        ("tag_list", Workflow.INHERIT_TAG_LIST),
        ("tag_list", classmethod(lambda cls: 1 / 0)),
    ],
)
def test_an_attribute_that_can_be_used_is_left_as_it_is(attribute, value):
    made = type("Tested", (Workflow,), {attribute: value})

    assert inspect.getattr_static(made, attribute) is value


def test_what_a_class_inherits_is_checked_like_its_own():
    class Shared:
        task_list = "fast/slow"

    with pytest.raises(ValidationError, match=r"^task_list='fast/slow': must not contain"):
        type("Tested", (Shared, Workflow), {})


def test_a_priority_may_be_computed_by_the_code(make_local, acts):
    class Urgent(Workflow):
        name = "urgent"

        @property
        def task_priority(self):
            return self.level

        def run(self, level):
            self.level = level
            self.submit(acts.double, 1).wait()

    class Parent(Workflow):
        def run(self):
            self.submit(Urgent, 7).wait()
            return self.get_run_context()["workflow_id"]

    local = make_local(Parent, Urgent)
    history = local.run(local.start(Urgent, 5)).history()

    assert next(iter(history.activities.values())).task_priority == 5
    assert local.result(local.start(Parent))


def test_arguments_and_results_come_through_the_service_as_they_are(run, acts):
    def passes(self, given):
        return self.submit(acts.echo, given, key={"a": (1, 2)}).result

    assert run(passes, {"n": [1, "2", None, 2.5]}) == [
        [{"n": [1, "2", None, 2.5]}],
        {"key": {"a": (1, 2)}},
    ]


def test_text_that_looks_like_a_number_stays_text(run, acts):
    def passes(self, text):
        return self.submit(acts.echo, text).result[0][0]

    assert run(passes, "42") == "42"


def test_map_and_starmap_submit_at_once_and_keep_the_order(history_of, acts):
    def many(self):
        doubled = self.map(acts.double, [1, 2, 3])
        echoed = self.starmap(acts.echo, [(1, 2), (3,)])
        assert futures.wait(*doubled) == [2, 4, 6]
        assert [each.result[0] for each in echoed] == [[1, 2], [3]]

    history = history_of(many)

    assert history.execution.close_status == "COMPLETED"
    assert len(history.decision_batches()[0].decisions) == 5


def test_what_nobody_waited_for_is_done_before_the_execution_completes(history_of, acts):
    def forgets(self):
        self.submit(acts.double, self.submit(acts.increment, 1))
        return "done"

    history = history_of(forgets)

    assert history.execution.result == "done"
    assert [a.state for a in history.activities.values()] == ["completed", "completed"]


def test_a_loud_failure_that_nobody_looked_at_fails_the_execution(history_of, acts):
    def forgets(self):
        self.submit(acts.failing_loudly, "broken")

    assert "ValueError: broken" in history_of(forgets).execution.reason


@pytest.mark.parametrize(
    "forgets",
    [
        lambda self, loud, acts: self.submit(acts.double, loud),
        lambda self, loud, acts: self.submit(acts.echo, {"a": [loud]}),
        lambda self, loud, acts: self.submit(acts.double, self.submit(acts.double, loud)),
        lambda self, loud, acts: self.submit(self.record_marker("paid", loud)),
        lambda self, loud, acts: self.submit(Group((acts.double, loud))),
    ],
    ids=["an argument", "within an argument", "of an argument", "a marker", "in a group"],
)
@pytest.mark.parametrize("what", ["activity", "child", "group"])
def test_a_loud_failure_that_was_only_passed_on_fails_the_execution(
    make_local, acts, forgets, what
):
    class Failing(Workflow):
        name = "failing"

        def run(self):
            self.fail("broken")

    class Forgets(Workflow):
        name = "forgets"

        def run(self):
            tasks = {
                "activity": (acts.failing_loudly, "broken"),
                "child": (Failing,),
                "group": (Group((acts.failing_loudly, "broken")),),
            }
            forgets(self, self.submit(*tasks[what]), acts)
            return "done"

    local = make_local(Forgets, Failing)
    closed = local.run(local.start(Forgets))

    assert closed.close_status == "FAILED"
    assert "broken" in closed.history().execution.reason


def test_whoever_waits_for_all_has_heard_of_all_failures(run, acts):
    def waits(self):
        with pytest.raises(exceptions.TaskException):
            futures.wait(*self.map(acts.failing_loudly, range(2)))
        return "handled"

    assert run(waits) == "handled"


def test_submitting_what_is_no_task_is_a_type_error(run):
    def submits(self):
        with pytest.raises(InvalidTypeError, match="must be an activity"):
            self.submit(len, [1])

    run(submits)


def test_the_context_of_the_run_names_the_execution(make_local):
    class Tells(Workflow):
        name, version, tag_list = "tells", "7", ["a", "b"]

        def run(self):
            return self.get_run_context()

    local = make_local(Tells)
    execution = local.start(Tells)

    assert local.result(execution) == {
        "name": "tells",
        "version": "7",
        "domain_name": "local",
        "workflow_id": execution.workflow_id,
        "run_id": execution.run_id,
        "tag_list": ["a", "b"],
        "continued_execution_run_id": None,
        "parent_workflow_id": None,
        "parent_run_id": None,
    }


def test_time_randomness_and_uuids_are_the_same_in_every_replay(run, acts):
    def draws(self):
        before = (self.now(), self.random.random(), self.uuid())
        self.submit(acts.echo, *before).wait()
        after = (self.now(), self.random.random(), self.uuid())
        self.submit(acts.echo, *after).wait()
        return before[1] != after[1] and before[2] != after[2] and before[0] <= after[0]

    assert run(draws) is True


def test_log_lines_of_a_replay_are_dropped(make_local, acts, caplog):
    class Logs(Workflow):
        def run(self):
            self.log.warning("begins")
            self.submit(acts.double, 1).wait()
            self.submit(acts.double, 2).wait()
            self.log.warning("ends")

    local = make_local(Logs)
    local.run(local.start(Logs))

    assert [r.message for r in caplog.records] == ["begins", "ends"]


def test_the_log_of_a_workflow_is_silent_in_threads_and_in_its_parts(make_local, acts, caplog):
    class Talks(Workflow):
        def run(self):
            thread = threading.Thread(target=self.log.info, args=("in a thread",))
            thread.start()
            thread.join()
            self.log.getChild("part").info("of a part")
            self.submit(acts.double, 1).wait()
            self.submit(acts.double, 2).wait()

    local = make_local(Talks)
    with caplog.at_level("INFO", logger="swf.execution"):
        local.run(local.start(Talks))

    told = [(r.name, r.getMessage()) for r in caplog.records if r.name.startswith("swf.execution")]
    assert told == [("swf.execution", "in a thread"), ("swf.execution.part", "of a part")]


def test_hooks_are_called_when_the_service_took_the_end(make_local):
    called = []

    class Hooked(Workflow):
        def run(self, fails):
            if fails:
                self.fail("so", "it is")

        def on_completed(self, history):
            called.append("completed")

        def on_failure(self, history, reason, details=None):
            called.append((reason, details))

        def after_closed(self, history):
            called.append("closed")

    local = make_local(Hooked)
    local.run(local.start(Hooked, False))
    local.run(local.start(Hooked, True))

    assert called == ["completed", "closed", ("so", "it is"), "closed"]


def test_more_decisions_than_fit_one_answer_are_sent_with_the_next(history_of, acts):
    def many(self):
        return len(futures.wait(self.map(acts.double, ["x" * 20_000] * 60)))

    history = history_of(many)

    assert history.execution.result == 60
    assert len(history.decision_batches()[0].decisions) < 60
    assert len(history.activities) == 60


def test_no_more_activities_are_open_than_a_workflow_allows(history_of, acts):
    def many(self):
        futures.wait(self.map(acts.double, range(7)))

    history = history_of(many, attributes={"max_open_activity_count": 3})

    assert len(history.decision_batches()[0].decisions) == 3
    assert len(history.activities) == 7
