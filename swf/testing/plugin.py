"""pytest fixtures: an embedded service in virtual time, and a domain.

    def test_an_order_is_shipped(swf_domain):
        ship = WorkflowType(swf_domain, "ship", "1", task_list="shipping")
        ...
        closed = run_until_closed(ship.start_execution(), decider, worker)

        assert closed.close_status == "COMPLETED"

Define a fixture `swf_clock` to use another clock: `ManualClock()` to advance time explicitly, or
`SystemClock()` for real time.
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

# Every pytest run of the environment loads this module; import the rest of `swf` only when used.
_load = importlib.import_module


@pytest.fixture
def swf_clock() -> Clock:
    """The clock of the service, which skips waiting times."""
    clock: Clock = _load("swf.local").SkippingClock()
    return clock


@pytest.fixture
def swf_local(swf_clock: Clock) -> Iterator[LocalSWF]:
    """An embedded service, installed as the default connection."""
    with _load("swf.local").LocalSWF(clock=swf_clock) as service:
        service.install()
        yield service


@pytest.fixture
def swf_domain(swf_local: LocalSWF) -> Domain:  # noqa: ARG001 - must be running
    """A registered domain."""
    domain: Domain = _load("swf.models").Domain("test")
    domain.save()
    return domain
