"""The timeouts of activity types, which a worker needs since no poll returns them."""

from __future__ import annotations

import logging
from typing import NamedTuple

from swf.actors.faults import FaultAction, fault_action
from swf.connection import Connection
from swf.constants import NONE
from swf.exceptions import SWFError
from swf.models import ActivityType

logger = logging.getLogger(__name__)

#: Assumed heartbeat timeout in seconds if the registered type cannot be fetched.
ASSUMED_HEARTBEAT_TIMEOUT = 60.0


class Timeouts(NamedTuple):
    """The timeouts of an activity, in seconds; None for no limit.

    :param heartbeat: maximum time between heartbeats.
    :param start_to_close: maximum duration of the task.
    """

    heartbeat: float | None
    start_to_close: float | None


class TypeTimeouts:
    """The timeouts of registered activity types, each fetched from the service once."""

    def __init__(self) -> None:
        self._timeouts: dict[tuple[str, str], Timeouts] = {}

    def get(self, kind: ActivityType, connection: Connection) -> Timeouts:
        """Return the timeouts of a type; those of an unknown type are assumed.

        :param kind: the activity type.
        :param connection: the connection for the first call.
        """
        return self._timeouts.get((kind.name, kind.version)) or self._fetch(kind, connection)

    def _fetch(self, kind: ActivityType, connection: Connection) -> Timeouts:
        is_final = True
        try:
            upstream = kind.evolve(connection=connection).upstream()
        except SWFError as error:
            timeouts = Timeouts(ASSUMED_HEARTBEAT_TIMEOUT, None)
            logger.warning("timeouts unknown, assuming %s: %r: %s", timeouts, kind, error)
            is_final = fault_action(error) is not FaultAction.RETRY
        else:
            timeouts = Timeouts(
                _limit(upstream.task_heartbeat_timeout),
                _limit(upstream.task_start_to_close_timeout),
            )
        if is_final:
            self._timeouts[kind.name, kind.version] = timeouts
        return timeouts


def _limit(seconds: int | str | None) -> float | None:
    """Return a timeout in seconds, None for no limit."""
    return None if seconds in (None, NONE, 0) else float(seconds or 0)
