"""Log lines that say which execution they are about."""

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


def test_a_line_of_a_decider_says_which_execution_it_is_about(execution, caplog):
    line = record(caplog, "deciding")

    assert line.name == "swf.execution"
    assert line.swf_namespace == f"swf.shop.order-1.{execution.run_id}"
    assert (line.swf_domain, line.swf_workflow_id) == ("shop", "order-1")


def test_a_line_of_an_activity_names_the_activity_too(execution, caplog):
    line = record(caplog, "packing")

    assert (line.name, line.swf_activity_id) == ("my.code", "a")
    assert line.swf_namespace == f"swf.shop.order-1.{execution.run_id}.a"


def test_no_logger_is_made_for_a_run(execution):
    assert not [name for name in logging.root.manager.loggerDict if execution.run_id in name]


def test_outside_of_tasks_there_is_no_context(execution):
    assert log_context() == NOWHERE
    assert get_logger_namespace() == "swf"


def test_a_namespace_can_be_had_for_any_context():
    context = {"swf_domain": "d", "swf_workflow_id": "w", "swf_run_id": "r"}

    assert get_logger_namespace(context) == "swf.d.w.r"


def test_what_was_logged_before_is_not_logged_again_in_a_replay(caplog):
    with replaying():
        get_logger().error("again")
        assert is_replaying()
    get_logger().error("new")

    assert [record.message for record in caplog.records] == ["new"]
    assert not is_replaying()


def test_a_filter_puts_the_context_on_the_records_of_others():
    line = logging.LogRecord("boto3", logging.INFO, __file__, 1, "hello", None, None)

    assert ContextFilter().filter(line) is True
    assert (line.swf_namespace, line.swf_run_id) == ("swf", None)


def test_a_filter_drops_the_records_of_a_replay():
    line = logging.LogRecord("boto3", logging.INFO, __file__, 1, "hello", None, None)

    with replaying():
        assert ContextFilter().filter(line) is False
