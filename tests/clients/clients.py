"""Clients of other languages and libraries run a workflow over HTTP: `make test-clients`.

Each program registers types, starts an execution, performs an activity, skips a timer of 30 days
through the control API, reads the history in pages, and prints a report as JSON.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from swf.local import LocalSWF, ManualClock

DIRECTORY = Path(__file__).parent
INSTALLED = Path(__file__).parents[2] / ".venv" / "clients"

#: The directory in which Debian's packages install the sources of Go modules.
GO_PACKAGES = "/usr/share/gocode"

COMMANDS = {
    "aiobotocore": [str(INSTALLED / "python" / "bin" / "python"), "client.py"],
    "go": ["go", "run", "client.go"],
    "javascript 2": ["node", "client.js"],
    "ruby": ["ruby", "client.rb"],
}

EVENTS = [
    "WorkflowExecutionStarted",
    "DecisionTaskScheduled",
    "DecisionTaskStarted",
    "DecisionTaskCompleted",
    "ActivityTaskScheduled",
    "ActivityTaskStarted",
    "ActivityTaskCompleted",
    "DecisionTaskScheduled",
    "DecisionTaskStarted",
    "DecisionTaskCompleted",
    "TimerStarted",
    "TimerFired",
    "DecisionTaskScheduled",
    "DecisionTaskStarted",
    "DecisionTaskCompleted",
    "WorkflowExecutionCompleted",
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("client", COMMANDS)
def test_client_runs_a_workflow_and_skips_a_month(client):
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": GO_PACKAGES,
        "NODE_PATH": str(INSTALLED / "node_modules"),
        "AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE": "1",
    }
    with LocalSWF(ManualClock(), poll_timeout=0.2) as service:
        program = subprocess.run(
            [*COMMANDS[client], service.serve()],
            check=False,
            cwd=DIRECTORY,
            env=environment,
            capture_output=True,
            text=True,
        )

    assert program.returncode == 0, program.stderr
    assert json.loads(program.stdout) == {
        "fault": "DomainAlreadyExistsFault",
        "input": "naïve ☃ 🎉",
        "emptyPoll": None,
        "seconds": 30 * 86400,
        "events": EVENTS,
    }
