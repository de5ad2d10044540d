"""Lambda functions: tasks that invoke an AWS Lambda function with a value."""

from __future__ import annotations

from typing import Any

from swf.dataflow.arguments import resolve
from swf.dataflow.base_future import Future
from swf.dataflow.commands import Attributes
from swf.dataflow.encoding import writing
from swf.dataflow.ids import Scope
from swf.dataflow.retryable_command import RetryableCommand
from swf.dataflow.runtime import WorkflowRuntime
from swf.dataflow.submittable import CallTask
from swf.engine.ids import fit_id
from swf.engine.throttling import CommandKind
from swf.models.decision import Decision, schedule_lambda_function
from swf.models.fields import seconds, text
from swf.models.history.entity import Entity
from swf.retry import as_policy

_NAME = text(64, minimum=1)
_SECONDS = seconds(900, minimum=1, unlimited=False)


class LambdaCommand(RetryableCommand):
    """Schedules a Lambda function. SWF: ScheduleLambdaFunction."""

    kind = "Lambda function"
    quota = CommandKind.LAMBDA

    @property
    def name(self) -> str:
        return str(self.task.name)

    @property
    def expected_attributes(self) -> Attributes:
        return {"id": self.id, "name": self.name, "input": self.input}

    def attempt(self) -> Entity:
        return self.runtime.view.full.lambdas.by_event(self.open_event_id or 0)

    def decision(self) -> Decision:
        return schedule_lambda_function(
            self.id, self.name, input=self.input, start_to_close_timeout=self.task.timeout
        )

    def cancel(self) -> bool:
        """Cancel the future only: the service cannot cancel a Lambda function."""
        if self._delay_timer is not None:
            self._delay_timer.cancel()
        self.runtime.queue.withdraw(self)
        return True


class LambdaTask(CallTask):
    """An AWS Lambda function and its argument.

    :param name: name or ARN of the function, at most 64 characters.
    :param value: the argument; it may contain futures.
    :param timeout: seconds until the invocation times out, from 1 to 900. None for the default of
        the service, 300.
    :param retry: maximum number of retries, or a `Retry` policy.
    :raises ValidationError: a parameter is invalid.
    """

    def __init__(
        self, name: str, value: Any = None, timeout: int | None = None, retry: Any = 0
    ) -> None:
        super().__init__(value)
        with writing():
            self.name: str = _NAME.validate("name", name)
        self.timeout: int | None = _SECONDS.validate_optional("timeout", timeout)
        self.retry = retry
        self.policy = as_policy(retry)

    @property
    def input(self) -> Any:
        """The argument of the function."""
        return resolve(self.args[0])

    def start(self, runtime: WorkflowRuntime, scope: Scope) -> Future:
        """Schedule the invocation."""
        task_id = fit_id(scope.next(self.name))
        future = runtime.tracker.create(self, task_id, raises_on_failure=bool(self.raises))
        return self._begin(runtime, LambdaCommand(runtime, task_id, self, future, self.policy))
