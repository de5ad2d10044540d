"""The actions that follow from a request or a deadline.

A rule adds a consequence to its step; `apply_consequences` applies them one after the other,
each as a separate change at the same instant, after the batch that asked for them.
"""

from collections.abc import Callable

from swf.local import children, closing, external, lambdas
from swf.local.step import STARTS, EngineStep

CONSEQUENCES: dict[str, Callable[..., None]] = {
    "start_child": children.start_child,
    "signal": external.signal,
    "request_cancel": external.request_cancel,
    "call_lambda": lambdas.call,
    "closed": closing.on_close,
}


def apply_consequences(step: EngineStep) -> None:
    """Apply the consequences of a step, and their consequences in turn.

    The first start of a child or Lambda function ends the step, so that its decision task can be
    delivered before the next start.
    """
    while step.consequences:
        name, *arguments = step.consequences.popleft()
        CONSEQUENCES[name](step, *arguments)
        if name in STARTS:
            return
