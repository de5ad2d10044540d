"""Bring domains and types to the state that is declared: `plan`, then `Plan.apply`.

A declaration is the models themselves. `plan` asks the service for each and changes nothing; what
it returns shows itself and can be applied. Planning again after it was applied finds nothing to do.

Settings are fixed at registration (Source: API Reference, RegisterWorkflowType), so a type whose
settings should be others is not a step: the plan says what differs, and a new version is the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, TypeAlias, cast

from attrs import field, frozen

from swf.constants import DEPRECATED, REGISTERED
from swf.exceptions import (
    AlreadyExistsError,
    DeprecatedError,
    InvalidTypeError,
    PlanError,
    SWFError,
    ValidationError,
)
from swf.models.activity import ActivityType
from swf.models.diff import ModelDiff
from swf.models.display import Displayed, DisplayTable
from swf.models.domain import Domain
from swf.models.type import Type
from swf.models.workflow import WorkflowType

CREATE = "create"
UNDEPRECATE = "undeprecate"
DEPRECATE = "deprecate"
TAG = "tag"
UNTAG = "untag"

Declared: TypeAlias = "Domain | Type"
Key: TypeAlias = "tuple[Any, ...]"

#: What the service assigns, and the status, which has steps of its own.
_NOT_SETTINGS = ("status", "creation_date", "deprecation_date", "arn", "tags")


@frozen
class Step:
    """One thing to do: an action on a model; for tags, on the tags of these keys."""

    action: str
    model: Declared
    keys: tuple[str, ...] = ()

    def apply(self) -> None:
        """Do it; what is done already, by this plan or by somebody else, is fine."""
        _ACTIONS[self.action](self)

    def __str__(self) -> str:
        keys = f" ({', '.join(self.keys)})" if self.keys else ""
        return f"{self.action} {_label(self.model)}{keys}"


@frozen
class Impossible:
    """Something that is not as declared and cannot be made so."""

    model: Declared
    reason: str
    differences: ModelDiff = field(factory=ModelDiff)

    def __str__(self) -> str:
        differing = ", ".join(
            f"{attr} is {upstream!r} and should be {local!r}"
            for attr, local, upstream in self.differences
        )
        return f"{_label(self.model)}: {differing + '; ' if differing else ''}{self.reason}"


@frozen(repr=False)
class Plan(Displayed):
    """What has to be done; false when that is nothing.

    :param steps: in the order in which they are applied: a domain before its types.
    :param impossible: what differs and cannot be changed.
    :param extra: types that are registered and not declared.
    """

    steps: tuple[Step, ...] = ()
    impossible: tuple[Impossible, ...] = ()
    extra: tuple[Type, ...] = ()

    def apply(self, dry_run: bool = False) -> list[Step]:
        """Carry out the steps, a call each and a second one to create what is deprecated.

        :param dry_run: send nothing.
        :return: the steps that were carried out, or would be.
        :raises PlanError: when a step fails. It holds what was done and what is left; planning
            again takes up from there.
        """
        if dry_run:
            return list(self.steps)
        done: list[Step] = []
        try:
            for step in self.steps:
                step.apply()
                done.append(step)
        except SWFError as error:
            failed, *left = self.steps[len(done) :]
            raise PlanError(done, failed, left) from error
        return done

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        nothing = [] if self.steps else ["  nothing to do"]
        lines = [f"  {sign} {line}" for sign, line in self._lines()]
        return "\n".join(["Plan:", *nothing, *lines])

    __repr__ = __str__

    def _lines(self) -> list[tuple[str, str]]:
        """Return what is told of each thing: a sign, and a line."""
        pruned = [step.model for step in self.steps if step.action == DEPRECATE]
        return [
            *((_SIGNS[step.action], str(step)) for step in self.steps),
            *(("!", f"cannot change {thing}") for thing in self.impossible),
            *(("?", f"extra {_label(kind)}") for kind in self.extra if kind not in pruned),
        ]

    def _display(self) -> DisplayTable:
        return DisplayTable("Plan" if self else "Plan: nothing to do", ("", "step"), self._lines())


def plan(desired: Declared | Iterable[Declared], *, prune: bool = False) -> Plan:
    """Compare domains and types, as they should be, with the service; return what has to be done.

    A domain that is only named by its types is created, or registered again, when they need it;
    its settings are compared when it is given itself. It costs a call per domain and type, and two
    listings per domain.

    :param desired: a `Domain`, or domains, `WorkflowType` and `ActivityType` in any order.
    :param prune: whether to deprecate the registered types of these domains, of either kind, that
        are not among `desired`.
    :raises ValidationError: when the declaration contradicts itself.
    """
    models = _distinct([desired] if isinstance(desired, (Domain, Type)) else desired)
    stated = {_key(model): model for model in models if isinstance(model, Domain)}
    types = [model for model in models if isinstance(model, Type)]
    domains = {_key(kind.domain): kind.domain for kind in types} | stated
    plans = []
    for key, domain in domains.items():
        members = [kind for kind in types if _key(kind.domain) == key]
        plans.append(_plan_domain(domain, members, compare=key in stated, prune=prune))
    return Plan(
        tuple(chain.from_iterable(each.steps for each in plans)),
        tuple(chain.from_iterable(each.impossible for each in plans)),
        tuple(chain.from_iterable(each.extra for each in plans)),
    )


def _distinct(desired: Iterable[Declared]) -> list[Declared]:
    found: dict[Key, Declared] = {}
    for model in desired:
        if not isinstance(model, (Domain, Type)):
            raise InvalidTypeError("desired", model, "must be domains and types")
        if found.setdefault(_key(model), model) != model:
            raise ValidationError("desired", model, "is declared twice, and not the same")
    return list(found.values())


def _key(model: Declared) -> Key:
    if isinstance(model, Type):
        return (*_key(model.domain), model.api_name, model.name, model.version)
    return (model.connection, model.name)


def _plan_domain(domain: Domain, types: list[Type], *, compare: bool, prune: bool) -> Plan:
    """Return what has to be done to one domain and to what is declared in it."""
    for kind in types:
        if domain.status == DEPRECATED and kind.status != DEPRECATED:
            raise ValidationError(
                "status", kind.status, f"{_label(kind)}: its domain is deprecated"
            )
    upstream = _upstream(domain)
    closed = upstream is not None and upstream.status == DEPRECATED == domain.status
    pairs = [(kind, upstream and _upstream(kind)) for kind in types]
    extra = [] if upstream is None else list(_registered_besides(domain, types))
    steps = chain(
        _domain_steps(domain, upstream, compare),
        *(_type_steps(kind, there, closed) for kind, there in pairs),
        (Step(DEPRECATE, kind) for kind in extra if prune),
        # Last, since nothing can be registered in a deprecated domain.
        _deprecation(domain, upstream.status if upstream else REGISTERED),
    )
    impossible = chain(
        _impossible(domain, upstream, closed) if compare else (),
        *(_impossible(kind, there, closed) for kind, there in pairs),
    )
    return Plan(tuple(steps), tuple(impossible), tuple(extra))


def _upstream(model: Declared) -> Any:
    try:
        return model.upstream()
    except model.DoesNotExist:
        return None


def _domain_steps(domain: Domain, upstream: Domain | None, compare: bool) -> Iterator[Step]:
    if upstream is None:
        yield Step(CREATE, domain.evolve(status=REGISTERED))
        return
    if domain.status == REGISTERED and upstream.status == DEPRECATED:
        yield Step(UNDEPRECATE, domain)
    if compare and domain.tags is not None:
        yield from _tag_steps(domain, domain.tags, upstream.tags or {})


def _tag_steps(domain: Domain, wanted: dict[str, str], found: dict[str, str]) -> Iterator[Step]:
    changed = tuple(key for key, value in wanted.items() if found.get(key) != value)
    surplus = tuple(key for key in found if key not in wanted)
    if changed:
        yield Step(TAG, domain, changed)
    if surplus:
        yield Step(UNTAG, domain, surplus)


def _type_steps(kind: Type, upstream: Type | None, closed: bool) -> Iterator[Step]:
    if upstream is None:
        if not closed:
            yield Step(CREATE, kind)
    elif kind.status == REGISTERED and upstream.status == DEPRECATED:
        yield Step(UNDEPRECATE, kind)
    else:
        yield from _deprecation(kind, upstream.status)


def _deprecation(model: Declared, status: str | None) -> Iterator[Step]:
    if model.status == DEPRECATED and status == REGISTERED:
        yield Step(DEPRECATE, model)


def _impossible(model: Declared, upstream: Any, closed: bool) -> Iterator[Impossible]:
    if upstream is not None:
        found = cast(Any, model).differences(upstream)
        differences = ModelDiff(*found, ignore_fields=_NOT_SETTINGS)
        remedy = "" if isinstance(model, Domain) else "; a new version can have others"
        if differences:
            yield Impossible(model, f"settings are fixed at registration{remedy}", differences)
    elif closed:
        yield Impossible(model, "nothing can be registered in a deprecated domain")


def _registered_besides(domain: Domain, types: Iterable[Type]) -> Iterator[Type]:
    declared = {_key(kind) for kind in types}
    for cls in (WorkflowType, ActivityType):
        pages = domain.connection.pages(
            f"List{cls.api_name}s", domain=domain.name, registrationStatus=REGISTERED
        )
        for info in chain.from_iterable(page["typeInfos"] for page in pages):
            kind = cls.from_wire(info, domain=domain)
            if _key(kind) not in declared:
                yield kind


def _create(step: Step) -> None:
    try:
        step.model.save()
    except AlreadyExistsError:
        if not step.model.is_synced:
            raise


def _undeprecate(step: Step) -> None:
    with suppress(AlreadyExistsError):
        step.model.undelete()


def _deprecate(step: Step) -> None:
    with suppress(DeprecatedError):
        step.model.delete()


def _tag(step: Step) -> None:
    domain = cast(Domain, step.model)
    tags = domain.tags or {}
    domain.tag(**{key: tags[key] for key in step.keys})


def _untag(step: Step) -> None:
    cast(Domain, step.model).untag(*step.keys)


_ACTIONS: dict[str, Callable[[Step], None]] = {
    CREATE: _create,
    UNDEPRECATE: _undeprecate,
    DEPRECATE: _deprecate,
    TAG: _tag,
    UNTAG: _untag,
}
_SIGNS = {CREATE: "+", UNDEPRECATE: "+", DEPRECATE: "-", TAG: "~", UNTAG: "~"}


def _label(model: Declared) -> str:
    if isinstance(model, Type):
        return f"{model.api_name} {model.name!r} {model.version!r} in {model.domain.name!r}"
    return f"{model.api_name} {model.name!r}"
