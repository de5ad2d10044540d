"""The flow of `greeting`, whose payloads a codec writes."""

from __future__ import annotations

from greeting import domain, hello, name

from swf.codecs import Compressed

__all__ = ["codec", "domain", "hello", "name"]

codec = Compressed(above=10)
