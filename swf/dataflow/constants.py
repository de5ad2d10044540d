"""Durations in seconds at the import path of simpleflow; see `swf.compat`."""

from swf.compat import DAY, HOUR, MINUTE

__all__ = ["DAY", "HOUR", "MINUTE"]
