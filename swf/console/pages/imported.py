"""Import: the pages of an execution from the file of its history, without any call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from swf.console.page import Page, Query, Redirect

if TYPE_CHECKING:
    from swf.console.site import Site


def form(site: Site, query: Query) -> Page:  # noqa: ARG001 - a view takes both
    """Show the form that takes a file."""
    return Page("import", "Import a history", {}, "swf check FILE")


def store(site: Site, query: Query) -> Redirect:
    """Read the history of a form, and redirect to its page."""
    subject = site.imports.add(query.value("file") or query.value("text") or "")
    return Redirect(subject.base)
