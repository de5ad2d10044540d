"""`StepState`: the state of a step in an execution: its requirements and its instances."""

from __future__ import annotations

from itertools import islice
from typing import Any

from swf.exceptions import SWFError
from swf.flow.continuation import StepContinuation
from swf.flow.instance_status import InstanceProgress, InstanceStatus
from swf.flow.step import FlowStep


class ActivityFailedError(SWFError):
    """An instance failed more often than its step allows.

    :param activity_id: the id of the instance.
    :param attempts: the number of failed attempts.
    :param reason: the reason of the last failure.
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
    """The state of a step in an execution.

    :param order: the position of the step in the flow.
    """

    def __init__(self, step: FlowStep, order: int) -> None:
        self.step = step
        self.order = order
        #: The number of required steps that are not finished.
        self.missing = len({str(required.name) for required in step.requires})
        #: The steps that require this one.
        self.dependents: list[StepState] = []
        #: The local context of each instance by its id; None while they are not known.
        self.instances: dict[str, dict[str, Any]] | None = None
        self.pending: dict[str, None] = {}
        self.retrying: dict[str, InstanceProgress] = {}
        self.failed: dict[str, None] = {}
        self.completed: set[str] = set()
        self.finished = False

    @property
    def name(self) -> str:
        """The name of the step."""
        return str(self.step.name)

    @property
    def total(self) -> int:
        """The number of instances; 0 while they are not known."""
        return len(self.instances or ())

    @property
    def active(self) -> int:
        """The number of instances that have begun and not finished."""
        return self.total - len(self.pending) - len(self.completed) - len(self.failed)

    @property
    def unfinished_ids(self) -> list[str]:
        """The ids of the instances that have neither completed nor failed permanently."""
        completed, failed = self.completed, self.failed
        return [i for i in self.instances or () if i not in completed and i not in failed]

    @property
    def is_broken(self) -> bool:
        """Whether more instances failed permanently than the step tolerates."""
        return len(self.failed) > self.step.max_failures(self.total)

    @property
    def is_complete(self) -> bool:
        """Whether all instances have finished, and no more failed than the step tolerates."""
        if self.instances is None or self.is_broken:
            return False
        return len(self.completed) + len(self.failed) == self.total

    def ready(self) -> list[str]:
        """Return the ids of the pending instances that `max_parallel` allows to begin now."""
        limit = self.step.max_parallel
        room = len(self.pending) if limit is None else max(0, limit - self.active)
        return list(islice(self.pending, room))

    def set_status(self, instance_id: str, progress: InstanceProgress) -> None:
        """Set the status of an instance."""
        status = progress.status
        # An instance that stays in a group keeps its place, so that caching changes no order.
        if status is InstanceStatus.PENDING:
            self.pending[instance_id] = None
        else:
            self.pending.pop(instance_id, None)
        if status in (InstanceStatus.RETRY, InstanceStatus.RETRY_LATER):
            self.retrying[instance_id] = progress
        else:
            self.retrying.pop(instance_id, None)
        if status is InstanceStatus.FAILED:
            self.failed[instance_id] = None
        else:
            self.failed.pop(instance_id, None)
        if status is InstanceStatus.COMPLETED:
            self.completed.add(instance_id)

    def continuation(self) -> StepContinuation:
        """Return the finished instances for the next execution."""
        index = {instance_id: i for i, instance_id in enumerate(self.instances or ())}
        return StepContinuation(
            list((self.instances or {}).values()),
            sorted(index[instance_id] for instance_id in self.completed),
            sorted(index[instance_id] for instance_id in self.failed),
            keep=self.step.compensation is not None,
        )
