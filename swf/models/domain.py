"""`Domain`, the namespace that holds types and executions, and `DomainMember`, their base class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from swf.connection import Connection
from swf.constants import REGISTERED, REGISTRATION_STATUSES
from swf.exceptions import (
    AlreadyExistsError,
    DoesNotExistError,
    EndpointError,
    InvalidTypeError,
    ValidationError,
)
from swf.models.base import Model, RegistrableModel
from swf.models.fields import (
    ARN,
    DAYS,
    DESCRIPTION,
    DOMAIN_NAME,
    RESOURCE_TAG_KEY,
    RESOURCE_TAGS,
    Level,
    choice,
    instance,
    wire,
)
from swf.models.manager import Manager
from swf.models.value import NOT_FETCHED, model

if TYPE_CHECKING:
    from typing_extensions import Self

    from swf.models.activity import ActivityType
    from swf.models.workflow import WorkflowType


class DomainDoesNotExist(DoesNotExistError):  # noqa: N818 - the documented name
    """The service does not know the domain."""


class DomainAlreadyExists(AlreadyExistsError):  # noqa: N818 - its pair
    """A domain of this name is registered or deprecated already."""


class PendingTasks(NamedTuple):
    """The approximate numbers of tasks that wait on a task list.

    :param decisions: decision tasks.
    :param activities: activity tasks.
    :param truncated: whether the service stopped counting and more tasks wait.
    """

    decisions: int
    activities: int
    truncated: bool = False


@model
class Domain(RegistrableModel):
    """A namespace for types and executions.

    :param status: `REGISTERED` or `DEPRECATED`.
    :param description: up to 1,024 characters.
    :param retention_period: days for which closed executions stay visible, 0 to 90, or `NONE`.
    :param arn: the Amazon Resource Name, which the service assigns.
    :param tags: resource tags by key, which `save` registers. `upstream` and `changes` read tags
        only if this model has some; that takes a second call.

    Source: API Reference, RegisterDomain, DescribeDomain.
    """

    DoesNotExist: ClassVar[type[DoesNotExistError]] = DomainDoesNotExist
    AlreadyExists: ClassVar[type[AlreadyExistsError]] = DomainAlreadyExists
    api_name: ClassVar[str] = "Domain"
    structures: ClassVar[tuple[str, ...]] = ("domainInfo", "configuration")

    reads: ClassVar[Mapping[str, str]] = {
        "tags": ".evolve(tags={}).upstream().tags (ListTagsForResource)"
    }
    objects: ClassVar[Any] = Manager("DomainQuerySet")
    workflow_types: ClassVar[Any] = Manager("WorkflowTypeQuerySet", related=True)
    activity_types: ClassVar[Any] = Manager("ActivityTypeQuerySet", related=True)
    executions: ClassVar[Any] = Manager("WorkflowExecutionQuerySet", related=True)

    name: str = wire("name", DOMAIN_NAME, level=Level.REFERENCE)
    status: str | None = wire(
        "status", choice(REGISTRATION_STATUSES), default=REGISTERED, assigned=True
    )
    description: str | None = wire("description", DESCRIPTION, default=None)
    retention_period: int | str | None = wire(
        "workflowExecutionRetentionPeriodInDays", DAYS, default=30, level=Level.DESCRIPTION
    )
    arn: str | None = wire("arn", ARN, default=None, assigned=True)
    tags: dict[str, str] | None = wire(
        "tags", RESOURCE_TAGS, default=None, hash=False, level=Level.OTHER
    )

    @classmethod
    def check(cls, domain: object) -> None:
        """Check an argument.

        :raises InvalidTypeError: `domain` is not a `Domain`.
        """
        if not isinstance(domain, Domain):
            raise InvalidTypeError("domain", domain, "must be a Domain")

    def workflows(self, status: str = REGISTERED) -> list[WorkflowType]:
        """Return the workflow types of one status (a call per page).

        :param status: `REGISTERED` or `DEPRECATED`.
        """
        return list(self.workflow_types.filter(status=status))

    def activities(self, status: str = REGISTERED) -> list[ActivityType]:
        """Return the activity types of one status (a call per page).

        :param status: `REGISTERED` or `DEPRECATED`.
        """
        return list(self.activity_types.filter(status=status))

    def count_pending_tasks(self, task_list: str) -> PendingTasks:
        """Count the tasks that wait on a task list for a decider or worker (two calls).

        :param task_list: the name of the list; one without tasks is not an error.

        Source: API Reference, CountPendingDecisionTasks, CountPendingActivityTasks.
        """
        params = {"domain": self.name, "taskList": {"name": task_list}}
        decisions, activities = (
            self.connection.call(f"CountPending{kind}Tasks", **params)
            for kind in ("Decision", "Activity")
        )
        truncated = bool(decisions.get("truncated") or activities.get("truncated"))
        return PendingTasks(decisions["count"], activities["count"], truncated)

    def tag(self, /, **tags: str) -> None:
        """Set resource tags of the domain upstream; tags with other keys stay.

        It takes one call, and another to read the ARN if this model lacks it.

        :param tags: the values by key.
        """
        resource_tags = RESOURCE_TAGS.write(RESOURCE_TAGS.validate("tags", tags))
        self._call("TagResource", resourceArn=self._find_arn(), tags=resource_tags)

    def untag(self, *keys: str) -> None:
        """Remove resource tags from the domain upstream; unknown keys are ignored.

        It takes one call, and another to read the ARN if this model lacks it.

        :param keys: the keys of the tags.
        """
        tag_keys = [RESOURCE_TAG_KEY.validate("keys", key) for key in keys]
        self._call("UntagResource", resourceArn=self._find_arn(), tagKeys=tag_keys)

    def _label(self) -> str:
        return self.name

    def _registration(self) -> dict[str, Any]:
        if self._value("retention_period") is None:
            raise ValidationError("retention_period", None, "must be set to register the domain")
        return super()._registration()

    def _find_arn(self) -> str:
        return self.arn or _read_arn(self._describe())

    def _identity(self) -> dict[str, Any]:
        return {"name": self.name}

    def _from_description(self, response: Mapping[str, Any]) -> Self:
        if self._value("tags") not in (None, NOT_FETCHED):
            tags = self._call("ListTagsForResource", resourceArn=_read_arn(response))
            response = {**response, **tags}
        return super()._from_description(response)


def _read_arn(response: Mapping[str, Any]) -> str:
    arn: str | None = response["domainInfo"].get("arn")
    if arn is None:
        raise EndpointError("DescribeDomain: not a response of the service: arn: missing")
    return arn


@model
class DomainMember(Model):
    """A model that belongs to a domain.

    Without a connection of its own it uses the connection of the domain.
    """

    domain: Domain = wire(None, instance(Domain))

    @classmethod
    def from_wire(
        cls,
        data: Mapping[str, Any],
        *,
        domain: Domain | None = None,
        connection: Connection | None = None,
    ) -> Self:
        """Return the model for an item of a list operation or a describe operation's response.

        :param domain: the domain of the model, which responses do not contain.
        :param connection: the connection of its calls; the connection of the domain by default.
        :raises InvalidTypeError: `domain` is not a `Domain`.
        """
        Domain.check(domain)
        return cls._read(data, _connection=connection, domain=domain)

    def _default_connection(self) -> Connection:
        return self.domain.connection

    def _from_description(self, response: Mapping[str, Any]) -> Self:
        return self.from_wire(response, domain=self.domain, connection=self._connection)
