"""`Domain`: the namespace that holds types and executions; and what lives in one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from swf.connection import Connection
from swf.constants import REGISTERED, REGISTRATION_STATUSES
from swf.exceptions import AlreadyExistsError, DoesNotExistError, InvalidTypeError, ValidationError
from swf.models.base import Model, RegistrableModel, model
from swf.models.fields import (
    ARN,
    DAYS,
    DESCRIPTION,
    DOMAIN_NAME,
    RESOURCE_TAG_KEY,
    RESOURCE_TAGS,
    choice,
    instance,
    wire,
)
from swf.models.manager import Manager

if TYPE_CHECKING:
    from typing_extensions import Self

    from swf.models.activity import ActivityType
    from swf.models.workflow import WorkflowType


class DomainDoesNotExist(DoesNotExistError):  # noqa: N818 - the documented name
    """The service does not know the domain."""


class DomainAlreadyExists(AlreadyExistsError):  # noqa: N818 - its pair
    """A domain of this name is registered, or deprecated, already."""


@model
class Domain(RegistrableModel):
    """A namespace for types and executions.

    :param status: REGISTERED or DEPRECATED.
    :param retention_period: days for which closed executions stay visible, 0 to 90, or `NONE`.
    :param arn: the service's name for it, which the service assigns.
    :param tags: resource tags, a dictionary. They are saved with the domain; what is upstream is
        looked at only if tags are given here, and costs a second call.

    Source: API Reference, RegisterDomain, DescribeDomain.
    """

    DoesNotExist: ClassVar[type[DoesNotExistError]] = DomainDoesNotExist
    AlreadyExists: ClassVar[type[AlreadyExistsError]] = DomainAlreadyExists
    api_name: ClassVar[str] = "Domain"
    structures: ClassVar[tuple[str, ...]] = ("domainInfo", "configuration")

    objects: ClassVar[Any] = Manager("DomainQuerySet")
    workflow_types: ClassVar[Any] = Manager("WorkflowTypeQuerySet", related=True)
    activity_types: ClassVar[Any] = Manager("ActivityTypeQuerySet", related=True)
    executions: ClassVar[Any] = Manager("WorkflowExecutionQuerySet", related=True)

    name: str = wire("name", DOMAIN_NAME)
    status: str | None = wire(
        "status", choice(REGISTRATION_STATUSES), default=REGISTERED, assigned=True
    )
    description: str | None = wire("description", DESCRIPTION, default=None)
    retention_period: int | str | None = wire(
        "workflowExecutionRetentionPeriodInDays", DAYS, default=30
    )
    arn: str | None = wire("arn", ARN, default=None, assigned=True)
    tags: dict[str, str] | None = wire("tags", RESOURCE_TAGS, default=None, hash=False)

    @classmethod
    def check(cls, domain: object) -> None:
        """Raise `InvalidTypeError`, a TypeError, unless it is given a `Domain`."""
        if not isinstance(domain, Domain):
            raise InvalidTypeError("domain", domain, "must be a Domain")

    def workflows(self, status: str = REGISTERED) -> list[WorkflowType]:
        """Return the workflow types of this status (a call per page)."""
        return list(self.workflow_types.filter(status=status))

    def activities(self, status: str = REGISTERED) -> list[ActivityType]:
        """Return the activity types of this status (a call per page)."""
        return list(self.activity_types.filter(status=status))

    def tag(self, **tags: str) -> None:
        """Put resource tags on the domain upstream, over those of the same key.

        One call; a second one finds the ARN when it is not known here.
        """
        wanted = RESOURCE_TAGS.write(RESOURCE_TAGS.validate("tags", tags))
        self._call("TagResource", resourceArn=self._find_arn(), tags=wanted)

    def untag(self, *keys: str) -> None:
        """Take resource tags off the domain upstream; keys that it has not are ignored.

        One call; a second one finds the ARN when it is not known here.
        """
        wanted = [RESOURCE_TAG_KEY.validate("keys", key) for key in keys]
        self._call("UntagResource", resourceArn=self._find_arn(), tagKeys=wanted)

    def _label(self) -> str:
        return self.name

    def _registration(self) -> dict[str, Any]:
        if self.retention_period is None:
            raise ValidationError("retention_period", None, "must be set to register the domain")
        return super()._registration()

    def _find_arn(self) -> str:
        return self.arn or cast(str, self._describe()["domainInfo"]["arn"])

    def _identity(self) -> dict[str, Any]:
        return {"name": self.name}

    def _of_answer(self, answer: Mapping[str, Any]) -> Self:
        if self.tags is not None:
            arn = answer["domainInfo"]["arn"]
            answer = {**answer, **self._call("ListTagsForResource", resourceArn=arn)}
        return super()._of_answer(answer)


@model
class DomainMember(Model):
    """A model that lives in a domain, and takes the domain's connection if it has none itself."""

    domain: Domain = wire(None, instance(Domain))

    @classmethod
    def from_wire(
        cls,
        data: Mapping[str, Any],
        *,
        domain: Domain | None = None,
        connection: Connection | None = None,
    ) -> Self:
        """Return the model for an element of a list or a whole answer of a describe operation.

        :param domain: the `Domain` it belongs to, which answers do not tell.
        """
        Domain.check(domain)
        return cls._read(data, _connection=connection, domain=domain)

    def _default_connection(self) -> Connection:
        return self.domain.connection

    def _of_answer(self, answer: Mapping[str, Any]) -> Self:
        return self.from_wire(answer, domain=self.domain, connection=self._connection)
