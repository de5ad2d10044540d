"""A timeline of an execution: as SVG, as a page of HTML around it, or as text for a terminal.

A bar for each attempt of an activity, child, Lambda function or timer: full while it ran, in the
colour of how it ended, pale while it waited; what decided when the execution closed (its critical
path) is underlined. Below stand the decisions; signals, markers and requests to cancel are dots.
"""

from __future__ import annotations

from swf.models.history import History
from swf.report import page
from swf.report import svg as _svg
from swf.report import text as _text
from swf.report.bars import drawing
from swf.report.words import shown

__all__ = ["html", "shown", "svg", "text"]


def svg(history: History) -> str:
    """Return the timeline as SVG.

    :raises HistoryError: the history is empty.
    """
    return _svg.draw(drawing(history))


def html(history: History, title: str | None = None) -> str:
    """Return the timeline as a page that needs nothing else.

    :param title: by default the type of the execution.
    :raises HistoryError: the history is empty.
    """
    return page.of(history, title)


def text(history: History, width: int = 100, colors: bool = False) -> str:
    """Return the timeline as lines of text.

    :param width: Maximum length of a line in characters.
    :param colors: Whether to use terminal colors.
    :raises HistoryError: the history is empty.
    """
    return _text.draw(drawing(history, lanes=_text.LANES), width, colors)
