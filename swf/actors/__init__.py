"""Actors: deciders and activity workers, from single calls to a runtime with threads.

`core` is the base class of `decider` and `worker`, and `runtime` their polling loop. `heartbeat`
sends the heartbeats of activities, `faults` decides about errors of calls, `histories` and `sticky`
supply the histories of decision tasks, and `group` and `processes` run several actors.
"""

from swf.actors.activity_timeouts import Timeouts
from swf.actors.backoff import Backoff
from swf.actors.core import Actor, Polled
from swf.actors.decider import Decider
from swf.actors.hooks import Hooks
from swf.actors.log import ContextFilter, get_logger, get_logger_namespace, is_replaying, replaying
from swf.actors.sticky import StickyCache
from swf.actors.tasks import ActivityTaskContext, DecisionTaskContext
from swf.actors.worker import ActivityWorker
from swf.exceptions import ActivityCanceled, ActivityTaskLost

__all__ = [
    "ActivityCanceled",
    "ActivityTaskContext",
    "ActivityTaskLost",
    "ActivityWorker",
    "Actor",
    "Backoff",
    "ContextFilter",
    "Decider",
    "DecisionTaskContext",
    "Hooks",
    "Polled",
    "StickyCache",
    "Timeouts",
    "get_logger",
    "get_logger_namespace",
    "is_replaying",
    "replaying",
]
