"""Test workflows: run them to their end in virtual time, and replay what they did before.

The fixtures of `swf.testing.plugin` are there in every pytest of an environment that has `swf`; so
the names here are loaded when they are first used, and pytest starts as fast as ever.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from swf.testing.driver import NoProgressError as NoProgressError
    from swf.testing.driver import run_until_closed as run_until_closed
    from swf.testing.replay import Divergence as Divergence
    from swf.testing.replay import replay as replay

_HOMES = {
    "Divergence": "swf.testing.replay",
    "NoProgressError": "swf.testing.driver",
    "replay": "swf.testing.replay",
    "run_until_closed": "swf.testing.driver",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'swf.testing' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
