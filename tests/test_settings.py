from __future__ import annotations

import copy
import io
import os
import pickle
import pprint
import warnings
from pathlib import Path

import attrs
import pytest

import swf
from swf import credentials, settings
from swf.exceptions import InvalidKeywordArgumentError, InvalidTypeError, ValidationError
from swf.settings import Settings


def write_home(text: str, mode: int = 0o600) -> Path:
    path = Path.home() / ".swf"
    path.write_text(text)
    path.chmod(mode)
    return path


CREDENTIALS = "[credentials]\naws_access_key_id = AKIAFILE\naws_secret_access_key = s3cr3t\n"


def test_settings_are_empty_without_sources():
    assert settings.get() == {}


def test_explicit_argument_overrides_all_sources(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    settings.set(region="eu-west-1")

    assert settings.resolve(region="ap-south-1").region == "ap-south-1"


def test_set_overrides_file_and_file_overrides_environment(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setenv("SWF_DOMAIN", "from-environment")
    write_home("[defaults]\nregion = eu-central-1\ndomain = from-file\n")
    settings.set(domain="from-set")

    assert settings.get() == {"domain": "from-set", "region": "eu-central-1"}


def test_file_without_region_takes_it_from_the_environment(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    write_home(CREDENTIALS)

    resolved = settings.resolve()

    assert (resolved.region, resolved.aws_secret_access_key) == ("us-west-2", "s3cr3t")


@pytest.mark.parametrize(
    ("variable", "key", "value"),
    [
        ("AWS_ACCESS_KEY_ID", "aws_access_key_id", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "aws_secret_access_key", "s"),
        ("AWS_SESSION_TOKEN", "aws_session_token", "t"),
        ("AWS_PROFILE", "profile", "prod"),
        ("AWS_REGION", "region", "eu-west-3"),
        ("AWS_DEFAULT_REGION", "region", "eu-west-3"),
        ("AWS_ENDPOINT_URL_SWF", "endpoint_url", "http://127.0.0.1:4570"),
        ("SWF_DOMAIN", "domain", "orders"),
    ],
)
def test_each_key_has_its_variable(monkeypatch, variable, key, value):
    monkeypatch.setenv(variable, value)

    assert settings.from_env() == {key: value}


def test_retries_in_environment_are_converted(monkeypatch):
    monkeypatch.setenv("SWF_CONNECTION_RETRIES", "7")

    assert settings.resolve().connection_retries == 7


@pytest.mark.parametrize("value", ["many", "-1", "1.5"])
def test_malformed_variable_is_named(monkeypatch, value):
    monkeypatch.setenv("SWF_CONNECTION_RETRIES", value)

    with pytest.raises(ValidationError, match=r"environment: connection_retries.*0 or more"):
        settings.get()


def test_an_empty_variable_is_not_set(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")

    assert settings.from_env() == {}


def test_none_leaves_key_unchanged():
    settings.set(region="eu-west-1")
    settings.set(region=None, domain="orders")

    assert settings.get() == {"region": "eu-west-1", "domain": "orders"}


def test_clear_removes_keys():
    settings.set(region="eu-west-1")
    settings.clear()

    assert settings.get() == {}


def test_unknown_key_lists_valid_keys_and_sets_nothing():
    with pytest.raises(InvalidKeywordArgumentError, match=r"zone.*region"):
        settings.set(domain="orders", zone="a")

    assert settings.get() == {}


def test_unknown_key_error_hides_the_value():
    with pytest.raises(InvalidKeywordArgumentError) as caught:
        settings.set(aws_secret_acces_key="s3cr3t")

    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("key", [key for key in settings.KEYS if key != "connection_retries"])
def test_setting_of_wrong_type_sets_nothing(key):
    with pytest.raises(InvalidTypeError, match=f"^{key}.*must be a string"):
        settings.set(**{"region": "eu-west-1", key: ["x"]})

    assert settings.get() == {}


def test_an_empty_setting_is_refused():
    with pytest.raises(ValidationError, match="region='': must not be empty"):
        settings.set(region="")


@pytest.mark.parametrize("key", settings.CREDENTIALS)
def test_malformed_credential_error_hides_the_value(key):
    with pytest.raises(InvalidTypeError) as caught:
        settings.set(**{key: b"s3cr3t"})

    assert "s3cr3t" not in str(caught.value)
    assert "s3cr3t" not in repr(caught.value)


@pytest.mark.parametrize(
    ("present", "missing"),
    [
        ("aws_access_key_id", "aws_secret_access_key"),
        ("aws_secret_access_key", "aws_access_key_id"),
    ],
)
def test_incomplete_key_pair_names_missing_half(present, missing):
    with pytest.raises(ValidationError, match=f"^{missing}=None: must be set"):
        settings.resolve(**{present: "s3cr3t"})


def test_halves_of_key_pair_can_be_set_separately():
    settings.set(aws_access_key_id="AKIA")
    settings.set(aws_secret_access_key="s3cr3t")

    assert settings.resolve().aws_access_key_id == "AKIA"


@pytest.mark.parametrize("pair", [(None, "s3cr3t"), ("AKIA", None), (None, None)])
def test_incomplete_key_pair_has_no_fallback(pair):
    with pytest.raises(InvalidTypeError) as caught:
        credentials.set_aws_credentials(*pair)

    assert "s3cr3t" not in repr(caught.value)


def test_file_with_byte_order_mark_is_read(tmp_path):
    (tmp_path / "swf").write_text("\ufeff[defaults]\nregion = eu-west-1\n", encoding="utf-8")

    assert settings.from_file(tmp_path / "swf") == {"region": "eu-west-1"}


def test_a_file_with_one_key_of_the_two_is_read(tmp_path):
    (tmp_path / "swf").write_text("[credentials]\naws_access_key_id = AKIA\n")

    assert settings.from_file(tmp_path / "swf") == {"aws_access_key_id": "AKIA"}


def test_missing_file_is_empty(tmp_path):
    assert settings.from_file(tmp_path / "absent") == {}


def test_a_stream_is_read_like_a_file():
    stream = io.StringIO("[defaults]\nregion = eu-west-1\nconnection_retries = 2\n")

    assert settings.from_stream(stream) == {"region": "eu-west-1", "connection_retries": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("region = eu-west-1\n", "line 1"),
        ("[credentials]\naws_secret_access_key s3cr3t\n", "malformed"),
        ("[credential]\naws_access_key_id = AKIA\n", r"unknown section \[credential\]"),
        ("[defaults]\nregoin = eu-west-1\n", r"unknown key \[defaults\] regoin"),
        ("[defaults]\nregion = a\nregion = b\n", "line 3"),
        ("[defaults]\nconnection_retries = many\n", "connection_retries"),
    ],
    ids=["no section", "no value", "section", "key", "twice", "number"],
)
def test_malformed_file_is_named_without_secrets(tmp_path, text, message):
    path = tmp_path / "settings"
    path.write_text(text)

    with pytest.raises(ValidationError, match=message) as caught:
        settings.from_file(path)

    assert str(path) in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_readable_secret_warns_once():
    write_home(CREDENTIALS, mode=0o644)

    with pytest.warns(UserWarning, match="chmod 600"):
        settings.get()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        settings.get()


def test_a_file_without_secrets_may_be_read_by_others():
    write_home("[defaults]\nregion = eu-west-1\n", mode=0o644)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert settings.get() == {"region": "eu-west-1"}


def test_keys_do_not_show_in_the_repr():
    resolved = settings.resolve(
        aws_access_key_id="AKIAKEY", aws_secret_access_key="s3cr3t", aws_session_token="t0k3n"
    )

    assert all(word not in repr(resolved) for word in ("AKIAKEY", "s3cr3t", "t0k3n"))


def test_session_token_needs_key_of_same_source(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "env")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token of the environment")
    credentials.set_aws_credentials("AKIASET", "set")

    resolved = settings.resolve()

    assert resolved.aws_access_key_id == "AKIASET"
    assert resolved.aws_session_token is None


def test_new_credentials_drop_old_session_token():
    credentials.set_aws_credentials("ASIA", "temporary", "token")
    credentials.set_aws_credentials("AKIA", "permanent")

    assert settings.resolve().aws_session_token is None


def test_profile_overrides_keys_of_weaker_sources(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "env")

    assert settings.resolve(profile="prod").aws_access_key_id is None
    assert settings.resolve().aws_access_key_id == "AKIAENV"


def test_home_directory_is_resolved_on_each_call(monkeypatch, tmp_path):
    write_home("[defaults]\nregion = eu-west-1\n")
    assert settings.get() == {"region": "eu-west-1"}

    monkeypatch.setenv("HOME", os.fspath(tmp_path))

    assert settings.get() == {}


def test_pickles_omit_keys():
    ours = Settings("AKIA", "secret", "token", region="eu-west-1", connection_retries=2)

    pickled = pickle.dumps(ours)

    assert b"secret" not in pickled
    assert pickle.loads(pickled) == Settings(region="eu-west-1", connection_retries=2)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_copy_keeps_its_keys(duplicate):
    ours = Settings("AKIA", "secret", "token")

    assert duplicate(ours) == ours


@pytest.mark.parametrize("show", [repr, str, pprint.pformat, "{}".format])
def test_effective_settings_hide_credentials(show):
    settings.set(
        region="eu-west-1",
        aws_access_key_id="AKIASECRET",
        aws_secret_access_key="s3cr3t",
        aws_session_token="t0ken",
    )

    text = show(settings.get())

    assert "'region': 'eu-west-1'" in text
    assert not any(secret in text for secret in ("AKIASECRET", "s3cr3t", "t0ken"))
    assert settings.get()["aws_secret_access_key"] == "s3cr3t"


@pytest.mark.parametrize(
    "copy",
    [
        lambda values: values,
        dict,
        lambda values: values | {},
        lambda values: attrs.asdict(Settings(**values)),
        lambda values: Settings(**values),
        lambda values: swf.connect(**values),
        lambda values: settings.from_env(),
    ],
    ids=["get", "dict", "merge", "asdict", "settings", "connection", "environment"],
)
def test_no_repr_shows_a_secret(monkeypatch, copy):
    url = "http://user:pa55word@127.0.0.1:1"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "pa55word")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SWF", url)
    keys = dict.fromkeys(settings.CREDENTIALS, "pa55word")
    settings.set(**keys, endpoint_url=url)

    text = repr(copy(settings.get()))

    assert "pa55word" not in text
    assert "http://...@127.0.0.1:1" in text


def test_values_of_credentials_are_unaltered():
    settings.set(aws_access_key_id="AKIA", aws_secret_access_key="pa55word")

    assert settings.get()["aws_secret_access_key"] == "pa55word"
    assert f"{settings.resolve().aws_access_key_id}" == "AKIA"
