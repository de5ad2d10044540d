"""Soak test: many executions, killed and stopped actor processes, and an unreliable service.

    python bench/soak.py --executions 200 --seed 1 --engine actors
    python bench/soak.py --executions 200 --seed 1 --engine dataflow

Each execution runs parallel activities, reschedules those that time out, waits for a timer and
completes. A fraction of the actors' calls is throttled, fails, or loses its request or response;
tasks are delivered twice; actor processes are killed (SIGKILL) or stopped (SIGTERM) and replaced.
The test passes if all executions complete, each activity completes exactly once, all histories are
consistent, and every task that timed out belonged to a killed process.

The random choices are seeded, but the scheduling of threads and processes is not reproducible.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import swf
from swf import dataflow
from swf.actors import ActivityWorker, Decider
from swf.constants import NONE
from swf.dataflow import Workflow, activity, futures
from swf.local import (
    DuplicateDelivery,
    LocalSWF,
    LostRequest,
    LostResponse,
    ServerError,
    SystemClock,
    Throttling,
)
from swf.models import ActivityType, Domain, WorkflowExecution, WorkflowType
from swf.models.decision import (
    complete_workflow_execution,
    record_marker,
    schedule_activity_task,
    start_timer,
)

KEY = "soak"
POLLS = ("PollForDecisionTask", "PollForActivityTask")
RESPONSES = (
    "RespondDecisionTaskCompleted",
    "RespondActivityTaskCompleted",
    "RecordActivityTaskHeartbeat",
    "GetWorkflowExecutionHistory",
)


@dataclass
class Plan:
    """The parameters of a soak test.

    :param executions: Number of executions.
    :param activities: Number of activities per execution.
    :param trouble: Fraction of the actors' calls that a fault affects.
    :param disturbances: Number of processes that are killed or stopped.
    :param task_timeout: Seconds after which a task times out.
    :param processes: Number of deciders and of workers.
    :param seed: Seed of the random choices.
    :param engine: `actors` for a custom decider, or `dataflow` for a workflow with futures.
    """

    executions: int = 200
    activities: int = 5
    trouble: float = 0.05
    disturbances: int = 40
    task_timeout: int = 5
    processes: int = 2
    seed: int = 1
    engine: str = "actors"


@dataclass
class Outcome:
    """The results of a soak test; `problems` is empty on success."""

    problems: list[str] = field(default_factory=list)
    states: Counter = field(default_factory=Counter)
    killed: int = 0
    stopped: int = 0
    seconds: float = 0.0


class SoakDecider(Decider):
    """Runs parallel activities, reschedules timed-out ones, waits for a timer and completes."""

    def decide(self, task):
        history = task.history
        decisions = []
        for number in range(task.input["activities"]):
            activity = history.activities.get(f"a{number}")
            if activity is None or activity.state == "timed_out":
                decisions.append(schedule_activity_task(f"a{number}", ("work", "1"), input=number))
        if decisions or history.open_activities:
            return decisions
        if not history.timers:
            return [record_marker("done"), start_timer("rest", 0)]
        return [] if history.open_timers else [complete_workflow_execution("done")]


def work(task):
    """Wait briefly, send a heartbeat and return the input."""
    task.stopping.wait(0.1)
    task.heartbeat("half")
    return task.input


@activity.with_attributes(
    name="work",
    version="1",
    task_list="activities",
    retry=1000,
    start_to_close_timeout=Plan.task_timeout,
    heartbeat_timeout=Plan.task_timeout,
)
def dataflow_work(number):
    """Wait briefly, send a heartbeat and return the input."""
    task = activity.task()
    task.stopping.wait(0.1)
    task.heartbeat("half")
    return number


class SoakWorkflow(Workflow):
    """Runs parallel activities, waits for a timer and completes."""

    name, version, task_list = "soak", "1", "decisions"

    def run(self, activities):
        """Run the activities; the engine retries those that time out."""
        results = futures.wait(*self.map(dataflow_work, range(activities)))
        self.submit(self.record_marker("done"))
        self.sleep(0)
        return sum(results)


def serve(role, url, engine):
    """Run an actor process and return its exit code."""
    connection = swf.connect(
        endpoint_url=url,
        region="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=KEY,
    )
    domain = Domain("soak", connection=connection)
    if engine == "dataflow":
        if role == "worker":
            return dataflow.ActivityWorker(domain, "activities", concurrency=4).run()
        decider = dataflow.Decider(domain, "decisions", [SoakWorkflow], concurrency=4)
        return decider.run()
    if role == "decider":
        return SoakDecider(domain, "decisions", concurrency=4).run()
    worker = ActivityWorker(domain, "activities", concurrency=4)
    worker.register("work", "1", work)
    return worker.run()


def faults(plan):
    """Return the fault rules of a plan."""
    # A lost response of a poll loses its task until the timeout. Polls therefore lose no responses,
    # so that every timeout indicates a killed process.
    share = plan.trouble / 4
    rules = [DuplicateDelivery(poll, probability=share, seed=plan.seed) for poll in POLLS]
    for number, operation in enumerate((*POLLS, *RESPONSES)):
        seed = plan.seed * 1000 + number
        rules.append(Throttling(operation, probability=share, seed=seed))
        rules.append(ServerError(operation, probability=share, seed=seed + 100))
        rules.append(LostRequest(operation, probability=share, seed=seed + 200))
        if operation in RESPONSES:
            rules.append(LostResponse(operation, probability=share, seed=seed + 300))
    return rules


class ActorProcesses:
    """The actor processes; each is replaced when it ends."""

    def __init__(self, url, plan):
        self.url = url
        self.engine = plan.engine
        self.killed = set()
        self.members = [
            (role, self.start(role))
            for role in ("decider", "worker")
            for _ in range(plan.processes)
        ]

    def start(self, role):
        return subprocess.Popen([sys.executable, __file__, role, self.url, self.engine])

    def disturb(self, chance):
        """Kill or stop a random process, and start a replacement."""
        number = chance.randrange(len(self.members))
        role, process = self.members[number]
        kill = chance.random() < 0.5
        if kill:
            self.killed.add(process.pid)
            process.kill()
        else:
            process.send_signal(signal.SIGTERM)
        self.members[number] = (role, self.start(role))
        return kill, process

    def end(self):
        """Stop all processes gracefully and return their exit codes."""
        for _, process in self.members:
            process.send_signal(signal.SIGTERM)
        return [process.wait(60) for _, process in self.members]


def soak(plan):
    """Run a soak test and return its outcome."""
    start = time.monotonic()
    outcome, chance = Outcome(), random.Random(plan.seed)
    with LocalSWF(clock=SystemClock(), faults=faults(plan), poll_timeout=0.5) as service:
        connection = service.connection(aws_access_key_id=KEY)
        with swf.using(connection):
            executions = start_executions(plan)
            processes = ActorProcesses(service.serve(), plan)
            try:
                disturb_until_closed(plan, processes, chance, outcome, executions)
            finally:
                codes = processes.end()
            outcome.problems += [f"exit codes {codes}"] if any(codes) else []
            for execution in executions:
                verify(execution.upstream(), processes.killed, outcome)
    outcome.seconds = time.monotonic() - start
    return outcome


def start_executions(plan):
    """Register the domain and types, and start the executions."""
    domain = Domain("soak")
    domain.save()
    limit = plan.task_timeout
    kind = WorkflowType(
        domain, "soak", "1", task_list="decisions", execution_timeout=3600,
        decision_tasks_timeout=limit,
    )  # fmt: skip
    kind.save()
    ActivityType(
        domain, "work", "1", task_list="activities", task_heartbeat_timeout=limit,
        task_schedule_to_close_timeout=NONE, task_schedule_to_start_timeout=NONE,
        task_start_to_close_timeout=limit,
    ).save()  # fmt: skip
    input_ = {"activities": plan.activities}
    if plan.engine == "dataflow":
        input_ = {"args": [], "kwargs": input_}
    return [
        kind.start_execution(f"soak-{number}", input=input_) for number in range(plan.executions)
    ]


def disturb_until_closed(plan, processes, chance, outcome, executions):
    """Kill and stop processes until all executions are closed."""
    pause, ended = threading.Event(), []
    pending = list(executions)
    deadline = time.monotonic() + 60 + plan.executions * 3
    while pending and time.monotonic() < deadline:
        pause.wait(chance.uniform(0.2, 0.6))
        if outcome.killed + outcome.stopped < plan.disturbances:
            killed, process = processes.disturb(chance)
            ended.append((killed, process))
            outcome.killed += killed
            outcome.stopped += not killed
        pending = [execution for execution in pending if execution.upstream().status == "OPEN"]
    for killed, process in ended:
        code = process.wait(60)
        # A process that was stopped before it installed its signal handlers had no task.
        if code not in ((-signal.SIGKILL,) if killed else (0, -signal.SIGTERM)):
            outcome.problems.append(f"unexpected exit code of a stopped process: {code}")


def verify(execution: WorkflowExecution, killed, outcome):
    """Record the problems of an execution."""
    history = execution.history()
    outcome.states[execution.close_status] += 1
    name = execution.workflow_id
    if execution.close_status != "COMPLETED":
        outcome.problems.append(f"{name} is {execution.close_status or 'open'}")
    outcome.problems += [f"{name}: {problem}" for problem in swf.check(history)]
    for each in history.activities.values():
        ends = Counter(attempt.state for attempt in each.attempts)
        outcome.states.update({f"activity {state}": count for state, count in ends.items()})
        if ends["completed"] != 1 or ends.keys() - {"completed", "timed_out"}:
            outcome.problems.append(f"{name}: activity {each.id} ended as {dict(ends)}")
    for event in history.filter(state="timed_out"):
        outcome.states[event.name] += 1
        holder = history.event(event.started_event_id).identity
        if int(holder.split(":")[1]) not in killed:
            outcome.problems.append(f"{name}: {event!r} timed out in a live process: {holder}")


def main():
    """Run a soak test from the command line, or one of its actor processes."""
    if len(sys.argv) == 4 and sys.argv[1] in ("decider", "worker"):
        return serve(*sys.argv[1:])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in vars(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    plan = Plan(**vars(parser.parse_args()))
    outcome = soak(plan)
    print(f"{plan.executions} executions, seed {plan.seed}, {outcome.seconds:.0f} s")
    print(f"{outcome.killed} processes killed, {outcome.stopped} stopped")
    for state, count in sorted(outcome.states.items(), key=str):
        print(f"  {count:6} {state}")
    for problem in outcome.problems:
        print(f"PROBLEM {problem}")
    return bool(outcome.problems)


if __name__ == "__main__":
    sys.exit(main())
