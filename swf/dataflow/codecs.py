"""Codecs: how values travel as text between workflows and activities, there and back again.

`TypedJSON` is JSON that keeps what JSON cannot say: dates, times, sets, tuples, bytes, decimals,
uuids, and classes that were registered with it. Nothing that a text names is imported: an unknown
class stays a dictionary. Others wrap a codec: `Compressed`, `Encrypted`, and `ClaimCheck`, which
puts what is too long for a field into a store and sends its address.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import decimal
import hashlib
import json
import os
import uuid
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import attrs

from swf.constants import DATA_LIMIT
from swf.exceptions import ValidationError
from swf.payload import Codec

#: The member that says of what type the value beside it is.
TAG: Final = "$type"

_WRITERS: Final[Mapping[type, tuple[str, Callable[[Any], Any]]]] = {
    datetime.datetime: ("datetime", datetime.datetime.isoformat),
    datetime.date: ("date", datetime.date.isoformat),
    datetime.time: ("time", datetime.time.isoformat),
    datetime.timedelta: ("timedelta", lambda v: [v.days, v.seconds, v.microseconds]),
    uuid.UUID: ("uuid", str),
    decimal.Decimal: ("decimal", str),
    bytes: ("bytes", lambda v: base64.b64encode(v).decode()),
    tuple: ("tuple", list),
    set: ("set", lambda v: sorted(v, key=_order)),
    frozenset: ("frozenset", lambda v: sorted(v, key=_order)),
}
_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timedelta": lambda v: datetime.timedelta(*v),
    "uuid": uuid.UUID,
    "decimal": decimal.Decimal,
    "bytes": base64.b64decode,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "dict": dict,
}


_ATOMS: Final = frozenset((str, int, float, bool, type(None)))
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class TypedJSON:
    """JSON that keeps types.

    :param types: dataclasses and attrs classes whose values come back as such.
    """

    def __init__(self, types: Iterable[type] = ()) -> None:
        self._types = {_name(cls): cls for cls in types}
        self._decoder = json.JSONDecoder(object_hook=self._typed)

    def encode(self, value: Any, field: str) -> str:
        """Return the JSON of a value; `field` is named if there is none.

        :raises ValidationError: something in it cannot be written.
        """
        try:
            return _ENCODER.encode(_plain(value))
        except (TypeError, ValueError, RecursionError) as error:
            raise ValidationError(field, type(value), f"cannot be written: {error}") from error

    def decode(self, text: str) -> Any:
        """Return the value of a text; what is not JSON is itself."""
        try:
            return self._decoder.decode(text)
        except (ValueError, RecursionError):
            return text

    def _typed(self, members: dict[str, Any]) -> Any:
        name = members.get(TAG)
        if name is None or members.keys() != {TAG, "value"}:
            return members
        value = members["value"]
        if name in self._types:
            return self._types[name](**value)
        if name in _READERS:
            return _READERS[name](value)
        return value


class Compressed:
    """A codec that compresses what is long.

    :param codec: the one that it wraps.
    :param above: how many characters are long.
    """

    PREFIX: Final = "swf+zlib:"

    def __init__(self, codec: Codec | None = None, above: int = 1024) -> None:
        self._codec = codec or JSON
        self._above = above

    def encode(self, value: Any, field: str) -> str:
        """Return the text of a value, compressed if it is long."""
        text = self._codec.encode(value, field)
        if len(text) <= self._above:
            return text
        return self.PREFIX + base64.b85encode(zlib.compress(text.encode())).decode()

    def decode(self, text: str) -> Any:
        """Return the value of a text, compressed or not."""
        if text.startswith(self.PREFIX):
            packed = base64.b85decode(text[len(self.PREFIX) :])
            text = zlib.decompress(packed).decode()
        return self._codec.decode(text)


class Cipher(Protocol):
    """What encrypts and decrypts, e.g. a `cryptography.fernet.Fernet`."""

    def encrypt(self, data: bytes) -> bytes:
        """Return the encrypted form."""

    def decrypt(self, token: bytes) -> bytes:
        """Return what was encrypted."""


class Encrypted:
    """A codec whose texts only those can read who have the key.

    :param cipher: encrypts and decrypts bytes.
    :param codec: the one that it wraps.
    """

    PREFIX: Final = "swf+encrypted:"

    def __init__(self, cipher: Cipher, codec: Codec | None = None) -> None:
        self._cipher = cipher
        self._codec = codec or JSON

    def encode(self, value: Any, field: str) -> str:
        """Return the encrypted text of a value."""
        text = self._codec.encode(value, field)
        return self.PREFIX + base64.b85encode(self._cipher.encrypt(text.encode())).decode()

    def decode(self, text: str) -> Any:
        """Return the value of a text, encrypted or not."""
        if text.startswith(self.PREFIX):
            packed = base64.b85decode(text[len(self.PREFIX) :])
            text = self._cipher.decrypt(packed).decode()
        return self._codec.decode(text)


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


class ClaimCheck:
    """A codec that stores what is too long for a field, and sends its address.

    The address is the SHA-256 of the content: equal values are stored once, a replay stores
    nothing new, and what comes back is checked.

    :param store: where to keep it.
    :param codec: the one that it wraps.
    :param above: how many characters are too long.
    """

    PREFIX: Final = "swf+stored:"

    def __init__(self, store: Store, codec: Codec | None = None, above: int = DATA_LIMIT) -> None:
        self._store = store
        self._codec = codec or JSON
        self._above = above

    def encode(self, value: Any, field: str) -> str:
        """Return the text of a value, or its address."""
        text = self._codec.encode(value, field)
        if len(text) <= self._above:
            return text
        data = text.encode()
        key = hashlib.sha256(data).hexdigest()
        self._store.put(key, data)
        return f"{self.PREFIX}{key} {len(data)}"

    def decode(self, text: str) -> Any:
        """Return the value of a text or address.

        :raises ValidationError: what is stored there is not what was.
        """
        if text.startswith(self.PREFIX):
            text = self._fetch(text[len(self.PREFIX) :].split(" ")[0])
        return self._codec.decode(text)

    def _fetch(self, key: str) -> str:
        if len(key) != 64 or set(key) - set("0123456789abcdef"):
            raise ValidationError("payload", key, "is no address of a stored payload")
        data = self._store.get(key)
        if hashlib.sha256(data).hexdigest() != key:
            raise ValidationError("payload", key, "was changed in its store")
        return data.decode()


#: The codec that is used when none is named.
JSON: Final[Codec] = TypedJSON()


def _plain(value: Any) -> Any:
    """Return a value with nothing in it that JSON cannot write."""
    kind = type(value)
    if kind in _ATOMS:
        return value
    if kind is list:
        return [item if type(item) in _ATOMS else _plain(item) for item in value]
    if isinstance(value, Mapping):
        return _plain_mapping(value)
    for known, (name, write) in _WRITERS.items():
        if isinstance(value, known):
            written = write(value)
            return {TAG: name, "value": _plain(written)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.init}
        return {TAG: _name(kind), "value": _plain(members)}
    if attrs.has(kind):
        members = {f.alias or f.name: getattr(value, f.name) for f in attrs.fields(kind) if f.init}
        return {TAG: _name(kind), "value": _plain(members)}
    if isinstance(value, Iterable) and not isinstance(value, (str, int, float)):
        return [_plain(item) for item in value]
    return value


def _plain_mapping(value: Mapping[Any, Any]) -> Any:
    if TAG not in value and set(map(type, value)) <= {str}:
        return {
            key: member if type(member) in _ATOMS else _plain(member)
            for key, member in value.items()
        }
    return {TAG: "dict", "value": [[_plain(key), _plain(value[key])] for key in value]}


def _order(value: Any) -> tuple[str, str]:
    """Return by what to sort the members of a set, so that equal sets are equal texts."""
    return type(value).__name__, repr(value)


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
