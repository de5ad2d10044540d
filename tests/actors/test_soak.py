"""A short soak: executions, actor processes that are killed and stopped, service errors."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[2] / "bench" / "soak.py"


@pytest.fixture
def soak():
    """The module of the long soak test, which is outside of the package."""
    spec = importlib.util.spec_from_file_location("soak", SOAK)
    module = importlib.util.module_from_spec(spec)
    sys.modules["soak"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["soak"]


@pytest.mark.parametrize("engine", ["actors", "dataflow"])
def test_every_execution_completes_with_each_activity_once(soak, engine):
    plan = soak.Plan(
        executions=8,
        activities=3,
        disturbances=6,
        task_timeout=2,
        processes=1,
        seed=11,
        engine=engine,
    )

    outcome = soak.soak(plan)

    assert outcome.problems == []
    assert outcome.states["COMPLETED"] == 8
    assert outcome.states["activity completed"] == 24
    assert outcome.killed + outcome.stopped > 0
