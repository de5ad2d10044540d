"""Stores: where what is too long for a field, or asked for again, is kept under a key."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any, Protocol


class Store(Protocol):
    """Where a claim check leaves what is too long; keys are made of the content."""

    def put(self, key: str, data: bytes) -> None:
        """Keep some data; what is there already under this key is the same."""

    def get(self, key: str) -> bytes:
        """Return the data of a key."""


class DirectoryStore:
    """Keeps a file per key in a directory, which is made if need be."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._directory = Path(directory)

    def put(self, key: str, data: bytes) -> None:
        """Write the file, unless it is there."""
        target = self._directory / key
        if target.exists():
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{key}.{uuid.uuid4().hex}.part")
        partial.write_bytes(data)
        partial.replace(target)

    def get(self, key: str) -> bytes:
        """Read the file."""
        return (self._directory / key).read_bytes()


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
