"""The queryset of the activity types of a domain."""

from __future__ import annotations

from typing import ClassVar

from swf.models.activity import ActivityType
from swf.querysets.schema import Schema
from swf.querysets.types import ALIASES, LISTED, TypeQuerySet


class ActivityTypeQuerySet(TypeQuerySet[ActivityType]):
    """The activity types of a domain.

    Source: API Reference, ListActivityTypes.
    """

    schema: ClassVar[Schema] = Schema(model=ActivityType, listed=LISTED, aliases=ALIASES)
