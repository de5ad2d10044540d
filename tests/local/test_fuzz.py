"""Random requests, valid and hostile, in process: each is answered or refused, none fails."""

import json
import logging
import random

import pytest
from botocore.session import Session

from swf.local import LocalSWF, ManualClock, protocol
from swf.local.inprocess import ApiCaller
from swf.local.state import State
from swf.local.waiting import LongPollTimeout

MODEL = Session().get_service_model("swf")
OPERATIONS = MODEL.operation_names

#: More frequent operations, so that executions make progress.
FREQUENT = (
    *("PollForDecisionTask", "RespondDecisionTaskCompleted") * 6,
    *("PollForActivityTask", "RespondActivityTaskCompleted", "StartWorkflowExecution") * 3,
    *("SignalWorkflowExecution", "RecordActivityTaskHeartbeat"),
)

SURROGATE = "\ud800"
TEXTS = (
    *("", " ", "x", "NONE", "0", "1", "30", "-1", "1.5", "1e3", "٣", "a:b", "a/b", "arn", "é"),
    *("\x00", "\x1b[2J", SURROGATE, "\U0001f600", "null", "{}", "'; DROP TABLE log; --", "x" * 300),
)
JSON_VALUES = (
    *(None, True, False, 0, 1, -1, 5, 2**31, 2**63, -(2**63), 10**30, 10**300, 1.5, -0.0, 1e308),
    *([], {}, [None], [[]], [[[[]]]], {"": ""}, {"name": None}, [1, "x", None], "text"),
)
RAW_BODIES = (
    *(b"", b"null", b"[]", b"5", b'"x"', b"{", b"\xff\xfe", b"\x00", b"{'a': 1}", b"NaN"),
    *(b"[" * 50_000, b'{"a":' * 20_000, b'{"name": NaN}', b'{"name": 1e999}', b"1" * 5000),
    *(
        b'{"name": "\\ud800"}',
        b'{"name": "a", "name": 5}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
    ),
)
HEADERS = {
    "X-Amz-Target": (
        *("", "x", ".", "SimpleWorkflowService", "SimpleWorkflowService.", b"\xff", 5, None),
        *("simpleworkflowservice.ListDomains", "SimpleWorkflowService.listDomains"),
        *("DynamoDB_20120810.ListTables", "SimpleWorkflowService.ListDomains ", "a" * 5000),
    ),
    "Authorization": (
        *("", "Basic x", "AWS4-HMAC-SHA256 Credential=", "Credential=a/b/c/d/e,", "Credential=//"),
        *("AWS4-HMAC-SHA256 Credential=k/20260101/" + SURROGATE + "/swf/aws4_request", b"\xff" * 9),
        *("Credential=" + "k" * 5000 + "/d/r", 5, None),
    ),
}

CLOSING = (
    *("CompleteWorkflowExecution", "FailWorkflowExecution", "CancelWorkflowExecution"),
    "ContinueAsNewWorkflowExecution",
)

USEFUL_MEMBERS = ("decisions", "startTimeFilter", "lambdaRole")

#: Values of members that lead somewhere, by the end of their name.
POOLS = {
    "domain": ("d",),
    "workflowId": tuple(f"w{number}" for number in range(30)),
    "activityId": tuple(f"a{number}" for number in range(9)),
    "timerId": ("t0", "t1"),
    "childPolicy": ("TERMINATE", "REQUEST_CANCEL", "ABANDON"),
    "version": ("1",),
    "id": ("l0", "l1"),
    "startToFireTimeout": ("0", "1", "60"),
    "tag": ("x",),
    "taskPriority": ("0", "-1", "2147483647"),
    "workflowExecutionRetentionPeriodInDays": ("0", "1", "NONE"),
}


class Fuzzer:
    """A service, and random requests to it that build on its responses."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.service = LocalSWF(ManualClock(), lambda_functions={"x": lambda event: event})
        self.kind = "Decision"
        self.caller = ApiCaller(self.service._core, LongPollTimeout(0, is_virtual=True))
        self.tokens = {"Decision": [], "Activity": []}
        self.executions, self.page_tokens, self.arns = [], [], []
        self.statuses = set()
        self._register()

    def _register(self):
        timeouts = ("StartToClose", "ScheduleToStart", "ScheduleToClose", "Heartbeat")
        common = {"domain": "d", "name": "x", "version": "1", "defaultTaskList": {"name": "x"}}
        workflow = {
            "defaultTaskStartToCloseTimeout": "60",
            "defaultExecutionStartToCloseTimeout": "600",
            "defaultChildPolicy": "TERMINATE",
        }
        activity = {f"defaultTask{name}Timeout": "60" for name in timeouts}
        self.send(
            "RegisterDomain", {"name": "d", "workflowExecutionRetentionPeriodInDays": "1"}, {}
        )
        self.send("RegisterWorkflowType", {**common, **workflow}, {})
        self.send("RegisterActivityType", {**common, **activity}, {})

    def step(self):
        chance = self.random.random()
        if chance < 0.005:
            self.service.clock.advance(self.random.choice([0, 0.001, 1, 1, 5, 30, 100, 90_000]))
            return
        if chance > 0.98:
            self._repair()
            return
        operation = self.random.choice(FREQUENT if chance < 0.6 else OPERATIONS)
        if operation.startswith(("Delete", "Deprecate")) and self.random.random() < 0.9:
            operation = "RespondActivityTaskFailed"
        shape = MODEL.operation_model(operation).input_shape
        self.kind = "Activity" if "Activity" in operation else "Decision"
        body = self.random.choice(RAW_BODIES) if chance > 0.975 else self.value(shape, "")
        headers = {}
        if 0.97 < chance < 0.975:
            name = self.random.choice(list(HEADERS))
            headers[name] = self.random.choice(HEADERS[name])
        self.send(operation, body, headers)

    def send(self, operation, body, headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"X-Amz-Target": f"SimpleWorkflowService.{operation}", **headers}
        answer = self.caller.answer(lambda: protocol.read(headers, data))
        self.statuses.add(answer.status)
        assert answer.status in (200, 400, 404), (operation, headers, data[:500], answer)
        members = json.loads(answer.body) if answer.body else {}
        assert answer.status == 200 or members["__type"].count("#") == 1
        self._learn(operation, members)

    def _learn(self, operation, members):
        if "taskToken" in members:
            self.tokens["Activity" if "Activity" in operation else "Decision"].append(
                members["taskToken"]
            )
        if "workflowExecution" in members:
            self.executions.append(members["workflowExecution"])
        if "nextPageToken" in members:
            self.page_tokens.append(members["nextPageToken"])
        if "arn" in members.get("domainInfo", {}):
            self.arns.append(members["domainInfo"]["arn"])
        for pool in (*self.tokens.values(), self.executions, self.page_tokens, self.arns):
            del pool[:-20]

    def _repair(self):
        """Register everything again that may have been deprecated or deleted."""
        name = {"domain": "d"}
        self.send("UndeprecateDomain", {"name": "d"}, {})
        for kind in ("workflowType", "activityType"):
            reference = {kind: {"name": "x", "version": "1"}}
            self.send(f"Undeprecate{kind[0].upper()}{kind[1:]}", {**name, **reference}, {})
        self._register()

    def value(self, shape, name):
        """Return a value for a shape: mostly valid, sometimes of any JSON type."""
        if self.random.random() < 0.01:
            return self.random.choice(JSON_VALUES)
        return getattr(self, f"_{shape.type_name}")(shape, name)

    def _structure(self, shape, name):
        if shape.name == "Decision":
            return self._decision(shape)
        if name in ("workflowType", "activityType"):
            return {"name": "x", "version": "1"}
        if name == "execution" and self.executions:
            return self.random.choice(self.executions)
        return {
            each: self.value(member, each)
            for each, member in shape.members.items()
            if self.random.random()
            < (0.99 if each in (*shape.required_members, *USEFUL_MEMBERS) else 0.1)
        }

    def _decision(self, shape):
        kind = self.random.choice(shape.members["decisionType"].enum)
        if kind in CLOSING and self.random.random() < 0.8:
            kind = "ScheduleActivityTask"
        member = f"{kind[0].lower()}{kind[1:]}DecisionAttributes"
        return {"decisionType": kind, member: self.value(shape.members[member], member)}

    def _list(self, shape, name):
        values = [
            self.value(shape.member, name) for _ in range(self.random.choice([0, 1, 1, 2, 7]))
        ]
        if shape.member.name == "Decision" and self.random.random() < 0.9:
            values.sort(
                key=lambda each: isinstance(each, dict) and each.get("decisionType") in CLOSING
            )
        return values

    def _string(self, shape, name):
        tokens = {
            "taskToken": self.tokens[self.kind],
            "nextPageToken": self.page_tokens,
            "resourceArn": self.arns,
            "runId": [execution["runId"] for execution in self.executions[-1:]],
        }.get(name)
        if tokens and self.random.random() < 0.95:
            return tokens.pop() if name == "taskToken" else self.random.choice(tokens)
        if name in POOLS and self.random.random() < 0.95:
            return self.random.choice(POOLS[name])
        if shape.enum:
            return self.random.choice(shape.enum)
        if self.random.random() < 0.95:
            return "60" if name.endswith("Timeout") else "x"
        return self.random.choice(TEXTS)

    def _integer(self, shape, name):
        return self.random.choice([0, 1, 2, 1000, 1001, -1, 2**31])

    def _boolean(self, shape, name):
        return self.random.random() < 0.5

    def _timestamp(self, shape, name):
        return self.random.choice([0, 1.5, -1, 1e9, 1e11, 1e300, 10**400])

    def check(self):
        """Check that the state survives a restart."""
        for key, state in self.service._core._tenants.states.items():
            records = json.loads(json.dumps(list(state.records())))
            again = State.from_records(records)
            assert list(again.records()) == records, key


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(10))
def test_no_request_makes_the_service_fail(seed, soak, caplog):
    if seed and not soak:
        pytest.skip("SWF_SOAK=1 runs 1,000,000 requests")
    caplog.set_level(logging.ERROR)
    fuzzer = Fuzzer(seed)
    for number in range(100_000 if soak else 3_000):
        fuzzer.step()
        if number % 10_000 == 999:
            fuzzer.check()
    fuzzer.service.close()

    assert caplog.messages == []
    assert fuzzer.statuses == {200, 400, 404}
