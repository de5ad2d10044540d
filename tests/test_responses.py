"""The shape of responses."""

from __future__ import annotations

import botocore.session
import pytest

from swf.responses import find_mismatch

MODEL = botocore.session.get_session().get_service_model("swf")

EXECUTION = {
    "execution": {"workflowId": "o-1", "runId": "r"},
    "workflowType": {"name": "ship", "version": "1"},
    "startTimestamp": 1.5,
    "executionStatus": "OPEN",
}
EVENT = {"eventId": 1, "eventType": "WorkflowExecutionStarted", "eventTimestamp": 1}


@pytest.mark.parametrize(
    ("operation", "members", "mismatch"),
    [
        ("ListDomains", {"domainInfos": []}, None),
        ("ListDomains", {"domainInfos": [], "newMember": 1}, None),
        ("ListDomains", {}, "domainInfos: missing"),
        ("ListDomains", {"domainInfos": None}, "domainInfos: missing"),
        ("ListDomains", {"domainInfos": {}}, "domainInfos: must be a list, not dict"),
        ("ListDomains", {"domainInfos": [None]}, "domainInfos: must be a structure, not NoneType"),
        ("ListDomains", {"domainInfos": [{"name": "a"}]}, None),
        ("ListDomains", {"domainInfos": [{"status": "x"}]}, "domainInfos.name: missing"),
        (
            "ListDomains",
            {"domainInfos": [], "nextPageToken": 5},
            "nextPageToken: must be of type string",
        ),
        ("ListOpenWorkflowExecutions", {"executionInfos": [EXECUTION]}, None),
        (
            "ListOpenWorkflowExecutions",
            {"executionInfos": [{**EXECUTION, "execution": {"workflowId": "o-1"}}]},
            "executionInfos.execution.runId: missing",
        ),
        (
            "ListOpenWorkflowExecutions",
            {"executionInfos": [{**EXECUTION, "closeTimestamp": "soon"}]},
            "executionInfos.closeTimestamp: must be of type timestamp",
        ),
        (
            "ListOpenWorkflowExecutions",
            {"executionInfos": [{**EXECUTION, "startTimestamp": 1e300}]},
            "executionInfos.startTimestamp: must be a time in the years 1 to 9999",
        ),
        (
            "ListOpenWorkflowExecutions",
            {"executionInfos": [{**EXECUTION, "startTimestamp": float("nan")}]},
            "executionInfos.startTimestamp: must be a time in the years 1 to 9999",
        ),
        (
            "ListOpenWorkflowExecutions",
            {"executionInfos": [{**EXECUTION, "tagList": {}}]},
            "executionInfos.tagList: must be a list, not dict",
        ),
        (
            "GetWorkflowExecutionHistory",
            {"events": [{**EVENT, "eventTimestamp": float("inf")}]},
            "events.eventTimestamp: must be a time in the years 1 to 9999",
        ),
        (
            "DescribeDomain",
            {
                "domainInfo": {"name": "a", "status": "REGISTERED"},
                "configuration": {"workflowExecutionRetentionPeriodInDays": "soon"},
            },
            "configuration.workflowExecutionRetentionPeriodInDays: must be a whole number as text, "
            "or NONE",
        ),
        ("GetWorkflowExecutionHistory", {"events": [EVENT]}, None),
        ("GetWorkflowExecutionHistory", {"events": [{}]}, "events.eventTimestamp: missing"),
        ("CountOpenWorkflowExecutions", {"count": True}, "count: must be of type integer"),
        ("StartWorkflowExecution", {}, "runId: missing"),
        ("SignalWorkflowExecution", {}, None),
        ("SignalWorkflowExecution", {"hello": 1}, "hello: unexpected"),
        ("PollForActivityTask", {}, None),
        ("PollForDecisionTask", {"startedEventId": 0}, None),
        (
            "PollForDecisionTask",
            {"taskToken": "t", "startedEventId": 3},
            "workflowExecution: missing",
        ),
        ("PollForDecisionTask", {"events": 5}, "events: must be a list, not int"),
    ],
)
def test_mismatch_names_the_member(operation, members, mismatch):
    assert find_mismatch(MODEL.operation_model(operation), members) == mismatch
