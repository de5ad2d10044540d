"""Where configuration comes from: one frozen `Settings`, resolved key by key.

For each key the first source that has it wins:

1. an explicit argument (`swf.connect(region=...)`),
2. `swf.settings.set(...)`,
3. the file `~/.swf`,
4. the environment,
5. boto's own provider chain, for what is still unset.

Credentials are one thing in three keys: a session token counts only together with the access key
of its own source, and a profile named in a stronger source puts aside the keys of a weaker one.

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
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from attrs import field, frozen

from swf.exceptions import InvalidKeywordArgumentError, InvalidTypeError, ValidationError

#: The environment variables that give each key, strongest first.
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
        raise ValidationError(field, value, "must be a whole number of retries, 0 or more")
    return number


@frozen
class Settings:
    """What a connection is made from; None leaves the choice to boto.

    `connection_retries` is how often a failed call is tried again, `output` how the command writes
    data, `local` whether it uses an embedded service, or the file of that. Keys do not show in the
    repr, and stay behind in pickles.
    """

    aws_access_key_id: str | None = field(default=None, repr=False)
    aws_secret_access_key: str | None = field(default=None, repr=False)
    aws_session_token: str | None = field(default=None, repr=False)
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    domain: str | None = None
    output: str | None = None
    local: str | None = None
    connection_retries: int = field(default=DEFAULT_CONNECTION_RETRIES, converter=_retries)

    def __reduce__(self) -> tuple[Any, ...]:
        told = {key: getattr(self, key) for key in KEYS if key not in CREDENTIALS}
        return partial(Settings, **told), ()

    def __copy__(self) -> Settings:
        return self

    def __deepcopy__(self, _: Any) -> Settings:
        return self


_lock = threading.Lock()
_explicit: dict[str, Any] = {}
_warned: dict[Path, None] = {}


def set(**settings: Any) -> None:  # noqa: A001 - the documented name
    """Set keys for every connection made from here on; a key that is None is left as it is.

    :raises InvalidKeywordArgumentError: for a key that does not exist; nothing is set then.
    """
    checked = _known(settings)
    with _lock:
        if "aws_access_key_id" in checked:
            _explicit.pop("aws_session_token", None)
        _explicit.update(checked)


def clear() -> None:
    """Forget everything that `set` was given."""
    with _lock:
        _explicit.clear()


def get(path: str | os.PathLike[str] = ".swf") -> dict[str, Any]:
    """Return the settings in force, without those that only boto's chain could tell.

    :param path: the settings file, relative to the home directory.
    """
    return _merge([dict(_explicit), from_home(path), from_env()])


def resolve(**explicit: Any) -> Settings:
    """Return the `Settings` for these explicit arguments and the sources below them.

    :raises ValidationError: for one half of a key pair, which would sign nothing.
    """
    found = Settings(**_merge([_known(explicit), dict(_explicit), from_home(), from_env()]))
    missing = [key for key in CREDENTIALS[:2] if getattr(found, key) is None]
    if len(missing) == 1:
        raise ValidationError(missing[0], None, "must be given with the other half of its pair")
    return found


def from_env() -> dict[str, Any]:
    """Return the keys that the environment gives."""
    found = {}
    for key, variables in KEYS.items():
        value = next((os.environ[name] for name in variables if os.environ.get(name)), None)
        if value is not None:
            found[key] = value
    return _typed(found, "environment: ")


def from_home(path: str | os.PathLike[str] = ".swf") -> dict[str, Any]:
    """Return the keys of a file in the home directory; empty when there is none."""
    return from_file(Path.home() / path)


def from_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the keys of a settings file; empty when there is none.

    Warns once when others than its owner can read a file that holds a secret.

    :raises ValidationError: when the file is malformed or holds an unknown section or key.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig") as stream:
            found = from_stream(stream)
            mode = os.fstat(stream.fileno()).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return {}
    if mode & (stat.S_IRGRP | stat.S_IROTH) and "aws_secret_access_key" in found:
        _warn_of_open_file(path)
    return found


def from_stream(stream: TextIO) -> dict[str, Any]:
    """Return the keys of an open settings file.

    :raises ValidationError: as `from_file`; the message names file, section and key and never
        quotes a line, which may hold a secret.
    """
    name = getattr(stream, "name", "<stream>")
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_file(stream)
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ValidationError("settings file", name, _place(error)) from None
    found = {}
    for section in parser.sections():
        if section not in SECTIONS:
            raise ValidationError("settings file", name, f"[{section}] is none of {SECTIONS}")
        for key, value in parser.items(section):
            if key not in KEYS:
                raise ValidationError(
                    "settings file", name, f"[{section}] {key} is none of {[*KEYS]}"
                )
            found[key] = value
    return _typed({key: value for key, value in found.items() if value}, f"{name}: ")


def _place(error: Exception) -> str:
    line = getattr(error, "lineno", None)
    return f"malformed at line {line}" if line else f"malformed ({type(error).__name__})"


def _typed(found: Mapping[str, Any], source: str) -> dict[str, Any]:
    return {key: _checked(key, value, source + key) for key, value in found.items()}


def _checked(key: str, value: Any, field: str) -> Any:
    if key == "connection_retries":
        return _retries(value, field)
    shown = ... if key in CREDENTIALS else value
    if not isinstance(value, str):
        raise InvalidTypeError(field, shown, "must be a string")
    if not value:
        raise ValidationError(field, shown, "must not be empty")
    return value


def _known(settings: Mapping[str, Any]) -> dict[str, Any]:
    for key in settings:
        if key not in KEYS:
            raise InvalidKeywordArgumentError(
                key, ..., f"unknown setting; known are {', '.join(KEYS)}"
            )
    return _typed({key: value for key, value in settings.items() if value is not None}, "")


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
        if path in _warned:
            return
        _warned[path] = None
    warnings.warn(
        f"{path} holds a secret and can be read by others: chmod 600 {path}", stacklevel=4
    )
