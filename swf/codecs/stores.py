"""Stores: where what is too long for a field, or asked for again, is kept under a key."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from swf.exceptions import ValidationError

#: The end of the names of files that are being written.
PARTIAL = ".part"


class Store(Protocol):
    """Where data is kept under keys that are made of it: what is there under a key is the same."""

    def put(self, key: str, data: bytes) -> None:
        """Keep some data; what is there already under this key is the same."""

    def get(self, key: str) -> bytes:
        """Return the data of a key."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin so."""


class DirectoryStore:
    """Keeps a file per key in a directory, which is made if need be."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._directory = Path(directory)

    def put(self, key: str, data: bytes) -> None:
        """Write the file, unless it is there."""
        target = self._file(key)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{uuid.uuid4().hex}{PARTIAL}")
        partial.write_bytes(data)
        partial.replace(target)

    def get(self, key: str) -> bytes:
        """Read the file."""
        return self._file(key).read_bytes()

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the names of the files, below the directory, that begin so."""
        for path in sorted(self._directory.rglob("*")):
            key = path.relative_to(self._directory).as_posix()
            if key.startswith(prefix) and path.is_file() and path.suffix != PARTIAL:
                yield key

    def _file(self, key: str) -> Path:
        path = self._directory / key
        if not path.resolve().is_relative_to(self._directory.resolve()):
            raise ValidationError("key", key, "leads out of the store")
        return path


class S3Store:
    """Keeps an object per key in a bucket.

    :param client: a boto3 client of S3.
    :param prefix: what the names of the objects begin with.
    """

    def __init__(self, client: Any, bucket: str, prefix: str = "swf/") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def put(self, key: str, data: bytes) -> None:
        """Write the object."""
        self._client.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=data)

    def get(self, key: str) -> bytes:
        """Read the object."""
        found = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
        data: bytes = found["Body"].read()
        return data

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the names of the objects, behind the store's own prefix, that begin so."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        for page in pages:
            for found in page.get("Contents", ()):
                yield found["Key"][len(self._prefix) :]
