"""The limits of executions and accounts, and the token buckets that throttle calls.

The limits of an execution always apply. Account quotas and token buckets apply if the `limits` of a
state are "strict".
Source: Developer Guide, "Amazon SWF Quotas".
"""

YEAR = 31_536_000
"""Maximum duration of an execution, in seconds."""
HISTORY_EVENTS = 25_000
OPEN_ACTIVITIES = OPEN_TIMERS = OPEN_CHILDREN = 1_000
OPEN_LAMBDAS = 1_000
"""AWS documents the failure cause but no number; this is the limit of activities and timers."""
LAMBDA_SECONDS = 900
RESOURCE_TAGS = 50
PAGE = 1_000
PAGE_TOKEN_LIFE = 86_400

DOMAINS = 100
TYPES_PER_DOMAIN = 10_000
OPEN_EXECUTIONS_PER_DOMAIN = 100_000

Rate = tuple[int, int]
"""(size of the bucket, tokens refilled each second)"""

OPERATION_RATES: dict[str, Rate] = {
    "CountClosedWorkflowExecutions": (2000, 6),
    "CountOpenWorkflowExecutions": (2000, 6),
    "CountPendingActivityTasks": (200, 6),
    "CountPendingDecisionTasks": (200, 6),
    "DeleteActivityType": (200, 6),
    "DeleteWorkflowType": (200, 6),
    "DeprecateActivityType": (200, 6),
    "DeprecateDomain": (100, 6),
    "DeprecateWorkflowType": (200, 6),
    "DescribeActivityType": (2000, 6),
    "DescribeDomain": (200, 6),
    "DescribeWorkflowExecution": (2000, 6),
    "DescribeWorkflowType": (2000, 6),
    "GetWorkflowExecutionHistory": (2000, 60),
    "ListActivityTypes": (200, 6),
    "ListClosedWorkflowExecutions": (200, 6),
    "ListDomains": (100, 6),
    "ListOpenWorkflowExecutions": (200, 48),
    "ListTagsForResource": (50, 30),
    "ListWorkflowTypes": (200, 6),
    "PollForActivityTask": (2000, 200),
    "PollForDecisionTask": (2000, 200),
    "RecordActivityTaskHeartbeat": (2000, 160),
    "RegisterActivityType": (200, 60),
    "RegisterDomain": (100, 6),
    "RegisterWorkflowType": (200, 60),
    "RequestCancelWorkflowExecution": (2000, 30),
    "RespondActivityTaskCanceled": (2000, 200),
    "RespondActivityTaskCompleted": (2000, 200),
    "RespondActivityTaskFailed": (2000, 200),
    "RespondDecisionTaskCompleted": (2000, 200),
    "SignalWorkflowExecution": (2000, 30),
    "StartWorkflowExecution": (2000, 200),
    "TagResource": (50, 30),
    "TerminateWorkflowExecution": (2000, 60),
    "UndeprecateActivityType": (200, 6),
    "UndeprecateDomain": (100, 6),
    "UndeprecateWorkflowType": (200, 6),
    "UntagResource": (50, 30),
}
DECISION_RATES: dict[str, Rate] = {
    "RequestCancelExternalWorkflowExecution": (1200, 120),
    "ScheduleActivityTask": (1000, 200),
    "SignalExternalWorkflowExecution": (1200, 120),
    "StartChildWorkflowExecution": (500, 12),
    "StartTimer": (2000, 200),
}
EXECUTION_RATES: dict[str, Rate] = {
    "GetWorkflowExecutionHistory": (400, 200),
    "SignalWorkflowExecution": (1000, 1000),
    "RecordActivityTaskHeartbeat": (1000, 1000),
    "RequestCancelWorkflowExecution": (200, 200),
}
TASK_LIST_RATE: Rate = (2000, 2000)

FORGET_AFTER = 4096
"""Number of buckets at which full ones are removed."""


class TokenBuckets:
    """Token buckets by key.

    They are not part of the recorded state: after a restart every bucket is full.
    """

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets: dict[object, tuple[float, float, Rate]] = {}

    def take(self, key: object, rate: Rate, now: float) -> bool:
        """Take a token from a bucket; return whether there was one.

        :param rate: size and refill rate of the bucket.
        :param now: seconds since the epoch.
        """
        level = self._level(key, rate, now)
        if level < 1:
            return False
        if len(self._buckets) >= FORGET_AFTER:
            self._forget_full(now)
        self._buckets[key] = (level - 1, now, rate)
        return True

    def _level(self, key: object, rate: Rate, now: float) -> float:
        size, refill = rate
        tokens, since, _ = self._buckets.get(key, (size, now, rate))
        return min(size, tokens + (now - since) * refill)

    def _forget_full(self, now: float) -> None:
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if self._level(key, bucket[2], now) < bucket[2][0]
        }
