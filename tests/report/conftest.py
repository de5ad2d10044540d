"""Fixtures of the report tests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from swf.models.history import builder


@pytest.fixture
def open_activity():
    """Return a function that builds a history with a scheduled activity `a`."""

    def build(**settings):
        settings = {"start_to_close_timeout": 600, "heartbeat_timeout": 60, **settings}
        return builder.started("flow").activity_scheduled(
            "a", name="flow_a", task_list="work", **settings
        )

    return build


@pytest.fixture
def later():
    """Return a function that returns a time after the last event of a history."""
    return lambda history, **delay: history.last.timestamp + timedelta(**delay)
