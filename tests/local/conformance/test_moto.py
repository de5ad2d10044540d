"""moto as a second opinion: the same cases on both, and why they differ where they do.

A row of `DIFFERENCES` is one behaviour: the results of the local service and of moto, and the
reason for the difference. When moto changes, its row fails and can be removed.
"""

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

EPOCH = {"oldestDate": 0}


@pytest.fixture(scope="module")
def moto_client():
    return boto3.client(
        "swf",
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


@pytest.fixture
def moto(moto_client, domain_class):
    """The domain of the other tests, in moto."""
    with mock_aws():
        yield domain_class(moto_client).register()


def outcome(case, domain, do):
    """Return the result of a case, its fault, or the name of its exception."""
    try:
        return case(domain, do)
    except ClientError as error:
        return error.response["Error"]["Code"]
    except Exception as error:  # noqa: BLE001 (moto dies of exceptions of any kind)
        return type(error).__name__


def begin(domain, workflow_id="w", **settings):
    """Start an execution; moto requires a decision task timeout (M7)."""
    return domain.start(workflow_id, taskStartToCloseTimeout="600", **settings)


def unlimited_decision_task(domain, do):
    run = domain.start(taskStartToCloseTimeout="NONE")
    domain.decide()
    return run.types()[-1]


def closed_activity(domain, do):
    """Complete one activity and return its execution."""
    run = begin(domain)
    domain.decide(do.activity("a"))
    domain.complete(domain.work(), result="r")
    return run


def reuse_an_activity_id(domain, do):
    run = closed_activity(domain, do)
    domain.decide(do.activity("a"))
    return run.types()[-1]


def two_signals_unseen(domain, do):
    run = begin(domain)
    run.signal(input="1")
    run.signal(input="2")
    return run.types().count("DecisionTaskScheduled")


def open_timers(domain, do):
    run = begin(domain)
    domain.decide(do.timer("t", "6000"))
    counted = run.open_counts["openTimers"]
    run.signal(input="1")
    domain.decide(do.cancel_timer("t"))  # or moto's thread would outlive the test (M17)
    return counted


def close_with_an_unseen_signal(domain, do):
    run = begin(domain)
    task = domain.poll()
    run.signal(input="1")
    domain.respond(task, do.complete())
    return run.types()[-1]


def follow_a_continue_as_new(domain, do):
    begin(domain)
    domain.decide(do.continue_as_new(), do.marker())


def cancel_a_timer(domain, do):
    run = begin(domain)
    domain.decide(do.timer("t", "6000"), do.cancel_timer("t"))
    return run.types()[-1]


def cancel_an_unknown_timer(domain, do):
    run = begin(domain)
    domain.decide(do.cancel_timer("t"))
    return run.types()[-1]


def resolved_timeouts(domain, do):
    run = begin(domain)
    domain.decide(do.activity())
    return sorted(name for name in run.last("ActivityTaskScheduled") if "Timeout" in name)


def members_of_the_start(domain, do):
    started = begin(domain, tagList=["red"]).last("WorkflowExecutionStarted")
    return sorted({"parentInitiatedEventId", "tagList"} & started.keys())


def schedule_to_start_of_a_decision_task(domain, do):
    return begin(domain).last("DecisionTaskScheduled").get("scheduleToStartTimeout")


def previous_of_the_first_task(domain, do):
    begin(domain)
    return domain.poll().get("previousStartedEventId")


def next_list_after_an_override(domain, do):
    run = begin(domain)
    domain.decide(taskList={"name": "mine"})
    run.signal(input="1")
    return run.last("DecisionTaskScheduled")["taskList"]["name"]


def context_that_is_not_repeated(domain, do):
    run = begin(domain)
    domain.decide(executionContext="one")
    run.signal(input="1")
    domain.decide()
    return run.describe().get("latestExecutionContext")


def latest_activity_time(domain, do):
    run = closed_activity(domain, do)
    completed = next(e for e in run.history() if e["eventType"] == "ActivityTaskCompleted")
    latest = run.describe()["latestActivityTaskTimestamp"]
    return abs((latest - completed["eventTimestamp"]).total_seconds()) < 0.001


def start_time_of_the_description(domain, do):
    run = begin(domain)
    return run.info["startTimestamp"] == run.history()[0]["eventTimestamp"]


def close_time_of_a_terminated_execution(domain, do):
    run = begin(domain)
    run.terminate(reason="r")
    return "closeTimestamp" in run.info


def page_token_of_a_history(domain, do):
    return "nextPageToken" in domain.ask(
        "GetWorkflowExecutionHistory", execution=begin(domain).execution, maximumPageSize=1
    )


def order_of_the_open_executions(domain, do):
    for workflow_id in ("old", "new"):
        begin(domain, workflow_id)
        if domain.clock:
            domain.advance(1)
    infos = domain.ask("ListOpenWorkflowExecutions", startTimeFilter=EPOCH)["executionInfos"]
    return [info["execution"]["workflowId"] for info in infos]


def filter_without_a_version(domain, do):
    begin(domain)
    answer = domain.ask(
        "ListOpenWorkflowExecutions", startTimeFilter=EPOCH, typeFilter={"name": "order"}
    )
    return len(answer["executionInfos"])


def time_filter(domain, do):
    begin(domain)
    answer = domain.ask("ListOpenWorkflowExecutions", startTimeFilter={"oldestDate": 2**32})
    return len(answer["executionInfos"])


def lists_of_a_deprecated_domain(domain, do):
    begin(domain)
    domain.call("DeprecateDomain", name="orders")
    answer = domain.ask("ListOpenWorkflowExecutions", startTimeFilter=EPOCH)
    return len(answer["executionInfos"])


def types_of_a_deprecated_domain(domain, do):
    domain.call("DeprecateDomain", name="orders")
    return domain.ask("DescribeWorkflowType", workflowType=do.ORDER)["typeInfo"]["status"]


def types_of_one_name(domain, do):
    domain.register_workflow("other")
    answer = domain.ask("ListWorkflowTypes", registrationStatus="REGISTERED", name="other")
    return [info["workflowType"]["name"] for info in answer["typeInfos"]]


def signal_without_input(domain, do):
    run = begin(domain)
    run.signal()
    return run.types()[-1]


def token_of_a_failed_activity(domain, do):
    begin(domain)
    domain.decide(do.activity())
    task = domain.work()
    domain.call("RespondActivityTaskFailed", taskToken=task["taskToken"], reason="r")
    domain.complete(task)


def activity_of_a_closed_execution(domain, do):
    run = begin(domain)
    domain.decide(do.activity())
    run.terminate(reason="r")
    return bool(domain.work().get("taskToken"))


def pending_activities_once_started(domain, do):
    begin(domain)
    domain.decide(do.activity())
    domain.work()
    return domain.ask("CountPendingActivityTasks", taskList={"name": "workers"})["count"]


def pending_decisions_once_started(domain, do):
    begin(domain)
    domain.poll()
    return domain.ask("CountPendingDecisionTasks", taskList={"name": "deciders"})["count"]


def filter_by_the_id_of_nothing(domain, do):
    begin(domain)
    filters = {"startTimeFilter": EPOCH, "executionFilter": {"workflowId": "ghost"}}
    return len(domain.ask("ListOpenWorkflowExecutions", **filters)["executionInfos"])


def cancel_that_nobody_requested(domain, do):
    run = begin(domain)
    domain.decide(do.cancel())
    return run.describe()["executionInfo"]["cancelRequested"]


def token_of_an_empty_poll(domain, do):
    return domain.poll().get("taskToken")


def long_input(domain, do):
    begin(domain)
    domain.open_run("w").signal(input="x" * 32769)
    return "accepted"


def length_of_a_run_id(domain, do):
    return len(begin(domain).run_id)


def priorities(domain, do):
    begin(domain, "low", taskPriority="-1")
    begin(domain, "high", taskPriority="1")
    return domain.poll()["workflowExecution"]["workflowId"]


def request_cancel(domain, do):
    run = begin(domain)
    run.request_cancel()
    return run.types()[-1]


def delete_a_type(domain, do):
    domain.ask("DeprecateActivityType", activityType=do.CHARGE)
    domain.ask("DeleteActivityType", activityType=do.CHARGE)
    return "deleted"


def start_a_child(domain, do):
    run = begin(domain)
    domain.decide(do.child(taskList={"name": "nursery"}))
    return run.types()[4]


SCHEDULED = ["heartbeatTimeout", "scheduleToCloseTimeout", "scheduleToStartTimeout"]
DIFFERENCES = {
    "M1 request cancel is missing": (
        request_cancel,
        "WorkflowExecutionCancelRequested",
        "NotImplementedError",
    ),
    "M1 delete is missing": (delete_a_type, "deleted", "NotImplementedError"),
    "M2 children are missing": (
        start_a_child,
        "StartChildWorkflowExecutionInitiated",
        "NotImplementedError",
    ),
    "M3 the id of a closed activity stays taken": (
        reuse_an_activity_id,
        "ActivityTaskScheduled",
        "DecisionTaskScheduled",
    ),
    "M7 an unlimited timeout": (unlimited_decision_task, "DecisionTaskCompleted", "ValueError"),
    "M10 decision tasks pile up": (two_signals_unseen, 1, 3),
    "M11 timers are not counted": (open_timers, 1, 0),
    "M12 a close that has not seen a signal": (
        close_with_an_unseen_signal,
        "CompleteWorkflowExecutionFailed",
        "WorkflowExecutionCompleted",
    ),
    "M13 continue-as-new does not have to be last": (
        follow_a_continue_as_new,
        "ValidationException",
        "NotImplementedError",
    ),
    "M14 a cancel counts as a request": (cancel_that_nobody_requested, False, True),
    "M15 the event has another name": (cancel_a_timer, "TimerCanceled", "TimerCancelled"),
    "M16 no decision task after a failed cancel": (
        cancel_an_unknown_timer,
        "DecisionTaskScheduled",
        "CancelTimerFailed",
    ),
    "M18 timeouts of the type are not shown": (
        resolved_timeouts,
        [*SCHEDULED, "startToCloseTimeout"],
        [],
    ),
    "M19 M20 zeros and tags are dropped": (
        members_of_the_start,
        ["parentInitiatedEventId", "tagList"],
        [],
    ),
    "M21 no schedule-to-start timeout": (schedule_to_start_of_a_decision_task, "NONE", None),
    "M22 no previous id at first": (previous_of_the_first_task, 0, None),
    "M23 the task list override is ignored": (next_list_after_an_override, "mine", "deciders"),
    "M24 the context is forgotten": (context_that_is_not_repeated, "one", None),
    "M25 the time of the last scheduling": (latest_activity_time, True, False),
    "M26 the start time is a constant": (start_time_of_the_description, True, False),
    "M27 no close time": (close_time_of_a_terminated_execution, True, False),
    "M29 no pages": (page_token_of_a_history, True, False),
    "M30 the time filter is ignored": (time_filter, 0, 1),
    "M30 the filter by id is ignored": (filter_by_the_id_of_nothing, 0, 1),
    "M31 oldest first": (order_of_the_open_executions, ["new", "old"], ["old", "new"]),
    "M32 a version is demanded": (filter_without_a_version, 1, "KeyError"),
    "M34 no lists of a deprecated domain": (
        lists_of_a_deprecated_domain,
        1,
        "DomainDeprecatedFault",
    ),
    "M35 types outlive their domain": (types_of_a_deprecated_domain, "DEPRECATED", "REGISTERED"),
    "M36 the name is ignored": (types_of_one_name, ["other"], ["order", "other"]),
    "M37 an input is demanded": (signal_without_input, "WorkflowExecutionSignaled", "KeyError"),
    "M39 a dead token is an error of the server": (
        token_of_a_failed_activity,
        "UnknownResourceFault",
        "ValueError",
    ),
    "M40 closed executions hand out tasks": (activity_of_a_closed_execution, False, True),
    "M41 started tasks are pending": (pending_activities_once_started, 0, 1),
    "M41 started decision tasks are pending": (pending_decisions_once_started, 0, 1),
    "M43 no limit on lengths": (long_input, "ValidationException", "accepted"),
    "M44 run ids of another shape": (length_of_a_run_id, 46, 32),
    "M45 priorities are ignored": (priorities, "high", "low"),
}


@pytest.mark.parametrize(("case", "ours", "theirs"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_moto_differs_only_in_this(orders, moto, do, case, ours, theirs):
    assert outcome(case, orders, do) == ours
    assert outcome(case, moto, do) == theirs


def message(call):
    """Return the code and message of the fault of a call."""
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def completed_twice(domain, do):
    begin(domain)
    task = domain.decide(do.activity())
    return message(lambda: domain.respond(task))


def activity_completed_twice(domain, do):
    begin(domain)
    domain.decide(do.activity())
    task = domain.work()
    domain.complete(task, result="r")
    return message(lambda: domain.complete(task, result="r"))


def completed_after_the_close(domain, do):
    run = begin(domain)
    task = domain.poll()
    run.terminate(reason="r")
    code, text = message(lambda: domain.respond(task))
    return code, text.replace(run.run_id, "R")


def signal_while_busy(domain, do):
    run = begin(domain)
    task = domain.poll()
    run.signal(input="1")
    domain.respond(task)
    return run.types()


def cause_of_a_bare_type(domain, do):
    domain.ask("RegisterActivityType", name="bare", version="1")
    run = begin(domain)
    domain.decide(do.activity(activityType={"name": "bare", "version": "1"}))
    return run.last("ScheduleActivityTaskFailed")["cause"]


AGREED = {
    "an empty poll has no token": token_of_an_empty_poll,
    "unknown domain": lambda domain, do: message(
        lambda: domain.call("DescribeDomain", name="nowhere")
    ),
    "domain registered twice": lambda domain, do: message(domain.register),
    "type registered twice": lambda domain, do: message(domain.register_workflow),
    "unknown type": lambda domain, do: message(
        lambda: begin(domain, workflowType={"name": "x", "version": "1"})
    ),
    "unknown execution": lambda domain, do: message(
        lambda: domain.ask("TerminateWorkflowExecution", workflowId="ghost")
    ),
    "started twice": lambda domain, do: message(lambda: (begin(domain), begin(domain))),
    "decision task completed twice": completed_twice,
    "activity completed twice": activity_completed_twice,
    "completed after the close": completed_after_the_close,
    "garbage token": lambda domain, do: message(
        lambda: domain.complete({"taskToken": "garbage"}, result="r")
    ),
    "close is not last": lambda domain, do: message(
        lambda: (begin(domain), domain.decide(do.complete(), do.marker()))
    ),
    "no time filter": lambda domain, do: message(
        lambda: domain.ask("ListClosedWorkflowExecutions")
    ),
    "signal while a decider works": signal_while_busy,
    "first missing default of an activity": cause_of_a_bare_type,
}


@pytest.mark.parametrize("case", AGREED.values(), ids=AGREED)
def test_moto_agrees_in_this(orders, moto, do, case):
    assert case(orders, do) == case(moto, do)
