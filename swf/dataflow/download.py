"""Programs that activities need: downloaded once for a machine, checked, and found by name.

    @activity.with_attributes(meta={"binaries": {"ffmpeg": "s3://tools/ffmpeg-7#sha256=3fa2..."}})
    def convert(path): ...                      # runs with ffmpeg on its PATH

    @with_binaries({"ffmpeg": "s3://tools/ffmpeg-7"})
    def convert(path): ...                      # the same for any function

A program is kept under a digest of where it comes from, so that another address is another program.
Processes that want the same one wait for each other. What the address says of the content
(`#sha256=`) is checked before the program is kept.
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

#: Where programs are kept, unless `SWF_BINARIES` names another directory.
HOME = "~/.cache/swf/binaries"


def with_binaries(binaries: Mapping[str, str]) -> Callable[[Callable[..., Any]], Any]:
    """Have programs on the PATH of the decorated function.

    :param binaries: name -> address: `s3://bucket/key` or the path of a file, behind which
        `#sha256=` may say what it holds.
    """
    accept_binaries("binaries", binaries)

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            provide(binaries)
            return function(*args, **kwargs)

        return run

    return decorate


def accept_binaries(field: str, binaries: Any) -> None:
    """Refuse what are no names of programs with their addresses."""
    if not isinstance(binaries, Mapping):
        raise InvalidTypeError(field, binaries, "must be a mapping of names to addresses")
    for name, address in binaries.items():
        if not isinstance(name, str) or name in ("", "..") or Path(name).name != name:
            raise ValidationError(field, name, "must be a name, without a directory")
        if not isinstance(address, str):
            raise InvalidTypeError(field, address, f"must be the address of {name}, a string")


def provide(binaries: Mapping[str, str]) -> None:
    """Download programs unless they are here, and put them on the PATH of this process.

    :raises ValidationError: an address makes no sense, or there is something else at it than it
        says.
    """
    for name, address in binaries.items():
        directory = str(download(name, address).parent)
        path = os.environ.get("PATH", "").split(os.pathsep)
        if directory not in path:
            os.environ["PATH"] = os.pathsep.join([directory, *path])


def download(name: str, address: str) -> Path:
    """Return the path of a program, which is downloaded unless it is here."""
    accept_binaries("binaries", {name: address})
    home = Path(os.environ.get("SWF_BINARIES") or HOME).expanduser()
    directory = home / hashlib.sha256(address.encode()).hexdigest()[:16]
    program = directory / name
    directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory):
        if not program.exists():
            partial = program.with_name(f"{name}.{uuid.uuid4().hex}.part")
            partial.write_bytes(_checked(address))
            partial.chmod(0o755)
            partial.replace(program)
    return program


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory, which every process of this machine respects."""
    import fcntl  # of Unix only, as the programs most likely are

    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _checked(address: str) -> bytes:
    content = _fetch(address.partition("#")[0])
    kind, _, wanted = urlsplit(address).fragment.partition("=")
    if not kind:
        return content
    if kind != "sha256":
        raise ValidationError("binaries", address, "only #sha256= is known")
    found = hashlib.sha256(content).hexdigest()
    if found != wanted.lower():
        raise ValidationError("binaries", address, f"holds something else: sha256={found}")
    return content


def _fetch(address: str) -> bytes:
    parts = urlsplit(address)
    if parts.scheme == "s3" and parts.netloc and parts.path.strip("/"):
        return S3Store(current().service("s3"), parts.netloc, prefix="").get(parts.path[1:])
    if parts.scheme in ("", "file"):
        path = Path(parts.path)
        return DirectoryStore(path.parent).get(path.name)
    raise ValidationError("binaries", address, "must be s3://bucket/key or the path of a file")
