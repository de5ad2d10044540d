"""Render a page as HTML or JSON, and escape the text of executions.

Jinja escapes markup in every value. `escape_controls` also escapes control and bidirectional
characters, so that a reason cannot reorder or hide the text around it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import cache, lru_cache, partial
from importlib import resources
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup

from swf.console.page import Page, address
from swf.console.site import Options
from swf.text import escape_controls


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """Return the environment of all templates; undefined names are errors."""
    env = jinja2.Environment(
        loader=jinja2.PackageLoader("swf.console"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
    )
    env.filters.update(moment=moment, urlencode_path=address, number=number, json=indent)
    env.globals.update(urlencode=urlencode, form_id=partial(token_urlsafe, 12))
    return env


def render(page: Page, options: Options, context: Mapping[str, Any]) -> str:
    """Return the HTML of a page.

    :param context: Values of the frame around the page: form token, notice, calls spent.
    """
    template = environment().get_template(f"{page.template}.html")
    return template.render(
        **page.data,
        **{name: Markup(escape_controls(text, lines=True)) for name, text in page.markup.items()},  # noqa: S704
        page=page,
        options=options,
        root=options.prefix,
        **context,
    )


def as_json(page: Page) -> str:
    """Return the JSON form of a page; non-ASCII characters are escaped."""
    return json.dumps({"title": page.title, "command": page.command, **page.data}, default=str)


def _finalize(value: Any) -> Any:
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return escape_controls(value, lines=True)


def moment(value: str | datetime | None, unit: str = "seconds") -> Markup:
    """Return a time as an element that shows UTC and holds the exact time.

    :param unit: the smallest unit that is shown, as in `datetime.isoformat`.
    """
    if not value:
        return Markup("")
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    utc = time.astimezone(timezone.utc).replace(tzinfo=None)
    return Markup('<time datetime="{}">{}Z</time>').format(
        time.isoformat(), utc.isoformat(" ", unit)
    )


def number(value: float | timedelta) -> str:
    """Return a number with separators between thousands."""
    return f"{value:,}"


def indent(value: object) -> str:
    """Return a value as JSON on several lines."""
    return json.dumps(value, indent=2, ensure_ascii=False)


@cache
def static(name: str) -> bytes | None:
    """Return a static file; None if it does not exist."""
    file = resources.files("swf.console") / "static" / name
    return file.read_bytes() if "/" not in name and file.is_file() else None
