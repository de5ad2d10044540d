"""Codecs: conversion of values to text between deciders and workers.

`TypedJSON` extends JSON by dates, times, sets, tuples, bytes, decimals, UUIDs and registered
classes. Decoding never imports the class that a text names: an unknown class stays a dictionary.
`SimpleflowJSON` reads and writes as simpleflow does.
Other codecs wrap a codec: `Compressed`, `Encrypted`, and `ClaimCheck`, which stores large payloads
and sends their address.

A codec is a `swf.payload.Codec`: an object with `encode` and `decode`. A codec that wraps another
is a `WrappingCodec` (`wrappers.py`) with a prefix; a Python type of `TypedJSON` is a writer and a
reader in `typed.py`.
"""

from swf.codecs.simpleflow import SIMPLEFLOW_JSON, SimpleflowJSON
from swf.codecs.stores import DirectoryStore, S3Store, Store
from swf.codecs.typed import TYPED_JSON, TypedJSON
from swf.codecs.wrappers import Cipher, ClaimCheck, Compressed, Encrypted

__all__ = [
    "SIMPLEFLOW_JSON",
    "TYPED_JSON",
    "Cipher",
    "ClaimCheck",
    "Compressed",
    "DirectoryStore",
    "Encrypted",
    "S3Store",
    "SimpleflowJSON",
    "Store",
    "TypedJSON",
]
