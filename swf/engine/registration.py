"""Registration of domains and types that may be registered already."""

from __future__ import annotations

import logging

from swf.exceptions import AlreadyExistsError
from swf.models import ActivityType, Domain, WorkflowType

logger = logging.getLogger(__name__)


def register(model: Domain | ActivityType | WorkflowType) -> None:
    """Register a domain or a type; one that is already registered is not changed.

    :raises ResponseError: the service refused for another reason.
    """
    try:
        model.save()
    except AlreadyExistsError:
        logger.debug("Already registered: %r", model)
