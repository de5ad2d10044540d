"""Codecs that wrap another codec. Text without the codec's prefix is passed to the inner one.

Wrappers can be nested. The recommended order is `ClaimCheck(store, Encrypted(cipher,
Compressed()))`: encrypted text cannot be compressed, and stored payloads are encrypted.
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
from swf.payload import Codec, from_text, to_text

#: Minimum length of a secret, in bytes.
MIN_SECRET_BYTES: Final = 16
#: Bound of decompression: the size of any text, in bytes, and the factor for larger ones.
SMALL_TEXT: Final = 2**22
MAX_EXPANSION: Final = 100
#: Size of the caches: number of addresses, and bytes of stored payloads.
MAX_ADDRESSES: Final = 4096
MAX_CONTENT_BYTES: Final = 2**24


class WrappingCodec:
    """Base class of codecs that wrap another one.

    `wrap` and `unwrap` transform the text of the innermost codec through all wrappers, so that an
    outer codec knows the original text and not only the transformed one.

    :param codec: the codec to wrap; None uses `TYPED_JSON`.
    """

    PREFIX: ClassVar[str]

    def __init__(self, codec: Codec | None) -> None:
        self._inner = codec if isinstance(codec, WrappingCodec) else None
        self._innermost: Codec = self._inner._innermost if self._inner else codec or TYPED_JSON

    def encode(self, value: Any, field: str) -> str:
        """Return the text of a value.

        :param value: the value.
        :param field: name of the field, for error messages.
        :raises ValidationError: if the value cannot be encoded.
        """
        return self.wrap(to_text(value, field, self._innermost))

    def decode(self, text: str) -> Any:
        """Return the value of a text, wrapped or not.

        :param text: the text of a field.
        :raises ValidationError: if the text is damaged.
        """
        return from_text(self.unwrap(text), self._innermost)

    def wrap(self, text: str) -> str:
        """Return the transformed text.

        :param text: text of the innermost codec.
        """
        raise NotImplementedError

    def unwrap(self, text: str) -> str:
        """Return the text of the innermost codec.

        :param text: the text of a field.
        :raises ValidationError: if the text is damaged, or expands to too much text.
        """
        return self._unwrap_all(text, _maximum_size(len(text)))

    def _unwrap_all(self, text: str, limit: int) -> str:
        """Reverse the transformations of this codec and the inner ones.

        :param limit: maximum size of the result, in bytes, for all of the codecs together.
        """
        own = self._unwrap_own(text, limit) if text.startswith(self.PREFIX) else text
        return self._unwrap_inner(own, limit)

    def _unwrap_own(self, text: str, limit: int) -> str:
        """Reverse the transformation of this codec."""
        raise NotImplementedError

    def _wrap_inner(self, text: str) -> str:
        return text if self._inner is None else self._inner.wrap(text)

    def _unwrap_inner(self, text: str, limit: int) -> str:
        return text if self._inner is None else self._inner._unwrap_all(text, limit)


class Compressed(WrappingCodec):
    """Compresses long texts.

    Decompression is bounded: a text may expand to 4 MiB, or to 100 times its compressed size if
    that is more, also through nested codecs. Texts that exceed the bound are not compressed.

    :param codec: the codec to wrap; None uses `TYPED_JSON`.
    :param above: minimum length of compressed texts, in characters.
    """

    PREFIX = "swf+zlib:"
    is_pure: ClassVar[bool] = True

    def __init__(self, codec: Codec | None = None, above: int = 1024) -> None:
        super().__init__(codec)
        self._above = above

    def wrap(self, text: str) -> str:
        """Return the text, compressed if it is long.

        :param text: text of the innermost codec.
        """
        inner = self._wrap_inner(text)
        if len(inner) <= self._above:
            return inner
        data = _to_bytes(inner)
        compressed = zlib.compress(data)
        if max(len(data), len(_to_bytes(text))) > _maximum_size(len(compressed)):
            return inner
        return self.PREFIX + base64.b85encode(compressed).decode()

    def _unwrap_own(self, text: str, limit: int) -> str:
        """Decompress.

        :raises ValidationError: if the text is damaged.
        """
        stream = zlib.decompressobj()
        try:
            compressed = base64.b85decode(text[len(self.PREFIX) :])
            data = stream.decompress(compressed, min(limit, _maximum_size(len(compressed))))
            decompressed = _to_text(data)
        except (zlib.error, ValueError) as error:
            raise ValidationError("payload", self.PREFIX, f"is damaged: {error}") from error
        if stream.unconsumed_tail:
            raise ValidationError("payload", self.PREFIX, "decompresses to too much text")
        if not stream.eof or stream.unused_data:
            raise ValidationError("payload", self.PREFIX, "is damaged: wrong length")
        return decompressed


class Cipher(Protocol):
    """Encrypts and decrypts bytes, e.g. a `cryptography.fernet.Fernet`."""

    def encrypt(self, data: bytes) -> bytes:
        """Return the encrypted data.

        :param data: clear data.
        """

    def decrypt(self, token: bytes) -> bytes:
        """Return the clear data.

        :param token: encrypted data.
        """


class Encrypted(WrappingCodec):
    """Encrypts all texts.

    :param cipher: encrypts and decrypts bytes.
    :param codec: the codec to wrap; must not store clear text. None uses `TYPED_JSON`.
    :param allow_clear_text: whether `decode` accepts text that is not encrypted, which anyone who
        may send payloads can write. False also refuses payloads from before the encryption.
    :raises ValidationError: if `codec` contains a `ClaimCheck`.
    """

    PREFIX = "swf+encrypted:"
    is_pure: ClassVar[bool] = True

    def __init__(
        self, cipher: Cipher, codec: Codec | None = None, *, allow_clear_text: bool = True
    ) -> None:
        super().__init__(codec)
        self._cipher = cipher
        self._allow_clear_text = allow_clear_text
        inner = self._inner
        while inner is not None:
            if isinstance(inner, ClaimCheck):
                raise ValidationError(
                    "codec", ..., "must not store clear text: wrap Encrypted in ClaimCheck"
                )
            inner = inner._inner

    def wrap(self, text: str) -> str:
        """Return the encrypted text.

        :param text: text of the innermost codec.
        """
        data = _to_bytes(self._wrap_inner(text))
        return self.PREFIX + base64.b85encode(self._cipher.encrypt(data)).decode()

    def _unwrap_all(self, text: str, limit: int) -> str:
        """Decrypt.

        :raises ValidationError: if clear text is refused, or the text is damaged.
        """
        if not (self._allow_clear_text or text.startswith(self.PREFIX)):
            raise ValidationError("payload", ..., "must be encrypted")
        return super()._unwrap_all(text, limit)

    def _unwrap_own(self, text: str, limit: int) -> str:  # noqa: ARG002 - nothing expands
        """Decrypt.

        :raises ValidationError: if the text is damaged or was encrypted with another key.
        """
        try:
            return _to_text(self._cipher.decrypt(base64.b85decode(text[len(self.PREFIX) :])))
        except Exception as error:
            raise ValidationError(
                "payload", self.PREFIX, f"cannot be decrypted: {type(error).__name__}"
            ) from error


class ClaimCheck(WrappingCodec):
    """Stores long texts and sends their address.

    The address is derived from the content: equal values are stored once, a replay stores nothing,
    and the stored text is verified. It is the SHA-256 of the stored text; an encrypted text differs
    each time, so this holds only while the process caches the address. With a `secret` the address
    is an HMAC of the clear value, which reveals only which values are equal.

    Recently stored and fetched payloads are cached for some minutes.

    :param store: the store.
    :param codec: the codec to wrap; None uses `TYPED_JSON`.
    :param above: maximum length of texts that are not stored, in characters.
    :param secret: at least 16 bytes, shared by all processes; recommended with `Encrypted`.
    :raises InvalidTypeError: if `secret` is not bytes or too short.
    """

    PREFIX = "swf+stored:"
    is_pure: ClassVar[bool] = True

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
        self._addresses: ExpiringCache[str] = ExpiringCache(MAX_ADDRESSES)
        self._contents: ExpiringCache[bytes] = ExpiringCache(MAX_CONTENT_BYTES)

    def wrap(self, text: str) -> str:
        """Return the text, or its address if it is long.

        :param text: text of the innermost codec.
        """
        address_key = self._address_key(text)
        address = self._addresses.get(address_key)
        if address is not None:
            return address
        wrapped = self._wrap_inner(text)
        if len(wrapped) <= self._above:
            return wrapped
        data = _to_bytes(wrapped)
        key = address_key if self._has_secret else hashlib.sha256(data).hexdigest()
        self._store.put(key, data)
        self._contents.put(key, data, len(data))
        address = f"{self.PREFIX}{key} {len(data)}"
        self._addresses.put(address_key, address)
        return address

    def _unwrap_all(self, text: str, limit: int) -> str:
        """Fetch the text from the store if necessary.

        :raises ValidationError: if the stored text was changed.
        """
        if not text.startswith(self.PREFIX):
            return self._unwrap_inner(text, limit)
        key = text[len(self.PREFIX) :].split(" ")[0]
        if len(key) != 64 or set(key) - set("0123456789abcdef"):
            raise ValidationError("payload", key, "is not the address of a stored payload")
        data = self._contents.get(key)
        is_cached = data is not None
        data = data or self._fetch(key)
        is_same = hashlib.sha256(data).hexdigest() == key
        if not (is_same or self._has_secret):
            raise ValidationError("payload", key, "was changed in its store")
        inner_text = self._unwrap_inner(self._text_of(key, data), _maximum_size(len(data)))
        if not (is_same or hmac.compare_digest(self._address_key(inner_text), key)):
            raise ValidationError(
                "payload", key, "was changed in its store, or stored with another secret"
            )
        if not is_cached:
            self._contents.put(key, data, len(data))
        return inner_text

    def _address_key(self, text: str) -> str:
        return hmac.digest(self._secret, _to_bytes(text), "sha256").hex()

    def _fetch(self, key: str) -> bytes:
        try:
            return self._store.get(key)
        except LookupError as error:
            raise ValidationError("payload", key, "is missing in its store") from error

    def _text_of(self, key: str, data: bytes) -> str:
        try:
            return _to_text(data)
        except UnicodeDecodeError as error:
            raise ValidationError("payload", key, "was changed in its store") from error


def _maximum_size(length: int) -> int:
    """Return the maximum size of a text that is transformed to a text of some length."""
    return max(SMALL_TEXT, MAX_EXPANSION * length)


def _to_bytes(text: str) -> bytes:
    # JSON may contain lone surrogates.
    return text.encode("utf-8", "surrogatepass")


def _to_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
