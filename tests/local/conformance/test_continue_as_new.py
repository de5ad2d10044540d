"""Continue as new (S-122 to S-125)."""

import pytest

NURSERY = {"name": "nursery"}
BARE = {"name": "order", "version": "bare"}
SETTINGS = {
    "childPolicy": "ABANDON",
    "executionStartToCloseTimeout": "60",
    "taskList": NURSERY,
    "taskPriority": "3",
    "taskStartToCloseTimeout": "30",
    "lambdaRole": "role",
}


def test_s122_old_and_new_run_refer_to_each_other(orders, do):
    old = orders.start("w")
    orders.advance(5)

    orders.decide(do.continue_as_new(input="[2]", tagList=["red"]))

    new = orders.open_run("w")
    inherited = {
        "childPolicy": "TERMINATE",
        "executionStartToCloseTimeout": "8640000",
        "input": "[2]",
        "tagList": ["red"],
        "taskList": {"name": "deciders"},
        "taskStartToCloseTimeout": "NONE",
        "workflowType": do.ORDER,
    }
    assert old.since(4) == [
        (
            "WorkflowExecutionContinuedAsNew",
            {**inherited, "decisionTaskCompletedEventId": 4, "newExecutionRunId": new.run_id},
        )
    ]
    assert new.last("WorkflowExecutionStarted") == {
        **inherited,
        "continuedExecutionRunId": old.run_id,
        "parentInitiatedEventId": 0,
    }
    assert [(e["eventId"], e["eventType"]) for e in new.history()] == [
        (1, "WorkflowExecutionStarted"),
        (2, "DecisionTaskScheduled"),
    ]


def test_s122_old_run_is_closed_and_new_run_open(orders, do):
    old = orders.start("w")

    orders.decide(do.continue_as_new())

    new = orders.open_run("w")
    assert (old.status, new.status) == ("CONTINUED_AS_NEW", "OPEN")
    assert old.run_id != new.run_id
    assert orders.poll()["workflowExecution"] == new.execution


def test_s122_nothing_open_is_carried_over(orders, do):
    old = orders.start("w")
    orders.decide(
        do.timer("t", "10"),
        do.activity("a"),
        executionContext="old",
        taskList={"name": "mine"},
    )
    old.signal()
    orders.decide(do.continue_as_new(), task_list="mine")

    new = orders.open_run("w")
    orders.advance(60)

    assert "taskToken" not in orders.work()
    described = new.describe()
    assert set(described["openCounts"].values()) <= {0, 1}
    assert described["openCounts"]["openTimers"] == 0
    assert "latestExecutionContext" not in described
    assert new.last("DecisionTaskScheduled")["taskList"] == {"name": "deciders"}
    assert new.types(after=2) == []


def test_s123_settings_come_from_the_decision_or_the_type(orders, do):
    orders.start("w", executionStartToCloseTimeout="77", childPolicy="ABANDON", taskPriority="9")

    orders.decide(do.continue_as_new())

    started = orders.open_run("w").last("WorkflowExecutionStarted")
    assert started["executionStartToCloseTimeout"] == "8640000"
    assert started["childPolicy"] == "TERMINATE"
    assert "taskPriority" not in started


def test_s123_settings_of_the_decision_override_defaults(orders, do):
    old = orders.start("w")

    orders.decide(do.continue_as_new(**SETTINGS))

    started = orders.open_run("w").last("WorkflowExecutionStarted")
    assert started | SETTINGS == started
    continued = old.last("WorkflowExecutionContinuedAsNew")
    assert continued | SETTINGS == continued


UNDEFINED = {
    "executionStartToCloseTimeout": "DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED",
    "taskList": "DEFAULT_TASK_LIST_UNDEFINED",
    "taskStartToCloseTimeout": "DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED",
    "childPolicy": "DEFAULT_CHILD_POLICY_UNDEFINED",
}


@pytest.mark.parametrize(("missing", "cause"), UNDEFINED.items(), ids=UNDEFINED)
def test_s123_missing_default_is_the_failure_cause(orders, do, missing, cause):
    orders.ask("RegisterWorkflowType", **BARE)
    run = orders.start(workflowType=BARE, **{**SETTINGS, "taskList": {"name": "deciders"}})
    settings = {name: value for name, value in SETTINGS.items() if name != missing}

    orders.decide(do.continue_as_new(**settings))

    assert run.since(4)[0] == (
        "ContinueAsNewWorkflowExecutionFailed",
        {"cause": cause, "decisionTaskCompletedEventId": 4},
    )
    assert run.types(after=5) == ["DecisionTaskScheduled"]
    assert run.status == "OPEN"


@pytest.mark.parametrize("cause", ["WORKFLOW_TYPE_DOES_NOT_EXIST", "WORKFLOW_TYPE_DEPRECATED"])
def test_s123_unusable_version_is_the_failure_cause(orders, do, cause):
    if cause == "WORKFLOW_TYPE_DEPRECATED":
        orders.register_workflow(version="2.0")
        orders.ask("DeprecateWorkflowType", workflowType={"name": "order", "version": "2.0"})
    run = orders.start()

    orders.decide(do.continue_as_new(workflowTypeVersion="2.0"))

    assert run.last("ContinueAsNewWorkflowExecutionFailed")["cause"] == cause


def test_s124_input_and_tags_are_not_inherited(orders, do):
    orders.start("w", input="[1]", tagList=["red"])

    orders.decide(do.continue_as_new())

    new = orders.open_run("w")
    assert not {"input", "tagList"} & new.last("WorkflowExecutionStarted").keys()
    assert "tagList" not in new.info


def test_s124_a_version_switches_the_type(orders, do):
    orders.register_workflow(version="2.0", defaultTaskList=NURSERY)
    orders.start("w")

    orders.decide(do.continue_as_new(workflowTypeVersion="2.0"))

    started = orders.open_run("w").last("WorkflowExecutionStarted")
    assert started["workflowType"] == {"name": "order", "version": "2.0"}
    assert started["taskList"] == NURSERY


def test_s125_a_child_that_continues_stays_the_same_child(orders, do):
    parent = orders.start("parent")
    orders.decide(do.child("child", taskList=NURSERY))
    first = orders.open_run("child")
    orders.decide()

    orders.decide(do.continue_as_new(taskList=NURSERY), task_list="nursery")
    second = orders.open_run("child")
    assert parent.types(after=9) == []
    orders.decide(do.complete(result="r"), task_list="nursery")

    started = second.last("WorkflowExecutionStarted")
    assert started["continuedExecutionRunId"] == first.run_id
    assert started["parentWorkflowExecution"] == parent.execution
    assert started["parentInitiatedEventId"] == 5
    assert parent.since(9)[0] == (
        "ChildWorkflowExecutionCompleted",
        {
            "initiatedEventId": 5,
            "result": "r",
            "startedEventId": 6,
            "workflowExecution": second.execution,
            "workflowType": do.ORDER,
        },
    )
    assert parent.types(after=10) == ["DecisionTaskScheduled"]


def test_s125_the_policy_of_the_parent_reaches_the_last_run(orders, do):
    parent = orders.start("parent")
    orders.decide(do.child("child", taskList=NURSERY))
    orders.decide(do.continue_as_new(taskList=NURSERY), task_list="nursery")
    second = orders.open_run("child")

    parent.terminate()

    assert second.status == "TERMINATED"
