"""The futures engine: workflows as ordinary code that waits for futures.

::

    from swf.dataflow import Workflow, activity, futures, run_local

    @activity.with_attributes()
    def increment(x):
        return x + 1

    class Pipeline(Workflow):
        def run(self, x):
            return self.submit(increment, x).result

    run_local(Pipeline, 1)

Read `workflow.py` (what a user writes), `run.py` (how it comes to decisions), `replay.py` (how a
divergence is found), `fibers.py` (how code waits). Programs as activities are in `execute.py`.
"""

from swf import codecs
from swf.dataflow import activity, exceptions, futures
from swf.dataflow.activity import Activity
from swf.dataflow.canvas import Chain, FuncGroup, Group, GroupFuture
from swf.dataflow.decider import Decider, replay
from swf.dataflow.futures import Future
from swf.dataflow.local import Local, run_local
from swf.dataflow.middleware import Middleware
from swf.dataflow.registry import registry
from swf.dataflow.rerun import rerun
from swf.dataflow.standalone import standalone
from swf.dataflow.starting import start
from swf.dataflow.steps import Step, WorkflowStepMixin
from swf.dataflow.task import (
    ActivityTask,
    ChildWorkflowTask,
    LambdaTask,
    MarkerTask,
    NonPythonicActivityTask,
    SignalTask,
    TimerTask,
    WaitForSignal,
    WorkflowTask,
)
from swf.dataflow.worker import ActivityWorker
from swf.dataflow.workflow import Workflow

__all__ = [
    "Activity",
    "ActivityTask",
    "ActivityWorker",
    "Chain",
    "ChildWorkflowTask",
    "Decider",
    "FuncGroup",
    "Future",
    "Group",
    "GroupFuture",
    "LambdaTask",
    "Local",
    "MarkerTask",
    "Middleware",
    "NonPythonicActivityTask",
    "SignalTask",
    "Step",
    "TimerTask",
    "WaitForSignal",
    "Workflow",
    "WorkflowStepMixin",
    "WorkflowTask",
    "activity",
    "codecs",
    "exceptions",
    "futures",
    "registry",
    "replay",
    "rerun",
    "run_local",
    "standalone",
    "start",
]
