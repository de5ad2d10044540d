"""Cost of a storm: more commands than the token bucket of the account allows.

    python bench/bench_storm.py

One execution of each engine sends many commands of one kind on the local service with strict
limits. The clock stands still until nothing else can happen, so the engines wait as short as they
can. The ideal drain sends a command for each token of the bucket.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from types import SimpleNamespace

import swf
from swf.dataflow import ActivityWorker, Decider, Workflow, activity, futures
from swf.flow import Flow, runner
from swf.flow import activity as flow_activity
from swf.flow.activity_worker import ActivityWorker as FlowWorker
from swf.flow.decider import DeciderWorker
from swf.local import LocalSWF, ManualClock
from swf.local.limits import DECISION_RATES
from swf.models import Domain, WorkflowType

DAY = 86_400
DECISIONS = {
    "activity": ("ScheduleActivityTask", "ActivityTaskScheduled"),
    "timer": ("StartTimer", "TimerStarted"),
    "child": ("StartChildWorkflowExecution", "StartChildWorkflowExecutionInitiated"),
    "signal": ("SignalExternalWorkflowExecution", "SignalExternalWorkflowExecutionInitiated"),
    "cancel": (
        "RequestCancelExternalWorkflowExecution",
        "RequestCancelExternalWorkflowExecutionInitiated",
    ),
}
PAUSE = "swf.pause"
#: Seconds until all children are started.
START = 200


class Clock(ManualClock):
    """A clock that stands still, and that the service moves to its next deadline."""

    skips = True

    def skip_to(self, deadline):
        self.rewind(max(deadline, self.now()))


@activity.with_attributes(name="work", version="1", task_list="w")
def work(_):
    return None


class Child(Workflow):
    name, version, task_list = "child", "1", "t"
    execution_timeout = DAY

    def run(self, seconds=0):
        if seconds:
            self.sleep(seconds)


class Storm(Workflow):
    name, version, task_list = "storm", "1", "t"

    def run(self, kind, count):
        submit = getattr(self, f"submit_{kind}")
        tasks = [submit(number) for number in range(count)]
        if kind == "cancel":
            self.sleep(START)
            for task in tasks:
                task.cancel()
        futures.wait(*tasks, return_when=futures.FIRST_EXCEPTION)

    def submit_activity(self, number):
        return self.submit(work, number)

    def submit_timer(self, number):
        return self.submit(self.start_timer(f"t{number}", 1))

    def submit_child(self, _):
        return self.submit(Child)

    def submit_cancel(self, _):
        return self.submit(Child, DAY)

    def submit_signal(self, _):
        return self.submit(self.signal("s", workflow_id="receiver"))


class Receiver(Storm):
    name = "receiver"

    def run(self):
        self.sleep(DAY)


def start(workflow, *args):
    return WorkflowType(Domain("d"), workflow.name, "1").start_execution(
        workflow.name,
        task_list="t",
        execution_timeout=DAY * 10,
        decision_tasks_timeout=60,
        child_policy="TERMINATE",
        input={"args": args, "kwargs": {}},
    )


def run_workflow(kind, count):
    decider = Decider(Domain("d"), "t", [Storm, Child, Receiver])
    decider.register()
    if kind == "signal":
        start(Receiver)
    execution = start(Storm, kind, count)
    return poll(execution, [decider, ActivityWorker(Domain("d"), "w", [work])])


def run_flow(kind, count):
    create = flow_activity.create("d", "storm")
    rest = flow_activity.create("d", "part").timer("rest", DAY if kind == "cancel" else 0)
    part = SimpleNamespace(domain="d", name="part", rest=rest)
    options = {"generators": [lambda _: [{"i": i} for i in range(count)]]}
    if kind == "activity":
        steps = [create(name="work", run=runner.Sync(lambda _: {}), **options)]
    elif kind == "timer":
        steps = [create.timer("rest", 1, **options)]
    else:
        steps = [create.child("part", part, **options)]
    if kind == "cancel":
        started = create.timer("started", START)
        cancel = runner.Sync(lambda _: execution.request_cancel())
        steps += [started, create(name="cancel", run=cancel, requires=[started])]
    flow = SimpleNamespace(domain="d", name="storm", steps=steps)
    deciders = [DeciderWorker(each).actor for each in (flow, part)]
    execution = Flow(flow).start({}, "storm", execution_timeout=10 * DAY)
    return poll(execution, [*deciders, *FlowWorker(flow).actors])


def poll(execution, actors):
    """Poll until the execution is closed."""
    while execution.upstream().status == "OPEN":
        for actor in actors:
            while actor.poll_once():
                pass
    return execution.history()


def measure(run, kind, count):
    """Return the history, and the number of calls."""
    with LocalSWF(Clock(), poll_timeout=0, limits="strict") as service:
        service.install()
        Domain("d").save()
        with swf.budget(10**9) as budget:
            history = run(kind, count)
    return history, budget.spent


def report(engine, run, kind, count, rate):
    decision, event_name = DECISIONS[kind]
    DECISION_RATES[decision] = burst, refill = rate or DECISION_RATES[decision]
    history, calls = measure(run, kind, count)
    sent = [e for e in history if e.name == event_name and e.attributes.get("timerId") != PAUSE]
    refused = [e for e in history if e.name == f"{decision}Failed"]
    assert len(sent) == count, (len(sent), history.execution)
    seconds = (sent[-1].timestamp - sent[0].timestamp).total_seconds()
    ideal = (count - burst) / refill
    first = [e for e in refused if e.timestamp - refused[0].timestamp < timedelta(seconds=1)]
    pauses = [e for e in history if e.attributes.get("timerId") == PAUSE and "Started" in e.name]
    print(
        f"{engine:8} {kind:8} {count:5} at {burst} + {refill}/s: "
        f"drain {seconds:5.1f} s, ideal {ideal:5.1f} s, ratio {seconds / ideal:4.2f}; "
        f"refusals {len(first)} + {len(refused) - len(first)}, pauses {len(pauses)}, "
        f"events {len(history)}, calls {calls}"
    )


#: Kind, number of commands, and burst and refill if other executions use most of the rate.
STORMS = (
    ("activity", 3000, None),
    ("timer", 4000, None),
    ("child", 900, None),
    ("signal", 3000, None),
    ("activity", 1000, (50, 20)),
    ("timer", 1000, (50, 20)),
    ("child", 200, (50, 5)),
    ("signal", 1000, (50, 20)),
    ("cancel", 900, (50, 20)),
)


def main():
    logging.disable(logging.WARNING)
    documented = dict(DECISION_RATES)
    for engine, run in (("dataflow", run_workflow), ("flow", run_flow)):
        for kind, count, rate in STORMS:
            if (engine, kind) != ("flow", "signal"):  # a flow sends no signals
                report(engine, run, kind, count, rate)
                DECISION_RATES.update(documented)


if __name__ == "__main__":
    main()
