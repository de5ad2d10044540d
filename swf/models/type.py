"""`Type`, the base class of workflow types and activity types."""

from __future__ import annotations

from typing import Any, ClassVar

from swf.constants import REGISTERED, REGISTRATION_STATUSES
from swf.models.base import RegistrableModel, translate_error
from swf.models.domain import Domain, DomainMember
from swf.models.fields import NAME, VERSION, Level, choice, wire
from swf.models.value import model


@model
class Type(RegistrableModel, DomainMember):
    """A registered name and version with default settings.

    Settings cannot change after the registration; other settings need a new version.
    """

    #: The structure that refers to it in the API, e.g. `"workflowType"`.
    reference_name: ClassVar[str]

    name: str = wire("name", NAME, level=Level.REFERENCE)
    version: str = wire("version", VERSION, level=Level.REFERENCE)
    status: str | None = wire(
        "status", choice(REGISTRATION_STATUSES), default=REGISTERED, assigned=True
    )

    def save(self) -> None:
        """Register it, and deprecate it if its status is DEPRECATED (a second call).

        :raises AlreadyExistsError: the model's `AlreadyExists`, when it is registered or deprecated
            upstream.
        :raises DomainDoesNotExist: the service does not know the domain.
        """
        try:
            super().save()
        except self.DoesNotExist as error:
            raise translate_error(error, Domain.DoesNotExist) from error.__cause__

    def purge(self) -> None:
        """Delete a deprecated type, so that its name and version can be registered again.

        :raises DoesNotExistError: the model's `DoesNotExist`, when the service does not know it.
        :raises ResponseError: TypeNotDeprecatedFault, while it is registered.
        """
        self._call(f"Delete{self.api_name}", **self._identity())

    @property
    def reference(self) -> dict[str, str]:
        """Name and version, the structure that refers to it in the API."""
        return {"name": self.name, "version": self.version}

    def _label(self) -> str:
        return f"{self.name} {self.version}"

    def _identity(self) -> dict[str, Any]:
        return {"domain": self.domain.name, self.reference_name: self.reference}

    def _registration(self) -> dict[str, Any]:
        return {"domain": self.domain.name, **super()._registration()}
