"""Each row of the migration table for python-simple-workflow is true."""

from __future__ import annotations

import os
import threading
from datetime import datetime
from pathlib import Path

import boto3
import pytest

import swf
from swf.actors import ActivityWorker, Decider, Hooks
from swf.core import ConnectedSWFObject
from swf.exceptions import PermissionDeniedError, ValidationError
from swf.local import LocalSWF, ManualClock
from swf.local.injection import Refusal
from swf.models import ActivityType, Domain, WorkflowExecution, WorkflowType
from swf.models.decision import schedule_activity_task
from swf.querysets import ActivityTypeQuerySet, WorkflowExecutionQuerySet, WorkflowTypeQuerySet

PAGE = "port-from-python-simple-workflow.md"


@pytest.fixture(autouse=True)
def _settings(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    swf.settings.clear()
    yield
    swf.settings.clear()


@pytest.fixture
def service():
    with LocalSWF(clock=ManualClock()) as service:
        service.install()
        yield service


@pytest.fixture
def domain(service):
    domain = Domain("crawl")
    domain.save()
    return domain


@pytest.fixture
def crawl(domain):
    crawl = WorkflowType(domain, "crawl", "1.0", task_list="crawlers", execution_timeout="3600")
    crawl.save()
    return crawl


def installed(domain):
    from importlib import metadata

    assert metadata.metadata("swf-orm")["Name"] == "swf-orm"


def connections(domain):
    connection = swf.Connection(client=boto3.client("swf", region_name="eu-west-1"))
    assert connection.client.meta.region_name == "eu-west-1"
    assert swf.connect(region="eu-west-2").client.meta.region_name == "eu-west-2"


def raw_calls(domain):
    response = ConnectedSWFObject().boto3_client.describe_domain(name="crawl")
    assert response["domainInfo"]["name"] == "crawl"
    assert isinstance(ConnectedSWFObject().connection, swf.Connection)


def settings(domain):
    swf.settings.set(region="eu-west-1")
    assert swf.connect(region="eu-west-2").client.meta.region_name == "eu-west-2"
    home = Path.home() / ".swf"
    home.touch(mode=0o600)
    home.write_text("[credentials]\naws_access_key_id = key\naws_secret_access_key = secret\n")
    swf.settings.clear()
    os.environ["AWS_REGION"] = "eu-west-3"
    try:
        resolved = swf.settings.resolve()
    finally:
        del os.environ["AWS_REGION"]
    assert (resolved.aws_access_key_id, resolved.region) == ("key", "eu-west-3")


def lists(domain):
    for number in range(3):
        ActivityType(domain, "fetch", f"{number}").save()
    types = ActivityTypeQuerySet(domain).all()
    with swf.budget(calls=0):
        types.filter(name="fetch")
    assert (len(types), types[0].version, len(types[:2])) == (3, "0", 2)
    assert types == list(types)


def look_back(domain, crawl):
    crawl.start_execution("years-ago")  # the manual clock starts in the past

    executions = WorkflowExecutionQuerySet(domain)
    assert executions.filter(start_oldest_date=30) == []
    assert len(executions.filter()) == len(executions.all()) == 1


def open_ones(domain, crawl):
    crawl.start_execution("one").terminate()
    crawl.start_execution("two")
    executions = WorkflowExecutionQuerySet(domain)
    assert sorted(each.workflow_id for each in executions.filter()) == ["one", "two"]
    assert [each.workflow_id for each in executions.all()] == ["two"]
    assert [each.workflow_id for each in executions.filter(status="CLOSED")] == ["one"]


def executions_of_domain(domain, crawl):
    crawl.start_execution("one")
    assert [each.workflow_id for each in domain.executions] == ["one"]


def synced(domain, crawl):
    assert domain.is_synced
    assert crawl.is_synced
    assert not crawl.evolve(execution_timeout=7200).is_synced


def permission():
    faults = [Refusal("DescribeDomain", code="OperationNotPermittedFault")]
    with LocalSWF(faults=faults) as service, pytest.raises(PermissionDeniedError):
        _ = Domain("crawl", connection=service.connection()).exists


def timeouts(domain, crawl):
    assert crawl.upstream().execution_timeout == 3600
    fetch = ActivityType(domain, "fetch", "1.0", task_heartbeat_timeout="NONE")
    fetch.save()
    assert fetch.upstream().task_heartbeat_timeout == "NONE"
    assert fetch.upstream().task_start_to_close_timeout is None


def no_task_list(domain):
    fetch = ActivityType(domain, "fetch", "1.0", task_list=None)
    fetch.save()
    assert fetch.upstream().task_list is None


def creation_date(crawl):
    assert crawl.creation_date is None
    creation_date = crawl.upstream().creation_date
    assert isinstance(creation_date, datetime)
    assert creation_date.tzinfo is not None


def nested_loops(crawl):
    history = crawl.start_execution("one").history()
    assert [(a.id, b.id) for a in history for b in history] == [(1, 1), (1, 2), (2, 1), (2, 2)]


def polls(domain, crawl):
    crawl.start_execution("one")
    response = Decider(domain, "crawlers").poll()
    token, history = response
    assert (token, len(history)) == (response.token, len(response.history))


def too_long(crawl):
    with pytest.raises(ValidationError, match=r"reason=.*256"):
        crawl.start_execution("one").terminate(reason="x" * 257)


def errors_of_models(domain):
    with pytest.raises(Domain.AlreadyExists):
        domain.save()
    with pytest.raises(WorkflowType.DoesNotExist):
        WorkflowTypeQuerySet(domain).get("none", "1.0")
    assert not issubclass(Domain.AlreadyExists, WorkflowType.AlreadyExists)


def close_statuses():
    assert WorkflowExecution.CLOSE_STATUS_CONTINUED_AS_NEW == "CONTINUED_AS_NEW"
    assert WorkflowExecution.CLOSE_TIMED_OUT == WorkflowExecution.CLOSE_STATUS_TIMED_OUT


def heartbeats():
    heartbeat_sent = threading.Event()

    class HeartbeatHook(Hooks):
        def after_heartbeat(self, actor, task, cancel_requested):
            heartbeat_sent.set()

    with LocalSWF(poll_timeout=0.1) as service:
        domain = Domain("crawl", connection=service.connection())
        domain.save()
        fetch = ActivityType(
            domain,
            "fetch",
            "1.0",
            task_list="fetchers",
            task_heartbeat_timeout=1,
            task_schedule_to_start_timeout="NONE",
            task_start_to_close_timeout="NONE",
            task_schedule_to_close_timeout="NONE",
        )
        crawl = WorkflowType(domain, "crawl", "1.0", task_list="crawlers", execution_timeout=60)
        for model in (fetch, crawl):
            model.save()
        crawl.start_execution("one")
        token, _ = Decider(domain, "crawlers").poll()
        Decider(domain, "crawlers").complete(token, [schedule_activity_task("fetch-1", fetch)])
        worker = ActivityWorker(domain, "fetchers", hooks=[HeartbeatHook()])
        worker.activity("fetch", "1.0")(lambda task: heartbeat_sent.wait(20))

        assert worker.poll_once()
        assert heartbeat_sent.is_set()


#: Prefix of a row -> the check of that row.
CHECKS = {
    "the package": installed,
    "a boto2": connections,
    "ConnectedSWFObject.connection": raw_calls,
    "settings override": settings,
    "all() and filter() return a list": lists,
    "filter() and all() of executions look back": look_back,
    "filter() of executions returns": open_ones,
    "Domain.executions": executions_of_domain,
    "is_synced": synced,
    "exists": permission,
    "timeouts": timeouts,
    "task_list=None": no_task_list,
    "creation_date": creation_date,
    "history()": nested_loops,
    "poll": polls,
    "reason, details": too_long,
    "the same error": errors_of_models,
    "CLOSE_STATUS_CONTINUED_AS_NEW": close_statuses,
    "heartbeat_on": heartbeats,
}


def test_row_of_migration_table_is_true(row, verify):
    verify(row)
