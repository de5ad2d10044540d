"""Flow engine compared with Garcon 1.1.1: decisions, an end-to-end fan-out, and calls.

    python bench/bench_flow.py [events ...]

A decision is measured from the bytes of the response to the bytes of the request: client, parser
and engine, with prepared responses. The fan-out runs on one local service per library, with the
clients in this process. Figures are medians of interleaved rounds with the garbage collector off.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

import swf
from swf import models
from swf.actors import StickyCache
from swf.flow import Flow, activity, decider, runner, task
from swf.flow.decider import CachedExecution
from swf.flow.decision_making import decide
from swf.local import LocalSWF
from swf.models.history import History, builder

try:
    import garcon
    import garcon.activity
    import garcon.decider
    import garcon.runner
    import garcon.task
except ImportError:
    garcon = None

ROUNDS = 7
BATCH = 10
PAGE = 1000
INSTANCES = 1000
WORKERS = 4
FAN_OUTS = 3

EXECUTION = {"workflowId": "w", "runId": "r"}
KIND = {"name": "flow", "version": "1.0"}


def fan_out(events: int) -> tuple[list[str], list[Any]]:
    """Return the names and history of activities that complete in batches; some are open."""
    count = (events - 5) * BATCH // (3 * BATCH + 3) + BATCH
    names = [f"step{i:05}" for i in range(count)]
    history = builder.started("flow", input={"shop": "north"})
    for name in names:
        history.activity_scheduled(f"flow_{name}-1", name=f"flow_{name}", version="1.0")
    for i in range(0, count - BATCH, BATCH):
        for name in names[i : i + BATCH]:
            history.activity_started(f"flow_{name}-1")
        for name in names[i : i + BATCH]:
            history.activity_completed(f"flow_{name}-1", {f"result.{name}": i})
        history.decision_task_started()
        if i + BATCH < count - BATCH:
            history.decision_task_completed()
    return names, history.raw


def chunk(events: list[Any], token: int) -> dict[str, Any]:
    """Return a page of events."""
    page: dict[str, Any] = {"events": events[token : token + PAGE]}
    if token + PAGE < len(events):
        page["nextPageToken"] = str(token + PAGE)
    return page


class PreparedService:
    """A service with one decision task, whose responses are prepared bytes."""

    def __init__(self, events: list[Any]) -> None:
        started = [e["eventId"] for e in events if e["eventType"] == "DecisionTaskStarted"]
        self.previous, self.current = started[-2], started[-1]
        head = {
            "taskToken": "token",
            "startedEventId": self.current,
            "previousStartedEventId": self.previous,
            "workflowExecution": EXECUTION,
            "workflowType": KIND,
        }
        pages = [chunk(events, token) for token in range(0, len(events), PAGE)]
        self.polls = [json.dumps({**head, **page}).encode() for page in pages]
        self.pages = [json.dumps(page).encode() for page in pages]
        self.changes = json.dumps({**head, "events": events[self.previous - 1 :]}).encode()

    def __call__(self, request: Any, **_: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rsplit(".", 1)[1]
        params = json.loads(request.body)
        page = int(params.get("nextPageToken") or 0) // PAGE
        if operation == "GetWorkflowExecutionHistory":
            body = self.pages[page]
        elif operation == "PollForDecisionTask":
            changes = params.get("startAtPreviousStartedEvent")
            body = self.changes if changes else self.polls[page]
        else:
            body = b"{}"
        headers = HTTPHeaders.from_dict({"content-type": "application/x-amz-json-1.0"})
        return AWSResponse(request.url, 200, headers, _Body(body))


class _Body:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Any:
        yield self._body


def client_of(answer: Callable[..., AWSResponse]) -> Any:
    """Return a boto3 client that gets its responses from a function."""
    client = boto3.client(
        "swf", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    client.meta.events.register("before-send.swf", answer)
    return client


def our_flow(names: list[str]) -> Any:
    """Return a flow of independent activities."""
    create = activity.create("kitchen", "flow")
    run = runner.Sync(lambda context: None)  # noqa: ARG005 - same signature as for Garcon
    steps = {n: create(name=n, run=run) for n in names}
    return SimpleNamespace(domain="kitchen", name="flow", **steps)


def garcon_flow(names: list[str], client: Any) -> Any:
    """Return the same flow for Garcon."""
    create = garcon.activity.create(client, "kitchen", "flow")
    run = garcon.runner.Sync(lambda context, activity: None)  # noqa: ARG005
    steps = {n: create(name=n, run=run) for n in names}
    return SimpleNamespace(client=client, domain="kitchen", name="flow", **steps)


def timed(work: Callable[[], Any]) -> float:
    """Return the duration in seconds with the garbage collector off."""
    gc.collect()
    gc.disable()
    begin = time.perf_counter()
    work()
    duration = time.perf_counter() - begin
    gc.enable()
    return duration


def cold(events: int) -> None:
    """Print the time of a decision without a cache, compared with Garcon."""
    names, raw = fan_out(events)
    client = client_of(PreparedService(raw))
    ours = decider.DeciderWorker(
        our_flow(names), register=False, sticky=StickyCache(count=0),
        connection=swf.Connection(client=client),
    )  # fmt: skip
    sides = {"swf": ours.run}
    if garcon:
        sides["garcon"] = garcon.decider.DeciderWorker(
            garcon_flow(names, client), register=False
        ).run
    durations: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(ROUNDS):
        for side, run in sides.items():
            durations[side].append(timed(run))
    report(f"cold decision, {len(raw)} events", durations)


def warm(events: int) -> None:
    """Print the time of a decision with the cached run."""
    names, raw = fan_out(events)
    started = [e["eventId"] for e in raw if e["eventType"] == "DecisionTaskStarted"]
    definition = Flow(our_flow(names)).definition
    execution = models.WorkflowExecution(models.Domain("kitchen"), "w", "r")
    durations = []
    for _ in range(ROUNDS):
        memory, history = CachedExecution(definition, execution), History(raw=raw[: started[-2]])
        memory.update(history)
        decide(definition, memory.flow_state, memory.scheduler, print)

        def decision(memory: CachedExecution = memory, history: History = history) -> None:
            history.extend(raw[started[-2] :])
            memory.update(history)
            decide(definition, memory.flow_state, memory.scheduler, print)

        durations.append(timed(decision))
    report(f"warm decision (engine alone), {len(raw)} events", {"swf": durations})


def report(title: str, durations: dict[str, list[float]]) -> None:
    """Print medians in milliseconds, and their ratio."""
    medians = {side: statistics.median(values) * 1000 for side, values in durations.items()}
    times = ", ".join(f"{side} {median:.2f} ms" for side, median in medians.items())
    ratio = f", garcon/swf {medians['garcon'] / medians['swf']:.1f}" if "garcon" in medians else ""
    print(f"{title}: {times}{ratio}")


class Calls:
    """Counts the calls of a client, and its empty polls."""

    def __init__(self, client: Any) -> None:
        self.counts: Counter[str] = Counter()
        self.empty = 0
        client.meta.events.register("after-call.swf", self._count)

    def _count(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        self.counts[model.name] += 1
        if model.name.startswith("PollFor") and not parsed.get("taskToken"):
            self.empty += 1

    def ratio(self, history: History) -> float:
        """Return the number of calls without empty polls, as a ratio to two per task."""
        decisions = sum(task.state == "completed" for task in history.decision_tasks.values())
        ideal = 2 * len(history.activities) + 2 * decisions
        ours = ("PollFor", "Respond", "Record", "GetWorkflowExecutionHistory")
        total = sum(n for name, n in self.counts.items() if name.startswith(ours))
        return (total - self.empty) / ideal


def numbers(context: Any) -> Any:  # noqa: ARG001 - required by Garcon
    """Yield the local contexts of the fan-out."""
    return ({"i": i} for i in range(INSTANCES))


def run_ours(service: LocalSWF, seconds: float, concurrency: int) -> tuple[float, float]:
    """Return activities per second and the ratio of calls.

    :param seconds: Seconds that an activity waits.
    :param concurrency: Number of activities at the same time.
    """
    client = service.client()
    calls = Calls(client)
    connection = swf.Connection(client=client)

    @task.decorate(timeout=60)
    def work(activity: Any, i: int) -> None:  # noqa: ARG001 - signature of tasks
        time.sleep(seconds)

    create = activity.create("kitchen", "ours")
    step = create(name="a", run=runner.Sync(work.fill(i="i")), generators=[numbers])
    flow = Flow(SimpleNamespace(domain="kitchen", name="ours", a=step))
    with swf.using(connection):
        flow_decider, worker = flow.decider(), flow.worker(concurrency=concurrency)
        with flow_decider, worker:
            execution = flow.start()
            begin = time.perf_counter()
            history = wait(service, execution)
            duration = time.perf_counter() - begin
            service.close()
    return INSTANCES / duration, calls.ratio(history)


def run_garcon(service: LocalSWF, seconds: float, concurrency: int) -> tuple[float, float]:
    """Return the same figures for Garcon, whose worker has one thread per activity.

    :param seconds: Seconds that an activity waits.
    :param concurrency: Threads that poll for the activity; Garcon's own worker has one.
    """
    client = service.client()
    calls = Calls(client)
    create = garcon.activity.create(client, "kitchen", "theirs")

    @garcon.task.decorate(timeout=60)
    def work(activity: Any, i: int) -> None:  # noqa: ARG001 - signature of tasks
        time.sleep(seconds)

    step = create(name="a", run=garcon.runner.Sync(work.fill(i="i")), generators=[numbers])
    flow = SimpleNamespace(client=client, domain="kitchen", name="theirs", a=step)
    flow_decider = garcon.decider.DeciderWorker(flow)
    ended = threading.Event()
    threads = [threading.Thread(target=loop, args=(flow_decider.run, ended))]
    threads += [threading.Thread(target=loop, args=(step.run, ended)) for _ in range(concurrency)]
    for thread in threads:
        thread.start()
    kind = models.WorkflowType(
        models.Domain("kitchen", connection=service.connection()), "theirs", "1.0"
    )
    execution = kind.start_execution(
        task_list="theirs", child_policy="TERMINATE", execution_timeout=3600,
        decision_tasks_timeout=3600,
    )  # fmt: skip
    begin = time.perf_counter()
    history = wait(service, execution)
    duration = time.perf_counter() - begin
    ended.set()
    for thread in threads:
        thread.join()
    service.close()
    return INSTANCES / duration, calls.ratio(history)


def loop(run: Callable[[], Any], ended: threading.Event) -> None:
    """Call a polling function until the end of the run."""
    while not ended.is_set():
        run()


def wait(service: LocalSWF, execution: models.WorkflowExecution) -> History:
    """Wait for the close and return the history, with calls that are not counted."""
    watched = execution.evolve(connection=service.connection())
    return watched.wait(sleep=lambda _: time.sleep(0.02)).history()


def fan_out_end_to_end() -> None:
    """Print the activities per second and the number of calls.

    The first comparison uses the default worker of each library. With equal numbers of threads
    and empty tasks, most of the time is spent in the service and botocore on both sides.
    """
    compare("empty tasks, one worker each", 0, ours=8, theirs=1)
    compare("empty tasks, 4 threads each", 0, ours=WORKERS, theirs=WORKERS)
    compare("tasks of 10 ms, one worker each", 0.01, ours=8, theirs=1)


def compare(title: str, seconds: float, ours: int, theirs: int) -> None:
    """Print the rates of one kind of fan-out and their ratio, as medians of interleaved rounds."""
    runs = {"swf": (run_ours, ours)}
    if garcon:
        runs["garcon"] = (run_garcon, theirs)
    rates: dict[str, list[float]] = {side: [] for side in runs}
    calls: dict[str, float] = {}
    for _ in range(FAN_OUTS):
        for side, (run, concurrency) in runs.items():
            with LocalSWF(poll_timeout=0.5) as service:
                rate, calls[side] = run(service, seconds, concurrency)
            rates[side].append(rate)
    medians = {side: statistics.median(values) for side, values in rates.items()}
    results = ", ".join(
        f"{side} {median:.0f} activities/s (calls {calls[side]:.2f} of the ideal)"
        for side, median in medians.items()
    )
    ratio = f", swf/garcon {medians['swf'] / medians['garcon']:.1f}" if garcon else ""
    print(f"fan-out of {INSTANCES} instances, {title}: {results}{ratio}")


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1:]] or [1_000, 10_000, 25_000]
    for size in sizes:
        warm(size)
    for size in sizes:
        cold(size)
    fan_out_end_to_end()
