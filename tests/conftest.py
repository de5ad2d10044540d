"""Isolates every test from the settings, credentials and network of the machine."""

from __future__ import annotations

import os
from functools import cache

import hypothesis
import pytest
from botocore.loaders import JSONFileLoader

from swf import connection, settings
from swf.local import ManualClock


def pytest_configure(config: pytest.Config) -> None:
    """Configure Hypothesis, and read SWF_SOAK and each API model once."""
    load_file = cache(JSONFileLoader().load_file)
    JSONFileLoader.load_file = lambda _, path: load_file(path)  # shared by all boto3 sessions
    config.option.soak = bool(os.environ.get("SWF_SOAK"))
    configure_hypothesis(config.option.soak)


def configure_hypothesis(is_soak: bool) -> None:
    """Load the profile of property tests, and register `slow` for those with slow examples.

    :param is_soak: Whether to generate new examples in each run, and more of them.
    """
    hypothesis.settings.register_profile(
        "usual",
        derandomize=not is_soak,
        database=None,
        deadline=None,
        max_examples=10_000 if is_soak else 100,
        phases=[each for each in hypothesis.Phase if each is not hypothesis.Phase.explain],
        suppress_health_check=[
            hypothesis.HealthCheck.function_scoped_fixture,
            hypothesis.HealthCheck.too_slow,
        ],
    )
    hypothesis.settings.load_profile("usual")
    hypothesis.settings.register_profile("slow", max_examples=2000 if is_soak else 15)


@pytest.fixture(scope="session")
def soak(pytestconfig):
    """Whether SWF_SOAK is set: randomized tests then run longer, with new seeds."""
    return pytestconfig.option.soak


class RepeatableClock(ManualClock):
    """A clock that stands still, and that the service moves to its next deadline.

    The same program has the same history in each run, including its times.
    """

    skips = True

    def skip_to(self, deadline: float) -> None:
        self.rewind(max(deadline, self.now()))


@pytest.fixture(scope="session")
def repeatable_clock():
    """The class of a clock that makes histories repeatable."""
    return RepeatableClock


@pytest.fixture(autouse=True)
def _nothing_from_this_machine(monkeypatch, tmp_path_factory):
    """Give each test an empty home, an environment without AWS and no settings."""
    for name in os.environ:
        if name.startswith(("AWS_", "SWF_", "BOTO")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    settings.clear()
    connection.set_default(None)
    connection._current.set(None)
    yield
    settings.clear()
    connection.set_default(None)
    connection._current.set(None)  # shell completion in this process opens blocks and ends none
