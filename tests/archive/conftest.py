"""Fixtures of the archive tests: an embedded service with closed executions."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from swf import connection as connections
from swf.archive import Archive
from swf.local import LocalSWF, ManualClock
from swf.models import Domain, WorkflowType

START = datetime(2026, 1, 5, 12, tzinfo=timezone.utc)


@pytest.fixture
def service():
    with LocalSWF(clock=ManualClock(START)) as service:
        yield service


@pytest.fixture
def domain(service):
    connections.set_default(service.connection())
    domain = Domain("orders", retention_period=7)
    domain.save()
    WorkflowType(domain, "ship", "1.0", task_list="shipping", execution_timeout=86_400).save()
    return domain


@pytest.fixture
def close(service, domain):
    """Start and terminate an execution, an hour after the last one."""

    def close(workflow_id, payload=None, reason="no stock", **settings):
        kind = WorkflowType(domain, "ship", "1.0")
        execution = kind.start_execution(workflow_id, input=payload, **settings)
        service.clock.advance(3600)
        execution.terminate(reason=reason, details={"by": workflow_id})
        return execution

    return close


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "archive") as archive:
        yield archive


@pytest.fixture
def orders(archive, domain, close):
    """An archive of four executions that the service has deleted."""
    for number in range(4):
        tags = ["eu", f"shop-{number}"] if number % 2 else ["us"]
        close(f"order-{number}", {"customer": f"c{number}", "n": number}, tag_list=tags)
    archive.update(domain, rate=None)
    return archive
