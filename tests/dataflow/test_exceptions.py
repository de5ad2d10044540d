from __future__ import annotations

import pickle

import pytest

from swf.dataflow import exceptions

LOST = exceptions.TaskFailed("pay", "OSError: lost")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (exceptions.WorkflowFailing("no stock", {"left": 0}), "no stock"),
        (exceptions.WorkflowFailing(None), "the workflow failed"),
        (exceptions.WorkflowCanceled(), "cancellation of the execution was requested"),
        (LOST, "pay failed: OSError: lost"),
        (exceptions.TaskFailed("pay"), "pay failed"),
        (exceptions.TaskCanceled(), "the task was canceled"),
        (exceptions.TaskCanceled("too late"), "the task was canceled: too late"),
        (exceptions.TaskTerminated(), "the child workflow was terminated"),
        (exceptions.TaskTerminated("ship"), "ship was terminated"),
        (exceptions.TimeoutError("HEARTBEAT", 60), "HEARTBEAT timeout after 60 s"),
        (exceptions.TimeoutError(None), "timeout"),
        (exceptions.TaskException("the task", LOST), "pay failed: OSError: lost"),
        (exceptions.TaskException("the task"), "the task failed"),
        (exceptions.AggregateException([None, LOST]), "1 of 2 failed: pay failed: OSError: lost"),
        (exceptions.AggregateException(), "0 of 0 failed"),
        (exceptions.ExecutionError("TERMINATED"), "TERMINATED"),
        (exceptions.ExecutionTimeoutError("TIMED_OUT", "slow"), "TIMED_OUT: slow"),
    ],
)
def test_message_names_object_and_reason(error, message):
    assert str(error) == message
    assert str(pickle.loads(pickle.dumps(error))) == message


def test_aggregate_exception_is_handled_and_flattened():
    inner = exceptions.AggregateException([KeyError("a"), None])
    outer = exceptions.AggregateException([inner, ValueError("b")])

    assert [type(each) for each in outer.flatten().exceptions] == [KeyError, ValueError]
    outer.flatten().handle(lambda error, kinds: isinstance(error, kinds), (KeyError, ValueError))
    with pytest.raises(exceptions.AggregateException, match="1 of 1 failed: b"):
        outer.flatten().handle(lambda error: isinstance(error, KeyError))
