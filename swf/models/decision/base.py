"""`Decision`: a decision of a decider, built, validated and displayed.

A decision is its wire dictionary: it compares, copies, pickles and serializes as one. A class
stands for a subject (`TimerDecision`) and a method for an action (`start`); both forms build the
same decision::

    TimerDecision("start", timer_id="t", start_to_fire_timeout=60)
    TimerDecision().start(timer_id="t", start_to_fire_timeout=60)

None is not sent, and the registered default of the type applies; zero and the empty text are
sent. Decisions know no client and no history. `table.py` defines the attributes of each decision.
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
    """A decision about one subject: each subclass is a subject, its methods are the actions.

    :param action: the method to call with the other arguments; None calls no method.
    :raises ValidationError: an attribute breaks a documented limit, or a required one is missing.
    """

    not_actions: ClassVar[Mapping[str, str]] = {}  # method -> why it is not an action

    def __init__(self, action: str | None = None, *args: Any, **attributes: Any) -> None:
        super().__init__()
        if action is not None:
            self._method(action)(*args, **attributes)

    @classmethod
    def actions(cls) -> list[str]:
        """Return the names of the methods that build a decision."""
        return [name for name in dir(cls) if isinstance(getattr(cls, name), Action)]

    @staticmethod
    def from_wire(wire: Mapping[str, Any]) -> Decision:
        """Return the decision in a wire dictionary.

        :param wire: `{"decisionType": ..., "...DecisionAttributes": {...}}`.
        :raises ValidationError: an attribute breaks a documented limit, a required one is missing,
            or a member is unknown.
        """
        if not isinstance(wire, Mapping):
            raise InvalidTypeError(
                "decision", wire, "must be a Decision or a dictionary of the wire"
            )
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
        """Return a new wire dictionary.

        :raises ValidationError: the decision was changed and is invalid now.
        """
        return dict(Decision.from_wire(self))

    def validate(self) -> None:
        """Validate the decision.

        :raises ValidationError: the service would refuse it.
        """
        Decision.from_wire(self)

    @property
    def type(self) -> str | None:
        """The decision type, e.g. `"StartTimer"`; None before the call of an action."""
        return self.get("decisionType")

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The attributes by their names on the wire, without unset ones."""
        return self[_key(self.type)] if self.type else {}

    @property
    def is_closing(self) -> bool:
        """Whether it closes the execution; a closing decision must be the last of a response."""
        return self.type in CLOSING

    def update_attributes(self, members: Mapping[str, Any]) -> None:
        """Change attributes.

        :param members: the new values by their names on the wire; None changes nothing.
        :raises ValidationError: a value breaks a rule. The decision does not change then.
        """
        wire = self.to_wire()
        changes = {name: value for name, value in members.items() if value is not None}
        wire[_key(wire["decisionType"])].update(changes)
        self.update(Decision.from_wire(wire))

    def __repr__(self) -> str:
        name = type(self).__name__
        if self.type not in _BUILDERS:
            return f"{name}({dict(self) or ''})"
        return f"{name}({_BUILDERS[self.type][1].format_arguments(self.attributes)})"

    def _method(self, action: str) -> Callable[..., Self]:
        if not isinstance(getattr(type(self), action, None), Action):
            rule = self.not_actions.get(action, f"must be one of {', '.join(self.actions())}")
            raise ValidationError("action", action, rule)
        method: Callable[..., Self] = getattr(self, action)
        return method


class Action:
    """A method that builds a decision of one type: `start = Action("StartTimer")`.

    It takes the attributes of the type by position, name or alias, and returns the decision.

    :param decision_type: the decision type of the API.
    """

    def __init__(self, decision_type: str) -> None:
        self.decision_type = decision_type
        self.attributes = DECISIONS[decision_type]
        self.key = _key(decision_type)
        self._by_name = {name: a for a in self.attributes for name in (a.name, a.alias) if name}
        self._by_wire_name = {attribute.wire_name: attribute for attribute in self.attributes}
        self.__doc__ = f"Build a {decision_type} decision and return it."
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
        """Fill a decision and return it.

        :param members: the attributes by their names on the wire.
        """
        return self._fill(decision, self._by_wire_name, members.items())

    def format_arguments(self, members: Mapping[str, Any]) -> str:
        """Return the arguments, as Python code, that build a decision.

        :param members: the attributes by their names on the wire.
        """
        arguments = (
            f"{attribute.name}={attribute.kind.read(members[attribute.wire_name])!r}"
            for attribute in self.attributes
            if attribute.wire_name in members
        )
        return ", ".join([repr(self.__name__), *arguments])

    def _fill(
        self, decision: D, names: Mapping[str, Attribute], values: Iterable[tuple[str, Any]]
    ) -> D:
        """Replace the attributes of a decision; an error leaves it unchanged.

        :param names: the attributes by the names that the caller may use.
        :param values: (name, value) pairs.
        """
        fields: dict[str, tuple[str, Any]] = {}
        for field, value in values:
            if field not in names:
                raise InvalidKeywordArgumentError.unknown(field, value, names)
            if names[field].name in fields:
                raise InvalidKeywordArgumentError(field, value, "the attribute is given twice")
            fields[names[field].name] = field, value
        members = self._members(fields)
        decision.clear()
        decision.update({"decisionType": self.decision_type, self.key: members})
        return decision

    def _members(self, fields: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
        """Return the attributes on the wire.

        :param fields: attribute -> (the name that the caller used, value).
        """
        members = {}
        for attribute in self.attributes:
            field, value = fields.get(attribute.name, (attribute.name, None))
            if value is not None:
                members[attribute.wire_name] = attribute.kind.to_wire(field, value)
            elif attribute.required:
                raise ValidationError(field, None, f"is required by {self.decision_type}")
        return members


def _key(decision_type: str) -> str:
    """Return the member that holds the attributes of a decision."""
    return f"{decision_type[0].lower()}{decision_type[1:]}DecisionAttributes"


def _signature(attributes: Iterable[Attribute]) -> Signature:
    """Return the signature of an action, which `help` displays."""
    kind = Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        Parameter(a.name, kind, default=Parameter.empty if a.required else None) for a in attributes
    ]
    return Signature([Parameter("self", kind), *parameters])


# Decision type -> the class and the action that build it; each action registers its own.
_BUILDERS: dict[str, tuple[type[Decision], Action]] = {}
