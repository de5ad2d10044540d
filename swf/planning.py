"""Reconcile domains and types with a declaration: `plan`, then `Plan.apply`.

The declaration consists of models. `plan` fetches the current state and changes nothing; the result
can be printed and applied. Planning again after applying finds nothing to do.

Settings are fixed at registration, so a type with different settings is not a step: the plan
reports the differences, and a new version is needed.

Source: API Reference, RegisterWorkflowType, RegisterActivityType.
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

#: Attributes that the service assigns, and the status, which has its own steps.
_NOT_SETTINGS = ("status", "creation_date", "deprecation_date", "arn", "tags")


@frozen
class PlanStep:
    """One action on a model.

    :param action: one of the constants of this module, e.g. `CREATE`.
    :param model: the domain or type.
    :param keys: keys of the tags to add or remove.
    """

    action: str
    model: Declared
    keys: tuple[str, ...] = ()

    def apply(self) -> None:
        """Apply the step; an action that was already done is not an error."""
        _ACTIONS[self.action](self)

    def __str__(self) -> str:
        keys = f" ({', '.join(self.keys)})" if self.keys else ""
        return f"{self.action} {_label(self.model)}{keys}"


@frozen
class Impossible:
    """A difference that cannot be resolved.

    :param model: the declared domain or type.
    :param reason: the explanation.
    :param differences: the differing settings.
    """

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
    """The steps from the current to the declared state; false if there are none.

    :param steps: the steps in order: a domain before its types.
    :param impossible: differences that cannot be resolved.
    :param extra: registered types that are not declared.
    """

    steps: tuple[PlanStep, ...] = ()
    impossible: tuple[Impossible, ...] = ()
    extra: tuple[Type, ...] = ()

    def apply(self, dry_run: bool = False) -> list[PlanStep]:
        """Apply the steps. Each costs one call; creating a deprecated domain or type costs two.

        :param dry_run: True sends nothing.
        :returns: the steps that were applied, or would be.
        :raises PlanError: if a step fails. It lists the applied and the remaining steps; planning
            again continues from there.
        """
        if dry_run:
            return list(self.steps)
        done: list[PlanStep] = []
        try:
            for step in self.steps:
                step.apply()
                done.append(step)
        except SWFError as error:
            failed, *rest = self.steps[len(done) :]
            raise PlanError(done, failed, rest) from error
        return done

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        nothing = [] if self.steps else ["  nothing to do"]
        lines = [f"  {sign} {line}" for sign, line in self._lines()]
        return "\n".join(["Plan:", *nothing, *lines])

    __repr__ = __str__

    def _lines(self) -> list[tuple[str, str]]:
        """Return the lines of the text: a sign and a description each."""
        pruned = [step.model for step in self.steps if step.action == DEPRECATE]
        return [
            *((_SIGNS[step.action], str(step)) for step in self.steps),
            *(("!", f"cannot change {thing}") for thing in self.impossible),
            *(("?", f"extra {_label(kind)}") for kind in self.extra if kind not in pruned),
        ]

    def _display(self) -> DisplayTable:
        return DisplayTable("Plan" if self else "Plan: nothing to do", ("", "step"), self._lines())


def plan(desired: Declared | Iterable[Declared], *, prune: bool = False) -> Plan:
    """Compare declared domains and types with the service and return the necessary steps.

    A domain that is only referenced by its types is created or undeprecated if they need it; its
    settings are compared only if the domain itself is declared. Costs one call per domain and type,
    and two listings per domain.

    :param desired: a model, or any number of `Domain`, `WorkflowType` and `ActivityType`.
    :param prune: True deprecates registered types of these domains that are not declared.
    :raises InvalidTypeError: if `desired` contains other objects.
    :raises ValidationError: if the declaration contradicts itself.

    Source: API Reference, DescribeDomain, DescribeWorkflowType, DescribeActivityType.
    """
    models = _distinct([desired] if isinstance(desired, (Domain, Type)) else desired)
    declared_domains = {_key(model): model for model in models if isinstance(model, Domain)}
    types = [model for model in models if isinstance(model, Type)]
    domains = {_key(kind.domain): kind.domain for kind in types} | declared_domains
    plans = []
    for key, domain in domains.items():
        members = [kind for kind in types if _key(kind.domain) == key]
        plans.append(_plan_domain(domain, members, compare=key in declared_domains, prune=prune))
    return Plan(
        tuple(chain.from_iterable(each.steps for each in plans)),
        tuple(chain.from_iterable(each.impossible for each in plans)),
        tuple(chain.from_iterable(each.extra for each in plans)),
    )


def _distinct(desired: Iterable[Declared]) -> list[Declared]:
    models: dict[Key, Declared] = {}
    for model in desired:
        if not isinstance(model, (Domain, Type)):
            raise InvalidTypeError(
                "desired", model, "must be domains, workflow types or activity types"
            )
        if models.setdefault(_key(model), model) != model:
            raise ValidationError("desired", model, "is declared twice with different settings")
    return list(models.values())


def _key(model: Declared) -> Key:
    if isinstance(model, Type):
        return (*_key(model.domain), model.api_name, model.name, model.version)
    return (model.connection, model.name)


def _plan_domain(domain: Domain, types: list[Type], *, compare: bool, prune: bool) -> Plan:
    """Return the plan of one domain and its types."""
    for kind in types:
        if domain.status == DEPRECATED and kind.status != DEPRECATED:
            raise ValidationError(
                "status", kind.status, f"{_label(kind)}: its domain is deprecated"
            )
    upstream = _upstream(domain)
    domain_stays_deprecated = (
        upstream is not None and upstream.status == DEPRECATED == domain.status
    )
    pairs = [(kind, upstream and _upstream(kind)) for kind in types]
    extra = [] if upstream is None else list(_undeclared_types(domain, types))
    steps = chain(
        _domain_steps(domain, upstream, compare),
        *(_type_steps(kind, registered, domain_stays_deprecated) for kind, registered in pairs),
        (PlanStep(DEPRECATE, kind) for kind in extra if prune),
        # Last, since a deprecated domain accepts no registrations.
        _deprecation(domain, upstream.status if upstream else REGISTERED),
    )
    impossible = chain(
        _impossible(domain, upstream, domain_stays_deprecated) if compare else (),
        *(_impossible(kind, registered, domain_stays_deprecated) for kind, registered in pairs),
    )
    return Plan(tuple(steps), tuple(impossible), tuple(extra))


def _upstream(model: Declared) -> Any:
    try:
        return model.upstream()
    except model.DoesNotExist:
        return None


def _domain_steps(domain: Domain, upstream: Domain | None, compare: bool) -> Iterator[PlanStep]:
    if upstream is None:
        yield PlanStep(CREATE, domain.evolve(status=REGISTERED))
        return
    if domain.status == REGISTERED and upstream.status == DEPRECATED:
        yield PlanStep(UNDEPRECATE, domain)
    if compare and domain.tags is not None:
        yield from _tag_steps(domain, domain.tags, upstream.tags or {})


def _tag_steps(
    domain: Domain, declared_tags: dict[str, str], upstream_tags: dict[str, str]
) -> Iterator[PlanStep]:
    changed = tuple(key for key, value in declared_tags.items() if upstream_tags.get(key) != value)
    surplus = tuple(key for key in upstream_tags if key not in declared_tags)
    if changed:
        yield PlanStep(TAG, domain, changed)
    if surplus:
        yield PlanStep(UNTAG, domain, surplus)


def _type_steps(
    kind: Type, upstream: Type | None, domain_stays_deprecated: bool
) -> Iterator[PlanStep]:
    if upstream is None:
        if not domain_stays_deprecated:
            yield PlanStep(CREATE, kind)
    elif kind.status == REGISTERED and upstream.status == DEPRECATED:
        yield PlanStep(UNDEPRECATE, kind)
    else:
        yield from _deprecation(kind, upstream.status)


def _deprecation(model: Declared, status: str | None) -> Iterator[PlanStep]:
    if model.status == DEPRECATED and status == REGISTERED:
        yield PlanStep(DEPRECATE, model)


def _impossible(
    model: Declared, upstream: Any, domain_stays_deprecated: bool
) -> Iterator[Impossible]:
    if upstream is not None:
        differing = cast(Any, model).differences(upstream)
        differences = ModelDiff(*differing, ignore_fields=_NOT_SETTINGS)
        remedy = "" if isinstance(model, Domain) else "; register a new version"
        if differences:
            yield Impossible(model, f"settings are fixed at registration{remedy}", differences)
    elif domain_stays_deprecated:
        yield Impossible(model, "a deprecated domain accepts no registrations")


def _undeclared_types(domain: Domain, types: Iterable[Type]) -> Iterator[Type]:
    declared = {_key(kind) for kind in types}
    for cls in (WorkflowType, ActivityType):
        pages = domain.connection.pages(
            f"List{cls.api_name}s", domain=domain.name, registrationStatus=REGISTERED
        )
        for info in chain.from_iterable(page["typeInfos"] for page in pages):
            kind = cls.from_wire(info, domain=domain)
            if _key(kind) not in declared:
                yield kind


def _create(step: PlanStep) -> None:
    try:
        step.model.save()
    except AlreadyExistsError:
        if not step.model.is_synced:
            raise


def _undeprecate(step: PlanStep) -> None:
    with suppress(AlreadyExistsError):
        step.model.undelete()


def _deprecate(step: PlanStep) -> None:
    with suppress(DeprecatedError):
        step.model.delete()


def _tag(step: PlanStep) -> None:
    domain = cast(Domain, step.model)
    tags = domain.tags or {}
    domain.tag(**{key: tags[key] for key in step.keys})


def _untag(step: PlanStep) -> None:
    cast(Domain, step.model).untag(*step.keys)


_ACTIONS: dict[str, Callable[[PlanStep], None]] = {
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
