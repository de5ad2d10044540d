"""`Node`: a step of a run, what it waits for, and where each of its instances stands."""

from __future__ import annotations

from itertools import islice
from typing import Any

from swf.exceptions import SWFError
from swf.flow.continuation import StepContinuation
from swf.flow.flow_state import FlowState
from swf.flow.instance_status import InstanceProgress, InstanceStatus, retry_timer_id
from swf.flow.step import FlowStep
from swf.models.decision import Decision, start_timer


class ActivityFailedError(SWFError):
    """An instance failed more often than its step allows.

    :param activity_id: the instance.
    :param reason: what went wrong the last time.
    """

    def __init__(self, activity_id: str, attempts: int = 1, reason: str = "") -> None:
        super().__init__(activity_id, attempts, reason)
        self.activity_id = activity_id
        self.attempts = attempts
        self.reason = reason

    def __str__(self) -> str:
        times = "once" if self.attempts == 1 else f"{self.attempts} times"
        return f"{self.activity_id} failed {times}: {self.reason or 'no reason given'}"


class StepState:
    """A step of a run: what it waits for, and where its instances stand."""

    def __init__(self, step: FlowStep, order: int) -> None:
        self.step = step
        self.order = order
        self.missing = len({str(required.name) for required in step.requires})
        self.behind: list[StepState] = []
        #: The local context of each instance by its id, once they are known.
        self.instances: dict[str, dict[str, Any]] | None = None
        self.new: dict[str, None] = {}
        self.retrying: dict[str, InstanceProgress] = {}
        self.failed: dict[str, None] = {}
        self.done: set[str] = set()
        self.finished = False

    @property
    def name(self) -> str:
        """The step's name."""
        return str(self.step.name)

    @property
    def total(self) -> int:
        """How many instances there are; 0 while they are not known."""
        return len(self.instances or ())

    @property
    def active(self) -> int:
        """How many have begun and not come to an end."""
        return self.total - len(self.new) - len(self.done) - len(self.failed)

    @property
    def active_ids(self) -> list[str]:
        """The ids of the instances that have not come to an end."""
        return [i for i in self.instances or () if i not in self.done and i not in self.failed]

    @property
    def tolerated(self) -> float:
        """How many instances may fail for good."""
        allowed = self.step.tolerated_failures
        return allowed * self.total if 0 < allowed < 1 else allowed

    @property
    def is_broken(self) -> bool:
        """Whether more instances failed than may."""
        return len(self.failed) > self.tolerated

    @property
    def is_complete(self) -> bool:
        """Whether all that it had to do is done."""
        if self.instances is None or self.is_broken:
            return False
        return len(self.done) + len(self.failed) == self.total

    def due(self) -> list[str]:
        """Return the ids of the new instances that may begin now."""
        limit = self.step.max_parallel
        room = len(self.new) if limit is None else max(0, limit - self.active)
        return list(islice(self.new, room))

    def place(self, activity_id: str, found: InstanceProgress) -> None:
        """Note where an instance stands."""
        for places in (self.new, self.retrying, self.failed):
            places.pop(activity_id, None)
        if found.status is InstanceStatus.NEW:
            self.new[activity_id] = None
        elif found.status in (InstanceStatus.DUE, InstanceStatus.DELAYED):
            self.retrying[activity_id] = found
        elif found.status is InstanceStatus.FAILED:
            self.failed[activity_id] = None
        elif found.status is InstanceStatus.DONE:
            self.done.add(activity_id)


def step_continuation(node: StepState) -> StepContinuation:
    """Return what was done of a step."""
    place = {activity_id: index for index, activity_id in enumerate(node.instances or ())}
    return StepContinuation(
        list((node.instances or {}).values()),
        sorted(place[activity_id] for activity_id in node.done),
        sorted(place[activity_id] for activity_id in node.failed),
        keep=node.step.compensation is not None,
    )


def delayed(run: FlowState, step: FlowStep, activity_id: str, delay: int) -> Decision:
    """Return the decision that delays the next attempt of an instance."""
    state = step.state_in(run, activity_id)
    failures = state.failures if state else 0
    return start_timer(retry_timer_id(activity_id, failures), delay)
