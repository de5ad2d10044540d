"""Configuration: one frozen `Settings`, resolved key by key.

For each key the first source with a value wins:

1. an explicit argument (`swf.connect(region=...)`),
2. `swf.settings.set(...)`,
3. the file `~/.swf`,
4. the environment,
5. boto3's own provider chain.

Credentials are one unit of three keys: a session token is used only with the access key of the same
source, and a profile in a stronger source overrides the keys of a weaker one.

The file is INI::

    [credentials]
    aws_access_key_id = ...
    aws_secret_access_key = ...

    [defaults]
    region = eu-west-1
    domain = orders
"""

from __future__ import annotations

import configparser
import os
import stat
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from attrs import field, frozen
from attrs.converters import optional

from swf.exceptions import InvalidKeywordArgumentError, InvalidTypeError, ValidationError
from swf.text import mask_password, suggest

#: The environment variables of each key, strongest first.
KEYS: dict[str, tuple[str, ...]] = {
    "aws_access_key_id": ("AWS_ACCESS_KEY_ID",),
    "aws_secret_access_key": ("AWS_SECRET_ACCESS_KEY",),
    "aws_session_token": ("AWS_SESSION_TOKEN",),
    "profile": ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "endpoint_url": ("AWS_ENDPOINT_URL_SWF",),
    "domain": ("SWF_DOMAIN",),
    "output": ("SWF_OUTPUT",),
    "local": ("SWF_LOCAL",),
    "connection_retries": ("SWF_CONNECTION_RETRIES",),
}
SECTIONS = ("credentials", "defaults")
CREDENTIALS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
DEFAULT_CONNECTION_RETRIES = 5


def _retries(value: Any, field: str = "connection_retries") -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if number < 0 or isinstance(value, bool):
        raise ValidationError(field, value, "must be a whole number, 0 or more")
    return number


class Secret(str):
    """A credential, whose repr is `...`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "..."


class ServiceURL(str):
    """A URL, whose repr hides a user and password."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(mask_password(self))


_CONVERTERS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(CREDENTIALS, Secret),
    "endpoint_url": ServiceURL,
}


def _credential() -> Any:
    return field(default=None, converter=optional(Secret), repr=False)


@frozen
class Settings:
    """The settings of a connection; None leaves the choice to boto3.

    The repr and pickles omit credentials; the repr hides a password in the URL.

    :param aws_access_key_id: access key id.
    :param aws_secret_access_key: secret access key.
    :param aws_session_token: token of temporary credentials.
    :param profile: name of a profile in `~/.aws`.
    :param region: name of the AWS region.
    :param endpoint_url: URL of the service.
    :param domain: default domain.
    :param output: output format of the command.
    :param local: whether the command uses an embedded service, or the path of its database.
    :param connection_retries: number of retries of a failed call.
    """

    aws_access_key_id: str | None = _credential()
    aws_secret_access_key: str | None = _credential()
    aws_session_token: str | None = _credential()
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = field(default=None, converter=optional(ServiceURL))
    domain: str | None = None
    output: str | None = None
    local: str | None = None
    connection_retries: int = field(default=DEFAULT_CONNECTION_RETRIES, converter=_retries)

    def __reduce__(self) -> tuple[Any, ...]:
        public = {key: getattr(self, key) for key in KEYS if key not in CREDENTIALS}
        return partial(Settings, **public), ()

    def __copy__(self) -> Settings:
        return self

    def __deepcopy__(self, _: Any) -> Settings:
        return self


_lock = threading.Lock()
_explicit: dict[str, Any] = {}
_warned_files: dict[Path, None] = {}


def set(**settings: Any) -> None:  # noqa: A001 - documented name
    """Set keys for all connections that are created later; None leaves a key unchanged.

    :param settings: keys of `Settings`.
    :raises InvalidKeywordArgumentError: if a key does not exist; nothing is set.
    :raises ValidationError: if a value is invalid; nothing is set.
    """
    checked = _validated(settings)
    with _lock:
        if "aws_access_key_id" in checked:
            _explicit.pop("aws_session_token", None)
        _explicit.update(checked)


def clear() -> None:
    """Remove all keys that `set` has set."""
    with _lock:
        _explicit.clear()


def get(path: str | os.PathLike[str] = ".swf") -> dict[str, Any]:
    """Return the effective settings, without the values of boto3's provider chain.

    :param path: the settings file, relative to the home directory.
    :returns: a dictionary; the repr of a credential is `...`.
    :raises ValidationError: if the file is malformed.
    """
    return _merge([dict(_explicit), from_home(path), from_env()])


def resolve(**explicit: Any) -> Settings:
    """Return the `Settings` of explicit arguments and all other sources.

    :param explicit: keys of `Settings`; None leaves a key to the other sources.
    :raises InvalidKeywordArgumentError: if a key does not exist.
    :raises ValidationError: if only one half of a key pair is set, or a value is invalid.
    """
    keys = Settings(**_merge([_validated(explicit), dict(_explicit), from_home(), from_env()]))
    missing = [key for key in CREDENTIALS[:2] if getattr(keys, key) is None]
    if len(missing) == 1:
        raise ValidationError(
            missing[0], None, "must be set together with the other half of the key pair"
        )
    return keys


def from_env() -> dict[str, Any]:
    """Return the keys that environment variables set."""
    keys = {}
    for key, variables in KEYS.items():
        value = next((os.environ[name] for name in variables if os.environ.get(name)), None)
        if value is not None:
            keys[key] = value
    return _validate_values(keys, "environment: ")


def from_home(path: str | os.PathLike[str] = ".swf") -> dict[str, Any]:
    """Return the keys of a file in the home directory; empty if it does not exist.

    :param path: path relative to the home directory.
    :raises ValidationError: if the file is malformed.
    """
    return from_file(Path.home() / path)


def from_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the keys of a settings file; empty if it does not exist.

    Warns once if other users can read a file that contains a secret.

    :param path: path of the file.
    :raises ValidationError: if the file is malformed or contains an unknown section or key.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig") as stream:
            keys = from_stream(stream)
            mode = os.fstat(stream.fileno()).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return {}
    if mode & (stat.S_IRGRP | stat.S_IROTH) and "aws_secret_access_key" in keys:
        _warn_of_open_file(path)
    return keys


def from_stream(stream: TextIO) -> dict[str, Any]:
    """Return the keys of an open settings file.

    :param stream: an open text file.
    :raises ValidationError: as for `from_file`; the message names file, section and key, and never
        quotes a line, which may contain a secret.
    """
    name = getattr(stream, "name", "<stream>")
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_file(stream)
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ValidationError("settings file", name, _place(error)) from None
    keys = {}
    for section in parser.sections():
        if section not in SECTIONS:
            raise ValidationError(
                "settings file", name, f"unknown section [{section}]; must be one of {SECTIONS}"
            )
        for key, value in parser.items(section):
            if key not in KEYS:
                raise ValidationError(
                    "settings file",
                    name,
                    f"unknown key [{section}] {key}; must be one of {[*KEYS]}",
                )
            keys[key] = value
    return _validate_values({key: value for key, value in keys.items() if value}, f"{name}: ")


def _place(error: Exception) -> str:
    line = getattr(error, "lineno", None)
    return f"malformed at line {line}" if line else f"malformed ({type(error).__name__})"


def _validate_values(keys: Mapping[str, Any], source: str) -> dict[str, Any]:
    return {key: _validate(key, value, source + key) for key, value in keys.items()}


def _validate(key: str, value: Any, field: str) -> Any:
    if key == "connection_retries":
        return _retries(value, field)
    public_value = ... if key in CREDENTIALS else value
    if not isinstance(value, str):
        raise InvalidTypeError(field, public_value, "must be a string")
    if not value:
        raise ValidationError(field, public_value, "must not be empty")
    return _CONVERTERS.get(key, str)(value)


def _validated(settings: Mapping[str, Any]) -> dict[str, Any]:
    for key in settings:
        if key not in KEYS:
            rule = f"unknown setting; must be one of {', '.join(KEYS)}"
            hint = suggest(key, KEYS)
            raise InvalidKeywordArgumentError(key, ..., f"{rule}; {hint}" if hint else rule)
    return _validate_values(
        {key: value for key, value in settings.items() if value is not None}, ""
    )


def _merge(sources: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for source in sources:
        foreign = _foreign_credentials(merged)
        merged = {key: value for key, value in source.items() if key not in foreign} | merged
    return merged


def _foreign_credentials(merged: Mapping[str, Any]) -> tuple[str, ...]:
    if "aws_access_key_id" in merged:
        return ("aws_session_token",)
    return CREDENTIALS if "profile" in merged else ()


def _warn_of_open_file(path: Path) -> None:
    with _lock:
        if path in _warned_files:
            return
        _warned_files[path] = None
    warnings.warn(
        f"{path} is readable by other users and contains a secret: chmod 600 {path}", stacklevel=4
    )
