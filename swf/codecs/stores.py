"""Stores: keep payloads that are too long for a field, and metrics, under keys."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from swf.exceptions import ValidationError

#: Suffix of files that are being written.
PARTIAL = ".part"


class Store(Protocol):
    """Stores data under keys; the data of a key never changes."""

    def put(self, key: str, data: bytes) -> None:
        """Store data; existing data under the key is identical.

        :param key: the key.
        :param data: the data.
        """

    def get(self, key: str) -> bytes:
        """Return the data of a key.

        :param key: the key.
        :raises LookupError: if the key does not exist.
        """

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with a prefix.

        :param prefix: the prefix; an empty string yields all keys.
        """


class DirectoryStore:
    """Stores each key as a file in a directory.

    :param directory: path of the directory; created on the first write.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self._directory = Path(directory)

    def put(self, key: str, data: bytes) -> None:
        """Write the file unless it exists.

        :param key: path relative to the directory.
        :param data: the data.
        :raises ValidationError: if `key` leads out of the directory.
        """
        target = self._file(key)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{uuid.uuid4().hex}{PARTIAL}")
        partial.write_bytes(data)
        partial.replace(target)

    def get(self, key: str) -> bytes:
        """Return the content of the file.

        :param key: path relative to the directory.
        :raises KeyError: if the file does not exist.
        :raises ValidationError: if `key` leads out of the directory.
        """
        try:
            return self._file(key).read_bytes()
        except FileNotFoundError as error:
            raise KeyError(key) from error

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the relative paths of the files that start with a prefix.

        :param prefix: the prefix.
        """
        for path in sorted(self._directory.rglob("*")):
            key = path.relative_to(self._directory).as_posix()
            if key.startswith(prefix) and path.is_file() and path.suffix != PARTIAL:
                yield key

    def _file(self, key: str) -> Path:
        path = self._directory / key
        if not path.resolve().is_relative_to(self._directory.resolve()):
            raise ValidationError("key", key, "must not lead out of the store")
        return path


class S3Store:
    """Stores each key as an object in a bucket.

    :param client: a boto3 client of S3.
    :param bucket: name of the bucket.
    :param prefix: prefix of the object names.
    """

    def __init__(self, client: Any, bucket: str, prefix: str = "swf/") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def put(self, key: str, data: bytes) -> None:
        """Write the object.

        :param key: name of the object without the store's prefix.
        :param data: the data.
        """
        self._client.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=data)

    def get(self, key: str) -> bytes:
        """Return the content of the object.

        :param key: name of the object without the store's prefix.
        :raises KeyError: if the object does not exist.
        """
        try:
            response = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
        except self._client.exceptions.NoSuchKey as error:
            raise KeyError(key) from error
        data: bytes = response["Body"].read()
        return data

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the object names that start with a prefix, without the store's prefix.

        :param prefix: the prefix.
        """
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        for page in pages:
            for entry in page.get("Contents", ()):
                yield entry["Key"][len(self._prefix) :]
