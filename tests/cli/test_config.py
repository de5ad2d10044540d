"""Where the command's settings come from, and the embedded service."""

import json
import platform
import re
import signal
import subprocess
import sys

import pytest

from swf.local import LocalSWF


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


def test_each_setting_is_shown_with_its_source(swf, home, monkeypatch):
    monkeypatch.setenv("SWF_DOMAIN", "orders")

    shown = settings(swf("config", "-o", "json", "--profile", "work"))

    assert shown["region"] == ("eu-west-1", "~/.swf")
    assert shown["domain"] == ("orders", "environment")
    assert shown["profile"] == ("work", "option")
    assert shown["connection_retries"] == (5, "default")


def test_an_option_wins(swf, home):
    shown = settings(swf("config", "show", "-o", "json", "--region", "us-west-2", "-d", "other"))

    assert shown["region"] == ("us-west-2", "option")
    assert shown["domain"] == ("other", "option")


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "tsv", "yaml"])
def test_secrets_are_never_shown(swf, home, form):
    done = swf("config", "-o", form, "--debug")

    assert "aws_secret_access_key" in done.out
    assert "s3cr3t" not in done.out + done.err
    assert "anybody" not in done.out + done.err


def test_it_tells_where_the_file_is(swf, home):
    assert swf("config", "path").out == f"{home / '.swf'}\n"


def test_it_tells_what_runs_here(swf):
    shown = {
        row["name"]: row["version"]
        for row in json.loads(swf("config", "versions", "-o", "json").out)
    }

    assert shown["python"] == platform.python_version()
    assert {"swf", "boto3", "click"} <= set(shown)


def test_a_file_that_others_can_read_is_warned_about(process, home):
    (home / ".swf").write_text("[credentials]\naws_access_key_id = a\naws_secret_access_key = b\n")
    (home / ".swf").chmod(0o644)

    done = process("config")

    assert done.code == 0
    assert done.err == (
        f"swf: {home / '.swf'} is readable by other users and contains a secret: "
        f"chmod 600 {home / '.swf'}\n"
    )


def test_a_mistake_in_the_file_is_one_line(swf, home):
    (home / ".swf").write_text("[defaults]\nregoin = eu-west-1\n")

    done = swf("config")

    assert done.code == 2
    assert "[defaults] regoin" in done.err
    assert done.err.count("\n") == 1


def test_the_embedded_service_remembers_between_commands(process, home):
    made = process("--local", "domain", "create", "mine")
    listed = process("domain", "list", "--local", "-o", "jsonl")

    assert made.code == 0, made.err
    assert json.loads(listed.out)["name"] == "mine"
    assert (home / ".swf-local.db").exists()


def test_the_embedded_service_may_be_kept_elsewhere(swf, home, monkeypatch):
    file = home / "other.db"

    assert swf(f"--local={file}", "domain", "create", "mine").code == 0

    monkeypatch.setenv("SWF_LOCAL", str(file))
    assert json.loads(swf("domain", "list", "-o", "jsonl").out)["name"] == "mine"
    assert not (home / ".swf-local.db").exists()


@pytest.mark.parametrize(("said", "kept"), [("yes", ".swf-local.db"), ("~/other.db", "other.db")])
def test_the_embedded_service_may_be_a_setting(swf, home, said, kept):
    (home / ".swf").write_text(f"[defaults]\nlocal = {said}\n")

    assert swf("domain", "create", "mine").code == 0
    assert (home / kept).exists()


@pytest.mark.parametrize(
    ("said", "options", "found"),
    [
        ("1", [], "mine"),
        ("0", [], "orders"),
        ("0", ["--local"], "mine"),
        ("1", ["--endpoint-url"], "orders"),
    ],
)
def test_what_is_nearer_decides_on_the_embedded_service(
    swf, server, home, orders, monkeypatch, said, options, found
):
    swf("--local", "domain", "create", "mine")
    monkeypatch.setenv("SWF_LOCAL", said)
    given = [*options, server.url] if options == ["--endpoint-url"] else options

    assert json.loads(swf("domain", "list", *given, "-o", "jsonl").out)["name"] == found


def test_a_file_is_for_one_command_at_a_time(swf, home):
    with LocalSWF(database=home / "busy.db"):
        done = swf(f"--local={home / 'busy.db'}", "domain", "list")

    assert done.code == 1
    assert "swf local --database" in done.err


def test_a_file_that_is_no_service_is_one_line(swf, home):
    (home / "notes.db").write_text("no database at all" * 100)

    done = swf(f"--local={home / 'notes.db'}", "domain", "list")

    assert done.code == 1
    assert done.err.endswith("notes.db cannot be used: file is not a database\n")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_local_serves_until_it_is_told_to_stop(server, number):
    serving = subprocess.Popen(
        [sys.executable, "-m", "swf", "local", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = serving.stdout.readline()
    url = line.strip().rpartition("=")[2]
    made = subprocess.run(
        [sys.executable, "-m", "swf", "domain", "create", "mine", "--endpoint-url", url],
        capture_output=True,
        text=True,
        timeout=20,
    )
    serving.send_signal(number)
    out, _ = serving.communicate(timeout=20)

    assert re.fullmatch(r"export AWS_ENDPOINT_URL_SWF=http://127\.0\.0\.1:\d+\n", line)
    assert (made.returncode, serving.returncode, out) == (0, 0, "")


def test_a_local_endpoint_needs_no_credentials(swf, server, home, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)

    assert swf("domain", "create", "mine").code == 0
    assert json.loads(swf("domain", "list", "-o", "jsonl").out)["name"] == "mine"
