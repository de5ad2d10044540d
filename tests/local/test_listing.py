"""Lists and counts of executions and tasks."""

import pytest

from swf.local.engine import Fault

EPOCH = {"oldestDate": 0}
T0 = 1_000_000.0


@pytest.fixture
def listed(engine):
    """Executions a to e, started a second apart; a, c and e closed in the order e, a, c."""
    engine.call(
        "RegisterWorkflowType",
        domain="d",
        name="order",
        version="2",
        defaultTaskList={"name": "list"},
        defaultChildPolicy="ABANDON",
        defaultTaskStartToCloseTimeout="NONE",
        defaultExecutionStartToCloseTimeout="86400",
    )
    second = {"workflowType": {"name": "order", "version": "2"}}
    for name, extra in {
        "a": {"tagList": ["red", "red"]},
        "b": {"tagList": ["red"]},
        "c": second,
        "d": {"tagList": ["blue", "red"]},
        "e": {**second, "tagList": [None]},
    }.items():
        engine.start(name, **extra)
        engine.advance(1)
    for name in "eac":
        engine.terminate(name)
        engine.advance(1)
    return engine


def workflow_ids(engine, which, **params):
    answer = engine.call(f"List{which}WorkflowExecutions", domain="d", **params)
    return "".join(info["execution"]["workflowId"] for info in answer["executionInfos"])


def count(engine, which, **params):
    answer = engine.call(f"Count{which}WorkflowExecutions", domain="d", **params)
    assert answer["truncated"] is False
    return answer["count"]


BY_START = {"startTimeFilter": EPOCH}
BY_CLOSE = {"closeTimeFilter": EPOCH}


@pytest.mark.parametrize(
    ("which", "params", "expected"),
    [
        ("Open", BY_START, "db"),
        ("Open", {**BY_START, "reverseOrder": True}, "bd"),
        ("Open", {"startTimeFilter": {"oldestDate": T0 + 2}}, "d"),
        ("Open", {"startTimeFilter": {"oldestDate": T0 + 1, "latestDate": T0 + 1}}, "b"),
        ("Open", {"startTimeFilter": {"oldestDate": T0 + 9, "latestDate": T0}}, ""),
        ("Open", {**BY_START, "executionFilter": {"workflowId": "d"}}, "d"),
        ("Open", {**BY_START, "executionFilter": {"workflowId": "a"}}, ""),
        ("Open", {**BY_START, "typeFilter": {"name": "order"}}, "db"),
        ("Open", {**BY_START, "typeFilter": {"name": "order", "version": ""}}, "db"),
        ("Open", {**BY_START, "typeFilter": {"name": "order", "version": "2"}}, ""),
        ("Open", {**BY_START, "tagFilter": {"tag": "red"}}, "db"),
        ("Open", {**BY_START, "tagFilter": {"tag": "blue"}}, "d"),
        ("Closed", BY_START, "eca"),
        ("Closed", BY_CLOSE, "cae"),
        ("Closed", {**BY_CLOSE, "reverseOrder": True}, "eac"),
        ("Closed", {"closeTimeFilter": {"oldestDate": T0 + 6}}, "ca"),
        ("Closed", {**BY_START, "tagFilter": {"tag": "red"}}, "a"),
        ("Closed", {**BY_CLOSE, "typeFilter": {"name": "order", "version": "2"}}, "ce"),
        ("Closed", {**BY_CLOSE, "closeStatusFilter": {"status": "TERMINATED"}}, "cae"),
        ("Closed", {**BY_CLOSE, "closeStatusFilter": {"status": "COMPLETED"}}, ""),
        ("Closed", {**BY_START, "executionFilter": {"workflowId": "c"}}, "c"),
    ],
)
def test_a_query_finds_and_counts(listed, which, params, expected):
    assert workflow_ids(listed, which, **params) == expected
    params = {name: value for name, value in params.items() if name != "reverseOrder"}
    assert count(listed, which, **params) == len(expected)


@pytest.mark.parametrize("which", ["Open", "Closed"])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_executions_are_listed_page_by_page(engine, which, reverse, size):
    for name in "abcdef":
        engine.start(name)
        if name in "abc":
            engine.advance(1)
        if which == "Closed":
            engine.terminate(name)
    params = {**BY_START, "maximumPageSize": size, "reverseOrder": reverse, "domain": "d"}
    operation = f"List{which}WorkflowExecutions"

    answers = [engine.call(operation, **params)]
    while "nextPageToken" in answers[-1]:
        token = answers[-1]["nextPageToken"]
        answers.append(engine.call(operation, **params, nextPageToken=token))

    infos = [info for answer in answers for info in answer["executionInfos"]]
    keys = [(info["startTimestamp"], info["execution"]["runId"]) for info in infos]
    assert keys == sorted(keys, reverse=not reverse)
    assert len(set(keys)) == 6
    assert len(answers) == -(-6 // size)


def test_close_between_two_pages_shifts_nothing(engine):
    for name in "abcdef":
        engine.start(name)
        engine.advance(1)
    params = {**BY_START, "maximumPageSize": 2}
    first = engine.call("ListOpenWorkflowExecutions", domain="d", **params)
    engine.terminate("e")

    assert (
        workflow_ids(engine, "Open", **{**params, "nextPageToken": first["nextPageToken"]}) == "dc"
    )


@pytest.mark.parametrize(
    ("operation", "filters", "message"),
    [
        ("ListClosedWorkflowExecutions", {}, "Must specify time filter"),
        ("CountClosedWorkflowExecutions", {}, "Must specify time filter"),
        (
            "ListClosedWorkflowExecutions",
            {**BY_START, **BY_CLOSE},
            "Cannot specify both a startTimeFilter and a closeTimeFilter",
        ),
        (
            "ListOpenWorkflowExecutions",
            {**BY_START, "tagFilter": {"tag": "t"}, "executionFilter": {"workflowId": "w"}},
            "Cannot specify more than one exclusive filters in the same query: "
            "[executionFilter, tagFilter]",
        ),
        (
            "CountClosedWorkflowExecutions",
            {
                **BY_CLOSE,
                "closeStatusFilter": {"status": "FAILED"},
                "typeFilter": {"name": "order"},
            },
            "Cannot specify more than one exclusive filters in the same query: "
            "[typeFilter, closeStatusFilter]",
        ),
    ],
)
def test_filters_that_exclude_each_other_are_refused(engine, operation, filters, message):
    with pytest.raises(Fault) as caught:
        engine.call(operation, domain="d", **filters)

    assert (caught.value.code, caught.value.message) == ("ValidationException", message)


def pending(engine, kind, name="list"):
    answer = engine.call(f"CountPending{kind}Tasks", domain="d", taskList={"name": name})
    return answer["count"]


def test_started_tasks_are_not_pending(engine):
    engine.start()
    assert pending(engine, "Decision") == 1
    token = engine.poll()["taskToken"]
    assert pending(engine, "Decision") == 0

    activity = {"activityType": {"name": "charge", "version": "1"}}
    both = [("ScheduleActivityTask", {**activity, "activityId": each}) for each in "ab"]
    engine.complete(token, *both)
    assert pending(engine, "Activity") == 2
    engine.poll("Activity")
    assert pending(engine, "Activity") == 1


def test_a_decision_task_behind_a_started_one_is_pending(engine):
    engine.start()
    engine.poll()
    engine.signal()

    assert pending(engine, "Decision") == 1


def test_nothing_is_pending_in_an_unknown_list(engine):
    assert pending(engine, "Decision", "nowhere") == pending(engine, "Activity", "nowhere") == 0


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("ListOpenWorkflowExecutions", BY_START),
        ("CountOpenWorkflowExecutions", BY_START),
        ("ListClosedWorkflowExecutions", BY_CLOSE),
        ("CountClosedWorkflowExecutions", BY_CLOSE),
        ("CountPendingDecisionTasks", {"taskList": {"name": "l"}}),
        ("CountPendingActivityTasks", {"taskList": {"name": "l"}}),
        ("ListWorkflowTypes", {"registrationStatus": "REGISTERED"}),
        ("ListActivityTypes", {"registrationStatus": "REGISTERED"}),
    ],
)
def test_an_unknown_domain_is_refused(empty, operation, params):
    with pytest.raises(Fault, match="Unknown domain: x"):
        empty.call(operation, domain="x", **params)
