"""The plugin as it stands in this checkout, whether it is installed or not."""

from __future__ import annotations

from swf.testing.plugin import swf_clock, swf_domain, swf_local

__all__ = ["swf_clock", "swf_domain", "swf_local"]
