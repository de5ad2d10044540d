"""Durations in seconds, at the import path of `simpleflow.constants`."""

from swf.constants import DAY, HOUR, MINUTE

__all__ = ["DAY", "HOUR", "MINUTE"]
