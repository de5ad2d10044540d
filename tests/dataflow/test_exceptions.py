from __future__ import annotations

import pickle

import pytest

from swf.dataflow import exceptions

LOST = exceptions.TaskFailed("pay", "OSError: lost")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (exceptions.WorkflowFailing("no stock", {"left": 0}), "no stock"),
        (exceptions.WorkflowFailing(None), "the workflow fails"),
        (exceptions.WorkflowCanceled(), "the execution was asked to cancel"),
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
def test_an_error_says_what_became_of_what_in_words(error, says):
    assert str(error) == says
    assert str(pickle.loads(pickle.dumps(error))) == says
