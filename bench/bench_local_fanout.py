"""A fan-out of 500 activities with one decider and 4 workers, compared with moto's server.

Goals: 5 times the activities per second of moto, each completed exactly once without errors, and
the last fifth at 0.8 of the rate of the first fifth.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable
from tempfile import TemporaryDirectory
from typing import Any

from local_peers import LIST, Client, RefusedError, activity, moto, swf_local

ACTIVITIES = 500
WORKERS = 4


WORKERS_LIST = {"name": "workers"}
LAST = "last"
"""Name prefix of the activities that stop the workers."""


class Fleet:
    """The worker threads, and their results."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._all_done = threading.Event()
        self._threads = [threading.Thread(target=self._work) for _ in range(WORKERS)]
        self.ends: list[float] = []
        self.errors: list[str] = []

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._all_done.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        client = Client(self._url)
        while not self._all_done.is_set():
            task = client.poll("Activity", WORKERS_LIST)
            if not task.get("taskToken"):
                continue
            if task["activityId"].startswith(LAST):
                return
            try:
                client.call("RespondActivityTaskCompleted", taskToken=task["taskToken"])
                self.ends.append(time.perf_counter())
            except RefusedError as error:
                self.errors.append(str(error))


def scheduled(names: Iterable[str]) -> list[dict[str, Any]]:
    """Return decisions that schedule activities on the task list of the workers."""
    decisions = [activity(name) for name in names]
    for decision in decisions:
        decision["scheduleActivityTaskDecisionAttributes"]["taskList"] = WORKERS_LIST
    return decisions


def fan_out(name: str, url: str) -> float:
    """Run the fan-out, print the results, and return the activities per second."""
    client, fleet = Client(url).register(), Fleet(url)
    run_id = client.start("w")
    task = client.poll()
    fleet.start()
    started = time.perf_counter()
    client.decide(task, *scheduled(map(str, range(ACTIVITIES))))
    decisions = 0
    while len(fleet.ends) < ACTIVITIES:
        task = client.ask("PollForDecisionTask", taskList=LIST, maximumPageSize=1)
        if task.get("taskToken"):
            client.decide(task)
            decisions += 1
    stop_workers(client)
    fleet.end()
    ends = sorted(fleet.ends)
    fifth = ACTIVITIES // 5
    first, last = ends[fifth - 1] - started, ends[-1] - ends[-fifth - 1]
    per_second = len(ends) / (ends[-1] - started)
    completed = completions(client, run_id)
    print(
        f"{name:6} {per_second:6.0f} activities/s  last fifth at {first / last:4.2f} of the first"
        f"  {len(completed)} completed, {sum(completed.values())} times"
        f"  {len(fleet.errors)} errors  {decisions} decisions"
    )
    return per_second


def stop_workers(client: Client) -> None:
    """Schedule one final activity for each worker."""
    client.start("home")
    while (task := client.poll())["workflowExecution"]["workflowId"] != "stop":
        client.decide(task)
    client.decide(task, *scheduled(f"{LAST} {number}" for number in range(WORKERS)))


def completions(client: Client, run_id: str) -> Counter[int]:
    """Return the number of completions of each activity, by scheduled event id."""
    params = {"execution": {"workflowId": "w", "runId": run_id}}
    page = client.ask("GetWorkflowExecutionHistory", **params)
    events = page["events"]
    while token := page.get("nextPageToken"):
        page = client.ask("GetWorkflowExecutionHistory", nextPageToken=token, **params)
        events += page["events"]
    return Counter(
        event["activityTaskCompletedEventAttributes"]["scheduledEventId"]
        for event in events
        if event["eventType"] == "ActivityTaskCompleted"
    )


def main() -> None:
    with swf_local() as url:
        ours = fan_out("ours", url)
    with TemporaryDirectory() as directory, swf_local("--database", f"{directory}/db") as url:
        with_database = fan_out("with db", url)
    with moto() as url:
        theirs = fan_out("moto", url)
    print(f"{ours / theirs:.1f} times the rate of moto, {with_database / ours:.2f} with a database")


if __name__ == "__main__":
    main()
