"""Codecs: how values travel as text between deciders and workers, there and back again.

`TypedJSON` is JSON that keeps what JSON cannot say: dates, times, sets, tuples, bytes, decimals,
uuids, and classes that were registered with it. Nothing that a text names is imported: an unknown
class stays a dictionary. Others wrap a codec: `Compressed`, `Encrypted`, and `ClaimCheck`, which
puts what is too long for a field into a store and sends its address.
"""

from swf.codecs.stores import DirectoryStore, S3Store, Store
from swf.codecs.typed import TYPED_JSON, TypedJSON
from swf.codecs.wrappers import Cipher, ClaimCheck, Compressed, Encrypted

__all__ = [
    "TYPED_JSON",
    "Cipher",
    "ClaimCheck",
    "Compressed",
    "DirectoryStore",
    "Encrypted",
    "S3Store",
    "Store",
    "TypedJSON",
]
