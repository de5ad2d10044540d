"""What workflow types and activity types have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from swf.constants import REGISTERED, REGISTRATION_STATUSES
from swf.models.base import RegistrableModel, model, translate_error
from swf.models.domain import Domain, DomainMember
from swf.models.fields import NAME, VERSION, choice, wire


@model
class Type(RegistrableModel, DomainMember):
    """A registered name and version, and the settings that its executions start from.

    Settings cannot change once they are registered: other settings are a new version.
    """

    #: The structure by which the API refers to it, e.g. `"workflowType"`.
    reference_name: ClassVar[str]

    name: str = wire("name", NAME)
    version: str = wire("version", VERSION)
    status: str | None = wire(
        "status", choice(REGISTRATION_STATUSES), default=REGISTERED, assigned=True
    )

    def save(self) -> None:
        """Register it; one whose status is DEPRECATED is deprecated at once (a second call).

        :raises AlreadyExistsError: the model's own, when it is registered or deprecated upstream.
        :raises DomainDoesNotExist: when there is no such domain to register it in.
        """
        try:
            super().save()
        except self.DoesNotExist as error:
            raise translate_error(error, Domain.DoesNotExist) from error.__cause__

    def purge(self) -> None:
        """Delete it, so that its name and version are free again; it must be deprecated.

        :raises DoesNotExistError: the model's own, when the service does not know it.
        :raises ResponseError: TypeNotDeprecatedFault, while it is registered.
        """
        self._call(f"Delete{self.api_name}", **self._identity())

    @property
    def reference(self) -> dict[str, str]:
        """Name and version, as the API refers to it."""
        return {"name": self.name, "version": self.version}

    def _label(self) -> str:
        return f"{self.name} {self.version}"

    def _identity(self) -> dict[str, Any]:
        return {"domain": self.domain.name, self.reference_name: self.reference}

    def _registration(self) -> dict[str, Any]:
        return {"domain": self.domain.name, **super()._registration()}
