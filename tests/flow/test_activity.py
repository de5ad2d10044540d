"""Activities: how they are made, what their instances are, and the lookups."""

import pytest

from swf import Domain
from swf.exceptions import InvalidKeywordArgumentError, ValidationError
from swf.flow import Flow, activity, event, runner, task, utils
from swf.local import LocalSWF, Throttling
from swf.models.history import builder
from swf.retry import Retry


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        (("kitchen", "flow"), {}),
        (("kitchen",), {"name": "flow"}),
        ((Domain("kitchen"), "flow", "1.0"), {}),
        ((None, "kitchen", "flow"), {}),
        ((None, "kitchen"), {"workflow_name": "flow", "version": "1.0"}),
        ((), {"client": None, "domain": "kitchen", "workflow_name": "flow"}),
    ],
)
def test_create_is_called_with_or_without_a_client(args, kwargs):
    made = activity.create(*args, **kwargs)(name="cook", run=runner.Sync())

    assert (made.name, made.task_list, made.domain) == ("flow_cook", "flow_cook", "kitchen")
    assert (made.version, made.retry, made.requires) == ("1.0", 0, [])


def test_create_knows_its_arguments(create):
    with pytest.raises(InvalidKeywordArgumentError, match="must be one of"):
        activity.create("kitchen", "flow", colour="red")
    with pytest.raises(InvalidKeywordArgumentError, match="must be one of"):
        create(name="a", retries=3)


def test_a_client_that_is_given_is_the_one_that_is_used():
    with LocalSWF() as service:
        client = service.client()
        made = activity.create(client, "kitchen", "flow")(name="a", external=True, timeout=5)

    assert made.client is client


@pytest.mark.parametrize("option", ["run", "tasks"])
def test_a_runner_is_given_under_either_name(option, create):
    tasks = runner.Sync()

    assert create(name="a", **{option: tasks}).runner is tasks


def test_tasks_without_a_runner_run_in_order(create):
    first, second = (lambda context: {"a": 1}), (lambda context: {"b": context["a"]})

    made = create(name="a", tasks=[first, second])

    execution = activity.ActivityExecution(None, "a-1", "token", '{"c": 3}')
    execution.heartbeat = lambda: False
    assert made.execute_activity(execution) == {"a": 1, "b": 1}


def test_an_activity_is_executed_for_a_context_alone(create):
    made = create(name="a", run=runner.Sync(lambda context: {"twice": 2 * context["n"]}))

    assert made.execute_activity({"n": 2}) == {"twice": 4}


def test_what_a_subclass_says_comes_before_the_options():
    class Stubborn(activity.Activity):
        retry = 5

    made = Stubborn()
    made.hydrate({"name": "flow_a", "retry": 1, "schedule_to_start": 60})

    assert (made.retry, made.schedule_to_start_timeout) == (5, 60)
    assert made.task_list == "flow_a"


@pytest.mark.parametrize(
    ("retry", "attempts"), [(0, 1), (3, 4), (None, 1), (Retry(max_attempts=7), 7)]
)
def test_retry_counts_retries_and_a_policy_counts_attempts(retry, attempts, create):
    assert create(name="a", run=runner.Sync(), retry=retry).policy.max_attempts == attempts


def test_timeouts_are_those_of_the_tasks_and_scaled_by_the_pool(create):
    @task.decorate(timeout=120)
    def cook():
        return None

    made = create(
        name="a",
        run=runner.Sync(cook.fill(), cook.fill()),
        schedule_to_start=1000,
        generators=[lambda _: [{"i": i} for i in range(10)]],
    )

    for instance in made.instances({}):
        assert instance.timeout == 240
        assert instance.schedule_to_start == 10_000
        assert instance.schedule_to_close == 10_240
        assert instance.heartbeat_timeout == 120


def test_a_plain_task_gives_ten_minutes_to_everything(create):
    [instance] = create(name="a", run=runner.Sync(lambda context: None)).instances({})

    assert (
        instance.timeout,
        instance.heartbeat_timeout,
        instance.schedule_to_start,
        instance.schedule_to_close,
    ) == (600, 600, 600, 1200)


def test_the_id_of_an_instance_tells_its_local_context(create):
    made = create(name="a", run=runner.Sync(), generators=[lambda _: [{"i": 1}, {"i": "1"}]])

    one, text = made.instances({"anything": 1})

    assert one.id == f"flow_a-{utils.create_dictionary_key({'i': 1})}"
    assert one.id != text.id
    [only] = create(name="b", run=runner.Sync()).instances({})
    assert only.id == "flow_b-1"


def test_a_long_name_gives_an_id_that_fits(create):
    [instance] = create(name="n" * 250, run=runner.Sync()).instances({})

    assert len(instance.id) == 240


def test_filled_tasks_are_sent_what_they_read_and_no_more(create):
    @task.decorate()
    def cook(dish, spice):
        return None

    made = create(name="a", run=runner.Sync(cook.fill(dish="dish", spice="spice")))
    context = {"dish": 0, "spice": None, "other": 1, "execution.domain": "kitchen"}
    [instance] = made.instances(context)

    assert instance.create_execution_input() == {
        "dish": 0,
        "execution.domain": "kitchen",
        "execution.run_id": None,
        "execution.workflow_id": None,
    }


def test_an_activity_without_a_runner_says_so(create):
    [instance] = create(name="a").instances({})

    with pytest.raises(runner.RunnerMissing, match="runner is missing: set `run` of flow_a"):
        instance.create_execution_input()


def test_keys_tell_types_apart_and_not_orders():
    key = utils.create_dictionary_key

    assert len({key({"a": value}) for value in (1, "1", True, 1.0, None, "None", [1], {1})}) == 8
    assert key({"a": 1, "b": {2, 3}}) == key({"b": {3, 2}, "a": 1})
    assert key({"a": (1, 2)}) == key({"a": [1, 2]})
    with pytest.raises(TypeError):
        key("a")
    with pytest.raises(ValueError, match="must not be empty"):
        key({})


def test_a_state_is_ready_when_its_last_attempt_completed():
    state = activity.ActivityState("a-1")
    assert state.get_last_state() is None
    with pytest.raises(activity.ActivityInstanceNotReadyException):
        state.wait()

    state.add_state(activity.ACTIVITY_FAILED)
    state.add_state(activity.ACTIVITY_COMPLETED)
    state.set_result({})

    assert (state.ready, state.result, activity.count_activity_failures(state)) == (True, {}, 1)
    with pytest.raises(Exception, match="result is already set: a-1"):
        state.set_result({"a": 1})


def test_waiting_is_not_caught_by_those_who_catch_every_exception():
    assert not issubclass(activity.ActivityInstanceNotReadyException, Exception)


# Lookups.


@pytest.fixture
def kitchen(create, flow_of, tasks):
    shop = create(name="shop", run=tasks())
    cook = create(
        name="cook",
        run=tasks(),
        requires=[shop],
        generators=[lambda context: [{"dish": dish} for dish in context["dishes"]]],
    )
    return flow_of(create(name="eat", run=tasks(), requires=[cook]), cook, shop)


def states_of(history):
    return event.activity_states_from_events(history.raw)


def test_activities_are_found_in_the_order_in_which_they_can_run(kitchen):
    found = activity.find_workflow_activities(kitchen)

    assert [each.name for each in found] == ["flow_shop", "flow_cook", "flow_eat"]


def test_an_activity_that_is_only_required_is_found_too(create, flow_of, tasks):
    hidden = create(name="hidden", run=tasks())

    found = activity.find_workflow_activities(
        flow_of(create(name="a", run=tasks(), requires=[hidden]))
    )

    assert [each.name for each in found] == ["flow_hidden", "flow_a"]


def test_properties_that_make_activities_are_one_activity_each(create, tasks):
    class Kitchen:
        domain, name = "kitchen", "flow"

        @property
        def shop(self):
            return create(name="shop", run=tasks())

        @property
        def cook(self):
            return create(name="cook", run=tasks(), requires=[self.shop])

    found = activity.find_workflow_activities(Kitchen())

    assert [each.name for each in found] == ["flow_shop", "flow_cook"]


def test_instances_are_found_for_a_context(kitchen):
    found = activity.find_activities(kitchen, {"dishes": ["soup", "cake"]})

    assert [each.activity_name for each in found] == [
        "flow_shop", "flow_cook", "flow_cook", "flow_eat",
    ]  # fmt: skip


def test_what_may_begin_is_found_without_asking_generators_too_early(kitchen):
    history = builder.started()
    assert _names(activity.find_available_activities(kitchen, states_of(history), {})) == [
        "flow_shop"
    ]
    assert len([*activity.find_uncomplete_activities(kitchen, states_of(history), {})]) == 3

    history.activity_scheduled("flow_shop-1", name="flow_shop")
    assert _names(activity.find_available_activities(kitchen, states_of(history), {})) == []

    history.activity_completed("flow_shop-1", {"dishes": ["soup", "cake"]})
    context = event.get_current_context(history).current
    found = activity.find_available_activities(kitchen, states_of(history), context)
    assert _names(found) == ["flow_cook", "flow_cook"]


def test_what_failed_too_often_is_an_error(kitchen):
    history = builder.started().activity_scheduled("flow_shop-1", name="flow_shop")
    history.activity_timed_out("flow_shop-1", "HEARTBEAT")

    with pytest.raises(activity.ActivityFailedError, match="failed once: timed_out: HEARTBEAT"):
        list(activity.find_available_activities(kitchen, states_of(history), {}))


def _names(instances):
    return [instance.activity_name for instance in instances]


# One activity on its own.


def test_an_activity_polls_and_performs_by_itself(service, create, flow_of, tasks):
    made = create(name="a", run=tasks({"done": True}))
    flow = Flow(flow_of(made))
    decider = flow.decider()
    execution = flow.start()
    decider.run()

    assert made.run(identity="me") is True
    assert decider.run() is True

    history = execution.history()
    assert history.execution.result == {"done": True}
    assert history.activities["flow_a-1"].identity == "me"


def test_an_activity_by_itself_logs_for_the_execution(service, create, flow_of):
    made = create(name="a", run=runner.Sync(lambda context: names.append(made.logger.name)))
    flow, names = Flow(flow_of(made)), []
    decider, execution = flow.decider(), flow.start()
    decider.run()

    made.run()

    assert names == [f"garcon.kitchen.{execution.workflow_id}.{execution.run_id}"]
    assert made.logger.name == "garcon"


def test_a_poll_without_a_task_gives_an_execution_without_an_id(service, create, flow_of, tasks):
    made = create(name="a", run=tasks())
    Domain("kitchen").save()

    assert made.poll_for_activity().activity_id is None


def test_a_polled_activity_is_answered_by_hand(service, create, flow_of, tasks):
    made = create(name="a", run=tasks())
    flow = Flow(flow_of(made))
    decider, execution = flow.decider(), flow.start({"shop": "north"})
    decider.run()

    in_hand = made.poll_for_activity()
    assert in_hand.context["shop"] == "north"
    assert in_hand.heartbeat("half") is False
    execution.request_cancel()
    decider.run()
    assert in_hand.heartbeat() is True
    in_hand.fail("x" * 300)
    decider.run()

    history = execution.history()
    assert len(history.activities["flow_a-1"].reason) == 256
    assert history.execution.close_status == "CANCELED"


def test_a_task_in_hand_shows_life_before_each_of_its_tasks(service, create, flow_of, tasks):
    made = create(name="a", run=runner.Sync(lambda context: {"x": 1}, lambda context: {"y": 2}))
    flow = Flow(flow_of(made))
    decider, execution = flow.decider(), flow.start()
    decider.run()
    in_hand = made.poll_for_activity()
    beats = []
    in_hand.heartbeat = lambda: beats.append(1)

    in_hand.complete(made.execute_activity(in_hand))
    decider.run()

    assert len(beats) == 2
    assert execution.history().execution.result == {"x": 1, "y": 2}


def test_a_poll_that_is_throttled_is_tried_again():
    throttled = Throttling("PollForActivityTask", times=4)
    with LocalSWF(poll_timeout=0.01, faults=[throttled]) as service:
        service.install()
        Domain("kitchen").save()
        made = activity.create("kitchen", "flow")(name="a", run=runner.Sync())

        assert made.poll_for_activity().activity_id is None


def test_a_worker_serves_the_activities_that_are_named_either_way(kitchen):
    worker = activity.ActivityWorker(kitchen, activities=["flow_shop", "eat"])

    assert sorted(actor.task_list for actor in worker.actors) == ["flow_eat", "flow_shop"]
    assert len(worker.activities) == 3


def test_a_worker_for_an_activity_that_there_is_not_says_so(kitchen):
    with pytest.raises(ValidationError, match="activities='soup': must be one of flow_shop"):
        activity.ActivityWorker(kitchen, activities=["soup"])


def test_an_activity_with_its_own_run_is_run_for_as_long_as_it_says(create, flow_of, tasks):
    answers = iter([True, True, False])
    made = create(name="a", run=tasks())
    worker = activity.ActivityWorker(flow_of(made))
    made.run = lambda: next(answers)

    worker.run()

    assert next(answers, "over") == "over"


def test_a_worker_with_nothing_to_serve_ends(create, flow_of):
    worker = activity.ActivityWorker(flow_of(create(name="a", external=True, timeout=5)))

    assert worker.run() is None


def test_an_external_activity_does_not_run_here(create):
    made = create(name="a", external=True, timeout=60)

    assert activity.worker_runner(made) is None
    assert isinstance(made, activity.ExternalActivity)


def test_polls_that_fail_are_told_and_do_not_end_the_loop(service, create, caplog):
    told = []
    made = create(name="a", run=runner.Sync(), on_exception=lambda who, error: told.append(who))

    assert made.run() is True  # the domain does not exist

    assert told == [made]
