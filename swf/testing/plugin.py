"""Fixtures for pytest: an embedded service in virtual time, and a domain in it.

    def test_an_order_is_shipped(swf_domain):
        ship = WorkflowType(swf_domain, "ship", "1", task_list="shipping")
        ...
        closed = run_until_closed(ship.start_execution(), decider, worker)

        assert closed.close_status == "COMPLETED"

To have another clock, define a fixture `swf_clock` of your own: `ManualClock()` to advance time by
hand, `SystemClock()` for real time.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from swf.local import LocalSWF
    from swf.local.clock import Clock
    from swf.models import Domain

# Every pytest run of the environment loads this file, and most have no use for the rest of `swf`.
_load = importlib.import_module


@pytest.fixture
def swf_clock() -> Clock:
    """The clock of the service: one that skips whatever time it takes."""
    clock: Clock = _load("swf.local").SkippingClock()
    return clock


@pytest.fixture
def swf_local(swf_clock: Clock) -> Iterator[LocalSWF]:
    """A service of the test's own, which all of `swf` uses where no connection is named."""
    with _load("swf.local").LocalSWF(clock=swf_clock) as service:
        service.install()
        yield service


@pytest.fixture
def swf_domain(swf_local: LocalSWF) -> Domain:  # noqa: ARG001 - it must be there
    """A registered domain."""
    domain: Domain = _load("swf.models").Domain("test")
    domain.save()
    return domain
