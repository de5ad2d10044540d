"""Child workflow executions and continue-as-new."""

import pytest

from swf.local import LocalSWF, ManualClock, SystemClock

WORKFLOW = {"name": "order", "version": "1"}
CHILD = {"workflowId": "c", "workflowType": WORKFLOW}


def start_child(**attributes):
    return ("StartChildWorkflowExecution", {**CHILD, **attributes})


@pytest.fixture
def parent(engine):
    """An engine where w has the open child c, whose decision task is on a separate list."""
    engine.start()
    engine.decide(start_child(taskList={"name": "child"}))
    return engine


def test_a_child_starts_after_the_batch(engine):
    engine.start()

    engine.decide(start_child(control="mine", input="i"), ("RecordMarker", {"markerName": "m"}))

    assert engine.types()[3:] == [
        "DecisionTaskCompleted",
        "StartChildWorkflowExecutionInitiated",
        "MarkerRecorded",
        "ChildWorkflowExecutionStarted",
        "DecisionTaskScheduled",
    ]
    assert engine.last("ChildWorkflowExecutionStarted") == {
        "initiatedEventId": 5,
        "workflowExecution": engine.run("c").reference,
        "workflowType": WORKFLOW,
    }
    assert engine.last("WorkflowExecutionStarted", "c") == {
        "childPolicy": "TERMINATE",
        "executionStartToCloseTimeout": "86400",
        "input": "i",
        "parentInitiatedEventId": 5,
        "parentWorkflowExecution": engine.run("w").reference,
        "taskList": {"name": "list"},
        "taskStartToCloseTimeout": "NONE",
        "workflowType": WORKFLOW,
    }


@pytest.mark.parametrize(
    ("decision", "attributes", "event", "copies"),
    [
        ("CompleteWorkflowExecution", {"result": "r"}, "Completed", {"result": "r"}),
        (
            "FailWorkflowExecution",
            {"reason": "r", "details": "d"},
            "Failed",
            {"reason": "r", "details": "d"},
        ),
        ("CancelWorkflowExecution", {"details": "d"}, "Canceled", {"details": "d"}),
    ],
)
def test_parent_gets_the_close_event_of_a_child(parent, decision, attributes, event, copies):
    parent.poll()

    parent.decide((decision, attributes), name="child")

    assert parent.last(f"ChildWorkflowExecution{event}") == {
        "initiatedEventId": 5,
        "startedEventId": 6,
        "workflowExecution": parent.run("c").reference,
        "workflowType": WORKFLOW,
        **copies,
    }
    assert parent.types()[-1] == "DecisionTaskScheduled"
    assert parent.run().open_counts()["openChildWorkflowExecutions"] == 0


def test_parent_gets_the_termination_of_a_child(parent):
    parent.terminate("c", reason="r")

    assert set(parent.last("ChildWorkflowExecutionTerminated")) == {
        "initiatedEventId",
        "startedEventId",
        "workflowExecution",
        "workflowType",
    }


def test_parent_gets_the_timeout_of_a_child(engine):
    engine.start()
    engine.decide(start_child(executionStartToCloseTimeout="10"))

    engine.advance(10)

    assert engine.last("ChildWorkflowExecutionTimedOut")["timeoutType"] == "START_TO_CLOSE"


def test_child_of_a_closed_parent_notifies_no_one(parent):
    parent.decide(("CompleteWorkflowExecution", {}))

    parent.decide(("CompleteWorkflowExecution", {}), name="child")

    assert parent.types()[-1] == "WorkflowExecutionCompleted"


def test_child_starts_although_the_batch_closes_its_parent(engine):
    engine.start()

    engine.decide(start_child(), ("CompleteWorkflowExecution", {}))

    assert engine.types()[-1] == "WorkflowExecutionCompleted"
    assert engine.run("c").is_open


def test_child_with_an_open_workflow_id_fails_after_initiation(engine):
    engine.start()

    engine.decide(start_child(workflowId="w", control="mine"))

    assert engine.last("StartChildWorkflowExecutionFailed") == {
        "cause": "WORKFLOW_ALREADY_RUNNING",
        "control": "mine",
        "decisionTaskCompletedEventId": 4,
        "initiatedEventId": 5,
        "workflowId": "w",
        "workflowType": WORKFLOW,
    }
    assert engine.run().open_counts()["openChildWorkflowExecutions"] == 0


UNDEFINED = {
    "defaultExecutionStartToCloseTimeout": "DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED",
    "defaultTaskList": "DEFAULT_TASK_LIST_UNDEFINED",
    "defaultTaskStartToCloseTimeout": "DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED",
    "defaultChildPolicy": "DEFAULT_CHILD_POLICY_UNDEFINED",
}
DEFAULTS = {
    "defaultExecutionStartToCloseTimeout": "100",
    "defaultTaskList": {"name": "list"},
    "defaultTaskStartToCloseTimeout": "100",
    "defaultChildPolicy": "TERMINATE",
}


def register_second(engine, missing=()):
    settings = {name: value for name, value in DEFAULTS.items() if name not in missing}
    engine.call("RegisterWorkflowType", domain="d", name="order", version="2", **settings)


def deprecate_second(engine):
    register_second(engine)
    engine.call("DeprecateWorkflowType", domain="d", workflowType={"name": "order", "version": "2"})


BOTH = ["start child", "continue as new"]


def ask_for_second(engine, which):
    """Decide to start a run of order 2; return the attributes of the failure."""
    if which == "start child":
        engine.decide(start_child(workflowType={"name": "order", "version": "2"}))
        failed = engine.last("StartChildWorkflowExecutionFailed")
        assert failed["initiatedEventId"] == 0
        assert engine.events(of="StartChildWorkflowExecutionInitiated") == []
        return failed
    engine.decide(("ContinueAsNewWorkflowExecution", {"workflowTypeVersion": "2"}))
    assert engine.types()[-1] == "DecisionTaskScheduled"
    return engine.last("ContinueAsNewWorkflowExecutionFailed")


@pytest.mark.parametrize("which", BOTH)
@pytest.mark.parametrize("missing", UNDEFINED)
def test_missing_setting_is_the_failure_cause(engine, which, missing):
    engine.start()
    register_second(engine, missing=list(UNDEFINED)[list(UNDEFINED).index(missing) :])

    assert ask_for_second(engine, which)["cause"] == UNDEFINED[missing]


@pytest.mark.parametrize("which", BOTH)
def test_unknown_type_is_the_failure_cause(engine, which):
    engine.start()

    assert ask_for_second(engine, which)["cause"] == "WORKFLOW_TYPE_DOES_NOT_EXIST"


@pytest.mark.parametrize("which", BOTH)
def test_deprecated_type_is_the_failure_cause(engine, which):
    engine.start()
    deprecate_second(engine)

    assert ask_for_second(engine, which)["cause"] == "WORKFLOW_TYPE_DEPRECATED"


# -- Child policy ----------------------------------------------------------------------------------


def test_terminate_policy_applies_recursively(parent):
    parent.decide(start_child(workflowId="g"), name="child")

    parent.terminate()

    for name in ("c", "g"):
        assert parent.last("WorkflowExecutionTerminated", name) == {
            "cause": "CHILD_POLICY_APPLIED",
            "childPolicy": "TERMINATE",
        }


def test_a_tree_of_any_depth_is_terminated(engine):
    engine.start("0", taskList={"name": "0"})
    for depth in range(1, 1500):
        child = start_child(workflowId=f"{depth}", taskList={"name": f"{depth}"})
        engine.decide(child, name=f"{depth - 1}")

    engine.terminate("0")

    assert engine.state.domains["d"].open_runs == {}


def test_request_cancel_policy_reaches_the_children(parent):
    parent.terminate("w", childPolicy="REQUEST_CANCEL")

    assert parent.last("WorkflowExecutionTerminated")["childPolicy"] == "REQUEST_CANCEL"
    assert parent.last("WorkflowExecutionCancelRequested", "c") == {
        "cause": "CHILD_POLICY_APPLIED",
        "externalInitiatedEventId": 0,
    }
    assert parent.run("c").cancel_requested


def test_abandon_policy_leaves_children_open(parent):
    parent.terminate("w", childPolicy="ABANDON")

    assert len(parent.types("c")) == 2


def test_a_timed_out_parent_applies_its_own_policy(engine):
    engine.start(executionStartToCloseTimeout="10", childPolicy="TERMINATE")
    engine.decide(start_child())

    engine.advance(10)

    assert engine.last("WorkflowExecutionTimedOut") == {
        "childPolicy": "TERMINATE",
        "timeoutType": "START_TO_CLOSE",
    }
    assert engine.run("c").close_status == "TERMINATED"


@pytest.mark.parametrize(
    "decision",
    [
        "CompleteWorkflowExecution",
        "FailWorkflowExecution",
        "CancelWorkflowExecution",
        "ContinueAsNewWorkflowExecution",
    ],
)
def test_close_by_the_decider_applies_no_child_policy(parent, decision):
    parent.decide((decision, {}))

    assert len(parent.types("c")) == 2


# -- Continue as new -------------------------------------------------------------------------------


def test_a_run_continues_as_a_new_one(engine):
    first = engine.start(input="old", tagList=["old"], taskStartToCloseTimeout="5")

    engine.decide(("ContinueAsNewWorkflowExecution", {"input": "new"}))

    second = engine.run()
    ended = engine.state.executions[first]
    assert ended.close_status == "CONTINUED_AS_NEW"
    assert second.run_id != first
    last = ended.history.between(5, 5)[0]["workflowExecutionContinuedAsNewEventAttributes"]
    settings = {
        "childPolicy": "TERMINATE",
        "executionStartToCloseTimeout": "86400",
        "input": "new",
        "taskList": {"name": "list"},
        "taskStartToCloseTimeout": "NONE",
        "workflowType": WORKFLOW,
    }
    assert last == {
        **settings,
        "decisionTaskCompletedEventId": 4,
        "newExecutionRunId": second.run_id,
    }
    assert engine.last("WorkflowExecutionStarted") == {
        **settings,
        "continuedExecutionRunId": first,
        "parentInitiatedEventId": 0,
    }


def test_a_run_may_continue_as_another_version(engine):
    engine.start()
    register_second(engine)

    engine.decide(("ContinueAsNewWorkflowExecution", {"workflowTypeVersion": "2"}))

    assert engine.run().workflow_type == {"name": "order", "version": "2"}


def test_a_chain_of_runs_is_one_child(parent):
    own_list = {"taskList": {"name": "child"}}
    parent.decide(("ContinueAsNewWorkflowExecution", own_list), name="child")
    assert parent.run().open_counts()["openChildWorkflowExecutions"] == 1

    parent.decide(("CompleteWorkflowExecution", {"result": "r"}), name="child")

    completed = parent.last("ChildWorkflowExecutionCompleted")
    assert completed["workflowExecution"] == parent.run("c").reference
    assert (completed["initiatedEventId"], completed["startedEventId"]) == (5, 6)


def test_the_child_policy_reaches_the_current_run_of_a_chain(parent):
    parent.decide(("ContinueAsNewWorkflowExecution", {}), name="child")

    parent.terminate()

    assert parent.run("c").close_status == "TERMINATED"


def test_child_policy_ignores_an_unrelated_execution(parent):
    """The id of a closed child can be reused by an unrelated execution."""
    parent.terminate("c")
    parent.start("c")

    parent.terminate()

    assert parent.run("c").is_open


# -- On the system clock, starts follow the decision after a delay -----------------------------


@pytest.fixture
def frozen(make_service, deciding):
    """A client of a service with a system clock that only jumps."""
    clock = SystemClock()
    clock.freeze()
    swf = deciding(make_service(clock).client()).register()
    swf.clock = clock
    return swf


def starts(swf, run_id):
    return [kind for kind in swf.event_types(run_id) if kind.endswith("Started")][2:]


STARTED = "ChildWorkflowExecutionStarted"


def test_children_start_one_after_the_other_on_the_system_clock(frozen, decisions):
    run_id = frozen.start()
    frozen.decide(frozen.poll(), decisions.child("c1"), decisions.child("c2"))
    history_of_starts = [starts(frozen, run_id)]
    for _ in range(2):
        frozen.clock.jump(0.035)
        history_of_starts.append(starts(frozen, run_id))

    assert history_of_starts == [[], [STARTED], [STARTED, STARTED]]


def test_decider_that_closes_at_the_first_start_is_refused(frozen, decisions):
    run_id = frozen.start()
    frozen.decide(frozen.poll(), decisions.child("c1"), decisions.child("c2"))
    frozen.clock.jump(0.03)
    task = frozen.poll()
    frozen.clock.jump(0.03)
    frozen.decide(task, {"decisionType": "CompleteWorkflowExecution"})

    assert "CompleteWorkflowExecutionFailed" in frozen.event_types(run_id)


def test_child_starts_although_its_parent_closes_in_the_batch(frozen, decisions):
    frozen.start()
    close = {"decisionType": "CompleteWorkflowExecution"}
    frozen.decide(frozen.poll(), decisions.child("c1"), close)

    assert list(open_workflow_ids(frozen)) == ["c1"]


def test_child_that_has_not_started_meets_the_child_policy(frozen, decisions):
    frozen.start()
    frozen.decide(frozen.poll(), decisions.child("c1"))
    frozen.client.terminate_workflow_execution(domain="orders", workflowId="w1")
    frozen.clock.jump(1)

    assert list(open_workflow_ids(frozen)) == []


@pytest.mark.parametrize("kind", [SystemClock, ManualClock])
def test_delayed_start_survives_a_restart(tmp_path, deciding, decisions, kind):
    clock = SystemClock()
    clock.freeze()
    with LocalSWF(clock, tmp_path / "swf.db") as service:
        swf = deciding(service.client()).register()
        swf.start()
        swf.decide(swf.poll(), decisions.child("c1"))
    with LocalSWF(kind(), tmp_path / "swf.db") as service:
        service.clock.jump(1)

        assert open_workflow_ids(deciding(service.client())) == {"w1", "c1"}


def test_lambda_function_starts_after_a_delay_on_the_system_clock(frozen):
    run_id = frozen.start()
    attributes = {"id": "l1", "name": "f"}
    decision = {
        "decisionType": "ScheduleLambdaFunction",
        "scheduleLambdaFunctionDecisionAttributes": attributes,
    }
    frozen.decide(frozen.poll(), decision)
    before = starts(frozen, run_id)
    frozen.clock.jump(0.03)

    assert (before, starts(frozen, run_id)) == ([], ["LambdaFunctionStarted"])


def test_children_start_at_the_decision_on_a_manual_clock(swf, decisions):
    run_id = swf.start()
    swf.decide(swf.poll(), decisions.child("c1"), decisions.child("c2"))

    assert starts(swf, run_id) == [STARTED, STARTED]


def open_workflow_ids(swf):
    page = swf.client.list_open_workflow_executions(
        domain="orders", startTimeFilter={"oldestDate": 0}
    )
    return {info["execution"]["workflowId"] for info in page["executionInfos"]}
