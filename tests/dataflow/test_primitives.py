"""Timers, signals, markers, children, Lambda functions, new beginnings and cancellation."""

from __future__ import annotations

import math

import pytest

from swf import codecs
from swf.dataflow import Workflow, activity, exceptions, futures
from swf.dataflow.activity import Activity
from swf.exceptions import InvalidTypeError, ValidationError
from swf.retry import Retry


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


# Timers.


def test_a_timer_of_thirty_days_takes_no_time(history_of):
    def waits(self):
        before = self.now()
        self.sleep(30 * 86_400)
        return (self.now() - before).days

    assert history_of(waits).execution.result == 30


def test_a_timer_id_can_be_used_again_when_the_timer_has_ended(history_of):
    def waits(self):
        for _ in range(2):
            first = self.submit(self.start_timer("again", 5, control={"n": 1}))
            assert self.submit(self.start_timer("again", 5)) is first
            first.wait()
        return self.get_event_details("timer", "again"), self.get_event_details("timer", "other")

    history = history_of(waits)

    assert history.execution.result["value"] == [{"id": "again", "state": "fired"}, None]
    assert len(history.timers["again"].attempts) == 2


def test_a_timer_can_be_canceled_by_its_id(history_of):
    def cancels(self):
        timer = self.submit(self.start_timer("t", 600))
        self.sleep(1)
        self.submit(self.cancel_timer("t"))
        return timer.cancelled, self.get_event_details("timer", "t")["state"]

    history = history_of(cancels)

    assert history.execution.result["value"] == [True, "canceled"]
    assert history.timers["t"].state == "canceled"


def test_the_seconds_of_a_timer_may_be_text_as_on_the_wire(history_of):
    def waits(self):
        self.submit(self.start_timer("t", "5")).wait()

    assert history_of(waits).timers["t"].start_to_fire_timeout == 5


@pytest.mark.parametrize("seconds", [-1, "soon", None, [1], math.inf, math.nan, 10**9])
@pytest.mark.parametrize(
    ("field", "ask"),
    [
        ("timeout", lambda workflow, seconds: workflow.start_timer("t", seconds)),
        ("seconds", lambda workflow, seconds: workflow.sleep(seconds)),
    ],
    ids=["timer", "sleep"],
)
def test_a_timer_of_no_possible_length_is_refused_where_it_is_asked_for(run, field, ask, seconds):
    def waits(self):
        with pytest.raises(ValidationError, match="a number of seconds from 0 to 99999999") as told:
            ask(self, seconds)
        return told.value.field

    assert run(waits) == field


def test_the_id_of_a_timer_is_text(run):
    def waits(self):
        with pytest.raises(InvalidTypeError, match=r"^timer_id=7: must be a str"):
            self.start_timer(7, 60)

    run(waits)


def test_a_timer_that_nobody_waits_for_does_not_hold_back_the_end(history_of):
    def forgets(self):
        self.submit(self.start_timer("t", 86_400))
        self.sleep(1)

    history = history_of(forgets)

    assert history.timers["t"].state == "canceled"
    assert history.execution.duration.total_seconds() < 60


# Signals.


class Listener(Workflow):
    name = "listener"

    def run(self, consume, times):
        return [self.submit(self.wait_signal("go", consume=consume)).result for _ in range(times)]


@pytest.mark.parametrize(("consume", "heard"), [(False, [2, 2, 2]), (True, [1, 2, 3])])
def test_a_wait_is_for_the_last_signal_or_consumes_one(make_local, consume, heard):
    local = make_local(Listener)
    execution = local.start(Listener, consume, 3)
    execution.signal("go", 1)
    execution.signal("go", 2)
    local.run_until_idle()
    if consume:
        execution.signal("go", 3)

    assert local.result(execution) == heard


class Sealed:
    """A cipher that reads only what it wrote."""

    def encrypt(self, data):
        return b"sealed " + data

    def decrypt(self, token):
        if not token.startswith(b"sealed "):
            raise LookupError
        return token[7:]


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        (codecs.TYPED_JSON, '{"$type":"set","value":5}'),
        (codecs.TYPED_JSON, '{"$type":"date","value":"tomorrow"}'),
        (codecs.Compressed(), "swf+zlib:x"),
        (codecs.Encrypted(Sealed()), "swf+encrypted:x"),
        (codecs.ClaimCheck({}), "swf+stored:no-address"),
    ],
    ids=["of a wrong type", "of a wrong value", "not compressed", "not encrypted", "not stored"],
)
def test_a_signal_that_nobody_can_read_stays_text(make_local, codec, text):
    class Hears(Workflow):
        name = "hears"

        def run(self):
            return self.submit(self.wait_signal("news")).result

    local = make_local(Hears, codec=codec)
    execution = local.start(Hears)
    local.domain.connection.call(
        "SignalWorkflowExecution",
        domain="local",
        workflowId=execution.workflow_id,
        signalName="news",
        input=text,
    )

    assert local.result(execution) == text


def test_a_wait_for_a_signal_can_have_a_timeout(run):
    def waits(self):
        try:
            self.submit(self.wait_signal("go")).wait(timeout=60)
        except TimeoutError as error:
            return str(error)

    assert run(waits) == "WAIT timeout after 60 s"


def test_an_execution_shows_which_signals_it_waits_for(make_local):
    class Waits(Workflow):
        name = "waits for two"

        def run(self):
            futures.wait(*(self.submit(self.wait_signal(each)) for each in ("one", "two")))
            self.sleep(1)

    local = make_local(Waits)
    execution = local.start(Waits)
    shown = []
    for name in ("one", "two"):
        local.run_until_idle()
        shown.append(execution.upstream().latest_execution_context)
        execution.signal(name)
    local.run_until_idle()

    assert shown == ['{"waiting_signals":["one","two"]}', '{"waiting_signals":["two"]}']
    assert not execution.upstream().latest_execution_context


def test_a_workflow_signals_itself(run):
    def signals(self):
        self.submit(self.signal("go", 1, name="me"))
        received = self.submit(self.wait_signal("go")).result
        return received["args"], received["kwargs"], self.get_event_details("signal", "go") is None

    assert run(signals) == ([1], {"name": "me"}, False)


def test_a_signal_to_nobody_is_a_quiet_failure(run):
    def signals(self):
        return self.submit(self.signal("go", workflow_id="nobody")).exception.reason

    assert run(signals) == "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION"


class Hears(Workflow):
    name = "hears"

    def run(self):
        return self.submit(self.wait_signal("news")).result["args"]


def test_a_signal_is_passed_on_to_children(make_local):
    class Parent(Workflow):
        name = "parent of two"

        def run(self):
            children = [self.submit(Hears), self.submit(Hears)]
            self.submit(self.wait_signal("news")).wait()
            return futures.wait(*children)

    local = make_local(Parent)
    execution = local.start(Parent)
    local.run_until_idle()
    execution.signal("news", {"args": ["x"], "kwargs": {}, "__propagate": True})

    assert local.result(execution) == [["x"], ["x"]]


def test_a_signal_is_passed_on_to_the_parent_and_not_back(make_local):
    class Tells(Workflow):
        name = "tells its parent"

        def run(self):
            self.submit(self.signal("news", "y")).wait()
            self.submit(self.wait_signal("news")).wait()

    class Parent(Workflow):
        name = "parent that hears"

        def run(self):
            child = self.submit(Tells)
            heard = self.submit(self.wait_signal("news")).result["args"]
            child.wait()
            return heard

    local = make_local(Parent)
    execution = local.start(Parent)

    assert local.result(execution) == ["y"]
    assert len(execution.history().signals) == 1


# Markers.


def test_markers_are_recorded_and_listed(history_of):
    def marks(self):
        self.submit(self.record_marker("step", {"n": 1}))
        self.submit(self.record_marker("step", {"n": 2}))
        self.submit(self.record_marker("bare"))
        before = self.list_markers()
        self.sleep(1)
        names = [marker.name for marker in self.list_markers(all=True)]
        return before, self.list_markers(), names, self.get_event_details("marker", "step")

    history = history_of(marks)

    before, after, names, details = history.execution.result["value"]
    assert [each["value"] for each in after] == [["step", {"n": 2}], ["bare", None]]
    assert before == after
    assert names == ["step", "step", "bare"]
    assert details == {"name": "step", "details": {"n": 2}}


def test_what_is_noted_or_sent_may_wait_for_futures(run, acts):
    def notes(self):
        one, two = self.submit(acts.double, 1), self.submit(acts.double, 2)
        marker = self.submit(self.record_marker("sum", {"of": [one, two]}))
        self.submit(self.signal("go", one, by=two))
        heard = self.submit(self.wait_signal("go")).result
        return marker.result, heard["args"], heard["kwargs"], self.list_markers()[0].details

    assert run(notes) == ({"of": [2, 4]}, [2], {"by": 4}, {"of": [2, 4]})


def test_asking_for_details_of_what_is_neither_is_an_error(run):
    def asks(self):
        with pytest.raises(ValueError, match="signal, marker or timer"):
            self.get_event_details("activity", "x")

    run(asks)


# Children.


def test_a_child_runs_under_its_own_name_and_tags(make_local):
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
    ("submitted", "sent"), [({}, 4), ({"__priority": 9}, 9), ({"__priority": None}, 0)]
)
def test_a_child_has_the_priority_that_it_was_submitted_with(make_local, submitted, sent):
    class Urgent(Child):
        name, task_priority = "urgent child", 4

    class Parent(Workflow):
        def run(self):
            return self.submit(Urgent, 1, **submitted).result

    local = make_local(Parent)
    history = local.run(local.start(Parent)).history()

    assert next(iter(history.children.values())).task_priority == sent


def test_a_child_that_fails_raises_where_its_result_is_asked_for(run):
    def asks(self):
        try:
            return self.submit(Child, -1).result
        except exceptions.WorkflowException as error:
            return error.exception.reason, error.exception.details

    assert run(asks) == ("negative", {"x": -1})


def test_a_child_inherits_tags_where_it_says_so(make_local):
    class Heir(Child):
        name, tag_list = "heir", Workflow.INHERIT_TAG_LIST

    class Parent(Workflow):
        tag_list = ["a", "b"]

        def run(self):
            self.submit(Heir, 0).wait()

    local = make_local(Parent)
    history = local.run(local.start(Parent)).history()

    assert next(iter(history.children.values())).tag_list == ["a", "b"]


def test_a_child_is_tried_again(make_local):
    class Stubborn(Child):
        name, retry = "stubborn", 1

    class Parent(Workflow):
        def run(self):
            return str(self.submit(Stubborn, -1).exception)

    local = make_local(Parent)
    history = local.run(local.start(Parent)).history()

    assert len(next(iter(history.children.values())).attempts) == 2


def test_an_abandoned_child_does_not_hold_back_the_end(make_local):
    class Abandoned(Patient):
        name, child_policy = "abandoned", "ABANDON"

    class Parent(Workflow):
        def run(self):
            self.submit(Abandoned)

    local = make_local(Parent)
    execution = local.start(Parent)
    local.run_until_idle()

    assert execution.upstream().close_status == "COMPLETED"


def test_what_a_child_is_called_may_be_made_of_what_futures_come_to(make_local, acts):
    class Named(Child):
        name = "named child"

        @classmethod
        def get_workflow_id(cls, x):
            return f"child of {x}"

        @classmethod
        def get_tag_list(cls, x):
            return [f"x={x}"]

    class Parent(Workflow):
        def run(self):
            child = self.submit(Named, self.submit(acts.double, 2))
            child.wait()
            return child.id

    local = make_local(Parent)
    history = local.run(local.start(Parent)).history()

    assert list(history.children) == [history.execution.result] == ["child of 4"]
    assert history.children["child of 4"].tag_list == ["x=4"]


def test_equal_arguments_of_an_idempotent_child_are_one_child(make_local, acts):
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


# Lambda functions.


@pytest.mark.parametrize("retry", [0, 2])
def test_a_lambda_function_is_called_with_a_value(run, retry):
    def adds(self):
        good = self.submit(self.call_lambda("sum", [1, 2], timeout=30))
        bad = self.submit(self.call_lambda("bad", 1, retry=retry))
        return good.result, bad.exception.reason

    def bad(_):
        raise ValueError("no")

    functions = {"sum": sum, "bad": bad}
    attributes = {"lambda_role": "arn:aws:iam::1:role/x"}

    assert run(adds, lambda_functions=functions, attributes=attributes) == (3, "Unhandled")


@pytest.mark.parametrize(
    ("field", "given", "rule"),
    [
        ("name", {"name": ""}, "1 to 64 characters"),
        ("name", {"name": "x" * 65}, "1 to 64 characters"),
        ("timeout", {"timeout": 0}, "whole seconds from 1 to 900"),
        ("timeout", {"timeout": 901}, "whole seconds from 1 to 900"),
        ("retry", {"retry": -1}, "a whole number from 0, or a Retry"),
    ],
)
def test_a_lambda_function_that_cannot_be_called_is_refused_where_it_is_asked_for(
    run, field, given, rule
):
    def adds(self):
        with pytest.raises(ValidationError) as caught:
            self.call_lambda(**{"name": "sum", **given})
        return [caught.value.field, rule in caught.value.rule]

    assert run(adds) == [field, True]


# New beginnings.


def test_an_execution_continues_as_new_with_other_arguments(make_local, acts):
    class Counts(Workflow):
        name, tag_list = "counts", ["again"]

        def run(self, n, so_far=()):
            so_far = [*so_far, self.submit(acts.double, n).result]
            if n == 0:
                return so_far, self.get_run_context()["tag_list"]
            return self.submit(self.continue_as_new(n - 1, so_far=so_far)).result

    local = make_local(Counts)

    assert local.result(local.start(Counts, 3)) == ([6, 4, 2, 0], ["again"])


# Cancellation.


def test_a_canceled_execution_closes_as_canceled(make_local):
    called = []

    class Canceled(Patient):
        name = "canceled"

        def on_canceled(self, history):
            called.append("canceled")

    local = make_local(Canceled)
    execution = local.start(Canceled)
    local.run_until_idle()
    execution.request_cancel()
    history = local.run(execution).history()

    assert history.execution.close_status == "CANCELED"
    assert history.timers["sleep-1"].state == "canceled"
    assert called == ["canceled"]


def test_a_result_that_comes_after_the_request_changes_nothing(make_local):
    def cancels():
        local.executions[0].request_cancel()

    cancels = Activity(cancels, name="cancels")

    class Asks(Workflow):
        name = "asks to be canceled"

        def run(self):
            return self.submit(cancels).result

    local = make_local(Asks, activities=[cancels])
    local.executions = [local.start(Asks)]
    history = local.run(local.executions[0]).history()

    assert history.execution.close_status == "CANCELED"
    assert next(iter(history.activities.values())).state == "completed"


@pytest.mark.parametrize("retry", [1, Retry(max_attempts=2, delay=5)])
def test_a_replay_knows_a_further_attempt_that_the_request_took_back(make_local, acts, retry):
    def fails():
        raise ValueError("no")

    fails = Activity(fails, name="fails", retry=retry)

    class Cleans(Workflow):
        name = "cleans after a failure"

        def run(self):
            try:
                return self.submit(fails).result
            except exceptions.WorkflowCanceled:
                self.submit(acts.echo, "cleaned").wait()
                raise

    local = make_local(Cleans, activities=[fails, acts.echo])
    execution = local.start(Cleans)
    while "ActivityTaskFailed" not in [event.name for event in execution.history()]:
        local.step()
    execution.request_cancel()
    history = local.run(execution).history()

    assert history.execution.close_status == "CANCELED"
    assert [a.state for a in history.activities.values()] == ["failed", "completed"]


def test_a_workflow_may_decline_to_be_canceled(make_local):
    class Declines(Patient):
        name = "declines"

        def should_cancel(self, history):
            return False

    local = make_local(Declines)
    execution = local.start(Declines)
    local.run_until_idle()
    execution.request_cancel()

    assert local.result(execution) == "slept"


def test_open_activities_and_children_are_asked_to_stop(make_local, acts):
    class Cleans(Workflow):
        name = "cleans"

        def run(self):
            try:
                futures.wait(self.submit(Patient), self.submit(acts.double, 1))
            except exceptions.WorkflowCanceled:
                self.submit(acts.echo, "cleaned").wait()
                raise

    local = make_local(Cleans, activities=[acts.echo])
    execution = local.start(Cleans)
    with local.clock.hold():
        while local.decider.poll_once():
            pass
    execution.request_cancel()
    history = local.run(execution).history()

    assert history.execution.close_status == "CANCELED"
    assert [child.state for child in history.children.values()] == ["canceled"]
    states = {a.name.rsplit(".")[-1]: a.state for a in history.activities.values()}
    assert states == {"double": "canceled", "echo": "completed"}


def test_an_activity_that_runs_is_told_by_its_heartbeat_and_says_it_stopped(make_local):
    def works():
        local.executions[0].signal("cancel it")
        local.decider.poll_once()
        activity.task().heartbeat()

    works = Activity(works, name="works")

    class Stops(Workflow):
        name = "stops"

        def run(self):
            future = self.submit(works)
            self.submit(self.wait_signal("cancel it")).wait()
            future.cancel()
            return future.wait().cancelled

    local = make_local(Stops, activities=[works])
    local.executions = [local.start(Stops)]

    assert local.result(local.executions[0]) is True
    history = local.executions[0].history()
    assert history.activities["works-1"].state == "canceled"


def test_what_is_shielded_is_done_before_a_cancellation_is_heeded(make_local, acts):
    class Pays(Workflow):
        name = "pays"

        def run(self):
            with self.shielded():
                self.submit(self.wait_signal("paid")).wait()
                self.submit(acts.echo, "booked").wait()
            self.submit(acts.echo, "shipped").wait()

    local = make_local(Pays)
    execution = local.start(Pays)
    local.run_until_idle()
    execution.request_cancel()
    local.run_until_idle()
    execution.signal("paid")
    history = local.run(execution).history()

    assert history.execution.close_status == "CANCELED"
    assert len(history.activities) == 1


def test_a_scope_cancels_what_was_submitted_within(history_of):
    def scopes(self):
        outside = self.submit(self.start_timer("outside", 5))
        with self.cancellation_scope() as scope:
            inside = self.map(Child, [600, 601])
            self.sleep(1)
            scope.cancel()
        return [future.cancelled for future in inside], outside.wait().cancelled

    history = history_of(scopes)

    assert history.execution.close_status == "COMPLETED"
    assert {child.state for child in history.children.values()} == {"canceled"}


def test_an_error_that_leaves_a_scope_cancels_what_is_open_in_it(history_of):
    def scopes(self):
        try:
            with self.cancellation_scope():
                timer = self.submit(self.start_timer("t", 600))
                self.sleep(1)
                raise LookupError
        except LookupError:
            return timer.cancelled

    assert history_of(scopes).timers["t"].state == "canceled"
