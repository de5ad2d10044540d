"""A harness for tests of the engine, with plain values and manual time."""

import json

import pytest

from swf.local.engine import State, apply, finish_lambda, proceed, tick

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
def make_world():
    return EngineHarness


@pytest.fixture
def empty():
    """An engine without a domain."""
    return EngineHarness()


@pytest.fixture
def engine():
    """An engine with domain d, workflow type order and activity type charge, with all defaults."""
    return EngineHarness().register()
