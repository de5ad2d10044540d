"""Single polls for activity tasks."""

from swf import Domain
from swf.flow import Flow, activity, runner, task
from swf.local import LocalSWF, Throttling


def test_activity_polls_and_performs_a_task(service, create, flow_of, tasks):
    step = create(name="a", run=tasks({"done": True}))
    flow = Flow(flow_of(step))
    decider = flow.decider()
    execution = flow.start()
    decider.run()

    assert step.run(identity="me") is True
    assert decider.run() is True

    history = execution.history()
    assert history.execution.result == {"done": True}
    assert history.activities["flow_a-1"].identity == "me"


def test_on_exception_is_called_for_a_late_result(service, create, flow_of):
    def late(context):
        execution.terminate()
        return {"late": True}

    errors = []
    step = create(
        name="a",
        run=runner.Sync(late),
        on_exception=lambda activity, error: errors.append((activity.name, str(error))),
    )
    flow = Flow(flow_of(step))
    decider = flow.decider()
    execution = flow.start()
    decider.run()

    step.run()

    [(name, message)] = errors
    assert name == "flow_a"
    assert message.startswith("RespondActivityTaskCompleted: Unknown execution")


def test_activity_logs_for_the_execution(service, create, flow_of):
    step = create(name="a", run=runner.Sync(lambda context: names.append(step.logger.name)))
    flow, names = Flow(flow_of(step)), []
    decider, execution = flow.decider(), flow.start()
    decider.run()

    step.run()

    assert names == [f"garcon.kitchen.{execution.workflow_id}.{execution.run_id}"]
    assert step.logger.name == "garcon"


def test_poll_without_a_task_has_no_activity_id(service, create, flow_of, tasks):
    step = create(name="a", run=tasks())
    Domain("kitchen").save()

    assert step.poll_for_activity().activity_id is None


def test_throttled_poll_is_retried():
    throttled = Throttling("PollForActivityTask", times=4)
    with LocalSWF(poll_timeout=0.01, faults=[throttled]) as service:
        service.install()
        Domain("kitchen").save()
        step = activity.create("kitchen", "flow")(name="a", run=runner.Sync())

        assert step.poll_for_activity().activity_id is None


def test_failed_poll_calls_on_exception_and_is_not_raised(service, create, caplog):
    callers = []
    step = create(name="a", run=runner.Sync(), on_exception=lambda who, error: callers.append(who))

    assert step.run() is True  # the domain does not exist

    assert callers == [step]


def test_task_list_error_fails_the_activity(drive, create, flow_of):
    contexts = []

    @task.list
    def tasks(context):
        contexts.append(1)
        if len(contexts) > 5:  # the decider asks for timeouts and input
            raise ValueError("no such tasks")
        yield lambda context: None

    history = drive(flow_of(create(name="a", run=runner.Sync(tasks))))

    assert history.activities["flow_a-1"].state == "failed"
    assert "no such tasks" in history.execution.reason
