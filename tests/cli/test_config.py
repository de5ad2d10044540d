"""`swf config`: settings and their sources."""

from __future__ import annotations

import json
import platform

import pytest


def settings(done):
    assert done.code == 0, done.err
    return {row["setting"]: (row["value"], row["source"]) for row in json.loads(done.out)}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home directory with a settings file."""
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / ".swf"
    file.write_text("[credentials]\n[defaults]\nregion = eu-west-1\n")
    return tmp_path


def test_show_has_the_source_of_each_setting(swf, home, monkeypatch):
    monkeypatch.setenv("SWF_DOMAIN", "orders")

    output = settings(swf("config", "-o", "json", "--profile", "work"))

    assert output["region"] == ("eu-west-1", "~/.swf")
    assert output["domain"] == ("orders", "environment")
    assert output["profile"] == ("work", "option")
    assert output["connection_retries"] == (5, "default")


def test_options_override_other_sources(swf, home):
    output = settings(swf("config", "show", "-o", "json", "--region", "us-west-2", "-d", "other"))

    assert output["region"] == ("us-west-2", "option")
    assert output["domain"] == ("other", "option")


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "tsv", "yaml"])
def test_secrets_are_hidden(swf, home, form):
    done = swf("config", "-o", form, "--debug")

    assert "aws_secret_access_key" in done.out
    assert "s3cr3t" not in done.out + done.err
    assert "anybody" not in done.out + done.err


def test_path_prints_the_settings_file(swf, home):
    assert swf("config", "path").out == f"{home / '.swf'}\n"


def test_versions_lists_python_and_packages(swf):
    output = {
        row["name"]: row["version"]
        for row in json.loads(swf("config", "versions", "-o", "json").out)
    }

    assert output["python"] == platform.python_version()
    assert {"swf", "boto3", "click"} <= set(output)


def test_readable_secret_is_warned_about(process, home):
    (home / ".swf").write_text("[credentials]\naws_access_key_id = a\naws_secret_access_key = b\n")
    (home / ".swf").chmod(0o644)

    done = process("config")

    assert done.code == 0
    assert done.err == (
        f"swf: {home / '.swf'} is readable by other users and contains a secret: "
        f"chmod 600 {home / '.swf'}\n"
    )


def test_mistake_in_the_settings_file_is_one_line(swf, home):
    (home / ".swf").write_text("[defaults]\nregoin = eu-west-1\n")

    done = swf("config")

    assert done.code == 2
    assert "[defaults] regoin" in done.err
    assert done.err.count("\n") == 1


def test_show_has_the_defaults_of_missing_settings(swf, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(name)

    output = settings(swf("config", "-o", "json"))

    assert output["region"] == ("us-east-1", "default")
    assert output["aws_access_key_id"] == ("(set)", "default of a local endpoint")


def test_show_names_the_files_of_aws_as_sources(swf, tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(name)
    (tmp_path / "config").write_text("[default]\nregion = eu-west-3\n")
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = a\naws_secret_access_key = s3cr3t\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))

    output = settings(swf("config", "-o", "json"))

    assert output["region"] == ("eu-west-3", "AWS configuration")
    assert output["aws_access_key_id"] == ("(set)", "AWS: shared-credentials-file")
