"""`Query`, the arguments of a request, and `Page`, the answer before it is rendered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from attrs import field, frozen


class BadRequest(Exception):  # noqa: N818 - named after the HTTP status
    """The request is invalid; the message names the value and the rule."""


class NotFound(Exception):  # noqa: N818 - named after the HTTP status
    """The page does not exist."""


class MethodNotAllowed(Exception):  # noqa: N818 - named after the HTTP status
    """The page does not have this method.

    :param methods: the methods that it has.
    """

    def __init__(self, method: str, methods: tuple[str, ...]) -> None:
        super().__init__(f"{method}: this page has {', '.join(methods)}")
        self.methods = methods


class Forbidden(Exception):  # noqa: N818 - named after the HTTP status
    """The request is refused; the message contains the reason and how to permit it."""


def address(*parts: str) -> str:
    """Return the path of these parts, each quoted; a part may hold any character."""
    return "/".join(quote(part.encode("utf-8", "surrogatepass"), safe="") for part in parts)


@frozen
class Query:
    """A request to a page.

    :param path: The variable parts of the address, decoded.
    :param arguments: The arguments of the address; of a repeated argument the last value.
    :param lists: The same with all values.
    :param form: The fields of a submitted form.
    """

    path: Mapping[str, str]
    arguments: Mapping[str, str] = field(factory=dict)
    lists: Mapping[str, list[str]] = field(factory=dict)
    form: Mapping[str, list[str]] = field(factory=dict)

    def text(self, name: str) -> str | None:
        """Return an argument without surrounding blanks; None if it is absent or empty."""
        return self.arguments.get(name, "").strip() or None

    def number(self, name: str, default: int, *, lowest: int, highest: int) -> int:
        """Return a whole number among the arguments.

        :param default: Value of an absent argument.
        :raises BadRequest: The argument is not a number, or out of range.
        """
        text = self.text(name)
        if text is None:
            return default
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            raise BadRequest(f"{name}={text}: must be a whole number from {lowest} to {highest}")
        return int(text)

    def flag(self, name: str) -> bool:
        """Return whether an argument is set."""
        return self.arguments.get(name, "") not in ("", "0", "false")

    def values(self, name: str) -> list[str]:
        """Return the values of a form field."""
        return [value for value in self.form.get(name, ()) if value.strip()]

    def value(self, name: str) -> str | None:
        """Return the last value of a form field; None if it is absent or empty."""
        values = self.values(name)
        return values[-1] if values else None


@frozen
class Page:
    """The content of a page.

    :param template: Name of the template without its extension.
    :param title: Title of the page.
    :param data: Values of the template and members of the JSON form; only values that JSON has.
    :param command: The equivalent `swf` command; None without one.
    :param trail: The pages above this one: title and address of each.
    :param status: HTTP status.
    :param markup: Trusted HTML fragments (drawings of `swf.report`), which JSON leaves out.
    """

    template: str
    title: str
    data: dict[str, Any]
    command: str | None = None
    trail: tuple[tuple[str, str], ...] = ()
    status: int = 200
    markup: dict[str, str] = field(factory=dict)


@frozen
class Redirect:
    """A redirect to another page after a form was processed.

    :param address: Where to go, below the console's root.
    :param notice: One sentence about the result, shown on the next page.
    """

    address: str
    notice: str = ""
