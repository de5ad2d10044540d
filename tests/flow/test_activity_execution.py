"""Activity tasks: heartbeats, cancellation and responses."""

from swf.flow import Flow, runner
from swf.testing import run_until_closed


def test_caller_sends_heartbeats_and_fails_the_task(service, create, flow_of, tasks):
    step = create(name="a", run=tasks())
    flow = Flow(flow_of(step))
    decider, execution = flow.decider(), flow.start({"shop": "north"})
    decider.run()

    execution_task = step.poll_for_activity()
    assert execution_task.context["shop"] == "north"
    assert execution_task.heartbeat("half") is False
    execution.request_cancel()
    decider.run()
    assert execution_task.heartbeat() is True
    execution_task.fail("x" * 300)
    decider.run()

    history = execution.history()
    assert len(history.activities["flow_a-1"].reason) == 256
    assert history.execution.close_status == "CANCELED"


def test_heartbeat_is_sent_before_each_task(service, create, flow_of, tasks):
    step = create(name="a", run=runner.Sync(lambda context: {"x": 1}, lambda context: {"y": 2}))
    flow = Flow(flow_of(step))
    decider, execution = flow.decider(), flow.start()
    decider.run()
    execution_task = step.poll_for_activity()
    beats = []
    execution_task.heartbeat = lambda: beats.append(1)

    execution_task.complete(step.execute_activity(execution_task))
    decider.run()

    assert len(beats) == 2
    assert execution.history().execution.result == {"x": 1, "y": 2}


def test_cancellation_reaches_the_running_tasks(service, create, flow_of):
    def work(context, activity):
        execution.request_cancel()
        flow_decider.run()
        activity.heartbeat("half")
        raise AssertionError("the heartbeat tells that it is canceled")

    flow = Flow(flow_of(create(name="a", run=runner.Sync(work))))
    flow_decider, worker, execution = flow.decider(), flow.worker(), flow.start()

    closed = run_until_closed(execution, flow_decider.actor, *worker.actors)

    assert closed.close_status == "CANCELED"
    assert closed.history().activities["flow_a-1"].state == "canceled"
