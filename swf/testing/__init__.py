"""Test workflows: run them to their end in virtual time, and replay what they did before.

The fixtures of `swf.testing.plugin` are there in every pytest of an environment that has `swf`.
"""

from swf.testing.driving import NothingHappensError, run_until_closed
from swf.testing.replay import Divergence, replay

__all__ = ["Divergence", "NothingHappensError", "replay", "run_until_closed"]
