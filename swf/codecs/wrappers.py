"""Codecs that wrap another: what one wrote it reads, what it does not know it passes on.

Several are one around the other. The order that serves is `ClaimCheck(store, Encrypted(cipher,
Compressed()))`: what is encrypted cannot be compressed, and what is stored is then encrypted too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import zlib
from typing import Any, ClassVar, Final, Protocol

from swf.codecs.cache import ExpiringCache
from swf.codecs.stores import Store
from swf.codecs.typed import TYPED_JSON
from swf.constants import DATA_LIMIT
from swf.exceptions import InvalidTypeError, ValidationError
from swf.payload import Codec

#: How many bytes a secret has at the least.
MIN_SECRET_BYTES: Final = 16
#: How many addresses are remembered, and how many bytes of what is stored there.
ADDRESSES: Final = 4096
CONTENTS: Final = 2**24


class WrappingCodec:
    """A codec around another.

    `wrap` and `unwrap` are what it and those inside it do to a text of the innermost codec, so that
    a codec further out knows the text, and not only what became of it.
    """

    PREFIX: ClassVar[str]

    def __init__(self, codec: Codec | None) -> None:
        self._inner = codec if isinstance(codec, WrappingCodec) else None
        self._innermost: Codec = self._inner._innermost if self._inner else codec or TYPED_JSON

    def encode(self, value: Any, field: str) -> str:
        """Return the text of a value."""
        return self.wrap(self._innermost.encode(value, field))

    def decode(self, text: str) -> Any:
        """Return the value of a text, wrapped or not."""
        return self._innermost.decode(self.unwrap(text))

    def wrap(self, text: str) -> str:
        """Return what becomes of a text of the innermost codec."""
        raise NotImplementedError

    def unwrap(self, text: str) -> str:
        """Return the text of the innermost codec."""
        return self._unwrap_inner(self._open(text) if text.startswith(self.PREFIX) else text)

    def _open(self, text: str) -> str:
        """Return what this codec wrapped."""
        raise NotImplementedError

    def _wrap_inner(self, text: str) -> str:
        return text if self._inner is None else self._inner.wrap(text)

    def _unwrap_inner(self, text: str) -> str:
        return text if self._inner is None else self._inner.unwrap(text)


class Compressed(WrappingCodec):
    """A codec that compresses what is long.

    :param codec: the one that it wraps.
    :param above: how many characters are long.
    """

    PREFIX = "swf+zlib:"

    def __init__(self, codec: Codec | None = None, above: int = 1024) -> None:
        super().__init__(codec)
        self._above = above

    def wrap(self, text: str) -> str:
        """Return the text, compressed if it is long."""
        text = self._wrap_inner(text)
        if len(text) <= self._above:
            return text
        return self.PREFIX + base64.b85encode(zlib.compress(text.encode())).decode()

    def _open(self, text: str) -> str:
        """Decompress.

        :raises ValidationError: it is damaged.
        """
        packed = base64.b85decode(text[len(self.PREFIX) :])
        try:
            return zlib.decompress(packed).decode()
        except zlib.error as error:
            raise ValidationError("payload", self.PREFIX, f"is damaged: {error}") from error


class Cipher(Protocol):
    """What encrypts and decrypts, e.g. a `cryptography.fernet.Fernet`."""

    def encrypt(self, data: bytes) -> bytes:
        """Return the encrypted form."""

    def decrypt(self, token: bytes) -> bytes:
        """Return what was encrypted."""


class Encrypted(WrappingCodec):
    """A codec whose texts only those can read who have the key.

    :param cipher: encrypts and decrypts bytes.
    :param codec: the one that it wraps; none that stores what is not encrypted yet.
    :raises ValidationError: it does.
    """

    PREFIX = "swf+encrypted:"

    def __init__(self, cipher: Cipher, codec: Codec | None = None) -> None:
        super().__init__(codec)
        self._cipher = cipher
        inner = self._inner
        while inner is not None:
            if isinstance(inner, ClaimCheck):
                raise ValidationError(
                    "codec", ..., "would store clear text: put ClaimCheck around Encrypted"
                )
            inner = inner._inner

    def wrap(self, text: str) -> str:
        """Return the text, encrypted."""
        data = self._wrap_inner(text).encode()
        return self.PREFIX + base64.b85encode(self._cipher.encrypt(data)).decode()

    def _open(self, text: str) -> str:
        """Decrypt.

        :raises ValidationError: it is damaged, or was encrypted with another key.
        """
        packed = base64.b85decode(text[len(self.PREFIX) :])
        try:
            return self._cipher.decrypt(packed).decode()
        except Exception as error:
            raise ValidationError(
                "payload", self.PREFIX, f"cannot be decrypted: {type(error).__name__}"
            ) from error


class ClaimCheck(WrappingCodec):
    """A codec that stores what is too long for a field, and sends its address.

    The address is made of the content: equal values are stored once, a replay stores nothing new,
    and what comes back is checked. It is the SHA-256 of what is stored; of an encrypted text, which
    is another each time, that is so only as long as a process remembers it. With a `secret`, it is
    an HMAC of the value in clear, which tells those who have not the secret no more than which
    values are equal.

    What was stored or fetched last is remembered for minutes, and the store is not asked again.

    :param store: where to keep it.
    :param codec: the one that it wraps.
    :param above: how many characters are too long.
    :param secret: bytes that all who store share, 16 or more; take it beside an `Encrypted`.
    """

    PREFIX = "swf+stored:"

    def __init__(
        self,
        store: Store,
        codec: Codec | None = None,
        above: int = DATA_LIMIT,
        secret: bytes | None = None,
    ) -> None:
        super().__init__(codec)
        if secret is not None and not (
            isinstance(secret, bytes) and len(secret) >= MIN_SECRET_BYTES
        ):
            raise InvalidTypeError("secret", ..., f"must be {MIN_SECRET_BYTES} bytes or more")
        self._store = store
        self._above = above
        self._has_secret = secret is not None
        self._secret = secret or os.urandom(MIN_SECRET_BYTES)
        self._addresses: ExpiringCache[str] = ExpiringCache(ADDRESSES)
        self._contents: ExpiringCache[bytes] = ExpiringCache(CONTENTS)

    def wrap(self, text: str) -> str:
        """Return the text, or its address."""
        mark = self._mark(text)
        address = self._addresses.get(mark)
        if address is not None:
            return address
        wrapped = self._wrap_inner(text)
        if len(wrapped) <= self._above:
            return wrapped
        data = wrapped.encode()
        key = mark if self._has_secret else hashlib.sha256(data).hexdigest()
        self._store.put(key, data)
        self._contents.put(key, data, len(data))
        address = f"{self.PREFIX}{key} {len(data)}"
        self._addresses.put(mark, address)
        return address

    def unwrap(self, text: str) -> str:
        """Return the text, which may be stored.

        :raises ValidationError: what is stored there is not what was.
        """
        if not text.startswith(self.PREFIX):
            return self._unwrap_inner(text)
        key = text[len(self.PREFIX) :].split(" ")[0]
        if len(key) != 64 or set(key) - set("0123456789abcdef"):
            raise ValidationError("payload", key, "is no address of a stored payload")
        data = self._contents.get(key)
        known = data is not None
        data = data or self._store.get(key)
        is_same = hashlib.sha256(data).hexdigest() == key
        if not (is_same or self._has_secret):
            raise ValidationError("payload", key, "was changed in its store")
        found = self._unwrap_inner(data.decode())
        if not (is_same or hmac.compare_digest(self._mark(found), key)):
            raise ValidationError(
                "payload", key, "was changed in its store, or stored with another secret"
            )
        if not known:
            self._contents.put(key, data, len(data))
        return found

    def _mark(self, text: str) -> str:
        return hmac.digest(self._secret, text.encode(), "sha256").hex()
