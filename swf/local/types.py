"""Operations on workflow types and activity types.

Source: API Reference, RegisterActivityType, RegisterWorkflowType and their siblings.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from swf.local import limits
from swf.local.domains import registered_domain
from swf.local.faults import Fault, unknown
from swf.local.paging import Paging
from swf.local.registry import DEPRECATED, REGISTERED, RegisteredType
from swf.local.state import State
from swf.local.step import EngineStep

Params = dict[str, Any]


class TypeKind(NamedTuple):
    """The differences between workflow types and activity types."""

    name: str
    label: str
    member: str

    def describe(self, name: str, version: str) -> str:
        """Return a type in the format of the service's messages."""
        return f"{self.label}=[name={name}, version={version}]"


WORKFLOW = TypeKind("workflow", "WorkflowType", "workflowType")
ACTIVITY = TypeKind("activity", "ActivityType", "activityType")

NOT_CONFIGURATION = ("domain", "name", "version", "description")


def find_type(
    state: State, kind: TypeKind, domain: str, reference: dict[str, str]
) -> RegisteredType:
    """Return a type, deprecated or not.

    :param reference: the `name` and `version`.
    :raises Fault: UnknownResourceFault if it does not exist.
    """
    key = reference["name"], reference["version"]
    registration = state.domain(domain).types(kind.name).get(key)
    if registration is None:
        raise unknown(f"Unknown type: {kind.describe(*key)}")
    return registration


def _type_info(kind: TypeKind, registration: RegisteredType) -> dict[str, Any]:
    """Return the WorkflowTypeInfo or ActivityTypeInfo of a type."""
    info = {
        kind.member: {"name": registration.name, "version": registration.version},
        "status": registration.status,
        "creationDate": registration.creation_date,
        "deprecationDate": registration.deprecation_date,
        "description": registration.description,
    }
    return {name: value for name, value in info.items() if value is not None}


def _register_type(step: EngineStep, kind: TypeKind, params: Params) -> None:
    """Register a type; its settings never change."""
    types = registered_domain(step.state, params["domain"]).types(kind.name)
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
    registration = RegisteredType(
        name, version, REGISTERED, configuration, step.now, description=description
    )
    step.record("type", params["domain"], kind.name, registration._asdict())


def _describe_type(step: EngineStep, kind: TypeKind, params: Params) -> dict[str, Any]:
    """Return a type's information and the settings that it was registered with."""
    registration = find_type(step.state, kind, params["domain"], params[kind.member])
    return {"configuration": registration.configuration, "typeInfo": _type_info(kind, registration)}


def _list_types(step: EngineStep, kind: TypeKind, params: Params) -> dict[str, Any]:
    """Return a page of the types with a status, ordered by name and version."""
    paging = Paging(step, f"List{kind.label}s", params)
    types = step.state.domain(params["domain"]).types(kind.name)
    beyond = None if paging.cursor is None else tuple(paging.cursor)
    ascending = not params.get("reverseOrder", False)
    status, name = params["registrationStatus"], params.get("name")
    if name is None:
        page, more = types.page(status, paging.size, ascending, beyond)
    else:
        page, more = types.page_of_name(status, name, paging.size, ascending, beyond)
    infos = [_type_info(kind, each) for each in page]
    return paging.response({"typeInfos": infos}, page[-1].key if more else None)


def _deprecate_type(step: EngineStep, kind: TypeKind, params: Params) -> None:
    """Deprecate a type; it starts no new executions or tasks."""
    registration = find_type(step.state, kind, params["domain"], params[kind.member])
    if registration.status == DEPRECATED:
        raise Fault("TypeDeprecatedFault", kind.describe(*registration.key))
    changed = registration._replace(status=DEPRECATED, deprecation_date=step.now)
    step.record("type", params["domain"], kind.name, changed._asdict())


def _undeprecate_type(step: EngineStep, kind: TypeKind, params: Params) -> None:
    """Undeprecate a type."""
    registration = find_type(step.state, kind, params["domain"], params[kind.member])
    if registration.status == REGISTERED:
        raise Fault("TypeAlreadyExistsFault", kind.describe(*registration.key))
    changed = registration._replace(status=REGISTERED, deprecation_date=None)
    step.record("type", params["domain"], kind.name, changed._asdict())


def _delete_type(step: EngineStep, kind: TypeKind, params: Params) -> None:
    """Delete a deprecated type; running executions and tasks continue."""
    registration = find_type(step.state, kind, params["domain"], params[kind.member])
    if registration.status != DEPRECATED:
        message = "The type is currently registered and cannot be deleted in its current state"
        raise Fault("TypeNotDeprecatedFault", message)
    step.record("untype", params["domain"], kind.name, registration.name, registration.version)


Handler = Callable[[EngineStep, Params], "dict[str, Any] | None"]


def _for_kind(handler: Callable[[EngineStep, TypeKind, Params], Any], kind: TypeKind) -> Handler:
    return lambda step, params: handler(step, kind, params)


OPERATIONS: dict[str, Handler] = {
    name.replace("*", kind.label): _for_kind(handler, kind)
    for kind in (WORKFLOW, ACTIVITY)
    for name, handler in {
        "Register*": _register_type,
        "Describe*": _describe_type,
        "List*s": _list_types,
        "Deprecate*": _deprecate_type,
        "Undeprecate*": _undeprecate_type,
        "Delete*": _delete_type,
    }.items()
}
