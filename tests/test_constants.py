"""The constants, compared with the service's own model."""

from __future__ import annotations

import botocore.session
import pytest

from swf import constants
from swf.models import WorkflowExecution, workflow

MODEL = botocore.session.Session().get_service_model("swf")


@pytest.mark.parametrize(
    ("values", "shape"),
    [
        (constants.REGISTRATION_STATUSES, "RegistrationStatus"),
        (constants.EXECUTION_STATUSES, "ExecutionStatus"),
        (constants.CLOSE_STATUSES, "CloseStatus"),
        (constants.CHILD_POLICIES, "ChildPolicy"),
    ],
)
def test_constants_match_the_service_model(values, shape):
    assert sorted(values) == sorted(MODEL.shape_for(shape).enum)


@pytest.mark.parametrize(
    ("limit", "shape"),
    [
        (constants.DATA_LIMIT, "Data"),
        (constants.DESCRIPTION_LIMIT, "Description"),
        (constants.IDENTITY_LIMIT, "Identity"),
        (constants.PAGE_SIZE_LIMIT, "PageSize"),
        (constants.REASON_LIMIT, "FailureReason"),
        (constants.TAG_LIMIT, "Tag"),
        (constants.TAG_LIST_LIMIT, "TagList"),
        (constants.ARN_LIMIT, "Arn"),
        (constants.RUN_ID_LIMIT, "WorkflowRunId"),
        (constants.ID_LIMIT, "WorkflowId"),
        (constants.VERSION_LIMIT, "Version"),
        (constants.HEARTBEAT_DETAILS_LIMIT, "LimitedData"),
    ],
)
def test_limits_match_the_service_model(limit, shape):
    assert limit == MODEL.shape_for(shape).metadata["max"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STATUS_OPEN", "OPEN"),
        ("STATUS_CLOSED", "CLOSED"),
        ("CLOSE_STATUS_COMPLETED", "COMPLETED"),
        ("CLOSE_STATUS_FAILED", "FAILED"),
        ("CLOSE_STATUS_CANCELED", "CANCELED"),
        ("CLOSE_STATUS_TERMINATED", "TERMINATED"),
        ("CLOSE_STATUS_CONTINUED_AS_NEW", "CONTINUED_AS_NEW"),
        ("CLOSE_STATUS_TIMED_OUT", "TIMED_OUT"),
        ("CLOSE_TIMED_OUT", "TIMED_OUT"),
    ],
)
def test_execution_statuses_match_the_service_model(name, value):
    assert getattr(WorkflowExecution, name) == value


def test_child_policies_are_names_and_members():
    policies = workflow.CHILD_POLICIES

    assert tuple(policies) == (policies.TERMINATE, policies.REQUEST_CANCEL, policies.ABANDON)
    assert "ABANDON" in policies
