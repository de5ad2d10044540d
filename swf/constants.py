"""The words and the documented limits of the service.

Values are plain strings as in requests and responses, so that they compare equal to the output of
other clients.

Source: Amazon SWF API Reference, data types; Developer Guide, "Amazon SWF quotas".
"""

from typing import Final, NamedTuple

# Registration status of domains and types.
REGISTERED: Final = "REGISTERED"
DEPRECATED: Final = "DEPRECATED"

# A duration without limit.
NONE: Final = "NONE"

# The id of the library's own timer, which causes the next decision task.
WAKE_UP_TIMER_ID: Final = "swf.wake-up"
#: Id of the timer with which an engine waits until it may send a throttled command.
PAUSE_TIMER_ID: Final = "swf.pause"
#: Timers of this library, which are not timers of a workflow.
LIBRARY_TIMER_IDS: Final = frozenset((WAKE_UP_TIMER_ID, PAUSE_TIMER_ID))

# Status and close status of executions.
STATUS_OPEN: Final = "OPEN"
STATUS_CLOSED: Final = "CLOSED"

CLOSE_STATUS_COMPLETED: Final = "COMPLETED"
CLOSE_STATUS_FAILED: Final = "FAILED"
CLOSE_STATUS_CANCELED: Final = "CANCELED"
CLOSE_STATUS_TERMINATED: Final = "TERMINATED"
CLOSE_STATUS_CONTINUED_AS_NEW: Final = "CONTINUED_AS_NEW"
CLOSE_STATUS_TIMED_OUT: Final = "TIMED_OUT"

# Policies for the children of an execution that is terminated or times out.
TERMINATE: Final = "TERMINATE"
REQUEST_CANCEL: Final = "REQUEST_CANCEL"
ABANDON: Final = "ABANDON"


class ChildPolicies(NamedTuple):
    """The three child policies; `in` tests a value, attributes are the values."""

    TERMINATE: str = TERMINATE
    REQUEST_CANCEL: str = REQUEST_CANCEL
    ABANDON: str = ABANDON


CHILD_POLICIES: Final = ChildPolicies()
REGISTRATION_STATUSES: Final = (REGISTERED, DEPRECATED)
EXECUTION_STATUSES: Final = (STATUS_OPEN, STATUS_CLOSED)
CLOSE_STATUSES: Final = (
    CLOSE_STATUS_COMPLETED,
    CLOSE_STATUS_FAILED,
    CLOSE_STATUS_CANCELED,
    CLOSE_STATUS_TERMINATED,
    CLOSE_STATUS_CONTINUED_AS_NEW,
    CLOSE_STATUS_TIMED_OUT,
)

# Field limits, in characters.
ID_LIMIT: Final = 256
VERSION_LIMIT: Final = 64
RUN_ID_LIMIT: Final = 64
DESCRIPTION_LIMIT: Final = 1024
DATA_LIMIT: Final = 32768
REASON_LIMIT: Final = 256
HEARTBEAT_DETAILS_LIMIT: Final = 2048
IDENTITY_LIMIT: Final = 256
TAG_LIMIT: Final = 256
ARN_LIMIT: Final = 1600

# Counts.
TAG_LIST_LIMIT: Final = 5
PAGE_SIZE_LIMIT: Final = 1000
RETENTION_DAYS_LIMIT: Final = 90

# Durations, in seconds.
MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
EXECUTION_TIMEOUT_LIMIT: Final = 365 * 24 * 3600
LONG_POLL: Final = 60

# Default number of concurrent tasks of a process: actors, engines and commands.
DEFAULT_CONCURRENCY: Final = 1
