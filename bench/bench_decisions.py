"""Cost of a decision: for short and long histories, per run, in calls and in memory.

    python bench/bench_decisions.py

A `before-send` handler of botocore returns fixed responses, so the timings include botocore and
this library, but no service. The responses are the decision tasks of a fan-out with ten parallel
activities. Calls are counted on the local service. The garbage collector is off.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
import tracemalloc
from collections import Counter

import boto3
from botocore.awsrequest import AWSResponse
from histories import PEERS, WINDOW, fan_out

import swf
from swf.actors import ActivityWorker, Decider, StickyCache
from swf.connection import Connection
from swf.constants import NONE
from swf.local import LocalSWF, SkippingClock
from swf.models import ActivityType, Domain, WorkflowType
from swf.models.decision import complete_workflow_execution, schedule_activity_task
from swf.testing import run_until_closed

FEW, MANY = 1_000, 25_000
PAGE = 1_000
RUNS, EVENTS = 100, 110  # the last decision sees about 100 events


def polls(history, run_id):
    """Return the responses to the polls of a run, as bytes."""
    raw = history.raw
    return [
        json.dumps(
            {
                "taskToken": "token",
                "startedEventId": batch.started_event_id,
                "previousStartedEventId": batch.previous_started_event_id,
                "workflowExecution": {"workflowId": "w", "runId": run_id},
                "workflowType": {"name": "example", "version": "1.0"},
                "events": raw[max(0, batch.previous_started_event_id - 1) : batch.started_event_id],
            }
        ).encode()
        for batch in history.decision_batches()
    ]


class Body:
    def __init__(self, content):
        self.content = content

    def stream(self, *_args, **_kwargs):
        yield self.content


class Answers:
    """A client that returns prepared bodies to its polls, one after the other."""

    def __init__(self, bodies):
        self.bodies = iter(bodies)
        client = boto3.client(
            "swf", region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s"
        )
        client.meta.events.register_first("before-send.swf", self.send)
        self.connection = Connection(client=client)

    def send(self, request, **_):
        poll = request.headers["X-Amz-Target"].endswith(b"PollForDecisionTask")
        body = next(self.bodies) if poll else b""
        return AWSResponse(request.url, 200, {"x-amzn-RequestId": "r"}, Body(body))


class FanOut(Decider):
    """Schedules one activity per completed activity; reads only the new events."""

    def decide(self, task):
        done = sum(event.name == "ActivityTaskCompleted" for event in task.new_events)
        number = task.state or 0
        task.state = number + (done or WINDOW)
        return [
            schedule_activity_task(f"activity-{i}", ("work", "1"), input={"args": [i]})
            for i in range(number, task.state)
        ]


def time_decisions(bodies):
    """Return the duration of each decision of a run in milliseconds."""
    answers = Answers(bodies)
    decider = FanOut(Domain("d", connection=answers.connection), "list")
    times = []
    gc.collect()
    gc.disable()
    for _ in bodies:
        began = time.perf_counter()
        decider.poll_once()
        times.append(1000 * (time.perf_counter() - began))
    gc.enable()
    return times


def warm_decisions_and_whole_runs():
    """Print the time per decision for short and long histories, and per activity of a run."""
    bodies = polls(fan_out(MANY), "run")
    per_decision = MANY / len(bodies)
    few = int(FEW / per_decision)
    time_decisions(bodies[:few])  # warms up imports, connections and service models
    times = time_decisions(bodies)
    near = 15
    at_few = statistics.median(times[few - near : few + near])
    at_many = statistics.median(times[-2 * near :])
    print(f"warm decision, {per_decision:.0f} new events: {at_few:.2f} ms at {FEW:,} events,")
    print(f"  {at_many:.2f} ms at {MANY:,}: ratio {at_many / at_few:.2f} (goal 1.2)")
    short = statistics.median(sum(time_decisions(bodies[:few])) for _ in range(5))
    per_activity = [short / (few * WINDOW), sum(times) / (len(bodies) * WINDOW)]
    print(f"whole run: {per_activity[0]:.3f} ms per activity for {FEW:,} events,")
    ratio = per_activity[1] / per_activity[0]
    print(f"  {per_activity[1]:.3f} for {MANY:,}: ratio {ratio:.2f} (goal 1.3)")


def time_reading(raw, read):
    """Return the time in milliseconds to read a complete history in pages with botocore."""
    pages = [raw[first : first + PAGE] for first in range(0, len(raw), PAGE)]
    bodies = [
        json.dumps({"taskToken": "token", "startedEventId": len(raw), "events": page}).encode()
        for page in pages
    ]
    client = Answers(bodies).connection.client
    gc.collect()
    gc.disable()
    began = time.perf_counter()
    events = []
    for _ in bodies:
        response = client.poll_for_decision_task(domain="d", taskList={"name": "list"})
        events.extend(response["events"])
    read(events)
    took = 1000 * (time.perf_counter() - began)
    gc.enable()
    return took


def peers():
    """Print the time that the peers need per decision to read the whole history."""
    histories = [fan_out(FEW).raw[:FEW], fan_out(MANY).raw[:MANY]]
    for name, read in PEERS.items():
        few, many = (
            statistics.median(time_reading(raw, read) for _ in range(3)) for raw in histories
        )
        print(f"{name} reads {few:.1f} ms at {FEW:,} events, {many:.0f} at {MANY:,}:", end=" ")
        print(f"ratio {many / few:.1f}")


class Chain(Decider):
    """Runs activities in sequence."""

    length = 50

    def decide(self, task):
        done = len(task.history.activities)
        if done == self.length:
            return [complete_workflow_execution()]
        return [schedule_activity_task(f"a{done}", ("work", "1"))]


def calls():
    """Print the number of calls for a chain on the local service."""
    with LocalSWF(clock=SkippingClock()) as service:
        counts = Counter()

        class CountingConnection(Connection):
            def call(self, operation, /, **params):
                response = super().call(operation, **params)
                if "PollFor" not in operation or response.get("taskToken"):
                    counts[operation] += 1
                return response

        connection = CountingConnection(client=service.client())
        with swf.using(service.connection()):
            domain = Domain("d")
            domain.save()
            kind = WorkflowType(domain, "chain", "1", task_list="decisions")
            kind.save()
            timeouts = ("heartbeat", "schedule_to_close", "schedule_to_start", "start_to_close")
            settings = {f"task_{timeout}_timeout": NONE for timeout in timeouts}
            ActivityType(domain, "work", "1", task_list="activities", **settings).save()
            worker = ActivityWorker(domain, "activities", connection=connection)
            worker.register("work", "1", lambda task: task.input)
            decider = Chain(domain, "decisions", connection=connection)
            run_until_closed(kind.start_execution(), decider, worker)
    ideal = 2 * Chain.length + 2 * (Chain.length + 1)
    ratio = counts.total() / ideal
    print(f"calls for {Chain.length} activities: {counts.total()}, ideal {ideal}: {ratio:.3f}")


def memory():
    """Print the memory of a cached execution."""
    runs = [polls(fan_out(EVENTS), f"run-{number}") for number in range(RUNS)]
    answers = Answers(body for bodies in runs for body in bodies)
    cache = StickyCache()
    decider = FanOut(Domain("d", connection=answers.connection), "list", sticky=cache)
    for _ in runs[0]:
        decider.poll_once()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for bodies in runs[1:]:
        for _ in bodies:
            decider.poll_once()
    gc.collect()
    used = (tracemalloc.get_traced_memory()[0] - before) / (RUNS - 1) / 1024
    tracemalloc.stop()
    guess = cache.used / len(cache) / 1024
    events = len(next(iter(cache._entries.values())).history)
    print(f"memory: {used:.1f} KiB per cached execution of {events} events (goal 60)")
    print(f"  estimate of the cache: {guess:.1f} KiB")


if __name__ == "__main__":
    warm_decisions_and_whole_runs()
    peers()
    calls()
    memory()
