"""Programs for activities: downloaded once per machine, verified and added to PATH.

    @activity.with_attributes(meta={"binaries": {"ffmpeg": "s3://tools/ffmpeg-7#sha256=3fa2..."}})
    def convert(path): ...                      # runs with ffmpeg on its PATH

    @with_binaries({"ffmpeg": "s3://tools/ffmpeg-7"})
    def convert(path): ...                      # the same for any function

A program is stored under a digest of its address; a different address is a different program. A
lock makes concurrent processes download it once. The digest in the address (`#sha256=`) is verified
before the program is stored.
"""

from __future__ import annotations

import functools
import hashlib
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from swf.codecs import DirectoryStore, S3Store
from swf.connection import current
from swf.exceptions import InvalidTypeError, ValidationError

#: Directory of the programs, unless `SWF_BINARIES` is set.
HOME = "~/.cache/swf/binaries"


def with_binaries(binaries: Mapping[str, str]) -> Callable[[Callable[..., Any]], Any]:
    """Put programs on the PATH before the decorated function runs.

    :param binaries: addresses by program name. An address is `s3://bucket/key` or the path of a
        file; it may end with `#sha256=` and the digest of the content.
    :raises ValidationError: a name contains a directory, or an address is not a string.
    """
    validate_binaries("binaries", binaries)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            provide(binaries)
            return function(*args, **kwargs)

        return run

    return decorate


def validate_binaries(field: str, binaries: Any) -> None:
    """Check a mapping of program names to addresses.

    :param field: name of the parameter, for the error message.
    :raises ValidationError: a name contains a directory, or an address is not a string.
    """
    if not isinstance(binaries, Mapping):
        raise InvalidTypeError(field, binaries, "must be a mapping of names to addresses")
    for name, address in binaries.items():
        if not isinstance(name, str) or name in ("", "..") or Path(name).name != name:
            raise ValidationError(field, name, "must be a name, without a directory")
        if not isinstance(address, str):
            raise InvalidTypeError(field, address, f"must be the address of {name}, a string")


def provide(binaries: Mapping[str, str]) -> None:
    """Download missing programs, and put all of them on the PATH of this process.

    :param binaries: addresses by program name; see `with_binaries`.
    :raises ValidationError: an address is malformed, or the digest of its content differs.
    """
    for name, address in binaries.items():
        directory = str(download(name, address).parent)
        path = os.environ.get("PATH", "").split(os.pathsep)
        if directory not in path:
            os.environ["PATH"] = os.pathsep.join([directory, *path])


def download(name: str, address: str) -> Path:
    """Return the path of a program; download it if it is missing.

    :param name: file name of the program.
    :param address: see `with_binaries`.
    :raises ValidationError: the address is malformed, or the digest of its content differs.
    """
    validate_binaries("binaries", {name: address})
    home = Path(os.environ.get("SWF_BINARIES") or HOME).expanduser()
    directory = home / hashlib.sha256(address.encode()).hexdigest()[:16]
    program = directory / name
    directory.mkdir(parents=True, exist_ok=True)
    with _lock(directory):
        if not program.exists():
            partial = program.with_name(f"{name}.{uuid.uuid4().hex}.part")
            partial.write_bytes(_fetch_verified(address))
            partial.chmod(0o755)
            partial.replace(program)
    return program


@contextmanager
def _lock(directory: Path) -> Iterator[None]:
    """Hold an exclusive lock of a directory across the processes of this machine."""
    import fcntl  # only available on Unix

    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch_verified(address: str) -> bytes:
    content = _fetch(address.partition("#")[0])
    algorithm, _, expected = urlsplit(address).fragment.partition("=")
    if not algorithm:
        return content
    if algorithm != "sha256":
        raise ValidationError("binaries", address, "must end with #sha256= or without a digest")
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected.lower():
        raise ValidationError("binaries", address, f"content has another digest: sha256={digest}")
    return content


def _fetch(address: str) -> bytes:
    parts = urlsplit(address)
    if parts.scheme == "s3" and parts.netloc and parts.path.strip("/"):
        return S3Store(current().service("s3"), parts.netloc, prefix="").get(parts.path[1:])
    if parts.scheme in ("", "file"):
        path = Path(parts.path)
        return DirectoryStore(path.parent).get(path.name)
    raise ValidationError("binaries", address, "must be s3://bucket/key or the path of a file")
