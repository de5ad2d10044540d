"""How operations page: the size of a page, where it begins, the token for the next one."""

from typing import Any

from swf.local import tokens
from swf.local.limits import PAGE
from swf.local.step import EngineStep


class Paging:
    """The page that a request asks for; `cursor` is None for the first one."""

    __slots__ = ("_operation", "_params", "_step", "cursor", "size")

    def __init__(self, step: EngineStep, operation: str, params: dict[str, Any]) -> None:
        self._step = step
        self._operation = operation
        self._params = params
        self.size: int = params.get("maximumPageSize") or PAGE
        self.cursor: Any = tokens.read_page_token(step.state.secret, operation, params, step.now)

    def answer(self, response: dict[str, Any], cursor: Any) -> dict[str, Any]:
        """Add the token for the page that begins at `cursor`; None means that there is none."""
        if cursor is not None:
            response["nextPageToken"] = tokens.page_token(
                self._step.state.secret, self._operation, self._params, cursor, self._step.now
            )
        return response
