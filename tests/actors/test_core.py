"""Actor: arguments, identity and connection."""

from __future__ import annotations

import inspect
import os

import pytest

from swf.actors import ActivityWorker, Actor, Decider
from swf.constants import DEFAULT_CONCURRENCY
from swf.dataflow import standalone
from swf.exceptions import (
    ValidationError,
)
from swf.flow import Flow
from swf.flow.activity_worker import ActivityWorker as FlowWorker
from swf.models import Domain


@pytest.mark.parametrize("kind", [Actor, Decider, ActivityWorker])
def test_domain_of_wrong_type_is_a_type_error(kind):
    with pytest.raises(TypeError, match="domain='d': must be a Domain"):
        kind("d", "list")


@pytest.mark.parametrize("verb", ["start", "stop"])
def test_bare_actor_cannot_be_started_or_stopped(domain, verb):
    with pytest.raises(NotImplementedError, match="a Decider or an ActivityWorker"):
        getattr(Actor(domain, "list"), verb)()


@pytest.mark.parametrize("task_list", ["", "x" * 257])
def test_a_task_list_has_1_to_256_characters(domain, task_list):
    with pytest.raises(ValidationError, match="task_list"):
        Actor(domain, task_list)


WRONG = {
    "connection": 5,
    "concurrency": True,
    "pollers": 0,
    "processes": 1.5,
    "hooks": [print],
    "backoff": 0.1,
}


@pytest.mark.parametrize("kind", [Decider, ActivityWorker])
@pytest.mark.parametrize(("argument", "value"), WRONG.items(), ids=WRONG)
def test_invalid_actor_arguments_are_refused(domain, kind, argument, value):
    with pytest.raises(ValidationError, match=f"^{argument}="):
        kind(domain, "list", **{argument: value})


def test_default_identity_names_host_and_process(domain):
    assert f":{os.getpid()}:" in Actor(domain, "list").identity


def test_identity_is_limited_to_256_characters(domain):
    with pytest.raises(ValidationError, match="identity"):
        Actor(domain, "list", "x" * 257)


def test_actor_uses_its_own_connection(script):
    worker = ActivityWorker(Domain("d"), "list", connection=script.connection)
    script.will({})

    worker.complete("t")

    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("function", "parameter"),
    [
        (Actor, "concurrency"),
        (FlowWorker, "concurrency"),
        (Flow.run_local, "concurrency"),
        (standalone, "workers"),
    ],
    ids=["actor", "flow worker", "local flow", "standalone workflow"],
)
def test_concurrency_has_one_default(function, parameter):
    default = inspect.signature(function).parameters[parameter].default

    assert default == DEFAULT_CONCURRENCY == 1
