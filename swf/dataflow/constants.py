"""Durations for timeouts, in seconds, where programs for simpleflow look for them."""

from swf.constants import DAY, HOUR, MINUTE

__all__ = ["DAY", "HOUR", "MINUTE"]
