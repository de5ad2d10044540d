"""`Declaration`: the attributes of a workflow class: its type, options and overridable defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from swf.actors.core import non_negative_number, positive_int
from swf.actors.functions import validate_synchronous
from swf.dataflow.exceptions import PayloadError, TaskError, TaskException
from swf.dataflow.signatures import check_arguments, signature_of
from swf.exceptions import InvalidTypeError
from swf.models import fields
from swf.retry import Retry, as_policy

_PACKAGE: Final = f"{__package__}."

#: One year in seconds, the maximum duration of an execution.
YEAR: Final = 31_536_000


class Declaration:
    """Attributes for registering and starting a workflow, also as a child. Timeouts are in seconds.

    Class attributes are validated when the class is created, properties when they are used.

    :raises ValidationError: a class attribute is invalid.
    """

    #: Name of the workflow type. Default: module and qualified name of the class.
    name: ClassVar[str] = ""
    #: Version of the workflow type.
    version: ClassVar[str] = "1.0"
    #: Task list of its decision tasks.
    task_list: ClassVar[str] = "default"
    #: Priority of its decision tasks, and of activities without one; a 32-bit integer.
    task_priority: ClassVar[int | None] = None
    #: As a child: maximum number of retries, or a `Retry` policy.
    retry: ClassVar[int | Retry] = 0
    #: As a child: whether `Future.result` raises when it failed.
    raises_on_failure: ClassVar[bool] = True
    #: Timeout of an execution, at most one year.
    execution_timeout: ClassVar[int] = YEAR
    #: Timeout of a decision task, or `NONE`.
    decision_tasks_timeout: ClassVar[int | str] = 300
    #: Policy for its children when it closes: `TERMINATE`, `REQUEST_CANCEL` or `ABANDON`.
    child_policy: ClassVar[str] = "TERMINATE"
    #: ARN of the IAM role for its Lambda functions.
    lambda_role: ClassVar[str | None] = None
    #: As a child: whether children with equal arguments run once per execution.
    idempotent: ClassVar[bool] = False
    #: Exceptions in `run` that fail the execution, in addition to failures of tasks. Any other
    #: exception is a bug, and the execution stays open until the code is fixed.
    fails_on: ClassVar[tuple[type[Exception], ...]] = ()
    #: Whether a value that cannot be encoded, or is too long, fails the execution. Otherwise it is
    #: a bug as well.
    fails_on_payload_errors: ClassVar[bool] = True
    #: Maximum number of open activity tasks. Default: 1000, the quota of the service.
    max_open_activity_count: ClassVar[int | None] = None
    #: Number of events at which to continue as new. The limit of the service is 25,000.
    event_budget: ClassVar[int] = 20_000
    #: Whether received signals are passed on to the parent.
    propagate_signals_to_parent: ClassVar[bool] = True
    #: Value of `tag_list` that copies the tags of the parent.
    INHERIT_TAG_LIST: Final = ["swf.inherit"]
    #: Tags of its executions, at most 5.
    tag_list: ClassVar[list[str] | None] = None
    _signature: ClassVar[inspect.Signature | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in cls.__dict__:
            cls.name = cls.path()
        cls._signature = signature_of(getattr(cls, "run", None))
        for name in cls._overridden_methods():
            validate_synchronous(name, getattr(cls, name, None))
        for name, validate in _VALIDATORS.items():
            value = inspect.getattr_static(cls, name)
            is_unset = value is None and name in _OPTIONAL
            if not is_unset and not hasattr(value, "__get__"):
                validate(name, value)

    @classmethod
    def _overridden_methods(cls) -> Iterator[str]:
        """Yield the names of the library's methods that this class overrides."""
        for base in cls.__mro__:
            if base.__module__.startswith(_PACKAGE):
                for name, value in vars(base).items():
                    is_method = inspect.isfunction(value) or isinstance(value, classmethod)
                    if is_method and inspect.getattr_static(cls, name) is not value:
                        yield name

    @classmethod
    def path(cls) -> str:
        """Return module and qualified name; simpleflow uses it as the type name of children."""
        return f"{cls.__module__}.{cls.__qualname__}"

    @classmethod
    def check_arguments(cls, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Check that `run` accepts some arguments.

        :param args: positional arguments, which may be futures.
        :param kwargs: keyword arguments, which may be futures.
        :raises InvalidTypeError: an argument is missing or unexpected.
        """
        check_arguments(cls.name, cls._signature, (None, *args), kwargs)

    def fails_with(self, error: BaseException) -> bool:
        """Return whether an exception in the workflow code fails the execution.

        :param error: any other exception is a bug, and the execution stays open.
        """
        if isinstance(error, PayloadError):
            return self.fails_on_payload_errors
        return isinstance(error, (TaskError, TaskException, *self.fails_on))

    # To override. The parameters are the arguments of `run`.

    @classmethod
    def get_workflow_id(cls, *args: Any, **kwargs: Any) -> str | None:  # noqa: ARG003
        """Return the workflow id of an execution; None generates one.

        :param args: the positional arguments of `run`.
        :param kwargs: the keyword arguments of `run`.
        """
        return None

    @classmethod
    def get_task_list(cls, *args: Any, **kwargs: Any) -> str:  # noqa: ARG003
        """Return the task list of an execution.

        :param args: the positional arguments of `run`.
        :param kwargs: the keyword arguments of `run`.
        """
        return cls.task_list

    @classmethod
    def get_tag_list(cls, *args: Any, **kwargs: Any) -> list[str] | None:  # noqa: ARG003
        """Return the tags of an execution, at most five; None for no tags.

        :param args: the positional arguments of `run`.
        :param kwargs: the keyword arguments of `run`.
        """
        return cls.tag_list

    @classmethod
    def declared_priority(cls) -> int | None:
        """Return the priority of the class; None if it is a property."""
        priority: Any = cls.task_priority
        return None if isinstance(priority, property) else priority


def validate_workflow_class(field: str, value: Any) -> None:
    """Check that a value is a workflow class.

    :param field: name of the parameter, for the error message.
    :raises InvalidTypeError: it is not a subclass of `Workflow`.
    """
    if not (isinstance(value, type) and issubclass(value, Declaration)):
        raise InvalidTypeError(field, value, "must be a subclass of Workflow")


def _validate_retry(field: str, value: Any) -> Retry:  # noqa: ARG001 - the signature of validators
    return as_policy(value)


def _validate_exceptions(field: str, value: Any) -> Any:
    for error in value if isinstance(value, (tuple, list, set, frozenset)) else [None]:
        if not (isinstance(error, type) and issubclass(error, Exception)):
            raise InvalidTypeError(field, value, "must be a tuple of exception classes")
    return value


#: Validators of class attributes.
_VALIDATORS: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "name": fields.NAME.validate,
    "version": fields.VERSION.validate,
    "task_list": fields.TASK_LIST.validate,
    "task_priority": fields.PRIORITY.validate,
    "retry": _validate_retry,
    "raises_on_failure": fields.FLAG.validate,
    "execution_timeout": fields.EXECUTION_TIMEOUT.validate,
    "decision_tasks_timeout": fields.seconds().validate,
    "child_policy": fields.CHILD_POLICY.validate,
    "lambda_role": fields.LAMBDA_ROLE.validate,
    "idempotent": fields.FLAG.validate,
    "fails_on": _validate_exceptions,
    "fails_on_payload_errors": fields.FLAG.validate,
    "max_open_activity_count": positive_int,
    "event_budget": non_negative_number,
    "propagate_signals_to_parent": fields.FLAG.validate,
    "tag_list": fields.TAG_LIST.validate,
}

#: Attributes that may be None, so that the default of the service or the type applies.
_OPTIONAL: Final = frozenset(
    (
        "task_list",
        "task_priority",
        "execution_timeout",
        "decision_tasks_timeout",
        "child_policy",
        "lambda_role",
        "max_open_activity_count",
        "tag_list",
    )
)
