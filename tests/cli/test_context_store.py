"""The file with the contexts."""

from __future__ import annotations

import pytest

from swf.cli.context_store import Context, ContextStore
from swf.exceptions import ValidationError

PRODUCTION = Context(
    name="billing-prod",
    region="eu-west-1",
    profile="billing",
    endpoint_url="https://swf.eu-west-1.amazonaws.com",
    domain="billing",
    production=True,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "contexts"


def test_contexts_survive_the_process(path):
    store = ContextStore(path)
    store.save(PRODUCTION)
    store.save(Context("laptop", local="/tmp/100%.db"))
    store.use("billing-prod")

    again = ContextStore(path)

    assert [*again] == [PRODUCTION, Context("laptop", local="/tmp/100%.db")]
    assert again.current == "billing-prod"


def test_removed_context_is_not_in_use(path):
    store = ContextStore(path)
    store.save(PRODUCTION)
    store.use("billing-prod")

    store.remove("billing-prod")

    assert ([*ContextStore(path)], ContextStore(path).current) == ([], None)


def test_unknown_name_is_refused_with_the_names(path):
    store = ContextStore(path)
    store.save(PRODUCTION)

    with pytest.raises(ValidationError, match=r"context='x': does not exist; there are billing-"):
        store.use("x")


@pytest.mark.parametrize("name", ["", "in use", "a]", "-a", "a" * 65, "a\n"])
def test_invalid_name_is_refused(name):
    with pytest.raises(ValidationError, match="must be 1 to 64 letters, digits"):
        Context(name)


def test_endpoint_with_a_password_is_refused_without_quoting_it():
    with pytest.raises(ValidationError, match="must not contain a user") as caught:
        Context("proxy", endpoint_url="https://me:s3cr3t@proxy.example")

    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("region = eu-west-1", "malformed"),
        ("[a]\nregoin = eu-west-1", r"unknown key \[a\] regoin; must be one of region,"),
    ],
)
def test_damaged_file_is_named(path, text, message):
    path.write_text(text)

    with pytest.raises(ValidationError, match=f"contexts='{path}': {message}"):
        ContextStore(path)


@pytest.mark.parametrize(
    ("options", "endpoint"),
    [
        ({}, "https://swf.eu-west-1.amazonaws.com"),
        ({"region": "us-west-2"}, "https://swf.us-west-2.amazonaws.com"),
        ({"endpoint_url": "http://127.0.0.1:1"}, "http://127.0.0.1:1"),
        ({"local": True}, None),
    ],
)
def test_endpoint_follows_the_options(options, endpoint):
    assert PRODUCTION.with_options(options).get("endpoint_url") == endpoint
