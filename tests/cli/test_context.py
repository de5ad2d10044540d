"""`swf context`, and commands in a context."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import Mock

import pytest

from swf import Domain
from swf.cli.context_store import Context
from swf.cli.prompt import PromptNamespace
from swf.cli.python_prompt import _context_in_prompt


def rows(done):
    assert done.code == 0, done.err
    return json.loads(done.out)


@pytest.fixture
def contexts(swf, server):
    """Two contexts of the same service with different domains; the second is production."""
    for name in ("orders", "billing"):
        Domain(name).save()
    swf("context", "create", "test", "-d", "orders")
    swf("context", "create", "prod", "-d", "billing", "--production")


def test_context_in_use_selects_the_domain(swf, contexts):
    assert swf("context", "use", "prod").err.startswith("context prod: domain billing, us-east-1")

    assert rows(swf("domain", "show", "-o", "json"))["name"] == "billing"
    assert rows(swf("context", "show", "-o", "json"))["name"] == "prod"


@pytest.mark.parametrize(
    ("words", "domain"),
    [
        ((), "billing"),
        (("--context", "test"), "orders"),
        (("--context", ""), None),
        (("-d", "other"), "other"),
    ],
)
def test_options_override_the_context_in_use(swf, contexts, words, domain):
    swf("context", "use", "prod")

    settings = {row["setting"]: row["value"] for row in rows(swf("config", *words, "-o", "json"))}

    assert settings["domain"] == domain


def test_environment_selects_a_context_for_one_shell(swf, contexts, monkeypatch):
    swf("context", "use", "prod")
    monkeypatch.setenv("SWF_CONTEXT", "test")

    assert rows(swf("context", "show", "-o", "json"))["name"] == "test"


def test_endpoint_of_the_environment_does_not_redirect_a_context(swf, contexts, monkeypatch):
    swf("context", "use", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SWF", "http://127.0.0.1:1")

    assert rows(swf("domain", "show", "-o", "json"))["name"] == "orders"


def test_embedded_service_is_a_context(swf, contexts, tmp_path):
    file = tmp_path / "kitchen.db"
    swf("context", "create", "kitchen", f"--local={file}", "-d", "meals")
    swf("context", "use", "kitchen")

    assert swf("domain", "create", "meals").code == 0
    assert rows(swf("domain", "list", "-o", "json", "--fields", "name")) == [{"name": "meals"}]
    settings = {row["setting"]: row["value"] for row in rows(swf("config", "-o", "json"))}
    assert (settings["local"], settings["endpoint_url"]) == (str(file), None)


def test_no_context_stores_credentials(swf, contexts):
    text = Path("~/.swf-contexts").expanduser().read_text()

    assert "anybody" not in text
    assert "s3cr3t" not in text


def test_deleted_and_left_contexts_are_not_in_use(swf, contexts):
    swf("context", "use", "prod")
    swf("context", "delete", "prod")
    assert swf("context", "show").err.startswith("swf: no context is in use")

    swf("context", "use", "test")
    swf("context", "leave")
    assert [row["in_use"] for row in rows(swf("context", "list", "-o", "json"))] == [False]


def test_config_names_the_context_as_source(swf, contexts):
    swf("context", "use", "prod")

    sources = {row["setting"]: row["source"] for row in rows(swf("config", "-o", "json"))}

    assert sources["domain"] == sources["endpoint_url"] == "context prod"


def test_confirmation_names_a_production_context_in_red(swf, contexts, terminal):
    swf("context", "use", "prod")

    output = terminal("domain", "deprecate", "billing", typed="n\n").out

    assert "\x1b[31mContext prod\x1b[0m" in output
    assert "In domain billing, account " in output


@pytest.mark.parametrize(
    ("production", "colors", "prompt"),
    [
        (True, True, "\x01\x1b[1;31m\x02prod \x01\x1b[0m\x02>>> "),
        (True, False, "prod >>> "),
        (False, True, "prod >>> "),
    ],
)
def test_prompt_begins_with_the_context(monkeypatch, production, colors, prompt):
    import sys

    names = PromptNamespace()
    names.context, names.has_colors = Context("prod", production=production), colors

    with _context_in_prompt(names):
        assert sys.ps1 == prompt
    assert not hasattr(sys, "ps1")


@pytest.mark.parametrize("production", [True, False])
def test_ipython_prompt_begins_with_the_context(monkeypatch, production):
    module = pytest.importorskip("swf.cli.ipython_prompt")
    monkeypatch.setattr(module.Prompts, "in_prompt_tokens", lambda _: [(None, "In [1]: ")])
    names = PromptNamespace()
    prompts = module.ContextPrompts(Mock(user_ns=names))
    assert prompts.in_prompt_tokens() == [(None, "In [1]: ")]

    names.context = Context("prod", production=production)

    [(token, text), *rest] = prompts.in_prompt_tokens()
    assert (text, rest) == ("prod ", [(None, "In [1]: ")])
    assert ("Production" in str(token)) == production


def test_banner_names_the_context():
    names = PromptNamespace()
    names.context = Context("prod")

    assert ", context prod, on an embedded service" in names.banner("on an embedded service")
