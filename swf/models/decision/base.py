"""Decision: what a decider answers to a decision task, built, checked and shown.

A decision *is* its wire dictionary: it compares, copies, pickles and serialises as one. A class
stands for a subject (`TimerDecision`) and a method for an action (`start`); both forms build the
same decision::

    TimerDecision("start", timer_id="t", start_to_fire_timeout=60)
    TimerDecision().start(timer_id="t", start_to_fire_timeout=60)

What is None is not sent, and the registered type's default applies; zero and the empty text are
values and are sent. Nothing here knows a client or a history. Read `table.py` first: it says what
each decision has; this file only applies it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import Parameter, Signature
from types import MethodType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from swf.exceptions import InvalidKeywordArgumentError, InvalidTypeError, ValidationError
from swf.models.decision.table import CLOSING, DECISIONS, Attribute

if TYPE_CHECKING:
    from typing_extensions import Self

D = TypeVar("D", bound="Decision")


class Decision(dict[str, Any]):
    """A decision about one subject; a subclass names the subject, its methods are the actions.

    :param action: the method to call with the other arguments; None leaves that to the caller.
    :raises ValidationError: if an attribute breaks a documented limit or a required one is missing.
    """

    refused: ClassVar[Mapping[str, str]] = {}  # what sounds like an action -> why it is none

    def __init__(self, action: str | None = None, *args: Any, **attributes: Any) -> None:
        super().__init__()
        if action is not None:
            self._method(action)(*args, **attributes)

    @classmethod
    def actions(cls) -> list[str]:
        """Return the names of the methods that make this a decision."""
        return [name for name in dir(cls) if isinstance(getattr(cls, name), Action)]

    @staticmethod
    def from_wire(wire: Mapping[str, Any]) -> Decision:
        """Return the decision that `wire` spells (`{"decisionType": ..., ...Attributes: {...}}`).

        :raises ValidationError: as building it would; an unknown member is refused too.
        """
        if not isinstance(wire, Mapping):
            raise InvalidTypeError("decision", wire, "must be a Decision, or a mapping as sent")
        decision_type = wire.get("decisionType")
        if decision_type not in _BUILDERS:
            raise ValidationError(
                "decisionType", decision_type, f"must be one of {list(_BUILDERS)}"
            )
        kind, action = _BUILDERS[decision_type]
        for name in wire.keys() - {"decisionType", action.key}:
            raise InvalidKeywordArgumentError.unknown(name, wire[name], [action.key])
        return action.read(kind(), wire.get(action.key) or {})

    def to_wire(self) -> dict[str, Any]:
        """Return a fresh wire dictionary, checked once more: a decision can be changed."""
        return dict(Decision.from_wire(self))

    def validate(self) -> None:
        """Raise `ValidationError` if the service would refuse this decision."""
        Decision.from_wire(self)

    @property
    def type(self) -> str | None:
        """The decision type, e.g. `"StartTimer"`; None before an action was called."""
        return self.get("decisionType")

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The attributes by their names on the wire; what is not sent is not there."""
        return self[_key(self.type)] if self.type else {}

    @property
    def is_closing(self) -> bool:
        """Whether this decision closes the execution; such a one must be the last of a response."""
        return self.type in CLOSING

    def update_attributes(self, members: Mapping[str, Any]) -> None:
        """Change attributes, named as on the wire; None leaves one as it is."""
        wire = self.to_wire()
        given = {name: value for name, value in members.items() if value is not None}
        wire[_key(wire["decisionType"])].update(given)
        self.update(Decision.from_wire(wire))

    def __repr__(self) -> str:
        name = type(self).__name__
        if self.type not in _BUILDERS:
            return f"{name}({dict(self) or ''})"
        return f"{name}({_BUILDERS[self.type][1].show(self.attributes)})"

    def _method(self, action: str) -> Callable[..., Self]:
        if not isinstance(getattr(type(self), action, None), Action):
            rule = self.refused.get(action, f"must be one of {', '.join(self.actions())}")
            raise ValidationError("action", action, rule)
        method: Callable[..., Self] = getattr(self, action)
        return method


class Action:
    """A method that makes a decision of one type: `start = Action("StartTimer")`.

    It takes the attributes of the type by position, name or alias, and returns the decision.
    """

    def __init__(self, decision_type: str) -> None:
        self.decision_type = decision_type
        self.attributes = DECISIONS[decision_type]
        self.key = _key(decision_type)
        self._by_name = {name: a for a in self.attributes for name in (a.name, a.alias) if name}
        self._by_wire_name = {attribute.wire_name: attribute for attribute in self.attributes}
        self.__doc__ = f"Make this a {decision_type} decision, and return it."
        self.__signature__ = _signature(self.attributes)

    def __set_name__(self, owner: type[Decision], name: str) -> None:
        self.__name__ = name
        _BUILDERS[self.decision_type] = (owner, self)

    def __get__(self, decision: D | None, owner: type[D]) -> Callable[..., D]:
        return self if decision is None else MethodType(self, decision)

    def __call__(self, decision: D, *args: Any, **values: Any) -> D:
        if len(args) > len(self.attributes):
            raise TypeError(f"{self.__name__} takes {len(self.attributes)} attributes at most")
        by_position = zip((attribute.name for attribute in self.attributes), args, strict=False)
        return self._fill(decision, self._by_name, [*by_position, *values.items()])

    def read(self, decision: D, members: Mapping[str, Any]) -> D:
        """Fill `decision` from the `members` of the wire's attributes structure."""
        return self._fill(decision, self._by_wire_name, members.items())

    def show(self, members: Mapping[str, Any]) -> str:
        """Return the arguments, as one would type them, that give `members`."""
        given = (a for a in self.attributes if a.wire_name in members)
        shown = (f"{a.name}={a.kind.read(members[a.wire_name])!r}" for a in given)
        return ", ".join([repr(self.__name__), *shown])

    def _fill(
        self, decision: D, known: Mapping[str, Attribute], given: Iterable[tuple[str, Any]]
    ) -> D:
        """Make `decision` what is `given`, or raise and leave it as it was."""
        fields: dict[str, tuple[str, Any]] = {}
        for field, value in given:
            if field not in known:
                raise InvalidKeywordArgumentError.unknown(field, value, known)
            if known[field].name in fields:
                raise InvalidKeywordArgumentError(field, value, "the attribute is given twice")
            fields[known[field].name] = field, value
        members = self._members(fields)
        decision.clear()
        decision.update({"decisionType": self.decision_type, self.key: members})
        return decision

    def _members(self, fields: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
        """Return the wire's attributes for the `fields`: attribute -> the caller's word, value."""
        members = {}
        for attribute in self.attributes:
            field, value = fields.get(attribute.name, (attribute.name, None))
            if value is not None:
                members[attribute.wire_name] = attribute.kind.to_wire(field, value)
            elif attribute.required:
                raise ValidationError(field, None, f"is required by {self.decision_type}")
        return members


def _key(decision_type: str) -> str:
    """Return the name of the member that holds a decision's attributes."""
    return f"{decision_type[0].lower()}{decision_type[1:]}DecisionAttributes"


def _signature(attributes: Iterable[Attribute]) -> Signature:
    """Return what `help` shows of a method that takes `attributes`."""
    kind = Parameter.POSITIONAL_OR_KEYWORD
    taken = [
        Parameter(a.name, kind, default=Parameter.empty if a.required else None) for a in attributes
    ]
    return Signature([Parameter("self", kind), *taken])


# Decision type -> the class and the action that make it; each action adds itself.
_BUILDERS: dict[str, tuple[type[Decision], Action]] = {}
