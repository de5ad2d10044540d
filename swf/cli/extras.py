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


def install_hint(module: str, extra: str | None = None) -> str:
    """Return the command that installs an optional module.

    :param module: a key of `EXTRAS`.
    :param extra: the extra of the command, if it is not that of `EXTRAS`.
    """
    extra = extra or EXTRAS[module]
    return f"{module} is not installed: pip install '.[{extra}]' in a clone of swf"
