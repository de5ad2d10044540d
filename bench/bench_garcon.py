"""Flows written for Garcon, on Garcon and on this library, on one local service.

    python -m venv /tmp/garcon && /tmp/garcon/bin/pip install garcon
    python bench/bench_garcon.py --python /tmp/garcon/bin/python

Only the imports of the flows differ. Each line shows a flow, whether both libraries schedule the
same activities with the same results, and the seconds of both processes. The comparison leaves out
the events of decision tasks, because the libraries decide at different times; the digests in the
ids of generated instances; and the markers and the result of the execution, which Garcon does not
write.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from swf import Domain
from swf.local import LocalSWF
from swf.models.history import History

ANCESTOR = "from garcon import activity, runner, task"
SUCCESSOR = "from swf.flow import activity, runner, task"
COMMON = """
import json
import os
import threading

import boto3

client = boto3.client("swf")
domain = os.environ["FLOW_DOMAIN"]
"""
FLOWS = {
    "serial": """
@task.decorate(timeout=60)
def cook(activity, guests):
    return {"plates": guests * 2}

@task.decorate(timeout=30, heartbeat=20)
def serve(activity, plates, host):
    return {"served": plates, "host": host}

create = activity.create(client, domain, name)
cooked = create(name="cook", run=runner.Sync(cook.fill(guests="guests")))
served = create(
    name="serve",
    requires=[cooked],
    retry=2,
    run=runner.Sync(
        cook.fill(namespace="spare", guests="guests"),
        serve.fill(namespace="evening", plates="plates", host="host"),
    ),
)
""",
    "diamond": """
create = activity.create(client, domain, name)
first = create(name="first", tasks=runner.Sync(lambda context, activity: {"n": context["guests"]}))
left = create(
    name="left",
    requires=[first],
    run=runner.Async(
        lambda context, activity: {"left1": context["n"]},
        lambda context, activity: {"left2": context["n"]},
    ),
)
right = create(
    name="right", requires=[first], run=runner.Sync(lambda context, activity: {"right": 1})
)
last = create(
    name="last",
    requires=[left, right],
    run=runner.Sync(lambda context, activity: {"sum": context["left1"] + context["right"]}),
)
""",
    "generators": """
def sizes(context):
    for size in context["sizes"]:
        yield {"generated.size": size}

def hosts(context):
    return [{"generated.host": "kim"}, {"generated.host": "sam"}]

@task.decorate(timeout=60)
def bake(activity, size, host):
    return {f"baked.{host}.{size}": size}

create = activity.create(client, domain, name)
baked = create(
    name="bake",
    generators=[sizes, hosts],
    run=runner.Sync(bake.fill(size="generated.size", host="generated.host")),
)
""",
    "lists": """
@task.decorate(timeout=40)
def wash(activity, dish, dishes):
    return {f"washed.{dish}": dishes}

@task.list
def dishes(context):
    for dish in json.loads(context["dishes"]):
        yield wash.fill(dish=dish, dishes="dishes")

create = activity.create(client, domain, name)
washed = create(name="wash", run=runner.Sync(dishes))
""",
    "retries": """
attempts = []

def unreliable(context, activity):
    attempts.append(1)
    if len(attempts) < 3:
        raise OSError("the oven is cold")
    return {"attempts": len(attempts)}

create = activity.create(client, domain, name)
flaky = create(name="flaky", retry=2, run=runner.Sync(unreliable))
""",
    "failure": """
def broken(context, activity):
    raise OSError("the oven is broken")

create = activity.create(client, domain, name)
fails = create(name="fails", retry=1, run=runner.Sync(broken))
never = create(name="never", requires=[fails], run=runner.Sync(lambda context, activity: {}))
""",
    "decider": """
create = activity.create(client, domain, name)
rate = create(name="rate", run=runner.Sync(lambda context, activity: {"risk": context["amount"]}))
review = create(name="review", run=runner.Sync(lambda context, activity: {"approved": True}))
pay = create(name="pay", run=runner.Sync(lambda context, activity: {"paid": context["amount"]}))

def decider(schedule, context):
    rated = schedule("rate", rate, input={"amount": context["guests"] * 10})
    if rated.result["risk"] > 20:
        reviews = [
            schedule(f"review_{number}", review, requires=[rated], input={"amount": number})
            for number in range(2)
        ]
        for each in reviews:
            each.wait()
    schedule("pay", pay, input={"amount": 7}).wait()
""",
}
INPUT = {"guests": 3, "host": "kim", "sizes": [1, 2], "dishes": '["a", "b"]', "a": 1, "b": 2}
MAIN = """
import sys

if __name__ == "__main__":
    from {package} import decider as deciders

    flow = sys.modules["__main__"]
    worker = deciders.DeciderWorker(flow)
    client.start_workflow_execution(
        domain=domain,
        workflowId=name,
        workflowType={{"name": name, "version": "1.0"}},
        taskList={{"name": name}},
        executionStartToCloseTimeout="120",
        taskStartToCloseTimeout="60",
        childPolicy="TERMINATE",
        input=json.dumps({input}),
    )
    threading.Thread(target=activity.ActivityWorker(flow).run, daemon=True).start()
    while worker.run():
        pass
"""
TIMEOUT = 40  # seconds
#: Attributes that must be equal for each scheduled activity.
ATTRIBUTES = (
    "activityType",
    "taskList",
    "heartbeatTimeout",
    "scheduleToCloseTimeout",
    "scheduleToStartTimeout",
    "startToCloseTimeout",
)


def run(python: str, package: str, name: str, folder: str) -> History:
    """Run a flow in its own process, and return the history of the closed execution."""
    domain = Domain(f"{package}-{name}".replace(".", "-"))
    domain.save()
    imports = ANCESTOR if package == "garcon" else SUCCESSOR
    main = MAIN.format(package=package, input=json.dumps(INPUT))
    program = Path(folder, f"{domain.name}.py")
    program.write_text(f"{imports}\n{COMMON}\nname = {name!r}\n{FLOWS[name]}\n{main}")
    process = subprocess.Popen(
        [python, str(program)],
        env={**os.environ, "FLOW_DOMAIN": domain.name},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        closed = domain.executions.filter(status="CLOSED")
        deadline = time.monotonic() + TIMEOUT
        while (execution := closed.all().first()) is None:
            if time.monotonic() > deadline:
                sys.exit(f"{name}: {package} has not closed the execution in {TIMEOUT} seconds")
            time.sleep(0.05)
        return execution.history()
    finally:
        process.kill()
        process.wait()


def canonical(value: object) -> str:
    """Return a text that is equal for equal values."""
    return json.dumps(value, sort_keys=True)


def outcome(history: History) -> dict[str, object]:
    """Return the close status, and the attributes and outcomes of all activities."""
    activities = []
    for scheduled in history.filter(name="ActivityTaskScheduled"):
        attributes = {key: scheduled.attributes.get(key) for key in ATTRIBUTES}
        payload = json.loads(scheduled.attributes["input"])
        activities.append({**attributes, "input": {**payload, "execution.run_id": None}})
    completed = history.filter(name="ActivityTaskCompleted")
    failed = [event.name for event in history if event.name == "ActivityTaskFailed"]
    return {
        "close": history.execution.close_status,
        "activities": sorted(activities, key=canonical),
        "results": sorted(
            (json.loads(event.attributes["result"]) for event in completed), key=canonical
        ),
        "failures": len(failed),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    installed = sys.executable if importlib.util.find_spec("garcon") else None
    parser.add_argument(
        "--python", default=installed, help="the Python of an environment with Garcon"
    )
    python = parser.parse_args().python
    if python is None:
        print("skipped: Garcon is not installed")
        return
    with LocalSWF() as service, tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            AWS_ENDPOINT_URL_SWF=service.serve(),
            AWS_ACCESS_KEY_ID="x",
            AWS_SECRET_ACCESS_KEY="x",
            AWS_DEFAULT_REGION="us-east-1",
        )
        for name in FLOWS:
            began = time.perf_counter()
            old = outcome(run(python, "garcon", name, folder))
            middle = time.perf_counter()
            new = outcome(run(sys.executable, "swf.flow", name, folder))
            end = time.perf_counter()
            new = json.loads(json.dumps(new).replace("swf-flow-", "garcon-"))
            is_same = "same" if old == new else "DIFFERENT"
            print(
                f"{name:10} {is_same:10} garcon {middle - began:5.1f} s  swf {end - middle:5.1f} s"
            )
            if old != new:
                print(json.dumps([old, new], default=str, indent=1))


if __name__ == "__main__":
    main()
