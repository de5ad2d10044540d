"""Failures of the service: each has a page that names the failure and its remedy."""

import json

import pytest
from botocore.exceptions import NoCredentialsError

from swf import exceptions as e
from swf.console.problems import problem
from swf.console.site import Site

FAILURES = {
    "throttled": (e.RateLimitExceededError("Rate exceeded"), 503, "reload later"),
    "expired": (e.InvalidCredentialsError("The token expired"), 502, "Renew the credentials"),
    "denied": (e.PermissionDeniedError("Not authorized"), 502, "may not make this call"),
    "deleted": (e.DoesNotExistError("Unknown execution"), 404, "deleted after its retention"),
    "unreachable": (e.EndpointUnreachableError("no response"), 502, "Check endpoint"),
    "proxy": (e.EndpointError("502 text/html"), 502, "Check endpoint"),
    "budget": (e.BudgetExceeded("400 calls"), 503, "Narrow the filter"),
    "no credentials": (NoCredentialsError(), 502, "--profile"),
    "exists": (e.WorkflowExecutionAlreadyStartedError("Already started"), 409, "Nothing was"),
    "deprecated": (e.DeprecatedError("TypeDeprecated"), 409, "Undeprecate it"),
    "invalid": (e.ResponseError("too long", "ValidationException"), 400, "Correct the value"),
    "internal": (ZeroDivisionError("secret"), 500, "Reload the page."),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failure_of_the_service_is_explained(name, serve, order, monkeypatch):
    error, status, remedy = FAILURES[name]

    def fail(*_):
        raise error

    browser = serve()
    monkeypatch.setattr(Site, "domain", fail)

    page = browser.get("/domains/shop")
    data = browser.get("/domains/shop", Accept="application/json")

    assert (page.status, data.status) == (status, status)
    assert remedy in page.text
    assert remedy in json.loads(data.text)["remedy"]
    assert "secret" not in page.text + data.text


def test_invalid_value_of_a_page_is_a_bad_request(serve, order):
    response = serve().get(f"/domains/shop/task-lists?list={'x' * 300}")

    assert response.status == 400
    assert "Correct the value" in response.text


def test_message_about_an_invalid_value_is_redacted():
    error = e.ResponseError("Value 'hunter2' at 'input'", "ValidationException", "SignalWorkflow")

    assert "hunter2" in problem(error).data["message"]
    assert "hunter2" not in problem(error, is_redacted=True).data["message"]


@pytest.mark.parametrize("is_redacted", [True, False])
def test_log_of_an_internal_error_is_one_record_and_redacted(
    is_redacted, serve, monkeypatch, caplog
):
    secret = "hunter2"

    def fail(*_):
        raise KeyError(secret) from ValueError(secret)

    browser = serve(is_redacted=is_redacted)
    monkeypatch.setattr(Site, "domain", fail)

    page = browser.get("/domains/shop%0AERROR?token=hunter3")

    [record] = caplog.records
    assert page.status == 500
    assert record.getMessage() == "A page of the console failed: /domains/shop%0AERROR"
    assert (secret in caplog.text) is not is_redacted
    assert "hunter3" not in caplog.text
    assert "test_problems.py" in caplog.text
