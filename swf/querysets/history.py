"""`HistoryQuerySet`: the histories of the executions of a domain."""

from __future__ import annotations

from itertools import islice

from swf.exceptions import ValidationError
from swf.models.fields import PAGE_SIZE
from swf.models.history import History
from swf.models.workflow import WorkflowExecution
from swf.querysets.domain import InDomain


class HistoryQuerySet(InDomain):
    """The histories of the executions of a domain, fetched one at a time.

    Source: API Reference, GetWorkflowExecutionHistory.
    """

    def get(
        self,
        run_id: str,
        workflow_id: str,
        max_results: int | None = None,
        page_size: int = 100,
        reverse: bool = False,
    ) -> History:
        """Return the history of one execution, always ordered by event id.

        :param run_id: run id of the execution.
        :param workflow_id: workflow id of the execution.
        :param max_results: maximum number of events; None fetches all, one call per page.
        :param page_size: events per call, 1 to 1000.
        :param reverse: True counts `max_results` from the newest event.
        :raises WorkflowExecutionDoesNotExist: if the execution does not exist.
        :raises ValidationError: if `page_size` or `max_results` is out of range.
        """
        PAGE_SIZE.validate("page_size", page_size)
        if max_results is not None and max_results < 1:
            raise ValidationError("max_results", max_results, "must be 1 or more, or None")
        execution = WorkflowExecution(self.domain, workflow_id, run_id, connection=self._connection)
        size = page_size if max_results is None else min(page_size, max_results)
        events = execution.history_events(reverse_order=reverse, page_size=size)
        return History.from_event_list(islice(events, max_results))
