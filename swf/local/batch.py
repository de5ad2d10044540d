"""The context in which the decisions of one decision task are applied."""

from collections.abc import Callable
from typing import Any

from swf.local import limits
from swf.local.entities import Attributes, Execution
from swf.local.step import STARTS, EngineStep


class Batch:
    """Applies the decisions of one completed decision task.

    :param is_unhandled: whether the execution has a decision task that waits, so that closing
        decisions fail.
    """

    __slots__ = ("completed_event_id", "execution", "is_unhandled", "needs_decision", "step")

    def __init__(self, step: EngineStep, execution: Execution, is_unhandled: bool) -> None:
        self.step = step
        self.execution = execution
        self.is_unhandled = is_unhandled
        self.completed_event_id = 0
        self.needs_decision = False

    def append(self, event_type: str, **attributes: Any) -> int:
        """Append an event that refers to the completed decision task."""
        return self.step.append(
            self.execution,
            event_type,
            decisionTaskCompletedEventId=self.completed_event_id,
            **attributes,
        )

    def initiate(self, consequence: str, event_type: str, attributes: Attributes) -> None:
        """Append an event, and queue its consequence until after the batch.

        A consequence of `step.STARTS` follows at its deadline instead, if starts are delayed.

        :param consequence: a key of `consequences.CONSEQUENCES`.
        :param attributes: the attributes of the event.
        """
        event_id = self.append(event_type, **attributes)
        is_delayed = consequence in STARTS and self.step.state.deadlines.delays_starts
        if event_id and not is_delayed:
            details = {**attributes, "decisionTaskCompletedEventId": self.completed_event_id}
            self.step.consequences.append((consequence, self.execution, event_id, details))

    def has_token(self, decision: str) -> bool:
        """Take a token from the account's bucket for a decision type; return whether it had one."""
        return self.step.has_token(("decision", decision), limits.DECISION_RATES.get(decision))


DecisionRule = Callable[[Batch, Attributes], "str | None"]
"""Appends the events of a decision and returns None, or returns the cause of its failure."""
