"""`LambdaEvents`: the events of Lambda functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swf.models.history.writer import HistoryWriter, end_references, opened_event_id

if TYPE_CHECKING:
    from typing_extensions import Self


class LambdaEvents(HistoryWriter):
    """The events of Lambda functions."""

    __slots__ = ()

    def lambda_scheduled(
        self,
        function_id: str,
        name: str = "function",
        input: Any = None,  # noqa: A002 - the service's name
        **attributes: Any,
    ) -> Self:
        """Decide to call a Lambda function.

        :param name: the name or ARN of the function.
        """
        others = {"input": input, **attributes}
        return self.decide(
            "LambdaFunctionScheduled", function_id=function_id, function_name=name, **others
        )

    def lambda_started(self, function_id: str) -> Self:
        """Let the function start.

        :param function_id: the id of an open Lambda function.
        """
        record = self.open_record(self._state().lambdas, function_id)
        return self.happen("LambdaFunctionStarted", scheduled_event_id=opened_event_id(record))

    def lambda_completed(self, function_id: str, result: Any = None) -> Self:
        """Let the function complete.

        :param function_id: the id of an open Lambda function.
        """
        record = self.running_record(self._state().lambdas, function_id, self.lambda_started)
        return self.happen("LambdaFunctionCompleted", **end_references(record), result=result)

    def lambda_failed(
        self, function_id: str, reason: str | None = None, details: Any = None
    ) -> Self:
        """Let the function fail.

        :param function_id: the id of an open Lambda function.
        """
        record = self.running_record(self._state().lambdas, function_id, self.lambda_started)
        return self.happen(
            "LambdaFunctionFailed", **end_references(record), reason=reason, details=details
        )

    def lambda_timed_out(self, function_id: str) -> Self:
        """Let the function time out.

        :param function_id: the id of an open Lambda function.
        """
        record = self.running_record(self._state().lambdas, function_id, self.lambda_started)
        return self.happen(
            "LambdaFunctionTimedOut", **end_references(record), timeout_type="START_TO_CLOSE"
        )

    def schedule_lambda_failed(
        self, function_id: str, cause: str = "ID_ALREADY_IN_USE", name: str = "function"
    ) -> Self:
        """Refuse the decision to call a Lambda function.

        :param cause: the cause of the refusal, one of the API's values.
        """
        return self.decide(
            "ScheduleLambdaFunctionFailed", function_id=function_id, function_name=name, cause=cause
        )

    def start_lambda_failed(
        self,
        function_id: str,
        cause: str = "ASSUME_ROLE_FAILED",
        message: str | None = None,
    ) -> Self:
        """Let the service fail to call the function.

        :param message: the service's explanation.
        """
        record = self.open_record(self._state().lambdas, function_id)
        return self.happen(
            "StartLambdaFunctionFailed",
            scheduled_event_id=opened_event_id(record),
            cause=cause,
            message=message,
        )
