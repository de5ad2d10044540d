"""`EventField`: an attribute of an entity that is decoded from one of its events on access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from swf.models.event.factory import EventFactory
from swf.models.history.entity_record import Wire

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")

#: Attributes of an entity that hold an event; a field takes the first of its events that is set.
OPENED = ("_opened", "_closed")  # a refused attempt has only the event that closed it
STARTED = ("_started",)
CLOSED = ("_closed",)


class EventField(Generic[T]):
    """A read-only attribute: `reason = EventField[str | None]("reason", CLOSED, "The reason.")`.

    :param member: the attribute of the event as on the wire; `"taskList.name"` is a member of a
        structure. A missing attribute is None.
    :param events: the names of the entity's attributes that may hold the event.
    :param doc: the docstring of the attribute.
    """

    def __init__(self, member: str, events: tuple[str, ...], doc: str) -> None:
        self._member, _, self._inner = member.partition(".")
        self._events = events
        self.__doc__ = doc

    @overload
    def __get__(self, entity: None, owner: type[Any]) -> Self: ...

    @overload
    def __get__(self, entity: object, owner: type[Any]) -> T: ...

    def __get__(self, entity: Any, owner: type[Any]) -> Any:
        if entity is None:
            return self
        for name in self._events:
            event = getattr(entity, name)
            if event:
                value = decode_attribute(event, self._member)
                return (value or {}).get(self._inner) if self._inner else value
        return None

    def __set__(self, entity: object, value: object) -> None:
        # A data descriptor, so that `help` and Sphinx list it as an attribute.
        raise AttributeError("the attributes of a history are read-only")


def decode_attribute(event: Wire | None, member: str) -> Any:
    """Return the decoded attribute of an event; None without an event or an attribute.

    :param member: the attribute as on the wire.
    """
    return EventFactory(event).decoded(member) if event else None
