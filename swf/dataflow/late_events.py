"""Events that arrive between the return of the code and the end of the execution.

The service refuses a closing decision during which an event arrived, with the cause
`UNHANDLED_DECISION`; other events arrive while the execution waits for its open tasks. The code has
returned by then and could not handle the events. Therefore its last turn is repeated: it is
replayed together with the late events, before the code runs. A signal is then received, and a
cancellation request interrupts the code, where it waited last.

The accepted decisions of the turn, such as markers, must be the first ones of the repeated turn.
If they are not, the turn cannot be repeated: the closing decision is sent again without changes, or
is replaced by a cancellation if that was requested.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from attrs import evolve, frozen

from swf.dataflow import replay
from swf.models.history import DecisionBatch

#: A `DecisionTaskStarted` event, and the last `DecisionTaskCompleted` before the late events, which
#: may be that of a refused closing decision.
Repetition = tuple[int, int]


#: Event that records a request of cancellation -> the event that opened the canceled work, and the
#: attribute that both events have.
_CANCELLATIONS: Final = {
    "ActivityTaskCancelRequested": ("ActivityTaskScheduled", "activityId"),
    "RequestCancelExternalWorkflowExecutionInitiated": (
        "StartChildWorkflowExecutionInitiated",
        "workflowId",
    ),
}


class LateEventsError(Exception):
    """A turn must be repeated with the events that arrived during its closing decision."""

    def __init__(self, repetition: Repetition) -> None:
        super().__init__(repetition)
        self.repetition = repetition


class Repetitions(NamedTuple):
    """The repeated turns of one execution.

    :ivar repeated: Turns that are replayed with late events.
    :ivar unrepeatable: Turns whose decisions the code does not repeat with the late events.
    """

    repeated: tuple[Repetition, ...] = ()
    unrepeatable: frozenset[Repetition] = frozenset()

    def adding(self, repetition: Repetition) -> Repetitions:
        """Return these repetitions with another one."""
        if repetition in self.repeated:
            return self
        return Repetitions((*self.repeated, repetition), self.unrepeatable)

    def without_last(self) -> Repetitions:
        """Return these repetitions with the last one marked as unrepeatable."""
        *others, last = self.repeated
        return Repetitions(tuple(others), self.unrepeatable | {last})


@frozen
class Turn:
    """The events and decisions that one turn of an execution processes.

    :ivar batch: The decision task. In a repeated turn, it includes the late events and the
        decisions of the decision tasks that sent the closing decision again.
    :ivar replaced_tasks: The `DecisionTaskCompleted` events whose refused decisions are left out,
        because a repeated turn has replaced them.
    :ivar is_repeated: Whether the turn is repeated with late events.
    """

    batch: DecisionBatch
    replaced_tasks: frozenset[int] = frozenset()
    is_repeated: bool = False


def turns(batches: Sequence[DecisionBatch], repetitions: Repetitions) -> Iterator[Turn]:
    """Yield the turns of the decision tasks of a history.

    :param batches: The decision tasks.
    :param repetitions: The turns to repeat with late events.
    """
    ends = dict(repetitions.repeated)  # the last repetition of a turn has the most events
    remaining = iter(batches)
    replaced: frozenset[int] = frozenset()
    batch = next(remaining, None)
    while batch is not None:
        end = ends.get(batch.started_event_id)
        if end is None:
            yield Turn(batch, replaced)
            batch, replaced = next(remaining, None), frozenset()
            continue
        tasks = [batch]
        while tasks[-1].completed_event_id != end:
            tasks.append(next(remaining))
        following = next(remaining)
        raws = [raw for task in (*tasks[1:], following) for raw in task._raw_events]
        decisions = [raw for task in tasks for raw in task._raw_decisions if _is_accepted(raw)]
        canceled = _canceled_events(batches, decisions)
        late = [raw for raw in raws if _is_late(raw, batch.started_event_id, canceled)]
        late_ids = {raw["eventId"] for raw in late}
        joined = evolve(batch, raw_events=[*batch._raw_events, *late], raw_decisions=decisions)
        yield Turn(joined, replaced, is_repeated=True)
        replaced = frozenset(task.completed_event_id or 0 for task in tasks)
        rest = [raw for raw in raws if raw["eventId"] not in late_ids]
        batch = evolve(following, raw_events=rest)


def _canceled_events(
    batches: Sequence[DecisionBatch], decisions: Sequence[Mapping[str, Any]]
) -> set[int]:
    """Return the events that opened the activities and children which decisions cancel.

    :param batches: The decision tasks of the history.
    :param decisions: The events that record the decisions.
    """
    requests = set()
    for raw in decisions:
        opening, key = _CANCELLATIONS.get(raw["eventType"], (None, ""))
        if opening is not None:
            requests.add((opening, replay.attributes_of(raw)[key]))
    if not requests:
        return set()
    keys = dict(_CANCELLATIONS.values())
    raws = (raw for batch in batches for raw in batch._raw_decisions if raw["eventType"] in keys)
    return {
        raw["eventId"]
        for raw in raws
        if (raw["eventType"], replay.attributes_of(raw)[keys[raw["eventType"]]]) in requests
    }


def _is_late(raw: Mapping[str, Any], started_event_id: int, canceled: Collection[int]) -> bool:
    """Return whether a repeated turn can process an event.

    :param canceled: The events that opened work which the turn itself cancels.
    """
    if raw["eventType"].startswith("DecisionTask"):
        return False
    attributes = replay.attributes_of(raw)
    if replay.records_decision(raw, attributes):
        return False
    link, _ = replay.OUTCOME_EVENTS.get(raw["eventType"], (None, ""))
    # Outcomes of the turn's own decisions come after these.
    opened = attributes.get(link, 0) if link is not None else 0
    return opened <= started_event_id and opened not in canceled


def _is_accepted(raw: Mapping[str, Any]) -> bool:
    return replay.DECISION_EVENTS[raw["eventType"]].is_accepted
