"""Operations on domains and their resource tags.

Source: API Reference, RegisterDomain, DescribeDomain, ListDomains, DeprecateDomain,
UndeprecateDomain, TagResource, UntagResource, ListTagsForResource.
"""

from typing import Any

from swf.local import limits
from swf.local.faults import Fault, unknown, unknown_domain
from swf.local.paging import Paging
from swf.local.registry import DEPRECATED, REGISTERED, DomainState, RegisteredDomain
from swf.local.state import State
from swf.local.step import EngineStep

Params = dict[str, Any]


def register_domain(step: EngineStep, params: Params) -> None:
    """Create a domain."""
    state, name = step.state, params["name"]
    if name in state.domains:
        raise Fault("DomainAlreadyExistsFault", name)
    if state.limits != "off" and len(state.domains) >= limits.DOMAINS:
        raise Fault("LimitExceededFault", f"An account has at most {limits.DOMAINS} domains")
    about = RegisteredDomain(
        name,
        REGISTERED,
        params["workflowExecutionRetentionPeriodInDays"],
        params.get("description"),
        _tagged({}, params.get("tags", []), name),
    )
    step.record("domain", about._asdict())


def describe_domain(step: EngineStep, params: Params) -> dict[str, Any]:
    """Return a domain's information and configuration."""
    about = step.state.domain(params["name"]).about
    return {
        "configuration": {"workflowExecutionRetentionPeriodInDays": about.retention},
        "domainInfo": domain_info(step.state, about),
    }


def domain_info(state: State, about: RegisteredDomain) -> dict[str, Any]:
    """Return the DomainInfo of the wire."""
    info = {"arn": arn(state, about.name), "name": about.name, "status": about.status}
    if about.description is not None:
        info["description"] = about.description
    return info


def list_domains(step: EngineStep, params: Params) -> dict[str, Any]:
    """Return a page of the domains with a status, by name."""
    paging = Paging(step, "ListDomains", params)
    ascending = not params.get("reverseOrder", False)
    found, more = step.state.domain_names.page(
        params["registrationStatus"], paging.size, ascending, paging.cursor
    )
    infos = [domain_info(step.state, about) for about in found]
    return paging.answer({"domainInfos": infos}, found[-1].name if more else None)


def deprecate_domain(step: EngineStep, params: Params) -> None:
    """Deprecate a domain and all its types."""
    name = params["name"]
    if step.state.domain(name).about.status == DEPRECATED:
        raise Fault("DomainDeprecatedFault", name)
    step.record("deprecated", name, step.now)


def undeprecate_domain(step: EngineStep, params: Params) -> None:
    """Put a domain back in use; its types stay deprecated."""
    about = step.state.domain(params["name"]).about
    if about.status == REGISTERED:
        raise Fault("DomainAlreadyExistsFault", about.name)
    step.record("domain", about._replace(status=REGISTERED)._asdict())


def in_use(state: State, name: str) -> DomainState:
    """Return a domain that takes new types and executions; raise if it is deprecated."""
    domain = state.domain(name)
    if domain.about.status == DEPRECATED:
        raise Fault("DomainDeprecatedFault", name)
    return domain


def arn(state: State, name: str) -> str:
    """Return the ARN of a domain."""
    return f"arn:aws:swf:{state.region}:{state.account}:/domain/{name}"


def _domain_of(state: State, resource: str) -> RegisteredDomain:
    prefix = arn(state, "")
    if not resource.startswith(prefix):
        raise unknown(f"Unknown resource: {resource}")
    domain = state.domains.get(resource[len(prefix) :])
    if domain is None:
        raise unknown_domain(resource[len(prefix) :])
    return domain.about


def _tagged(
    tags: dict[str, str | None], added: list[dict[str, str]], domain: str
) -> dict[str, str | None]:
    merged = {**tags, **{tag["key"]: tag.get("value") for tag in added}}
    if len(merged) > limits.RESOURCE_TAGS:
        raise Fault("TooManyTagsFault", domain)
    return merged


def tag_resource(step: EngineStep, params: Params) -> None:
    """Add or overwrite tags of a domain."""
    about = _domain_of(step.state, params["resourceArn"])
    tags = _tagged(about.tags, params["tags"], about.name)
    step.record("domain", about._replace(tags=tags)._asdict())


def untag_resource(step: EngineStep, params: Params) -> None:
    """Remove tags of a domain; keys that it does not have are ignored."""
    about = _domain_of(step.state, params["resourceArn"])
    removed = set(params["tagKeys"])
    tags = {key: value for key, value in about.tags.items() if key not in removed}
    step.record("domain", about._replace(tags=tags)._asdict())


def list_tags(step: EngineStep, params: Params) -> dict[str, Any]:
    """Return the tags of a domain."""
    tags = _domain_of(step.state, params["resourceArn"]).tags
    listed = [
        {"key": key} if value is None else {"key": key, "value": value}
        for key, value in tags.items()
    ]
    return {"tags": listed}


OPERATIONS = {
    "RegisterDomain": register_domain,
    "DescribeDomain": describe_domain,
    "ListDomains": list_domains,
    "DeprecateDomain": deprecate_domain,
    "UndeprecateDomain": undeprecate_domain,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags,
}
