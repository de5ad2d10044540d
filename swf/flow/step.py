"""`FlowStep`: a node of a flow, and `StepInstance`, one run of it.

A step declares its requirements (`requires`), its instances (`generators`: one instance for each
combination of the dictionaries they yield) and the reaction to failures. Subclasses (activity,
timer, signal, child flow) define how an instance begins and where the history holds its state.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, ClassVar

from swf.engine.ids import fit_id
from swf.engine.throttling import CommandKind
from swf.exceptions import InvalidTypeError
from swf.flow import options, utils
from swf.flow.activity_state import ActivityState
from swf.flow.flow_state import FlowState
from swf.flow.ids import INSTANCE_ID_LIMIT
from swf.models.decision import Decision
from swf.payload import PLAIN_JSON, Codec
from swf.retry import Retry, as_policy

Context = Mapping[str, Any]

Generator = Callable[[dict[str, Any]], Iterable[Mapping[str, Any]]]


def _step(field: str, value: Any) -> FlowStep:
    """Validate a step."""
    if not isinstance(value, FlowStep):
        raise InvalidTypeError(field, value, "must be a step")
    return value


def _steps(field: str, value: Any) -> list[FlowStep]:
    """Validate a list of steps."""
    if isinstance(value, (str, FlowStep)) or not isinstance(value, Iterable):
        raise InvalidTypeError(field, value, "must be a list of steps")
    return [_step(field, each) for each in value]


class FlowStep:
    """A node of a flow.

    A subclass may set any option as a class attribute, which takes precedence over `hydrate`.
    """

    #: The kind of step, for drawings and messages.
    kind: ClassVar[str] = "step"
    #: The options of `hydrate` and their validators.
    OPTIONS: ClassVar[Mapping[str, options.Validator]] = {
        "name": options.any_value,
        "requires": _steps,
        "retry": options.retry,
        "generators": options.generators,
        "when": options.function,
        "max_parallel": options.count,
        "tolerated_failures": options.tolerance,
        "compensation": _step,
    }

    name: str | None = None
    requires: Sequence[FlowStep] = ()
    retry: int | Retry = 0
    generators: Sequence[Generator] = ()
    #: A function of the context: whether the step runs. Evaluated once.
    when: Callable[[dict[str, Any]], bool] | None = None
    #: Maximum number of instances at a time; None: no limit.
    max_parallel: int | None = None
    #: Permanent failures that the step tolerates: a number, or a fraction of the instances.
    tolerated_failures: float = 0
    #: The step that compensates for this one when the flow fails later.
    compensation: FlowStep | None = None
    #: The number of instances at the last call of `instances`.
    pool_size: int = 0

    def hydrate(self, data: Mapping[str, Any]) -> None:
        """Set the options that no subclass has set.

        :param data: options by name; `generator` is an older name of `generators`.
        :raises ValidationError: an option is invalid.
        """
        values = dict(data)
        values["generators"] = values.get("generators") or values.pop("generator", None) or []
        values["requires"] = values.get("requires") or []
        name = values.get("name") or self.name
        for option, validate in self.OPTIONS.items():
            value = values.get(option)
            if value is not None:
                value = validate(f"{option} of {name}", value)
                if not getattr(self, option, None):
                    setattr(self, option, value)

    @property
    def command_kind(self) -> CommandKind | None:
        """The kind of command that begins an instance; None for one without rate and quota."""
        return None

    @property
    def policy(self) -> Retry:
        """The retry policy; `retry=n` means n + 1 attempts without a delay."""
        return as_policy(self.retry)

    @property
    def is_expanded(self) -> bool:
        """Whether the instances depend on the context, so that they must be recorded."""
        return bool(self.generators or self.when)

    def max_failures(self, total: int) -> float:
        """Return how many instances may fail permanently.

        :param total: the number of instances.
        """
        tolerated = self.tolerated_failures
        is_fraction = isinstance(tolerated, float) and tolerated <= 1
        return tolerated * total if is_fraction else tolerated

    def local_contexts(self, context: Context) -> list[dict[str, Any]]:
        """Return the local context of each instance: `[{}]` without generators.

        :param context: the input and results of the execution.
        :raises ValidationError: a generator yields something other than dictionaries.
        """
        values = [self._call_generator(generator, context) for generator in self.generators or ()]
        return [
            {key: value for part in parts for key, value in part.items()}
            for parts in itertools.product(*values)
        ]

    def _call_generator(self, generator: Generator, context: Context) -> list[Mapping[str, Any]]:
        field = f"generators of {self.name}"
        values = generator(deepcopy(dict(context)))
        if isinstance(values, (str, Mapping)) or not isinstance(values, Iterable):
            raise InvalidTypeError(field, values, "must yield one dictionary per instance")
        parts = list(values)
        for part in parts:
            if not isinstance(part, Mapping):
                raise InvalidTypeError(field, part, "must yield one dictionary per instance")
        return parts

    def instances(self, context: Context) -> Iterator[StepInstance]:
        """Call the generators and yield the instances.

        :param context: the input and results of the execution.
        """
        local_contexts = self.local_contexts(context)
        self.pool_size = len(local_contexts)
        for local_context in local_contexts:
            yield self.instance(local_context, context)

    def instance(self, local_context: Context, context: Context) -> StepInstance:
        """Return the instance with a local context.

        :param local_context: the values from the generators.
        :param context: the input and results of the execution.
        """
        return StepInstance(self, dict(local_context), dict(context))

    def start(self, instance: StepInstance, activity_id: str) -> Decision | None:
        """Return the decision that begins an instance; None if the instance only waits.

        :param activity_id: the id of the instance in the history.
        """
        raise NotImplementedError

    def receive(self, flow_state: FlowState, activity_id: str) -> list[Decision]:  # noqa: ARG002
        """Claim the signal that an instance waits for, if there is one.

        :param flow_state: the execution, with its signals.
        :param activity_id: the id of the instance.
        :returns: the decisions that record the claim.
        """
        return []

    def state_in(self, flow_state: FlowState, activity_id: str) -> ActivityState | None:
        """Return the state of an instance in an execution; None if it has not begun.

        :param activity_id: the id of the instance.
        """
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


class StepInstance:
    """One run of a step.

    :param activity_worker: the step.
    :param local_context: the values from the generators; they override the execution's context.
    :param execution_context: the input and results of the execution.
    """

    #: The number of instances of the step; None: use the step's own `pool_size`.
    pool_size: int | None = None
    #: The codec of the input.
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
        """The execution's context, overridden by the local context."""
        return {**self.execution_context, **self.local_context}

    @property
    def activity_name(self) -> str:
        """The name of the step."""
        name: str = self.activity_worker.name
        return name

    @property
    def retry(self) -> Any:
        """The `retry` option of the step."""
        return self.activity_worker.retry

    @property
    def id(self) -> str:
        """The step's name and 1 or a digest of the local context; the same in every replay."""
        suffix = utils.create_dictionary_key(self.local_context) if self.local_context else "1"
        return fit_id(f"{self.activity_name}-{suffix}", INSTANCE_ID_LIMIT)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"
