"""An embedded Amazon SWF service: in this process or over HTTP, with virtual time and faults.

`service` is the public class and `core` the service behind it; `inprocess` and `http` are its
transports. `engine` applies requests to a `state`: it lists the modules with the operations, the
`decisions` and the `timeouts`. `injection` has the fault rules, `control` the control API, and
`store` the database.
"""

from swf.local.clock import Clock, ManualClock, SkippingClock, SystemClock
from swf.local.core import Snapshot
from swf.local.injection import (
    ClockJump,
    DuplicateDelivery,
    FailedDecision,
    FaultRule,
    Latency,
    LostDelivery,
    LostRequest,
    LostResponse,
    MissingMessage,
    Refusal,
    ServerError,
    ShortPages,
    ShortPollTokens,
    Throttling,
)
from swf.local.process_lock import ServiceForkedError
from swf.local.service import LocalSWF
from swf.local.store import StoreError

__all__ = [
    "Clock",
    "ClockJump",
    "DuplicateDelivery",
    "FailedDecision",
    "FaultRule",
    "Latency",
    "LocalSWF",
    "LostDelivery",
    "LostRequest",
    "LostResponse",
    "ManualClock",
    "MissingMessage",
    "Refusal",
    "ServerError",
    "ServiceForkedError",
    "ShortPages",
    "ShortPollTokens",
    "SkippingClock",
    "Snapshot",
    "StoreError",
    "SystemClock",
    "Throttling",
]
