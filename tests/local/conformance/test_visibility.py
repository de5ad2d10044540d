"""Lists, counts, pages, describe, retention and limits (S-126 to S-137)."""

from datetime import timedelta

import pytest

from swf.local import Throttling

EPOCH = {"oldestDate": 0}
FILTERS = "Cannot specify more than one exclusive filters in the same query"


def listed(orders, kind, **filters):
    if "closeTimeFilter" not in filters:
        filters.setdefault("startTimeFilter", EPOCH)
    answer = orders.ask(f"List{kind}WorkflowExecutions", **filters)
    return [info["execution"]["workflowId"] for info in answer["executionInfos"]]


def counted(orders, kind, **filters):
    if "closeTimeFilter" not in filters:
        filters.setdefault("startTimeFilter", EPOCH)
    return orders.ask(f"Count{kind}WorkflowExecutions", **filters)


@pytest.fixture
def many(orders, do):
    """Three open executions and three closed ones; `c` is the oldest, and closed last."""
    orders.register_workflow("order", "2.0")
    orders.register_workflow("other")
    other = {"name": "other", "version": "1.0"}
    runs = {}
    for name, settings in {
        "c": {"tagList": ["red", "blue"]},
        "b": {"workflowType": other},
        "a": {"tagList": ["red"]},
        "x": {"tagList": ["red"]},
        "y": {"workflowType": {"name": "order", "version": "2.0"}, "tagList": ["blue"]},
        "z": {"workflowType": other},
    }.items():
        runs[name] = orders.start(name, taskList={"name": name}, **settings)
        orders.advance(10)
    for name, decision in [("a", do.complete()), ("b", do.fail())]:
        orders.decide(decision, task_list=name)
        orders.advance(10)
    runs["c"].terminate()
    return runs


@pytest.mark.usefixtures("many")
def test_s126_open_executions_are_listed_newest_first(orders):
    assert listed(orders, "Open") == ["z", "y", "x"]
    assert listed(orders, "Open", reverseOrder=True) == ["x", "y", "z"]


@pytest.mark.usefixtures("many")
def test_s126_closed_executions_are_listed_by_the_time_filter(orders):
    by_close = {"closeTimeFilter": EPOCH}

    assert listed(orders, "Closed") == ["a", "b", "c"]
    assert listed(orders, "Closed", reverseOrder=True) == ["c", "b", "a"]
    assert listed(orders, "Closed", **by_close) == ["c", "b", "a"]
    assert listed(orders, "Closed", reverseOrder=True, **by_close) == ["a", "b", "c"]


SELECTED = {
    "execution": ({"executionFilter": {"workflowId": "x"}}, ["x"], []),
    "closed execution": ({"executionFilter": {"workflowId": "a"}}, [], ["a"]),
    "part of an id": ({"executionFilter": {"workflowId": "x "}}, [], []),
    "tag": ({"tagFilter": {"tag": "red"}}, ["x"], ["a", "c"]),
    "second tag": ({"tagFilter": {"tag": "blue"}}, ["y"], ["c"]),
    "type": ({"typeFilter": {"name": "order"}}, ["y", "x"], ["a", "c"]),
    "version": ({"typeFilter": {"name": "order", "version": "2.0"}}, ["y"], []),
    "empty version": ({"typeFilter": {"name": "order", "version": ""}}, ["y", "x"], ["a", "c"]),
    "unknown type": ({"typeFilter": {"name": "ord"}}, [], []),
}


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(("chosen", "opened", "closed"), SELECTED.values(), ids=SELECTED)
def test_s127_s128_s129_filter_selects_exactly_as_the_count(orders, chosen, opened, closed):
    assert listed(orders, "Open", **chosen) == opened
    assert listed(orders, "Closed", **chosen) == closed
    assert counted(orders, "Open", **chosen) == {"count": len(opened), "truncated": False}
    assert counted(orders, "Closed", **chosen) == {"count": len(closed), "truncated": False}


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("status", "closed"),
    [
        ("COMPLETED", ["a"]),
        ("FAILED", ["b"]),
        ("TERMINATED", ["c"]),
        ("CANCELED", []),
        ("TIMED_OUT", []),
        ("CONTINUED_AS_NEW", []),
    ],
)
def test_s127_closed_executions_are_selected_by_their_status(orders, status, closed):
    chosen = {"closeStatusFilter": {"status": status}}

    assert listed(orders, "Closed", **chosen) == closed
    assert counted(orders, "Closed", **chosen)["count"] == len(closed)


def test_s127_a_time_filter_includes_both_its_ends(orders, many):
    start = many["x"].info["startTimestamp"]

    def between(oldest, latest):
        return listed(
            orders,
            "Open",
            startTimeFilter={
                "oldestDate": start + timedelta(seconds=oldest),
                "latestDate": start + timedelta(seconds=latest),
            },
        )

    assert between(0, 10) == ["y", "x"]
    assert between(1, 9) == []
    assert between(1, 20) == ["z", "y"]


PAIRS = [
    ("Open", ("executionFilter", "typeFilter")),
    ("Open", ("executionFilter", "tagFilter")),
    ("Open", ("typeFilter", "tagFilter")),
    ("Closed", ("executionFilter", "closeStatusFilter")),
    ("Closed", ("typeFilter", "closeStatusFilter")),
    ("Closed", ("tagFilter", "closeStatusFilter")),
]
EXAMPLES = {
    "executionFilter": {"workflowId": "x"},
    "typeFilter": {"name": "order"},
    "tagFilter": {"tag": "red"},
    "closeStatusFilter": {"status": "FAILED"},
}


@pytest.mark.parametrize(("kind", "pair"), PAIRS)
@pytest.mark.parametrize("read", [listed, counted])
def test_s127_two_exclusive_filters_are_rejected(orders, refused, read, kind, pair):
    with refused("ValidationException") as caught:
        read(orders, kind, **{name: EXAMPLES[name] for name in pair})

    assert caught.value.response["Error"]["Message"].startswith(FILTERS)


@pytest.mark.parametrize("verb", ["List", "Count"])
def test_s127_closed_executions_need_one_time_filter(orders, refused, verb):
    operation = f"{verb}ClosedWorkflowExecutions"

    with refused("ValidationException", "Must specify time filter"):
        orders.ask(operation)
    both = "Cannot specify both a startTimeFilter and a closeTimeFilter"
    with refused("ValidationException", both):
        orders.ask(operation, startTimeFilter=EPOCH, closeTimeFilter=EPOCH)


def test_s129_executions_are_counted(orders, many):
    assert counted(orders, "Open") == {"count": 3, "truncated": False}
    assert counted(orders, "Closed", closeTimeFilter=EPOCH) == {"count": 3, "truncated": False}


READS = {
    "ListDomains": (False, {"registrationStatus": "REGISTERED"}),
    "ListWorkflowTypes": (True, {"registrationStatus": "REGISTERED"}),
    "ListActivityTypes": (True, {"registrationStatus": "REGISTERED"}),
    "ListOpenWorkflowExecutions": (True, {"startTimeFilter": EPOCH}),
    "ListClosedWorkflowExecutions": (True, {"startTimeFilter": EPOCH}),
    "GetWorkflowExecutionHistory": (True, {}),
    "PollForDecisionTask": (True, {"taskList": {"name": "deciders"}}),
}
READ = pytest.mark.parametrize("operation", READS)


@pytest.fixture
def read(orders):
    """Call a paged operation: `read(operation, maximumPageSize=2)`."""
    run = orders.start()

    def call(operation, **options):
        in_domain, params = READS[operation]
        if operation == "GetWorkflowExecutionHistory":
            params = {"execution": run.execution}
        return (orders.ask if in_domain else orders.call)(operation, **params, **options)

    return call


SIZE = (
    "1 validation error detected: Value '{}' at 'maximumPageSize' failed to satisfy constraint: "
    "Member must have value {}"
)


@READ
def test_s130_a_page_has_1000_members_at_most(read, refused, operation):
    with refused("ValidationException", SIZE.format(1001, "less than or equal to 1000")):
        read(operation, maximumPageSize=1001)


@READ
def test_s130_a_page_has_no_negative_size(wire, operation):
    _, params = READS[operation]
    run = wire.orders.start()
    params = {"execution": run.execution, **params, "domain": "orders", "maximumPageSize": -1}

    status, fault = wire.fault(operation, params)

    assert (status, fault["message"]) == (400, SIZE.format(-1, "greater than or equal to 0"))


@READ
def test_s130_size_0_means_the_maximum(read, operation):
    assert "nextPageToken" not in read(operation, maximumPageSize=0)


def pages(orders, operation, member, **options):
    """Return the members of a result, page by page."""
    result_pages = []
    token = {}
    while True:
        answer = orders.call(operation, **options, **token)
        result_pages.append(answer[member])
        if "nextPageToken" not in answer:
            return result_pages
        token = {"nextPageToken": answer["nextPageToken"]}


@pytest.mark.parametrize(
    ("size", "lengths"), [(1, [1] * 6), (2, [2, 2, 2]), (4, [4, 2]), (6, [6]), (7, [6])]
)
def test_s130_last_full_page_has_no_token(orders, size, lengths):
    for n in range(5):
        orders.register_workflow(f"t{n}")

    result_pages = pages(
        orders,
        "ListWorkflowTypes",
        "typeInfos",
        domain="orders",
        registrationStatus="REGISTERED",
        maximumPageSize=size,
    )

    assert [len(page) for page in result_pages] == lengths
    names = [info["workflowType"]["name"] for page in result_pages for info in page]
    assert names == ["order", "t0", "t1", "t2", "t3", "t4"]


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("kind", "filters", "expected"),
    [
        ("Open", {"startTimeFilter": EPOCH}, ["x", "y", "z"]),
        ("Closed", {"startTimeFilter": EPOCH}, ["c", "b", "a"]),
        ("Closed", {"closeTimeFilter": EPOCH}, ["a", "b", "c"]),
    ],
)
def test_s131_the_order_is_reversed_before_paging(orders, kind, filters, expected):
    result_pages = pages(
        orders,
        f"List{kind}WorkflowExecutions",
        "executionInfos",
        domain="orders",
        maximumPageSize=2,
        reverseOrder=True,
        **filters,
    )

    ids = [[info["execution"]["workflowId"] for info in page] for page in result_pages]
    assert ids == [expected[:2], expected[2:]]


def test_s131_page_token_survives_changes(orders):
    for n in range(4):
        orders.start(f"w{n}")
        orders.advance(1)
    first = orders.ask("ListOpenWorkflowExecutions", startTimeFilter=EPOCH, maximumPageSize=2)

    orders.start("newest")
    second = orders.ask(
        "ListOpenWorkflowExecutions",
        startTimeFilter=EPOCH,
        maximumPageSize=2,
        nextPageToken=first["nextPageToken"],
    )

    ids = [info["execution"]["workflowId"] for info in second["executionInfos"]]
    assert ids == ["w1", "w0"]


@READ
def test_s131_malformed_page_token_is_invalid(read, refused, operation):
    with refused("ValidationException", "Invalid token"):
        read(operation, nextPageToken="garbage")


def test_s131_a_page_token_lives_for_a_day(orders, refused):
    run = orders.start()
    token = run.page(maximumPageSize=1)["nextPageToken"]

    orders.advance(24 * 3600 - 1)
    assert run.page(nextPageToken=token, maximumPageSize=1)["events"]
    orders.advance(2)
    with refused("ValidationException", "Specified token has exceeded its maximum lifetime"):
        run.page(nextPageToken=token, maximumPageSize=1)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("size", [1, 3, 4, 5])
def test_s132_pages_of_a_history_concatenate(orders, size, reverse):
    run = orders.start()
    run.signal()
    run.request_cancel()

    result_pages = pages(
        orders,
        "GetWorkflowExecutionHistory",
        "events",
        domain="orders",
        execution=run.execution,
        maximumPageSize=size,
        reverseOrder=reverse,
    )

    ids = [event["eventId"] for page in result_pages for event in page]
    assert ids == ([4, 3, 2, 1] if reverse else [1, 2, 3, 4])


def test_s133_describe_shows_the_whole_execution(orders, do):
    run = orders.start(taskPriority="5", lambdaRole="role", childPolicy="ABANDON")
    began = run.history()[0]["eventTimestamp"]

    assert run.describe() == {
        "executionConfiguration": {
            "childPolicy": "ABANDON",
            "executionStartToCloseTimeout": "8640000",
            "lambdaRole": "role",
            "taskList": {"name": "deciders"},
            "taskPriority": "5",
            "taskStartToCloseTimeout": "NONE",
        },
        "executionInfo": {
            "cancelRequested": False,
            "execution": run.execution,
            "executionStatus": "OPEN",
            "startTimestamp": began,
            "workflowType": do.ORDER,
        },
        "openCounts": {
            "openActivityTasks": 0,
            "openChildWorkflowExecutions": 0,
            "openDecisionTasks": 1,
            "openLambdaFunctions": 0,
            "openTimers": 0,
        },
    }


def test_s133_a_queued_decision_task_is_counted_once(orders):
    run = orders.start()
    orders.poll()
    run.signal()

    assert run.open_counts["openDecisionTasks"] == 1


def test_s133_describe_counts_open_entities(orders, do):
    run = orders.start(lambdaRole="role")
    orders.decide(do.activity("a"), do.activity("b"), do.timer(), do.child(taskList={"name": "x"}))
    orders.work()

    assert run.open_counts == {
        "openActivityTasks": 2,
        "openChildWorkflowExecutions": 1,
        "openDecisionTasks": 1,
        "openLambdaFunctions": 0,
        "openTimers": 1,
    }


def test_s133_latest_activity_time_follows_activity_events(orders, do):
    run = orders.start()
    assert "latestActivityTaskTimestamp" not in run.describe()

    def latest():
        return run.describe()["latestActivityTaskTimestamp"], run.history()[-1]["eventTimestamp"]

    orders.advance(1)
    orders.decide(do.activity())
    timestamp, last = latest()
    assert timestamp == last
    orders.advance(1)
    task = orders.work()
    timestamp, last = latest()
    assert timestamp == last
    orders.advance(1)
    orders.complete(task)
    timestamp, last = latest()
    assert timestamp == last
    orders.advance(1)
    run.signal()
    later, _ = latest()
    assert later == timestamp


@pytest.mark.parametrize("kind", ["Activity", "Decision"])
def test_s134_no_task_waits_in_an_unknown_list(orders, kind):
    assert orders.ask(f"CountPending{kind}Tasks", taskList={"name": "never"}) == {
        "count": 0,
        "truncated": False,
    }


def test_s134_a_started_task_is_not_pending(orders, do):
    def pending(kind, task_list):
        return orders.ask(f"CountPending{kind}Tasks", taskList={"name": task_list})["count"]

    orders.start("one")
    orders.start("two")
    assert pending("Decision", "deciders") == 2
    orders.decide(do.activity("a"), do.activity("b"))
    assert (pending("Decision", "deciders"), pending("Activity", "workers")) == (1, 2)
    orders.work()
    assert pending("Activity", "workers") == 1


def test_s134_a_queued_decision_task_is_pending(orders):
    run = orders.start()
    orders.poll()
    run.signal()

    count = orders.ask("CountPendingDecisionTasks", taskList={"name": "deciders"})["count"]
    assert count == 1


def test_s134_a_task_of_a_closed_execution_is_not_pending(orders, do):
    run = orders.start()
    orders.decide(do.activity())
    run.signal()
    run.terminate()

    for kind, task_list in [("Decision", "deciders"), ("Activity", "workers")]:
        answer = orders.ask(f"CountPending{kind}Tasks", taskList={"name": task_list})
        assert answer["count"] == 0


def gone(orders, refused, run):
    with refused("UnknownResourceFault", run.unknown):
        run.describe()
    with refused("UnknownResourceFault", run.unknown):
        run.history()
    assert listed(orders, "Closed") == []
    assert counted(orders, "Closed")["count"] == 0


def test_s135_closed_execution_is_kept_for_its_retention(make, refused):
    orders = make(retention="2")
    run = orders.start()
    orders.advance(3 * 86400)
    run.terminate()

    orders.advance(2 * 86400 - 1)
    assert run.status == "TERMINATED"
    assert listed(orders, "Closed") == ["w"]
    orders.advance(2)
    gone(orders, refused, run)


@pytest.mark.parametrize("retention", ["0", "NONE"])
def test_s135_without_retention_closed_execution_is_removed(make, refused, retention):
    orders = make(retention=retention)
    run = orders.start()

    run.terminate()

    gone(orders, refused, run)


def test_s136_a_full_history_terminates_the_execution(make, do, soak, monkeypatch):
    limit = 25_000 if soak else 250
    monkeypatch.setattr("swf.local.step.HISTORY_EVENTS", limit)
    orders = make(limits="strict")
    run = orders.start()
    batch = [do.marker() for _ in range(limit // 3)]

    for _ in range(4):
        orders.decide(*batch)
        if run.status != "OPEN":
            break
        run.signal()

    newest = run.page(reverseOrder=True, maximumPageSize=1)["events"][0]
    assert newest["eventType"] == "WorkflowExecutionTerminated"
    attributes = newest["workflowExecutionTerminatedEventAttributes"]
    assert attributes["cause"] == "EVENT_LIMIT_EXCEEDED"
    assert limit <= newest["eventId"] <= limit + len(batch) + 2
    assert run.status == "TERMINATED"


def test_s137_a_throttled_call_is_refused(make, refused):
    orders = make(faults=[Throttling("ListDomains", times=1)])

    with refused("ThrottlingException", "Rate exceeded"):
        orders.call("ListDomains", registrationStatus="REGISTERED")
    assert orders.call("ListDomains", registrationStatus="REGISTERED")["domainInfos"]


def test_s137_a_throttled_call_is_retried_by_the_client(make):
    orders = make(faults=[Throttling("ListDomains", times=1)])
    long_polling = orders.service.client(
        aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret", region_name="us-east-1"
    )

    answer = long_polling.list_domains(registrationStatus="REGISTERED")

    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert [info["name"] for info in answer["domainInfos"]] == ["orders"]


def test_s137_strict_limits_apply_the_token_buckets(make, refused):
    orders = make(limits="strict")

    for _ in range(100):
        orders.call("ListDomains", registrationStatus="REGISTERED")

    with refused("ThrottlingException", "Rate exceeded"):
        orders.call("ListDomains", registrationStatus="REGISTERED")
    orders.advance(1)
    for _ in range(6):
        orders.call("ListDomains", registrationStatus="REGISTERED")
