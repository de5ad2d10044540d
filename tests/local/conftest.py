import threading

import pytest

from swf.local import LocalSWF, ManualClock

DOMAIN = "orders"
TYPE = {"name": "order", "version": "1.0"}
MAIN = {"name": "main"}


class Deciding:
    """The calls that most tests need, in the order of a workflow."""

    def __init__(self, client):
        self.client = client

    def register(self, domain=DOMAIN, retention="1"):
        self.client.register_domain(name=domain, workflowExecutionRetentionPeriodInDays=retention)
        self.client.register_workflow_type(
            domain=domain,
            **TYPE,
            defaultTaskList=MAIN,
            defaultChildPolicy="TERMINATE",
            defaultTaskStartToCloseTimeout="60",
            defaultExecutionStartToCloseTimeout="31536000",
            defaultLambdaRole="arn:aws:iam::123456789012:role/any",
        )
        self.client.register_activity_type(
            domain=domain,
            name="ship",
            version="1.0",
            defaultTaskList=MAIN,
            defaultTaskScheduleToStartTimeout="NONE",
            defaultTaskScheduleToCloseTimeout="NONE",
            defaultTaskStartToCloseTimeout="NONE",
            defaultTaskHeartbeatTimeout="NONE",
        )
        return self

    def start(self, workflow_id="w1", domain=DOMAIN):
        return self.client.start_workflow_execution(
            domain=domain, workflowId=workflow_id, workflowType=TYPE
        )["runId"]

    def poll(self, domain=DOMAIN):
        return self.client.poll_for_decision_task(domain=domain, taskList=MAIN)

    def poll_activity(self, domain=DOMAIN):
        return self.client.poll_for_activity_task(domain=domain, taskList=MAIN)

    def decide(self, task, *decisions):
        self.client.respond_decision_task_completed(
            taskToken=task["taskToken"], decisions=list(decisions)
        )

    def start_timer(self, seconds):
        """Start an execution whose only open entity is a timer."""
        self.start()
        self.decide(self.poll(), timer(seconds))

    def event_types(self, run_id, workflow_id="w1"):
        history = self.client.get_workflow_execution_history(
            domain=DOMAIN, execution={"workflowId": workflow_id, "runId": run_id}
        )
        return [event["eventType"] for event in history["events"]]


def timer(seconds):
    return {
        "decisionType": "StartTimer",
        "startTimerDecisionAttributes": {"timerId": "t1", "startToFireTimeout": str(seconds)},
    }


def activity(activity_id):
    return {
        "decisionType": "ScheduleActivityTask",
        "scheduleActivityTaskDecisionAttributes": {
            "activityId": activity_id,
            "activityType": {"name": "ship", "version": "1.0"},
        },
    }


def child(workflow_id):
    return {
        "decisionType": "StartChildWorkflowExecution",
        "startChildWorkflowExecutionDecisionAttributes": {
            "workflowId": workflow_id,
            "workflowType": {"name": "order", "version": "1.0"},
            "taskList": {"name": "children"},
        },
    }


class InThreads:
    """Calls in threads; each returns its result, and all end with the test."""

    def __init__(self):
        self._threads = []

    def start(self, function, *arguments):
        results = []
        thread = threading.Thread(target=lambda: results.append(function(*arguments)), daemon=True)
        thread.start()
        self._threads.append(thread)

        def result():
            thread.join(timeout=20)
            assert results, "the call did not come back"
            return results[0]

        return result


@pytest.fixture
def threads():
    return InThreads()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def make_service():
    """Return a function that creates services, which close after the test."""
    services = []

    def make(*arguments, **options):
        services.append(LocalSWF(*arguments, **options))
        return services[-1]

    yield make
    for service in services:
        service.close()


@pytest.fixture
def service(make_service, clock):
    return make_service(clock)


@pytest.fixture
def swf(service):
    """Return a client in process with helpers, and a registered domain with types."""
    return Deciding(service.client()).register()


@pytest.fixture
def deciding():
    return Deciding


@pytest.fixture
def decisions():
    """Return functions that create decisions."""

    class Decisions:
        timer = staticmethod(timer)
        activity = staticmethod(activity)
        child = staticmethod(child)

    return Decisions


@pytest.fixture
def until_polls_wait():
    """Return a function that waits until a service has a number of waiting polls."""

    def until(service, count):
        pause = threading.Event()
        for _ in range(2000):
            if f"swf_waiting_polls {count}\n" in service.metrics():
                return
            pause.wait(0.005)
        raise AssertionError(f"{count} polls never waited")

    return until
