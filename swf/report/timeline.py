"""A timeline of an execution: as SVG, as an HTML page, or as text for a terminal.

Each attempt of an activity, child, Lambda function or timer is a bar: pale while it waits, then in
the color of its outcome while it runs. The attempts on the critical path are underlined. Decision
tasks are below; signals, markers and cancel requests are dots.
"""

from __future__ import annotations

from swf.models.history import History
from swf.report.bars import build_drawing
from swf.report.formatting import format_duration
from swf.report.page import render_page
from swf.report.svg import draw_svg
from swf.report.text import LANES, draw_text

__all__ = ["format_duration", "html", "svg", "text"]


def svg(history: History) -> str:
    """Return the timeline as SVG.

    :raises HistoryError: the history is empty.
    """
    return draw_svg(build_drawing(history))


def html(history: History, title: str | None = None) -> str:
    """Return the timeline as an HTML page without external files.

    :param title: the heading; the workflow type by default.
    :raises HistoryError: the history is empty.
    """
    return render_page(history, title)


def text(history: History, width: int = 100, colors: bool = False) -> str:
    """Return the timeline as lines of text.

    :param width: the maximum length of a line in characters.
    :param colors: use the colors of a terminal.
    :raises HistoryError: the history is empty.
    """
    return draw_text(build_drawing(history, lanes=LANES), width, colors)
