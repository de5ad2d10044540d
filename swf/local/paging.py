"""Pages of a result: size, cursor and the token for the next page."""

from typing import Any

from swf.local import tokens
from swf.local.limits import PAGE
from swf.local.step import EngineStep


class Paging:
    """The page that a request selects.

    `cursor` is the position of its first item, None for the first page.
    """

    __slots__ = ("_operation", "_params", "_step", "cursor", "size")

    def __init__(self, step: EngineStep, operation: str, params: dict[str, Any]) -> None:
        self._step = step
        self._operation = operation
        self._params = params
        self.size: int = params.get("maximumPageSize") or PAGE
        self.cursor: Any = tokens.read_page_token(step.state.secret, operation, params, step.now)

    def response(self, members: dict[str, Any], cursor: Any) -> dict[str, Any]:
        """Return a response with the token for the next page.

        :param cursor: the position of the next page; None if this page is the last.
        """
        if cursor is not None:
            members["nextPageToken"] = tokens.page_token(
                self._step.state.secret, self._operation, self._params, cursor, self._step.now
            )
        return members
