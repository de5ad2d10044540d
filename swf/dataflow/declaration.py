"""`Declaration`: what a workflow class says of itself: its type, its options, and whatever of that
depends on the arguments of `run`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from swf.retry import Retry

#: A year, the longest that an execution may take.
YEAR: Final = 31_536_000


class Declaration:
    """How a workflow is registered and started, also as a child. Timeouts are seconds."""

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
