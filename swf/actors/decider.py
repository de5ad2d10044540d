"""Decider: takes decision tasks, and answers them with decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from swf.actors.core import Actor, Polled
from swf.constants import DATA_LIMIT
from swf.exceptions import InvalidKeywordArgumentError
from swf.models import DecisionTask
from swf.models.decision import Decision
from swf.payload import encode

#: Members of a poll's request that the caller may choose.
POLL_OPTIONS = {
    "maximum_page_size": "maximumPageSize",
    "reverse_order": "reverseOrder",
    "start_at_previous_started_event": "startAtPreviousStartedEvent",
}


class Decider(Actor):
    """Take decision tasks from a task list and answer them.

    Source: API Reference, PollForDecisionTask, RespondDecisionTaskCompleted.
    """

    def poll(self, task_list: str | None = None, identity: str | None = None, **kw: Any) -> Polled:
        """Wait up to 60 seconds for a decision task; unpacks as `(token, history)`.

        The task's other fields are attributes of what is returned: `execution`, `workflow_type`,
        `started_event_id`, `previous_started_event_id`. All pages of the history are gathered; one
        that is throttled is asked for again.

        :param task_list: another list than the decider's own.
        :param identity: another name than the decider's own.
        :param kw: `maximum_page_size`, `reverse_order` (the order of the pages; the history is
            always in order), `start_at_previous_started_event` (only what is new).
        :raises PollTimeout: when no task came.
        :raises DoesNotExistError: when the domain does not exist, or the task does not any more.
        """
        params = self._from(task_list, identity)
        params |= {_option(name, value): value for name, value in kw.items()}
        data = self._poll("PollForDecisionTask", params)
        events = list(data["events"])
        while token := data.get("nextPageToken"):
            page = partial(
                self.connection.call, "PollForDecisionTask", nextPageToken=token, **params
            )
            data = self._persist(page)
            events.extend(data["events"])
        whole = {**data, "events": events}
        task = DecisionTask.from_poll(self.domain, params["taskList"]["name"], whole)
        return Polled(task, task.history)

    def complete(
        self,
        task_token: str,
        decisions: Iterable[Decision | Mapping[str, Any]] | None = None,
        execution_context: Any = None,
        task_list: str | None = None,
        task_list_schedule_to_start_timeout: int | str | None = None,
    ) -> None:
        """Answer a decision task.

        :param decisions: `Decision`s, or decisions as they are on the wire.
        :param execution_context: what to keep with the execution, for `describe` and for deciders.
        :param task_list: the list for the decision tasks of this run from here on.
        :param task_list_schedule_to_start_timeout: seconds (or `NONE`) that one may wait there;
            then the run goes back to the list it was started with.
        :raises ValidationError: when a decision is wrong; nothing is sent then.
        :raises DoesNotExistError: when the task is not waiting for an answer any more.
        """
        timeout = task_list_schedule_to_start_timeout
        self.connection.call(
            "RespondDecisionTaskCompleted",
            taskToken=task_token,
            decisions=[Decision.from_wire(decision) for decision in decisions or ()],
            executionContext=encode(execution_context, "execution_context", DATA_LIMIT),
            taskList=None if task_list is None else {"name": task_list},
            taskListScheduleToStartTimeout=None if timeout is None else str(timeout),
        )


def _option(name: str, value: object) -> str:
    if name not in POLL_OPTIONS:
        raise InvalidKeywordArgumentError.unknown(name, value, POLL_OPTIONS)
    return POLL_OPTIONS[name]
