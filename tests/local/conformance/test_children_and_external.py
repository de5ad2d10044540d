"""Child workflows, their policies, external signals and cancels (S-112 to S-121)."""

import pytest

NURSERY = {"name": "nursery"}
BARE = {"name": "bare", "version": "1"}
YEAR = 365 * 86400


@pytest.fixture
def family(orders, do):
    """A parent and its child, which has a separate task list."""
    parent = orders.start("parent")
    orders.decide(do.child("child", taskList=NURSERY, executionStartToCloseTimeout="600"))
    return parent, orders.open_run("child")


def test_s112_child_is_initiated_in_the_batch_and_started_afterwards(orders, do):
    parent = orders.start("parent")

    orders.decide(
        do.child("child", taskList=NURSERY, input="[1]", control="c", tagList=["red"]),
        do.marker(),
    )

    child = orders.open_run("child")
    assert parent.since(4) == [
        (
            "StartChildWorkflowExecutionInitiated",
            {
                "childPolicy": "TERMINATE",
                "control": "c",
                "decisionTaskCompletedEventId": 4,
                "executionStartToCloseTimeout": "8640000",
                "input": "[1]",
                "tagList": ["red"],
                "taskList": NURSERY,
                "taskStartToCloseTimeout": "NONE",
                "workflowId": "child",
                "workflowType": do.ORDER,
            },
        ),
        ("MarkerRecorded", {"decisionTaskCompletedEventId": 4, "markerName": "m"}),
        (
            "ChildWorkflowExecutionStarted",
            {
                "initiatedEventId": 5,
                "workflowExecution": child.execution,
                "workflowType": do.ORDER,
            },
        ),
        (
            "DecisionTaskScheduled",
            {
                "scheduleToStartTimeout": "NONE",
                "startToCloseTimeout": "NONE",
                "taskList": {"name": "deciders"},
            },
        ),
    ]


def test_s112_a_child_knows_its_parent(family):
    parent, child = family

    started = child.last("WorkflowExecutionStarted")
    assert started["parentWorkflowExecution"] == parent.execution
    assert started["parentInitiatedEventId"] == 5
    assert "control" not in started
    assert child.info["parent"] == parent.execution
    assert child.types() == ["WorkflowExecutionStarted", "DecisionTaskScheduled"]


def test_s112_a_child_inherits_nothing(orders, do):
    parent = orders.start(
        "parent", tagList=["red"], taskPriority="9", childPolicy="ABANDON", lambdaRole="role"
    )

    orders.decide(do.child("child"))

    child = orders.open_run("child")
    assert child.last("WorkflowExecutionStarted") == {
        "childPolicy": "TERMINATE",
        "executionStartToCloseTimeout": "8640000",
        "parentInitiatedEventId": 5,
        "parentWorkflowExecution": parent.execution,
        "taskList": {"name": "deciders"},
        "taskStartToCloseTimeout": "NONE",
        "workflowType": do.ORDER,
    }


def test_s112_an_open_child_is_counted(family):
    parent, child = family

    assert parent.open_counts["openChildWorkflowExecutions"] == 1
    child.terminate()
    assert parent.open_counts["openChildWorkflowExecutions"] == 0


ENDS = {
    "COMPLETED": (
        lambda orders, do, child: orders.decide(do.complete(result="r"), task_list="nursery"),
        "ChildWorkflowExecutionCompleted",
        {"result": "r"},
    ),
    "FAILED": (
        lambda orders, do, child: orders.decide(
            do.fail(reason="r", details="d"), task_list="nursery"
        ),
        "ChildWorkflowExecutionFailed",
        {"reason": "r", "details": "d"},
    ),
    "CANCELED": (
        lambda orders, do, child: orders.decide(do.cancel(details="d"), task_list="nursery"),
        "ChildWorkflowExecutionCanceled",
        {"details": "d"},
    ),
    "TIMED_OUT": (
        lambda orders, do, child: orders.advance(600),
        "ChildWorkflowExecutionTimedOut",
        {"timeoutType": "START_TO_CLOSE"},
    ),
    "TERMINATED": (
        lambda orders, do, child: child.terminate(reason="r", details="d"),
        "ChildWorkflowExecutionTerminated",
        {},
    ),
}


@pytest.mark.parametrize(
    ("status", "end", "event", "words"), [(k, *v) for k, v in ENDS.items()], ids=ENDS
)
def test_s113_parent_gets_the_close_event_of_its_child(
    orders, do, family, status, end, event, words
):
    parent, child = family
    orders.decide()

    end(orders, do, child)

    assert child.status == status
    assert parent.since(9)[0] == (
        event,
        {
            **words,
            "initiatedEventId": 5,
            "startedEventId": 6,
            "workflowExecution": child.execution,
            "workflowType": do.ORDER,
        },
    )
    assert parent.types(after=10) == ["DecisionTaskScheduled"]


def test_s113_closed_parent_gets_no_event(orders, do, family):
    parent, _ = family
    orders.decide(do.complete())

    orders.decide(do.complete(), task_list="nursery")

    assert parent.types()[-1] == "WorkflowExecutionCompleted"


def refused_child(do, cause, initiated, **more):
    return {
        "cause": cause,
        "decisionTaskCompletedEventId": 4,
        "initiatedEventId": initiated,
        "workflowId": "child",
        "workflowType": do.ORDER,
        **more,
    }


def test_s114_a_child_of_an_unknown_type_is_not_initiated(orders, do):
    parent = orders.start("parent")

    orders.decide(do.child("child", workflowType=BARE, control="c"))

    assert parent.since(4)[0] == (
        "StartChildWorkflowExecutionFailed",
        refused_child(do, "WORKFLOW_TYPE_DOES_NOT_EXIST", 0, workflowType=BARE, control="c"),
    )
    assert parent.types(after=5) == ["DecisionTaskScheduled"]


def test_s114_a_child_of_a_deprecated_type_is_not_initiated(orders, do):
    parent = orders.start("parent")
    orders.ask("DeprecateWorkflowType", workflowType=do.ORDER)

    orders.decide(do.child("child"))

    assert parent.since(4)[0] == (
        "StartChildWorkflowExecutionFailed",
        refused_child(do, "WORKFLOW_TYPE_DEPRECATED", 0),
    )


SETTINGS = {
    "executionStartToCloseTimeout": "60",
    "taskList": NURSERY,
    "taskStartToCloseTimeout": "60",
    "childPolicy": "ABANDON",
}
UNDEFINED = {
    "executionStartToCloseTimeout": "DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED",
    "taskList": "DEFAULT_TASK_LIST_UNDEFINED",
    "taskStartToCloseTimeout": "DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED",
    "childPolicy": "DEFAULT_CHILD_POLICY_UNDEFINED",
}


@pytest.mark.parametrize(("missing", "cause"), UNDEFINED.items(), ids=UNDEFINED)
def test_s114_a_child_without_a_setting_is_not_initiated(orders, do, missing, cause):
    orders.ask("RegisterWorkflowType", **BARE)
    parent = orders.start("parent")
    settings = {name: value for name, value in SETTINGS.items() if name != missing}

    orders.decide(do.child("child", workflowType=BARE, **settings))

    assert parent.since(4)[0] == (
        "StartChildWorkflowExecutionFailed",
        refused_child(do, cause, 0, workflowType=BARE),
    )


def test_s114_child_with_an_open_id_is_initiated_and_fails(orders, do):
    other = orders.start("child", taskList={"name": "elsewhere"})
    parent = orders.start("parent")

    orders.decide(do.child("child", control="c"))

    assert parent.types(after=4) == [
        "StartChildWorkflowExecutionInitiated",
        "StartChildWorkflowExecutionFailed",
        "DecisionTaskScheduled",
    ]
    assert parent.last("StartChildWorkflowExecutionFailed") == refused_child(
        do, "WORKFLOW_ALREADY_RUNNING", 5, control="c"
    )
    assert parent.open_counts["openChildWorkflowExecutions"] == 0
    assert other.types(after=2) == []


@pytest.fixture
def dynasty(orders, do):
    """Start a parent, a child and a grandchild with a child policy each."""

    def build(parent, child):
        first = orders.start("parent", childPolicy=parent, executionStartToCloseTimeout="60")
        orders.decide(do.child("child", taskList=NURSERY, childPolicy=child))
        second = orders.open_run("child")
        orders.decide(do.child("grandchild", taskList={"name": "cradle"}), task_list="nursery")
        return first, second, orders.open_run("grandchild")

    return build


BY_POLICY = {"cause": "CHILD_POLICY_APPLIED"}


@pytest.mark.parametrize("end", ["terminate", "time out"])
def test_s115_terminate_policy_applies_recursively(orders, dynasty, end):
    parent, child, grandchild = dynasty("TERMINATE", "TERMINATE")

    if end == "terminate":
        parent.terminate()
    else:
        orders.advance(60)

    assert child.last("WorkflowExecutionTerminated") == {**BY_POLICY, "childPolicy": "TERMINATE"}
    assert grandchild.last("WorkflowExecutionTerminated") == {
        **BY_POLICY,
        "childPolicy": "TERMINATE",
    }
    assert {run.status for run in (child, grandchild)} == {"TERMINATED"}


def test_s115_each_child_applies_its_own_policy(dynasty):
    parent, child, grandchild = dynasty("TERMINATE", "ABANDON")

    parent.terminate()

    assert child.last("WorkflowExecutionTerminated") == {**BY_POLICY, "childPolicy": "ABANDON"}
    assert grandchild.status == "OPEN"


def test_s116_request_cancel_policy_reaches_the_child(orders, do, dynasty):
    parent, child, grandchild = dynasty("REQUEST_CANCEL", "REQUEST_CANCEL")
    orders.decide(task_list="nursery")

    parent.terminate()

    kind, attributes = child.since(child.event_id("DecisionTaskCompleted"))[0]
    assert kind == "WorkflowExecutionCancelRequested"
    assert attributes["cause"] == "CHILD_POLICY_APPLIED"
    assert attributes["externalInitiatedEventId"] == 0
    assert child.types()[-1] == "DecisionTaskScheduled"
    assert child.info["cancelRequested"] is True
    assert grandchild.types(after=2) == []


def test_s116_abandon_policy_leaves_the_child_open(dynasty):
    parent, child, _ = dynasty("ABANDON", "TERMINATE")
    before = child.history()

    parent.terminate()

    assert child.history() == before


@pytest.mark.parametrize("close", ["complete", "fail", "cancel", "continue_as_new"])
def test_s117_a_close_by_the_decider_applies_no_policy(orders, do, family, close):
    _, child = family
    before = child.history()

    orders.decide(getattr(do, close)())

    assert child.history() == before


def test_s118_policy_of_the_termination_overrides_the_execution(dynasty):
    parent, child, _ = dynasty("TERMINATE", "TERMINATE")

    parent.terminate(childPolicy="ABANDON")

    assert parent.last("WorkflowExecutionTerminated")["childPolicy"] == "ABANDON"
    assert child.status == "OPEN"


def test_s119_an_external_signal_is_seen_on_both_sides(orders, do):
    target = orders.start("target", taskList={"name": "elsewhere"})
    source = orders.start("source")

    orders.decide(do.signal("target", "hello", input="[1]", control="c"))

    assert source.since(4)[:2] == [
        (
            "SignalExternalWorkflowExecutionInitiated",
            {
                "control": "c",
                "decisionTaskCompletedEventId": 4,
                "input": "[1]",
                "signalName": "hello",
                "workflowId": "target",
            },
        ),
        (
            "ExternalWorkflowExecutionSignaled",
            {"initiatedEventId": 5, "workflowExecution": target.execution},
        ),
    ]
    assert source.types(after=6) == ["DecisionTaskScheduled"]
    assert target.since(2) == [
        (
            "WorkflowExecutionSignaled",
            {
                "externalInitiatedEventId": 5,
                "externalWorkflowExecution": source.execution,
                "input": "[1]",
                "signalName": "hello",
            },
        )
    ]


def test_s119_run_id_selects_the_target(orders, do):
    target = orders.start("target", taskList={"name": "elsewhere"})
    source = orders.start("source")

    orders.decide(do.signal("target", runId=target.run_id))

    assert source.last("SignalExternalWorkflowExecutionInitiated")["runId"] == target.run_id
    assert target.types()[-1] == "WorkflowExecutionSignaled"


def test_s119_a_workflow_may_signal_itself(orders, do):
    run = orders.start("w")

    orders.decide(do.signal("w"))

    types = run.types(after=5)
    assert sorted(types) == [
        "DecisionTaskScheduled",
        "ExternalWorkflowExecutionSignaled",
        "WorkflowExecutionSignaled",
    ]


EXTERNAL = pytest.mark.parametrize(
    ("decide", "name"),
    [
        pytest.param("signal", "SignalExternalWorkflowExecution", id="signal"),
        pytest.param("cancel_external", "RequestCancelExternalWorkflowExecution", id="cancel"),
    ],
)


@EXTERNAL
def test_s120_an_unknown_target_is_a_failure(orders, do, decide, name):
    source = orders.start("source")

    orders.decide(getattr(do, decide)("ghost", control="c"))

    assert source.types(after=4) == [f"{name}Initiated", f"{name}Failed", "DecisionTaskScheduled"]
    assert source.last(f"{name}Failed") == {
        "cause": "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
        "control": "c",
        "decisionTaskCompletedEventId": 4,
        "initiatedEventId": 5,
        "workflowId": "ghost",
    }


@EXTERNAL
def test_s120_a_closed_target_is_a_failure(orders, do, decide, name):
    target = orders.start("target")
    target.terminate()
    source = orders.start("source")

    orders.decide(getattr(do, decide)("target", runId=target.run_id))

    failed = source.last(f"{name}Failed")
    assert failed["cause"] == "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION"
    assert failed["runId"] == target.run_id
    assert target.types()[-1] == "WorkflowExecutionTerminated"


def test_s121_an_external_cancel_is_seen_on_both_sides(orders, do):
    target = orders.start("target", taskList={"name": "elsewhere"})
    source = orders.start("source")

    orders.decide(do.cancel_external("target", control="c"))

    assert source.since(4)[:2] == [
        (
            "RequestCancelExternalWorkflowExecutionInitiated",
            {"control": "c", "decisionTaskCompletedEventId": 4, "workflowId": "target"},
        ),
        (
            "ExternalWorkflowExecutionCancelRequested",
            {"initiatedEventId": 5, "workflowExecution": target.execution},
        ),
    ]
    assert source.types(after=6) == ["DecisionTaskScheduled"]
    assert target.since(2) == [
        (
            "WorkflowExecutionCancelRequested",
            {"externalInitiatedEventId": 5, "externalWorkflowExecution": source.execution},
        )
    ]
    assert (target.status, target.info["cancelRequested"]) == ("OPEN", True)


def test_s121_the_decider_of_the_target_decides(orders, do, family):
    parent, child = family
    orders.decide(do.cancel_external("child"))

    orders.decide(do.cancel(details="as asked"), task_list="nursery")

    assert child.status == "CANCELED"
    assert "ChildWorkflowExecutionCanceled" in parent.types()


def test_decisions_accept_an_execution_timeout_of_none(orders, do):
    orders.start("parent")
    unlimited = {"executionStartToCloseTimeout": "NONE", "taskList": NURSERY}
    orders.decide(do.child("child", **unlimited), do.continue_as_new(**unlimited))
    runs = [orders.open_run("parent"), orders.open_run("child")]

    started = [run.last("WorkflowExecutionStarted") for run in runs]
    assert [each["executionStartToCloseTimeout"] for each in started] == ["NONE", "NONE"]
    orders.advance(YEAR - 1)
    assert [run.status for run in runs] == ["OPEN", "OPEN"]
    orders.advance(1)
    assert [run.status for run in runs] == ["TIMED_OUT", "TIMED_OUT"]
