"""`HistoryQuerySet`: the histories of a domain's executions."""

from __future__ import annotations

from itertools import islice

from swf.exceptions import ValidationError
from swf.models.fields import PAGE_SIZE
from swf.models.history import History
from swf.models.workflow import WorkflowExecution
from swf.querysets.domain import InDomain


class HistoryQuerySet(InDomain):
    """The histories of a domain's executions, one at a time."""

    def get(
        self,
        run_id: str,
        workflow_id: str,
        max_results: int | None = None,
        page_size: int = 100,
        reverse: bool = False,
    ) -> History:
        """Return the history of one execution; it stands in the order of event ids in any case.

        :param max_results: how many events are wanted; all, a call per page, when None.
        :param page_size: events a call, 1 to 1000.
        :param reverse: whether `max_results` counts from the newest event.
        :raises WorkflowExecutionDoesNotExist: when the service does not know the execution.
        """
        PAGE_SIZE.validate("page_size", page_size)
        if max_results is not None and max_results < 1:
            raise ValidationError("max_results", max_results, "must be 1 or more, or None")
        execution = WorkflowExecution(self.domain, workflow_id, run_id, connection=self._connection)
        size = page_size if max_results is None else min(page_size, max_results)
        events = execution.history_events(reverse_order=reverse, page_size=size)
        return History.from_event_list(islice(events, max_results))
