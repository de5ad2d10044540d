"""Runs on an embedded service."""

import io
from contextlib import contextmanager

from swf.flow import Flow, activity
from swf.local import SkippingClock


def test_child_flows_and_signals_run_locally(create, flow_of, tasks):
    other = flow_of(activity.create("kitchen", "other")(name="b", run=tasks({"y": 2})))
    other.name = "other"
    go = create.signal("go")
    kid = create.child("kid", other, requires=[go])

    outcome = Flow(flow_of(go, kid)).run_local(progress=False, signals=[("go", {"x": 1})])

    assert outcome.result == {"x": 1, "y": 2}


def test_no_time_is_skipped_before_the_signals_are_sent(create, flow_of):
    class Watched(SkippingClock):
        held = False

        @contextmanager
        def hold(self):
            with super().hold():
                self.held = True
                yield
                self.held = False

    clock, held = Watched(), []

    def signals():
        held.append(clock.held)
        yield "go", {"x": 1}

    go = create.signal("go", timeout=3600)
    outcome = Flow(flow_of(go)).run_local(progress=False, clock=clock, signals=signals())

    assert outcome.result == {"x": 1}
    assert held == [True]


def test_local_run_writes_its_progress(kitchen):
    progress = io.StringIO()

    outcome = Flow(kitchen).run_local(progress=progress)

    assert (outcome.close_status, outcome.reason) == ("COMPLETED", None)
    assert set(outcome.result) == {"meal"}
    line = progress.getvalue().splitlines()
    assert any(line.startswith("cook") and "2/2" in line for line in line)
    assert any(line.startswith("eat") and "1/1" in line for line in line)


def test_local_run_draws_on_a_terminal(kitchen):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    Flow(kitchen).run_local(progress=terminal)

    assert "\x1b[2Kcook" in terminal.getvalue()


def test_local_run_returns_the_reason_of_a_failure(create, flow_of, tasks):
    flow = Flow(flow_of(create(name="a", run=tasks(ValueError("burnt")))))

    outcome = flow.run_local(progress=False)

    assert outcome.close_status == "FAILED"
    assert "ValueError: burnt" in outcome.reason


def test_local_run_follows_continuations(create, flow_of, tasks):
    steps = [create(name="s0", run=tasks({"s0": 0}))]
    for i in range(1, 6):
        steps.append(create(name=f"s{i}", run=tasks({f"s{i}": i}), requires=[steps[-1]]))

    flow = flow_of(*steps, event_budget=15)
    outcome = Flow(flow).run_local(progress=False, clock=SkippingClock())

    assert outcome.close_status == "COMPLETED"
    assert outcome.result == {f"s{i}": i for i in range(6)}
    assert outcome.history.execution.continued_execution_run_id
