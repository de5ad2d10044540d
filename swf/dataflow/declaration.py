"""`Declaration`: what a workflow class says of itself: its type, its options, and whatever of that
depends on the arguments of `run`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from swf.actors.core import non_negative_number, positive_int
from swf.dataflow.activity import as_policy
from swf.exceptions import InvalidTypeError
from swf.models import fields
from swf.retry import Retry

#: A year, the longest that an execution may take.
YEAR: Final = 31_536_000


class Declaration:
    """How a workflow is registered and started, also as a child. Timeouts are seconds.

    What a class says is checked when the class is made; what a property says, when it is used.
    """

    #: The name of its type; module and qualified name if not set.
    name: ClassVar[str] = ""
    version: ClassVar[str] = "1.0"
    task_list: ClassVar[str] = "default"
    #: The priority of its decision tasks, and of activities that set none.
    task_priority: ClassVar[int | None] = None
    #: How often it is tried again as a child.
    retry: ClassVar[int | Retry] = 0
    #: Whether asking for its result, when it failed as a child, raises.
    raises_on_failure: ClassVar[bool] = True
    execution_timeout: ClassVar[int] = YEAR
    decision_tasks_timeout: ClassVar[int | str] = 300
    child_policy: ClassVar[str] = "TERMINATE"
    lambda_role: ClassVar[str | None] = None
    #: Whether children with equal arguments are one child.
    idempotent: ClassVar[bool] = False
    #: Errors in `run` that fail the execution, beside those of tasks. Any other is taken for a bug:
    #: the execution stays open until somebody repairs it.
    fails_on: ClassVar[tuple[type[Exception], ...]] = ()
    #: How many activity tasks it may have open; 1000 is what the service allows.
    max_open_activity_count: ClassVar[int | None] = None
    #: From how many events on `should_continue_as_new` is true; the service allows 25,000.
    event_budget: ClassVar[int] = 20_000
    propagate_signals_to_parent: ClassVar[bool] = True
    #: The value of `tag_list` for the tags of the parent.
    INHERIT_TAG_LIST: Final = ["swf.inherit"]
    tag_list: ClassVar[list[str] | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in cls.__dict__:
            cls.name = cls.path()
        for name, accept in _MUST_BE.items():
            value = inspect.getattr_static(cls, name)
            is_unset = value is None and name in _MAY_BE_NONE
            if not is_unset and not hasattr(value, "__get__"):
                accept(name, value)

    @classmethod
    def path(cls) -> str:
        """Return where it is declared; simpleflow calls the types of children so."""
        return f"{cls.__module__}.{cls.__qualname__}"

    # What may be overridden with methods: they are given the arguments of `run`.

    @classmethod
    def get_workflow_id(cls, *args: Any, **kwargs: Any) -> str | None:  # noqa: ARG003
        """Return the workflow id for some arguments; None has one made."""
        return None

    @classmethod
    def get_task_list(cls, *args: Any, **kwargs: Any) -> str:  # noqa: ARG003
        """Return the task list for some arguments."""
        return cls.task_list

    @classmethod
    def get_tag_list(cls, *args: Any, **kwargs: Any) -> list[str] | None:  # noqa: ARG003
        """Return the tags for some arguments."""
        return cls.tag_list

    @classmethod
    def declared_priority(cls) -> int | None:
        """Return the priority that can be known before the code runs."""
        priority: Any = cls.task_priority
        return None if isinstance(priority, property) else priority


def accept_workflow(field: str, value: Any) -> None:
    """Refuse what is no class of workflows."""
    if not (isinstance(value, type) and issubclass(value, Declaration)):
        raise InvalidTypeError(field, value, "must be a subclass of Workflow")


def _accept_retry(field: str, value: Any) -> Retry:  # noqa: ARG001 - it knows its name
    return as_policy(value)


def _accept_errors(field: str, value: Any) -> Any:
    for error in value if isinstance(value, (tuple, list, set, frozenset)) else [None]:
        if not (isinstance(error, type) and issubclass(error, Exception)):
            raise InvalidTypeError(field, value, "must be a tuple of classes of errors")
    return value


#: What the attributes must be.
_MUST_BE: Final[Mapping[str, Callable[[str, Any], Any]]] = {
    "name": fields.NAME.validate,
    "version": fields.VERSION.validate,
    "task_list": fields.TASK_LIST.validate,
    "task_priority": fields.PRIORITY.validate,
    "retry": _accept_retry,
    "raises_on_failure": fields.FLAG.validate,
    "execution_timeout": fields.EXECUTION_TIMEOUT.validate,
    "decision_tasks_timeout": fields.seconds().validate,
    "child_policy": fields.CHILD_POLICY.validate,
    "lambda_role": fields.LAMBDA_ROLE.validate,
    "idempotent": fields.FLAG.validate,
    "fails_on": _accept_errors,
    "max_open_activity_count": positive_int,
    "event_budget": non_negative_number,
    "propagate_signals_to_parent": fields.FLAG.validate,
    "tag_list": fields.TAG_LIST.validate,
}

#: Those that may also be None: the service, or the type, then says what it is.
_MAY_BE_NONE: Final = frozenset(
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
