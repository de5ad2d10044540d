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

from collections.abc import Iterator

import pytest

from swf.local import LocalSWF, SkippingClock
from swf.local.clock import Clock
from swf.models import Domain


@pytest.fixture
def swf_clock() -> Clock:
    """The clock of the service: one that skips whatever time it takes."""
    return SkippingClock()


@pytest.fixture
def swf_local(swf_clock: Clock) -> Iterator[LocalSWF]:
    """A service of the test's own, which all of `swf` uses where no connection is named."""
    with LocalSWF(clock=swf_clock) as service:
        service.install()
        yield service


@pytest.fixture
def swf_domain(swf_local: LocalSWF) -> Domain:  # noqa: ARG001 - it must be there
    """A registered domain."""
    domain = Domain("test")
    domain.save()
    return domain
