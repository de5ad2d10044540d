"""`SimpleflowJSON`: the payloads of simpleflow, including jumbo fields.

simpleflow writes plain JSON: dates, times and UUIDs become strings, tuples and sets become lists,
bytes become text, and keys of dictionaries become strings. A jumbo field is the address of a longer
text in an S3 bucket: `simpleflow+s3://bucket/key size`.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from swf.codecs.cache import ExpiringCache
from swf.codecs.stores import Store
from swf.codecs.typed import JUMBO_PREFIX, TYPED_JSON, jumbo_field_error
from swf.constants import DATA_LIMIT
from swf.exceptions import ValidationError
from swf.payload import check_nesting

#: Size of the cache of jumbo fields, in bytes.
_CACHE_SIZE: Final = 2**24


class SimpleflowJSON:
    """Reads and writes payloads as simpleflow 0.36 does.

    It also reads the typed values of `TypedJSON`.

    :param stores: the stores of jumbo fields by bucket, e.g.
        `{"bucket": S3Store(client, "bucket", prefix="")}`. No other bucket is read.
    :param jumbo_bucket: the bucket to which long texts are written, with an optional directory, as
        in simpleflow's variable `SIMPLEFLOW_JUMBO_FIELDS_BUCKET`. None: long texts are refused.
    :raises ValidationError: if `stores` does not contain the bucket of `jumbo_bucket`.
    """

    is_pure: ClassVar[bool] = True

    def __init__(
        self, stores: Mapping[str, Store] | None = None, jumbo_bucket: str | None = None
    ) -> None:
        self._stores = dict(stores or {})
        self._bucket, _, directory = (jumbo_bucket or "").strip("/").partition("/")
        self._directory = f"{directory}/" if directory else ""
        if self._bucket and self._bucket not in self._stores:
            raise ValidationError("jumbo_bucket", jumbo_bucket, "must be a bucket in `stores`")
        self._texts: ExpiringCache[str] = ExpiringCache(_CACHE_SIZE)

    def encode(self, value: Any, field: str) -> str:
        """Return the JSON of a value, or its address if it is long and a bucket is set.

        :param value: the value.
        :param field: name of the field, for error messages.
        :raises ValidationError: if simpleflow cannot encode the value, or if it is nested too
            deeply.
        """
        try:
            text = _ENCODER.encode(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise ValidationError(field, type(value), f"cannot be encoded: {error}") from error
        check_nesting(text, field)
        if len(text) > DATA_LIMIT and self._bucket:
            return self._store(text)
        return text

    def decode(self, text: str) -> Any:
        """Return the value of a text; text that is not JSON is returned unchanged.

        :param text: the text of a field, or the address of a jumbo field.
        :raises JumboFieldError: if the bucket of a jumbo field is not configured.
        :raises ValidationError: if a jumbo field is missing, or a typed value is damaged.
        """
        return TYPED_JSON.decode(self._fetch(text) if text.startswith(JUMBO_PREFIX) else text)

    def _store(self, text: str) -> str:
        """Store a text under its digest, so that a replay repeats the address."""
        data = text.encode()
        key = self._directory + hashlib.sha256(data).hexdigest()
        address = f"{JUMBO_PREFIX}{self._bucket}/{key}"
        if self._texts.get(address) is None:
            self._stores[self._bucket].put(key, data)
            self._texts.put(address, text, len(data))
        return f"{address} {len(text)}"

    def _fetch(self, text: str) -> str:
        address = text.split()[0]
        cached = self._texts.get(address)
        if cached is not None:
            return cached
        bucket, _, key = address.removeprefix(JUMBO_PREFIX).partition("/")
        if bucket not in self._stores:
            raise jumbo_field_error(text)
        try:
            data = self._stores[bucket].get(key)
        except LookupError as error:
            raise ValidationError("jumbo field", address, "is missing in its bucket") from error
        stored = data.decode("utf-8", "replace")
        self._texts.put(address, stored, len(data))
        return stored


def _to_json(value: Any) -> Any:
    """Return the value with which simpleflow replaces one that JSON does not know."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, datetime.datetime):
        return _to_milliseconds(value, value.isoformat(), 23).replace("+00:00", "Z")
    if isinstance(value, datetime.time):
        return _to_milliseconds(value, value.isoformat(), 12)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=lambda item: (type(item).__name__, repr(item)))
    if isinstance(value, Iterator):
        return list(value)
    raise TypeError(f"simpleflow has no JSON for {type(value).__name__}")


def _to_milliseconds(value: datetime.datetime | datetime.time, text: str, length: int) -> str:
    """Cut the microseconds of a time after three digits; `length` is the end of these."""
    return text[:length] + text[length + 3 :] if value.microsecond else text


_ENCODER: Final = json.JSONEncoder(default=_to_json, separators=(",", ":"), sort_keys=True)

#: Writes as simpleflow does, without access to jumbo fields.
SIMPLEFLOW_JSON: Final = SimpleflowJSON()
