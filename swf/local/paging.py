"""Pages of a result: size, cursor and the token for the next page."""

from typing import Any

from swf.local import tokens
from swf.local.limits import PAGE, PAGE_TOKEN_LIFE
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
            state = self._step.state
            life = state.poll_token_life or PAGE_TOKEN_LIFE
            members["nextPageToken"] = tokens.page_token(
                state.secret, self._operation, self._params, cursor, self._step.now, life
            )
        return members
