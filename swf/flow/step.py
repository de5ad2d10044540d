"""`Step`: a node of a flow, whatever it stands for, and `Instance`, one run of it.

A step says what must be complete before it (`requires`), how often it runs (`generators`: a
dictionary each, as many instances as there are combinations) and what is done when an instance
fails. What it stands for (an activity, a timer, a signal, a child flow) is told by a subclass: how
an instance is begun, and where its state is found in a history.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from swf.exceptions import InvalidTypeError
from swf.flow import options, utils
from swf.flow.activity_state import ActivityState
from swf.models.decision import Decision
from swf.payload import PLAIN_JSON, Codec
from swf.retry import Retry

if TYPE_CHECKING:
    from swf.flow.flow_state import FlowState

Context = Mapping[str, Any]

#: Characters of an instance's id; what is left of 256 is for its retry timers (`verdict.py`).
INSTANCE_ID_LIMIT = 240

Generator = Callable[[dict[str, Any]], Iterable[Mapping[str, Any]]]


def _step(field: str, value: Any) -> FlowStep:
    """Accept a step."""
    if not isinstance(value, FlowStep):
        raise InvalidTypeError(field, value, "must be a step")
    return value


def _steps(field: str, value: Any) -> list[FlowStep]:
    """Accept a list of steps."""
    if isinstance(value, (str, FlowStep)) or not isinstance(value, Iterable):
        raise InvalidTypeError(field, value, "must be a list of steps")
    return [_step(field, each) for each in value]


class FlowStep:
    """A node of a flow.

    A subclass may set any of the options as a class attribute; it takes precedence over what is
    given to `hydrate`.
    """

    #: What it is called in drawings and messages.
    kind: ClassVar[str] = "step"
    #: What `hydrate` takes, and what accepts it.
    OPTIONS: ClassVar[Mapping[str, options.Validator]] = {
        "name": options.anything,
        "requires": _steps,
        "retry": options.retry,
        "generators": options.functions,
        "when": options.function,
        "max_parallel": options.count,
        "tolerated_failures": options.tolerance,
        "compensation": _step,
    }

    name: str | None = None
    requires: Sequence[FlowStep] = ()
    retry: int | Retry = 0
    generators: Sequence[Generator] = ()
    #: Whether it runs at all: a function of the context, asked once.
    when: Callable[[dict[str, Any]], bool] | None = None
    #: How many of its instances run at a time; None: all of them.
    max_parallel: int | None = None
    #: How many of its instances may fail for good: a number, or a part of all below 1.
    tolerated_failures: float = 0
    #: The step that undoes this one when the flow fails later.
    compensation: FlowStep | None = None
    #: How many instances there were when `instances` was last asked.
    pool_size: int = 0

    def hydrate(self, data: Mapping[str, Any]) -> None:
        """Take the options of `data` that no subclass has set.

        :raises ValidationError: one is not what it may be.
        """
        given = dict(data)
        given["generators"] = given.get("generators") or given.pop("generator", None) or []
        given["requires"] = given.get("requires") or []
        name = given.get("name") or self.name
        for option, accept in self.OPTIONS.items():
            value = given.get(option)
            if value is not None:
                value = accept(f"{option} of {name}", value)
                if not getattr(self, option, None):
                    setattr(self, option, value)

    @property
    def policy(self) -> Retry:
        """When what failed is tried again: `retry=n` is n + 1 attempts, one right after another."""
        if isinstance(self.retry, Retry):
            return self.retry
        return Retry(max_attempts=int(self.retry or 0) + 1)

    @property
    def is_expanded(self) -> bool:
        """Whether its instances depend on the context, so that they must be recorded."""
        return bool(self.generators or self.when)

    def local_contexts(self, context: Context) -> list[dict[str, Any]]:
        """Return the local context of each instance: `[{}]` without generators."""
        values = [self._generated(generator, context) for generator in self.generators or ()]
        return [
            {key: value for part in parts for key, value in part.items()}
            for parts in itertools.product(*values)
        ]

    def _generated(self, generator: Generator, context: Context) -> list[Mapping[str, Any]]:
        field = f"generators of {self.name}"
        given = generator(dict(context))
        if isinstance(given, (str, Mapping)) or not isinstance(given, Iterable):
            raise InvalidTypeError(field, given, "must give dictionaries, one for each instance")
        parts = list(given)
        for part in parts:
            if not isinstance(part, Mapping):
                raise InvalidTypeError(field, part, "must give dictionaries, one for each instance")
        return parts

    def instances(self, context: Context) -> Iterator[StepInstance]:
        """Yield the instances for a context; generators are asked."""
        locals_ = self.local_contexts(context)
        self.pool_size = len(locals_)
        for local in locals_:
            yield self.instance(local, context)

    def instance(self, local_context: Context, context: Context) -> StepInstance:
        """Return the instance that has this local context."""
        return StepInstance(self, dict(local_context), dict(context))

    def start(self, instance: StepInstance, activity_id: str) -> Decision | None:
        """Return the decision that begins an instance; None if it only waits."""
        raise NotImplementedError

    def receive(self, run: FlowState, activity_id: str) -> list[Decision]:  # noqa: ARG002
        """Take what an instance waits for, if it is there; return the decisions that record it."""
        return []

    def state_in(self, run: FlowState, activity_id: str) -> ActivityState | None:
        """Return what is known of an instance in a run; None if nothing."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class StepInstance:
    """One run of a step: its local context, made by generators, over that of the execution."""

    #: How many instances the step has, if that is known of this one.
    pool_size: int | None = None
    #: How what it is sent is written.
    codec: Codec = PLAIN_JSON

    def __init__(
        self,
        activity_worker: Any,
        local_context: dict[str, Any] | None = None,
        execution_context: dict[str, Any] | None = None,
    ) -> None:
        self.activity_worker = activity_worker
        self.local_context = local_context or {}
        self.execution_context = execution_context or {}

    @property
    def global_context(self) -> dict[str, Any]:
        """All that the instance knows; its local context wins."""
        return {**self.execution_context, **self.local_context}

    @property
    def activity_name(self) -> str:
        """The name of the step."""
        name: str = self.activity_worker.name
        return name

    @property
    def retry(self) -> Any:
        """What the step says about retries."""
        return self.activity_worker.retry

    @property
    def id(self) -> str:
        """The step's name, and 1 or a digest of the local context: the same in every replay."""
        suffix = utils.create_dictionary_key(self.local_context) if self.local_context else "1"
        return utils.fit_id(f"{self.activity_name}-{suffix}", INSTANCE_ID_LIMIT)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"
