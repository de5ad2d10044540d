"""Durations in seconds, under the import path that simpleflow documents."""

from swf.constants import DAY, HOUR, MINUTE

__all__ = ["DAY", "HOUR", "MINUTE"]
