"""The tab about the code of an execution: steps or positions, and the result of a replay."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from swf.console.code import code_name, compare_flow, find_code, show_flow, show_workflow
from swf.console.histories import Subject
from swf.console.page import Page, Query
from swf.console.pages.execution import tab_page
from swf.console.problems import loggable
from swf.flow import Flow

if TYPE_CHECKING:
    from swf.console.code import Code
    from swf.console.site import Site

logger = logging.getLogger(__name__)


def code(site: Site, query: Query) -> Page:
    """Show the steps of a flow, or the lines at which workflow code waits."""
    subject = site.subject(query)
    declared = find_code(site.options.codes, subject.recording.full)
    data: dict[str, Any] = {
        "code_name": None,
        "steps": [],
        "positions": [],
        "difference": None,
        "error": None,
    }
    drawing = ""
    if declared is not None:
        data["code_name"] = code_name(declared)
        try:
            drawing = _replay(site, subject, declared, data)
        except Exception as error:
            exc_info = loggable(error, is_redacted=site.options.is_redacted)
            logger.info("Replay failed: code=%s", data["code_name"], exc_info=exc_info)
            data["error"] = type(error).__name__
            if not site.options.is_redacted:
                data["error"] += f": {error}"
    return tab_page(site, "code", subject, data, "execution history --raw", {"drawing": drawing})


def _replay(site: Site, subject: Subject, code: Code, data: dict[str, Any]) -> str:
    """Add steps or positions and the difference to the data of the page; return the drawing."""
    drawing = ""
    if isinstance(code, Flow):
        data["steps"], drawing = show_flow(code, subject)
        difference = compare_flow(code, subject)
    else:
        data["positions"], difference = show_workflow(code, subject, site.options.codec)
    if difference is not None and site.options.is_redacted:
        difference = difference.partition("\n")[0]
    data["difference"] = difference
    return drawing
