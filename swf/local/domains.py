"""Operations on domains and their resource tags.

Source: API Reference, RegisterDomain, DescribeDomain, ListDomains, DeprecateDomain,
UndeprecateDomain, TagResource, UntagResource, ListTagsForResource.
"""

from typing import Any

from swf.local import limits
from swf.local.faults import Fault, UnknownDomainFault, unknown
from swf.local.paging import Paging
from swf.local.registry import DEPRECATED, REGISTERED, DomainState, RegisteredDomain
from swf.local.state import State
from swf.local.step import EngineStep

Params = dict[str, Any]


def _register_domain(step: EngineStep, params: Params) -> None:
    """Create a domain."""
    state, name = step.state, params["name"]
    if name in state.domains:
        raise Fault("DomainAlreadyExistsFault", name)
    if state.limits != "off" and len(state.domains) >= limits.DOMAINS:
        raise Fault("LimitExceededFault", f"An account has at most {limits.DOMAINS} domains")
    registration = RegisteredDomain(
        name,
        REGISTERED,
        params["workflowExecutionRetentionPeriodInDays"],
        params.get("description"),
        _merge_tags({}, params.get("tags", []), name),
    )
    step.record("domain", registration._asdict())


def _describe_domain(step: EngineStep, params: Params) -> dict[str, Any]:
    """Return a domain's information and configuration."""
    registration = step.state.domain(params["name"]).registration
    return {
        "configuration": {"workflowExecutionRetentionPeriodInDays": registration.retention},
        "domainInfo": _domain_info(step.state, registration),
    }


def _domain_info(state: State, registration: RegisteredDomain) -> dict[str, Any]:
    """Return the DomainInfo of a domain."""
    info = {
        "arn": _arn(state, registration.name),
        "name": registration.name,
        "status": registration.status,
    }
    if registration.description is not None:
        info["description"] = registration.description
    return info


def _list_domains(step: EngineStep, params: Params) -> dict[str, Any]:
    """Return a page of the domains with a status, ordered by name."""
    paging = Paging(step, "ListDomains", params)
    ascending = not params.get("reverseOrder", False)
    domains, more = step.state.domain_names.page(
        params["registrationStatus"], paging.size, ascending, paging.cursor
    )
    infos = [_domain_info(step.state, domain) for domain in domains]
    return paging.response({"domainInfos": infos}, domains[-1].name if more else None)


def _deprecate_domain(step: EngineStep, params: Params) -> None:
    """Deprecate a domain and all its types."""
    name = params["name"]
    if step.state.domain(name).registration.status == DEPRECATED:
        raise Fault("DomainDeprecatedFault", name)
    step.record("deprecated", name, step.now)


def _undeprecate_domain(step: EngineStep, params: Params) -> None:
    """Undeprecate a domain; its types stay deprecated."""
    registration = step.state.domain(params["name"]).registration
    if registration.status == REGISTERED:
        raise Fault("DomainAlreadyExistsFault", registration.name)
    step.record("domain", registration._replace(status=REGISTERED)._asdict())


def registered_domain(state: State, name: str) -> DomainState:
    """Return a domain that is not deprecated.

    :raises Fault: UnknownResourceFault or DomainDeprecatedFault.
    """
    domain = state.domain(name)
    if domain.registration.status == DEPRECATED:
        raise Fault("DomainDeprecatedFault", name)
    return domain


def _arn(state: State, name: str) -> str:
    """Return the ARN of a domain."""
    return f"arn:aws:swf:{state.region}:{state.account}:/domain/{name}"


def _domain_of(state: State, resource: str) -> RegisteredDomain:
    prefix = _arn(state, "")
    if not resource.startswith(prefix):
        raise unknown(f"Unknown resource: {resource}")
    domain = state.domains.get(resource[len(prefix) :])
    if domain is None:
        raise UnknownDomainFault(resource[len(prefix) :])
    return domain.registration


def _merge_tags(
    tags: dict[str, str | None], added: list[dict[str, str]], domain: str
) -> dict[str, str | None]:
    merged = {**tags, **{tag["key"]: tag.get("value") for tag in added}}
    if len(merged) > limits.RESOURCE_TAGS:
        raise Fault("TooManyTagsFault", domain)
    return merged


def _tag_resource(step: EngineStep, params: Params) -> None:
    """Add or overwrite tags of a domain."""
    registration = _domain_of(step.state, params["resourceArn"])
    tags = _merge_tags(registration.tags, params["tags"], registration.name)
    step.record("domain", registration._replace(tags=tags)._asdict())


def _untag_resource(step: EngineStep, params: Params) -> None:
    """Remove tags of a domain; unknown keys are ignored."""
    registration = _domain_of(step.state, params["resourceArn"])
    removed = set(params["tagKeys"])
    tags = {key: value for key, value in registration.tags.items() if key not in removed}
    step.record("domain", registration._replace(tags=tags)._asdict())


def _list_tags(step: EngineStep, params: Params) -> dict[str, Any]:
    """Return the tags of a domain."""
    tags = _domain_of(step.state, params["resourceArn"]).tags
    listed = [
        {"key": key} if value is None else {"key": key, "value": value}
        for key, value in tags.items()
    ]
    return {"tags": listed}


OPERATIONS = {
    "RegisterDomain": _register_domain,
    "DescribeDomain": _describe_domain,
    "ListDomains": _list_domains,
    "DeprecateDomain": _deprecate_domain,
    "UndeprecateDomain": _undeprecate_domain,
    "TagResource": _tag_resource,
    "UntagResource": _untag_resource,
    "ListTagsForResource": _list_tags,
}
