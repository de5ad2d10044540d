"""Actors: deciders and activity workers, from single calls to a runtime that keeps them going."""

from swf.actors.backoff import Backoff
from swf.actors.core import Actor, Polled
from swf.actors.decider import Decider
from swf.actors.worker import ActivityWorker

__all__ = ["ActivityWorker", "Actor", "Backoff", "Decider", "Polled"]
