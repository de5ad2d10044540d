"""Isolates every test from the settings, credentials and network of the machine."""

from __future__ import annotations

import os
from functools import cache

import pytest
from botocore.loaders import JSONFileLoader

from swf import connection, settings


def pytest_configure(config: pytest.Config) -> None:
    """Read SWF_SOAK before the environment of the tests is cleared, and each API model once."""
    load_file = cache(JSONFileLoader().load_file)
    JSONFileLoader.load_file = lambda _, path: load_file(path)  # shared by all boto3 sessions
    config.option.soak = bool(os.environ.get("SWF_SOAK"))


@pytest.fixture(scope="session")
def soak(pytestconfig):
    """Whether SWF_SOAK is set: randomized tests then run longer, with new seeds."""
    return pytestconfig.option.soak


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
    yield
    settings.clear()
    connection.set_default(None)
