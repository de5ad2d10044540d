"""Tools for testing workflows: run them in virtual time and replay recorded histories.

pytest loads the fixtures of `swf.testing.plugin` in every environment with `swf`, so the names of
this package are imported on first use to keep pytest's startup fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from swf.testing.driver import NoProgressError as NoProgressError
    from swf.testing.driver import run_until_closed as run_until_closed
    from swf.testing.replayer import Divergence as Divergence
    from swf.testing.replayer import replay as replay

_HOMES = {
    "Divergence": "swf.testing.replayer",
    "NoProgressError": "swf.testing.driver",
    "replay": "swf.testing.replayer",
    "run_until_closed": "swf.testing.driver",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'swf.testing' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
