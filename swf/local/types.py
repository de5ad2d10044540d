"""Operations on workflow and activity types: the same six, twice.

Source: API Reference, RegisterActivityType, RegisterWorkflowType and their siblings.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from swf.local import limits
from swf.local.domains import in_use
from swf.local.faults import Fault, unknown
from swf.local.paging import Paging
from swf.local.registry import DEPRECATED, REGISTERED, RegisteredType
from swf.local.state import State
from swf.local.step import EngineStep

Params = dict[str, Any]


class TypeKind(NamedTuple):
    """What differs between workflow types and activity types."""

    name: str
    label: str
    member: str

    def describe(self, name: str, version: str) -> str:
        """Return a type as the service's messages name it."""
        return f"{self.label}=[name={name}, version={version}]"


WORKFLOW = TypeKind("workflow", "WorkflowType", "workflowType")
ACTIVITY = TypeKind("activity", "ActivityType", "activityType")

NOT_CONFIGURATION = ("domain", "name", "version", "description")


def find_type(
    state: State, kind: TypeKind, domain: str, reference: dict[str, str]
) -> RegisteredType:
    """Return a type, deprecated or not; raise UnknownResourceFault."""
    key = reference["name"], reference["version"]
    found = state.domain(domain).types(kind.name).get(key)
    if found is None:
        raise unknown(f"Unknown type: {kind.describe(*key)}")
    return found


def type_info(kind: TypeKind, found: RegisteredType) -> dict[str, Any]:
    """Return the WorkflowTypeInfo or ActivityTypeInfo of the wire."""
    info = {
        kind.member: {"name": found.name, "version": found.version},
        "status": found.status,
        "creationDate": found.creation_date,
        "deprecationDate": found.deprecation_date,
        "description": found.description,
    }
    return {name: value for name, value in info.items() if value is not None}


def register_type(step: EngineStep, kind: TypeKind, params: Params) -> None:
    """Register a type; its settings never change afterwards."""
    types = in_use(step.state, params["domain"]).types(kind.name)
    name, version = params["name"], params["version"]
    if types.get((name, version)) is not None:
        raise Fault("TypeAlreadyExistsFault", kind.describe(name, version))
    if step.state.limits != "off" and len(types) >= limits.TYPES_PER_DOMAIN:
        message = f"A domain has at most {limits.TYPES_PER_DOMAIN} types of a kind"
        raise Fault("LimitExceededFault", message)
    configuration = {
        member: value for member, value in params.items() if member not in NOT_CONFIGURATION
    }
    description = params.get("description")
    made = RegisteredType(
        name, version, REGISTERED, configuration, step.now, description=description
    )
    step.record("type", params["domain"], kind.name, made._asdict())


def describe_type(step: EngineStep, kind: TypeKind, params: Params) -> dict[str, Any]:
    """Return a type's information and the settings that it was registered with."""
    found = find_type(step.state, kind, params["domain"], params[kind.member])
    return {"configuration": found.configuration, "typeInfo": type_info(kind, found)}


def list_types(step: EngineStep, kind: TypeKind, params: Params) -> dict[str, Any]:
    """Return a page of the types with a status, by name and version."""
    paging = Paging(step, f"List{kind.label}s", params)
    types = step.state.domain(params["domain"]).types(kind.name)
    beyond = None if paging.cursor is None else tuple(paging.cursor)
    ascending = not params.get("reverseOrder", False)
    status, name = params["registrationStatus"], params.get("name")
    if name is None:
        found, more = types.page(status, paging.size, ascending, beyond)
    else:
        found, more = types.page_of_name(status, name, paging.size, ascending, beyond)
    infos = [type_info(kind, each) for each in found]
    return paging.answer({"typeInfos": infos}, found[-1].key if more else None)


def deprecate_type(step: EngineStep, kind: TypeKind, params: Params) -> None:
    """Deprecate a type: nothing new is started with it."""
    found = find_type(step.state, kind, params["domain"], params[kind.member])
    if found.status == DEPRECATED:
        raise Fault("TypeDeprecatedFault", kind.describe(*found.key))
    changed = found._replace(status=DEPRECATED, deprecation_date=step.now)
    step.record("type", params["domain"], kind.name, changed._asdict())


def undeprecate_type(step: EngineStep, kind: TypeKind, params: Params) -> None:
    """Put a type back in use."""
    found = find_type(step.state, kind, params["domain"], params[kind.member])
    if found.status == REGISTERED:
        raise Fault("TypeAlreadyExistsFault", kind.describe(*found.key))
    changed = found._replace(status=REGISTERED, deprecation_date=None)
    step.record("type", params["domain"], kind.name, changed._asdict())


def delete_type(step: EngineStep, kind: TypeKind, params: Params) -> None:
    """Delete a deprecated type; what runs goes on."""
    found = find_type(step.state, kind, params["domain"], params[kind.member])
    if found.status != DEPRECATED:
        message = "The type is currently registered and cannot be deleted in its current state"
        raise Fault("TypeNotDeprecatedFault", message)
    step.record("untype", params["domain"], kind.name, found.name, found.version)


Handler = Callable[[EngineStep, Params], "dict[str, Any] | None"]


def _for_kind(handler: Callable[[EngineStep, TypeKind, Params], Any], kind: TypeKind) -> Handler:
    return lambda step, params: handler(step, kind, params)


OPERATIONS: dict[str, Handler] = {
    name.replace("*", kind.label): _for_kind(handler, kind)
    for kind in (WORKFLOW, ACTIVITY)
    for name, handler in {
        "Register*": register_type,
        "Describe*": describe_type,
        "List*s": list_types,
        "Deprecate*": deprecate_type,
        "Undeprecate*": undeprecate_type,
        "Delete*": delete_type,
    }.items()
}
