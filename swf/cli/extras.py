"""The optional packages of the command, and how to install them."""

from __future__ import annotations

from typing import Final

#: Optional modules -> the extra that installs them.
EXTRAS: Final = {
    "aiohttp": "local",
    "click": "cli",
    "greenlet": "dataflow",
    "jinja2": "console",
    "rich": "cli",
    "tomli": "cli",
    "yaml": "cli",
}


def install_hint(module: str) -> str:
    """Return the command that installs an optional module.

    :param module: a key of `EXTRAS`.
    """
    return f"{module} is not installed: pip install '.[{EXTRAS[module]}]' in a clone of swf"
