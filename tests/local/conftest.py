import json
import threading

import pytest

from swf.local import LocalSWF, ManualClock
from swf.local.engine import State, apply, finish_lambda, proceed, tick

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
def database(tmp_path):
    """The path of a new database."""
    return tmp_path / "swf.db"


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


LIST = {"name": "list"}
WORKFLOW = {"name": "order", "version": "1"}
ACTIVITY = {"name": "charge", "version": "1"}


class EngineHarness:
    """A state of the engine with a clock and all records, as a store has them."""

    def __init__(self, limits="off"):
        self.state = State("us-east-1", seed=7, limits=limits)
        self.log = list(self.state.records())
        self.now = 1_000_000.0
        self.outcome = None

    def _carry_out(self, outcome):
        self.outcome = outcome
        self.log += json.loads(json.dumps(outcome.records))
        lambdas = list(outcome.lambdas)
        while self.outcome.remaining:
            self.outcome = proceed(self.state, self.outcome.remaining, self.now)
            self.log += json.loads(json.dumps(self.outcome.records))
            lambdas += self.outcome.lambdas
        self.outcome = outcome._replace(lambdas=lambdas)
        return outcome.response

    def call(self, operation, **params):
        self.advance(0)
        return self._carry_out(apply(self.state, operation, params, self.now))

    def advance(self, seconds):
        self.now += seconds
        self._carry_out(tick(self.state, self.now))

    def finish_lambda(self, call, result):
        where = (call.run_id, call.scheduled_event_id)
        self._carry_out(finish_lambda(self.state, *where, result, self.now))

    def restarted(self):
        """Return the state that results from the records."""
        return State.from_records(self.log)

    # -- SWF's verbs -----------------------------------------------------------------------------

    def register(self, retention="7", **workflow_defaults):
        defaults = {
            "defaultTaskList": LIST,
            "defaultChildPolicy": "TERMINATE",
            "defaultTaskStartToCloseTimeout": "NONE",
            "defaultExecutionStartToCloseTimeout": "86400",
            **workflow_defaults,
        }
        self.call("RegisterDomain", name="d", workflowExecutionRetentionPeriodInDays=retention)
        self.call("RegisterWorkflowType", domain="d", **WORKFLOW, **defaults)
        timeouts = ("ScheduleToStart", "ScheduleToClose", "StartToClose", "Heartbeat")
        self.call(
            "RegisterActivityType",
            domain="d",
            **ACTIVITY,
            defaultTaskList=LIST,
            **{f"defaultTask{each}Timeout": "NONE" for each in timeouts},
        )
        return self

    def start(self, workflow_id="w", **params):
        request = {"workflowType": WORKFLOW, **params}
        response = self.call(
            "StartWorkflowExecution", domain="d", workflowId=workflow_id, **request
        )
        return response["runId"]

    def poll(self, kind="Decision", name="list", **params):
        params = {"domain": "d", "taskList": {"name": name}, **params}
        return self.call(f"PollFor{kind}Task", **params)

    def decide(self, *decisions, name="list", **params):
        """Poll for a decision task and complete it with (type, attributes) pairs."""
        token = self.poll(name=name)["taskToken"]
        return self.complete(token, *decisions, **params)

    def complete(self, token, *decisions, **params):
        wire = [
            {
                "decisionType": kind,
                f"{kind[0].lower()}{kind[1:]}DecisionAttributes": attributes,
            }
            for kind, attributes in decisions
        ]
        self.call("RespondDecisionTaskCompleted", taskToken=token, decisions=wire, **params)

    def signal(self, workflow_id="w"):
        params = {"domain": "d", "workflowId": workflow_id, "signalName": "s"}
        self.call("SignalWorkflowExecution", **params)

    def terminate(self, workflow_id="w", **params):
        self.call("TerminateWorkflowExecution", domain="d", workflowId=workflow_id, **params)

    # -- Looking ---------------------------------------------------------------------------------

    def run(self, workflow_id="w"):
        """Return the last run of a workflow id."""
        runs = self.state.executions.values()
        return [run for run in runs if run.workflow_id == workflow_id][-1]

    def events(self, workflow_id="w", of=None):
        """Return the events of the last run of a workflow id, all or those of one type."""
        run = self.run(workflow_id)
        events = run.history.between(1, len(run.history))
        return [event for event in events if of is None or event["eventType"] == of]

    def types(self, workflow_id="w"):
        return [event["eventType"] for event in self.events(workflow_id)]

    def last(self, of, workflow_id="w"):
        """Return the attributes of the last event of a type."""
        event = self.events(workflow_id, of)[-1]
        return event[f"{of[0].lower()}{of[1:]}EventAttributes"]


@pytest.fixture(scope="session")
def make_engine():
    return EngineHarness


@pytest.fixture
def empty():
    """An engine without a domain."""
    return EngineHarness()


@pytest.fixture
def engine():
    """An engine with domain d, workflow type order and activity type charge, with all defaults."""
    return EngineHarness().register()
