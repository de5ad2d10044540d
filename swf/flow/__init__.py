"""Flows: activities that require one another, written as a graph and run on Amazon SWF.

::

    from swf.flow import Flow, Retry, activity, runner, task

The modules are named for what they hold: `activity`, `runner`, `task`, `param`, `decider`,
`context`, `event`, `log`. `Flow` is what can be done with a flow as a whole;
`swf.report.timeline` draws an execution of it.
"""

from swf.flow.flow import Flow
from swf.retry import Retry

__all__ = ["Flow", "Retry"]
