"""Loggers of executions."""

import logging

from swf.flow import log

CONTEXT = {
    "execution.domain": "kitchen",
    "execution.workflow_id": "a.b",
    "execution.run_id": "r",
}


def test_logger_is_named_after_the_execution(caplog):
    actor = log.GarconLogger()
    assert actor.logger.name == "garcon"

    actor.set_log_context(CONTEXT)
    actor.logger.warning("hot")
    assert caplog.records[-1].name == "garcon.kitchen.a.b.r"

    actor.set_log_context({"execution.domain": "other"})
    assert actor.logger.name == "garcon.kitchen.a.b.r"
    actor.unset_log_context()
    assert actor.logger.name == "garcon"


def test_configured_logger_is_used():
    actor = log.GarconLogger()
    actor.set_log_context(CONTEXT)

    assert actor.logger is logging.getLogger("garcon.kitchen.a.b.r")


def test_only_recent_and_configured_loggers_stay_in_memory(monkeypatch):
    monkeypatch.setattr(log, "MAX_LOGGERS", 3)
    loggers = logging.Logger.manager.loggerDict
    actor = log.GarconLogger()
    for run in range(20):
        actor.set_log_context({**CONTEXT, "execution.run_id": f"run{run}"})
        if run == 5:
            actor.logger.setLevel(logging.DEBUG)
        else:
            assert actor.logger.parent.name in ("garcon", "root")

    names = [name for name in loggers if name.startswith("garcon.kitchen.a.b.run")]
    assert names == [f"garcon.kitchen.a.b.run{run}" for run in (5, 17, 18, 19)]
