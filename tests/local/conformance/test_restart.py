"""A service continues unchanged after a restart or a restored snapshot."""

import pytest

from swf.local import LocalSWF, ManualClock

STEPS = [0.5] * 20 + [30, 600, 86400]


class Service:
    """A service with a database, and a domain with many open entities."""

    def __init__(self, database, domain_class, do):
        self.database, self.domain_class = database, domain_class
        self.open(ManualClock())
        self.domain.register(retention="1")
        self.begin(do)

    def open(self, clock):
        self.service = LocalSWF(clock=clock, database=self.database, poll_timeout=0)
        self.domain = self.domain_class(self.service.client(region_name="us-east-1"), clock)

    def restart(self):
        self.service.close()
        self.open(ManualClock(self.domain.clock.now()))

    def begin(self, do):
        domain = self.domain
        domain.start("closed").terminate()
        run = domain.start("w", taskStartToCloseTimeout="60", executionStartToCloseTimeout="500")
        domain.decide(
            do.activity("heartbeat", heartbeatTimeout="6"),
            do.activity("slow", startToCloseTimeout="9"),
            do.activity("waiting", scheduleToStartTimeout="7", taskList={"name": "nobody"}),
            do.activity("late", scheduleToCloseTimeout="8", taskList={"name": "nobody"}),
            *[do.timer(name, name) for name in ("5", "7", "40")],
            do.child("child", taskList={"name": "nursery"}, executionStartToCloseTimeout="10"),
            executionContext="thoughts",
        )
        self.held = domain.work()
        domain.work()
        domain.advance(4)
        domain.heartbeat(self.held, details="half")
        run.request_cancel()
        domain.decide(
            do.cancel_activity("heartbeat"),
            do.cancel_timer("40"),
            taskList={"name": "mine"},
            taskListScheduleToStartTimeout="3",
        )

    def everything(self):
        lists = [
            self.domain.ask(f"CountPending{kind}Tasks", taskList={"name": name})
            for kind, name in [
                ("Activity", "nobody"),
                ("Decision", "deciders"),
                ("Decision", "mine"),
                ("Decision", "nursery"),
            ]
        ]
        runs = self.domain.runs()
        return lists, [(run.run_id, run.describe(), run.history()) for run in runs]


@pytest.fixture
def busy(tmp_path, domain_class, do):
    busy = Service(tmp_path / "swf.db", domain_class, do)
    yield busy
    busy.service.close()


def future(busy, *, interrupt=lambda: None):
    """Return the state of the service after each step of the clock."""
    states = []
    for step in STEPS:
        interrupt()
        busy.domain.advance(step)
        states.append(busy.everything())
    return states


def test_a_restart_between_any_two_steps_changes_nothing(busy):
    start = busy.service.snapshot()
    undisturbed = future(busy)
    busy.service.restore(start)

    assert future(busy, interrupt=busy.restart) == undisturbed


def test_restored_snapshot_repeats_the_same_future(busy):
    start = busy.service.snapshot()
    undisturbed = future(busy)
    busy.service.restore(start)

    assert future(busy) == undisturbed


def test_a_snapshot_between_any_two_steps_changes_nothing(busy):
    start = busy.service.snapshot()
    undisturbed = future(busy)
    busy.service.restore(start)

    def set_back():
        busy.service.restore(busy.service.snapshot())

    assert future(busy, interrupt=set_back) == undisturbed


def test_task_token_survives_a_restart(busy):
    busy.restart()

    assert busy.domain.heartbeat(busy.held) is True
    busy.domain.complete(busy.held, result="done")
    run = busy.domain.open_run("w")
    assert run.last("ActivityTaskCompleted")["result"] == "done"


def test_page_token_survives_a_restart(busy):
    run = busy.domain.open_run("w")
    token = run.page(maximumPageSize=3)["nextPageToken"]

    busy.restart()

    again = busy.domain.run(run.execution)
    page = again.page(maximumPageSize=3, nextPageToken=token)
    assert [event["eventId"] for event in page["events"]] == [4, 5, 6]
