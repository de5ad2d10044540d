"""Executions that continue as new."""

import json
from collections import Counter

import pytest

from swf import Domain
from swf.actors import StickyCache
from swf.flow import Flow, runner, task
from swf.flow.activity_worker import ActivityWorker
from swf.flow.continuation import ContinuationState, StepContinuation, pack, unpack
from swf.flow.decider import DeciderWorker
from swf.flow.expansions import MARKER
from swf.testing import run_until_closed


@task.decorate()
def nothing(activity):
    """Return nothing and read nothing."""


task_without_input = nothing.fill()


def run_in_bulk(flow, **options):
    """Return the histories of all runs; all open work completes between two decisions."""
    decider = DeciderWorker(flow, **options).actor
    workers = {each.task_list: each for each in ActivityWorker(flow).actors}
    execution = Flow(flow).start({})
    runs = []
    while True:
        history = execution.history()
        if history.execution.close_status is None:
            decider.poll_once()
            for each in execution.history().open_activities:
                workers[each.task_list].poll_once()
            continue
        runs.append(history)
        if history.execution.close_status != "CONTINUED_AS_NEW":
            return runs
        execution = execution.evolve(run_id=history.execution.new_execution_run_id)


def scheduled(decisions):
    """Return the ids of the activities that are scheduled."""
    return [d.attributes["activityId"] for d in decisions if d.type == "ScheduleActivityTask"]


def _expansion(decisions):
    """Return the details of the one marker, and the ids that are scheduled."""
    [marker] = [d.attributes["details"] for d in decisions if d.type == "RecordMarker"]
    return marker, scheduled(decisions)


@pytest.mark.parametrize("kind", ["steps", "custom decider"])
def test_many_instances_continue_as_new(kind, create, flow_of, service):
    ran = Counter()
    count, width, budget = (800, 30, 900) if kind == "steps" else (120, 400, 200)
    step = create(
        name="each",
        max_parallel=30,
        generators=[lambda context: ({"path": f"{i:0{width}d}"} for i in range(count))],
        run=runner.Sync(lambda context: ran.update([context["path"]])),
    )
    flow = flow_of(step, event_budget=budget)
    if kind == "custom decider":
        flow.decider = lambda schedule: schedule("all", step).wait()

    runs = run_in_bulk(flow)

    assert runs[-1].execution.close_status == "COMPLETED"
    assert len(runs) > 1
    assert len(ran) == ran.total() == count


@pytest.fixture
def looping(create, flow_of):
    """A flow whose decider starts 36 activities with long results; the last one may fail."""
    ran, is_broken = Counter(), [False]

    @task.decorate()
    def work(activity, number):
        ran[number] += 1
        if number == 35 and is_broken[0]:
            raise ValueError("broken")
        return {f"result{number}": "x" * 1000}

    step = create(name="each", run=runner.Sync(work.fill(number="number")))

    def decide(schedule):
        for number in range(36):
            schedule(f"{number}", step, input={"number": number}).wait()

    flow = flow_of(step, event_budget=85, decider=decide)
    flow.ran, flow.is_broken = ran, is_broken
    return flow


@pytest.mark.parametrize("cached", [0, 10])
def test_large_results_of_a_decider_come_from_the_previous_history(looping, service, cached):
    runs = run_in_bulk(looping, sticky=StickyCache(count=cached))

    assert len(runs) > 2
    assert runs[-1].execution.close_status == "COMPLETED"
    assert len(looping.ran) == looping.ran.total() == 36
    assert len(runs[-1].execution.text("input")) < 1000


def test_rerun_of_a_decider_keeps_results_that_do_not_fit(looping, service):
    looping.is_broken[0], looping.event_budget = True, 10_000
    [failed] = run_in_bulk(looping)
    assert failed.execution.close_status == "FAILED"
    [execution] = Domain("kitchen").executions.filter(status="CLOSED")
    looping.is_broken[0] = False

    plan = Flow(looping).rerun(execution, dry_run=True)
    assert len(plan.completed) == 35
    decider = DeciderWorker(looping).actor
    workers = ActivityWorker(looping).actors
    closed = run_until_closed(Flow(looping).rerun(execution).execution, decider, *workers)

    assert closed.close_status == "COMPLETED"
    assert looping.ran == {**dict.fromkeys(range(35), 1), 35: 2}


def test_state_too_large_fails_before_the_history_is_full(create, flow_of, service, monkeypatch):
    monkeypatch.setattr("swf.flow.command_limits.EVENT_LIMIT", 4000)
    undo = create(name="undo", run=runner.Sync(task_without_input))
    cook = create(name="cook", run=runner.Sync(lambda context: {}), compensation=undo)
    pages = [
        create(
            name=f"p{i}", requires=[cook], run=runner.Sync(lambda c, i=i: {f"p{i}": "x" * 9_000})
        )
        for i in range(4)
    ]
    each = create(
        name="each",
        requires=pages,
        max_parallel=200,
        generators=[lambda context: ({"path": i} for i in range(2000))],
        run=runner.Sync(task_without_input),
    )

    [history] = run_in_bulk(flow_of(undo, cook, *pages, each, event_budget=1000))

    assert history.execution.close_status == "FAILED"
    assert history.execution.reason.startswith("cannot continue as new: input=")
    assert "the limit is 32768" in history.execution.reason
    assert 3_000 < len(history) < 4_000
    assert history.activities["flow_undo-flow_cook-1"].state == "completed"


@pytest.mark.parametrize("indices", [[], [0], range(5000), range(0, 5000, 2), [1, 2, 3, 7]])
def test_indices_of_finished_instances_are_compact(indices):
    step = StepContinuation([{}] * 6000, list(indices), list(indices))
    state = ContinuationState(steps={"a": step}, source=("w", "r"))

    packed = json.dumps(pack(state))

    assert len(packed) < 2000
    unpacked = unpack(json.loads(packed))
    assert (unpacked.steps["a"].done, unpacked.steps["a"].failed) == (list(indices),) * 2
    assert unpacked.steps["a"].instances is None
    assert unpacked.source == ("w", "r")


def test_continued_execution_runs_only_the_remaining_instances(
    create, flow_of, tasks, decisions_of, history, new_history
):
    values = [{"i": i} for i in range(4)]
    step = create(name="a", run=tasks(), generators=[lambda _: values], max_parallel=2)
    flow = flow_of(step, event_budget=10)
    marker, ids = _expansion(decisions_of(flow, history))
    history.marker_recorded(MARKER, marker).done(ids[0]).done(ids[1])
    [decision] = decisions_of(flow, history)

    following = new_history().started(input=decision.attributes["input"])
    remaining = scheduled(decisions_of(flow, following))

    assert len(remaining) == 2
    assert not set(remaining) & set(ids)


class Deploy:
    """A flow whose new code has more steps, and the deciders of both versions."""

    def __init__(self, create, flow_of, step_of):
        self.ran = Counter()
        rests = []
        for number in range(4):
            rests.append(create.timer(f"rest{number}", 60, requires=rests[-1:]))
        added = step_of(create, self.count)
        versions = {"old": flow_of(*rests, event_budget=20)}
        versions["new"] = flow_of(*rests, *added, event_budget=20)
        self.deciders = {name: DeciderWorker(flow).actor for name, flow in versions.items()}
        self.workers = ActivityWorker(versions["new"]).actors
        self.execution = Flow(versions["new"]).start({})

    def count(self, context):
        self.ran[context.get("i")] += 1

    def decide(self, version):
        """Return the closed execution, if a decision of a version has closed it."""
        self.deciders[version].poll_once()
        closed = self.execution.history().execution
        if closed.new_execution_run_id is not None:
            self.execution = self.execution.evolve(run_id=closed.new_execution_run_id)
        return closed if closed.close_status else None

    def run(self, version):
        """Run a version until an execution is closed; return the execution."""
        while (closed := self.decide(version)) is None:
            for worker in self.workers:
                worker.poll_once()
        return closed


def added_activity(create, count):
    return [create(name="added", run=runner.Sync(count))]


def added_instances(create, count):
    instances = [{"i": number} for number in range(3)]
    return [create(name="added", run=runner.Sync(count), generators=[lambda _: instances])]


def added_signal(create, count):
    signal = create.signal("go")
    return [signal, create(name="added", run=runner.Sync(count), requires=[signal])]


@pytest.mark.parametrize("step_of", [added_activity, added_instances, added_signal])
def test_old_code_keeps_finished_steps_of_new_code(step_of, create, flow_of, service):
    deploy = Deploy(create, flow_of, step_of)
    deploy.execution.signal("go")
    expected = 3 if step_of is added_instances else 1
    while deploy.ran.total() < expected:
        deploy.decide("new")
        deploy.workers[0].poll_once()

    assert deploy.run("old").close_status == "CONTINUED_AS_NEW"
    while (closed := deploy.run("new")).close_status == "CONTINUED_AS_NEW":
        pass

    assert closed.close_status == "COMPLETED"
    assert deploy.ran.total() == expected


def test_old_code_waits_for_open_work_of_new_code(create, flow_of, service):
    deploy = Deploy(create, flow_of, added_activity)
    deploy.decide("new")
    for _ in range(12):
        assert deploy.decide("old") is None

    assert deploy.run("old").close_status == "CONTINUED_AS_NEW"
    assert deploy.run("new").close_status == "COMPLETED"
    assert deploy.ran.total() == 1
