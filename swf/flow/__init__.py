"""Flows: a DAG engine for Amazon SWF, with Garcon's programming model.

::

    from swf.flow import Flow, Retry, activity, runner, task

A flow declares steps and their requirements with `activity`, `runner`, `task` and `param`. `Flow`
checks, draws, starts and runs it. `decider`, `context`, `event` and `log` hold the parts for custom
deciders, and `swf.report.timeline` draws an execution.
"""

from swf.exceptions import NonDeterminismError
from swf.flow.flow import Flow
from swf.retry import Retry

__all__ = ["Flow", "NonDeterminismError", "Retry"]
