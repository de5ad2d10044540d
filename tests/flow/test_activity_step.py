"""Activities: options, instances, timeouts and inputs."""

import pytest

from swf.flow import activity, runner, task


def test_input_is_the_current_context(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    history.done("flow_a-1", {"order": "cake"})

    [decision] = decisions_of(flow_of(a, b), history, workflow_id="w1", run_id="r1")

    assert decision.attributes["input"] == (
        '{"execution.domain":"kitchen","execution.workflow_id":"w1","execution.run_id":"r1",'
        '"shop":"north","order":"cake"}'
    )


def test_activity_is_scheduled_with_its_options(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks(), version="3", task_list="large", priority=5)

    [decision] = decisions_of(flow_of(a), history)

    assert decision.attributes["activityType"] == {"name": "flow_a", "version": "3"}
    assert decision.attributes["taskList"] == {"name": "large"}
    assert decision.attributes["taskPriority"] == "5"


def test_input_that_is_too_long_fails_the_execution(create, flow_of, tasks, decisions_of, history):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    c = create(name="c", run=tasks(), requires=[b])
    history.done("flow_a-1", {"x": "x" * 20_000}).done("flow_b-1", {"y": "y" * 20_000})

    [decision] = decisions_of(flow_of(a, b, c), history)

    assert decision.type == "FailWorkflowExecution"
    assert decision.attributes["reason"].startswith("input of flow_c-1=")
    assert "the limit is 32768" in decision.attributes["reason"]


def test_tasks_without_a_runner_run_in_sequence(create):
    first, second = (lambda context: {"a": 1}), (lambda context: {"b": context["a"]})

    step = create(name="a", tasks=[first, second])

    execution = activity.ActivityExecution(None, "a-1", "token", '{"c": 3}')
    execution.heartbeat = lambda: False
    assert step.execute_activity(execution) == {"a": 1, "b": 1}


def test_activity_runs_for_a_context_without_a_task(create):
    step = create(name="a", run=runner.Sync(lambda context: {"twice": 2 * context["n"]}))

    assert step.execute_activity({"n": 2}) == {"twice": 4}


def test_class_attributes_take_precedence_over_options():
    class Stubborn(activity.Activity):
        retry = 5

    step = Stubborn()
    step.hydrate({"name": "flow_a", "retry": 1, "schedule_to_start": 60})

    assert (step.retry, step.schedule_to_start_timeout) == (5, 60)
    assert step.task_list == "flow_a"


def test_schedule_to_start_timeout_is_multiplied_by_the_instances(create):
    @task.decorate(timeout=120)
    def cook():
        return None

    step = create(
        name="a",
        run=runner.Sync(cook.fill(), cook.fill()),
        schedule_to_start=1000,
        generators=[lambda _: [{"i": i} for i in range(10)]],
    )

    for instance in step.instances({}):
        assert instance.timeout == 240
        assert instance.schedule_to_start == 10_000
        assert instance.schedule_to_close == 10_240
        assert instance.heartbeat_timeout == 120


def test_default_timeouts_are_ten_minutes(create):
    [instance] = create(name="a", run=runner.Sync(lambda context: None)).instances({})

    assert (
        instance.timeout,
        instance.heartbeat_timeout,
        instance.schedule_to_start,
        instance.schedule_to_close,
    ) == (600, 600, 600, 1200)


def test_input_of_filled_tasks_has_only_their_keys(create):
    @task.decorate()
    def cook(dish, spice):
        return None

    step = create(name="a", run=runner.Sync(cook.fill(dish="dish", spice="spice")))
    context = {"dish": 0, "spice": None, "other": 1, "execution.domain": "kitchen"}
    [instance] = step.instances(context)

    assert instance.create_execution_input() == {
        "dish": 0,
        "execution.domain": "kitchen",
        "execution.run_id": None,
        "execution.workflow_id": None,
    }


def test_activity_without_a_runner_is_refused(create):
    [instance] = create(name="a").instances({})

    with pytest.raises(runner.RunnerMissing, match="runner is missing: set `run` of flow_a"):
        instance.create_execution_input()
