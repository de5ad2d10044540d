"""Codecs that wrap another: what one wrote it reads, what it does not know it passes on."""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Any, Final, Protocol

from swf.codecs.stores import Store
from swf.codecs.typed import JSON
from swf.constants import DATA_LIMIT
from swf.exceptions import ValidationError
from swf.payload import Codec


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
        """Return the value of a text, compressed or not.

        :raises ValidationError: it is damaged.
        """
        if text.startswith(self.PREFIX):
            packed = base64.b85decode(text[len(self.PREFIX) :])
            try:
                text = zlib.decompress(packed).decode()
            except zlib.error as error:
                raise ValidationError("payload", self.PREFIX, f"is damaged: {error}") from error
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
        """Return the value of a text, encrypted or not.

        :raises ValidationError: it is damaged, or was encrypted with another key.
        """
        if text.startswith(self.PREFIX):
            packed = base64.b85decode(text[len(self.PREFIX) :])
            try:
                text = self._cipher.decrypt(packed).decode()
            except Exception as error:
                raise ValidationError(
                    "payload", self.PREFIX, f"cannot be decrypted: {type(error).__name__}"
                ) from error
        return self._codec.decode(text)


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
