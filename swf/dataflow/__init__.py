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

Reading order: `workflow.py` (the base class of workflows), `fibers.py` and `futures.py` (how code
waits), `commands.py`, `command_queue.py` and `replay.py` (decisions and their comparison with the
history), `runtime.py` (the state of an execution), the tasks (`timer_tasks.py`, `child.py`, ...),
`workflow_instance.py` (from events to decisions). After `workflow.py`, each module imports only
from earlier ones. `execute.py` runs programs as activities.
"""

from swf import codecs
from swf.actors.log import get_logger
from swf.dataflow import activity, exceptions, futures
from swf.dataflow.activity import Activity, registry
from swf.dataflow.base_future import Future
from swf.dataflow.canvas import Chain, ChainFuture, FuncGroup, Group, GroupFuture
from swf.dataflow.decider import Decider, replay
from swf.dataflow.failure import TaskFailureContext
from swf.dataflow.handle import WorkflowHandle
from swf.dataflow.local import Local, run_local, standalone
from swf.dataflow.middleware import Middleware
from swf.dataflow.registration import start
from swf.dataflow.rerun import RerunPlan, plan_rerun, rerun
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
from swf.exceptions import NonDeterminismError

#: Adds the ids of the execution to each line, and logs nothing during a replay.
logger = get_logger()

__all__ = [
    "Activity",
    "ActivityTask",
    "ActivityWorker",
    "Chain",
    "ChainFuture",
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
    "NonDeterminismError",
    "NonPythonicActivityTask",
    "RerunPlan",
    "SignalTask",
    "Step",
    "TaskFailureContext",
    "TimerTask",
    "WaitForSignal",
    "Workflow",
    "WorkflowHandle",
    "WorkflowStepMixin",
    "WorkflowTask",
    "activity",
    "codecs",
    "exceptions",
    "futures",
    "logger",
    "plan_rerun",
    "registry",
    "replay",
    "rerun",
    "run_local",
    "standalone",
    "start",
]
