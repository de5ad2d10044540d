"""Log records that name their execution."""

from __future__ import annotations

import logging

import pytest

from swf.actors import (
    ActivityWorker,
    ContextFilter,
    Decider,
    get_logger,
    get_logger_namespace,
    is_replaying,
    replaying,
)
from swf.actors.log import log_context
from swf.models import WorkflowType
from swf.models.decision import complete_workflow_execution, schedule_activity_task
from swf.testing import run_until_closed

NOWHERE = {
    "swf_domain": None,
    "swf_workflow_id": None,
    "swf_run_id": None,
    "swf_activity_id": None,
}


class Pack(Decider):
    def decide(self, task):
        get_logger().info("deciding")
        pack = task.history.activities.get("a")
        if pack is None:
            return [schedule_activity_task("a", ("pack", "1"))]
        return [complete_workflow_execution()]


@pytest.fixture
def execution(shop, caplog):
    """Run an execution whose decider and worker log a line each."""
    caplog.set_level("INFO")
    worker = ActivityWorker(shop, "activities")
    worker.register("pack", "1", lambda task: get_logger("my.code").warning("packing"))
    ship = WorkflowType.objects.filter(domain=shop, name="ship").get()
    execution = ship.start_execution("order-1")
    run_until_closed(execution, Pack(shop, "decisions"), worker)
    return execution


def record(caplog, message):
    records = caplog.get_records("setup")
    return next(record for record in records if record.message == message)


def test_decider_log_record_names_the_execution(execution, caplog):
    line = record(caplog, "deciding")

    assert line.name == "swf.execution"
    assert line.swf_namespace == f"swf.shop.order-1.{execution.run_id}"
    assert (line.swf_domain, line.swf_workflow_id) == ("shop", "order-1")


def test_activity_log_record_names_the_activity(execution, caplog):
    line = record(caplog, "packing")

    assert (line.name, line.swf_activity_id) == ("my.code", "a")
    assert line.swf_namespace == f"swf.shop.order-1.{execution.run_id}.a"


def test_executions_share_one_logger(execution):
    assert not [name for name in logging.root.manager.loggerDict if execution.run_id in name]


def test_context_is_empty_outside_tasks(execution):
    assert log_context() == NOWHERE
    assert get_logger_namespace() == "swf"


def test_namespace_of_given_context():
    context = {"swf_domain": "d", "swf_workflow_id": "w", "swf_run_id": "r"}

    assert get_logger_namespace(context) == "swf.d.w.r"


def test_replayed_code_does_not_log(caplog):
    with replaying():
        get_logger().error("again")
        assert is_replaying()
    get_logger().error("new")

    assert [record.message for record in caplog.records] == ["new"]
    assert not is_replaying()


def test_filter_adds_context_to_any_record():
    line = logging.LogRecord("boto3", logging.INFO, __file__, 1, "hello", None, None)

    assert ContextFilter().filter(line) is True
    assert (line.swf_namespace, line.swf_run_id) == ("swf", None)


def test_filter_drops_replayed_records():
    line = logging.LogRecord("boto3", logging.INFO, __file__, 1, "hello", None, None)

    with replaying():
        assert ContextFilter().filter(line) is False
