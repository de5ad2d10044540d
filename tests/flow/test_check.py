"""Problems that are found before a flow runs."""

import pytest

from swf.flow import Flow, param, runner, task


@task.decorate(timeout=60)
def cook(activity, dish, spice=None):
    """Cook a dish."""
    return {"meal": dish}


@task.decorate(timeout=60)
def eat(activity, meal):
    """Eat the dish; return nothing."""


def dishes(context):
    """Yield the dishes of a day."""
    for dish in ("soup", "cake"):
        yield {"dish": dish}


def kinds(problems):
    return [problem.kind for problem in problems]


def test_valid_flow_has_no_problems(kitchen):
    assert Flow(kitchen).check() == []
    assert Flow(kitchen).check({}) == []


def test_cyclic_requirements_are_found(create, flow_of, tasks):
    a = create(name="a", run=tasks())
    b = create(name="b", run=tasks(), requires=[a])
    c = create(name="c", run=tasks(), requires=[b])
    a.requires = [c]
    free = create(name="free", run=tasks(), requires=[c])

    [problem] = Flow(flow_of(a, b, c, free)).check()

    assert problem.kind == "cycle"
    assert (
        str(problem) == "flow_a: cyclic requirements, the steps can never begin: "
        "flow_a requires flow_c requires flow_b requires flow_a"
    )


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"name": None}, "name"),
        ({"name": "n" * 300}, "name"),
        ({"run": None}, "runner"),
    ],
)
def test_incomplete_step_is_found(options, kind, create, flow_of, tasks):
    step = create(**{"name": "a", "run": tasks(), **options})

    assert kinds(Flow(flow_of(step)).check()) == [kind]


def test_duplicate_names_are_found(create, flow_of):
    one = create(name="a", run=runner.Sync(lambda context: 1))
    other = create(name="a", run=runner.Sync(lambda context: 2))

    assert kinds(Flow(flow_of(one, other)).check()) == ["name"]


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"domain": None}, "domain of flow=None: must be a Domain or its name"),
        ({"event_budget": "x"}, "event_budget of flow='x': must be a whole number"),
        ({"event_budget": 30_000}, "event_budget of flow=30000: must be less than 25000"),
        ({"execution_timeout": "x"}, "execution_timeout='x': must be whole seconds"),
        ({"child_policy": "X"}, "child_policy='X': must be one of TERMINATE"),
        ({"version": "v" * 65}, "must have 1 to 64 characters, has 65"),
    ],
)
def test_invalid_workflow_type_is_found(attributes, message, create, flow_of, tasks):
    problems = Flow(flow_of(create(name="a", run=tasks()), **attributes)).check()

    assert set(kinds(problems)) == {"registration"}
    assert message in str(problems[0])


@pytest.mark.parametrize("options", [{}, {"name": None}, {"name": ""}])
def test_step_without_a_name_is_found(options, create, flow_of, tasks):
    problems = Flow(flow_of(create(run=tasks(), **options))).check()

    assert "the step has no name: set `name`" in str(problems[0])


def test_invalid_activity_name_is_found(create, flow_of, tasks):
    [problem] = Flow(flow_of(create(name="a:b", run=tasks(), task_list="a"))).check()

    assert (problem.kind, problem.step) == ("registration", "flow_a:b")


def test_runner_without_tasks_is_found(create, flow_of):
    [problem] = Flow(flow_of(create(name="a", run=runner.Sync()))).check()

    assert str(problem) == "flow_a: the runner has no tasks and no timeout"


def test_unknown_argument_of_fill_is_found(create, flow_of):
    [problem] = Flow(flow_of(create(name="a", run=runner.Sync(cook.fill(dihs="dish"))))).check()

    assert str(problem) == ("flow_a: `fill` has an argument that cook does not accept: 'dihs'")


@pytest.mark.parametrize(
    ("decider", "expected"),
    [
        (lambda schedule: None, []),
        (lambda schedule, context=None: None, []),
        (lambda **kwargs: None, []),
        (lambda: None, ["decider"]),
        (lambda schedule, more: None, ["decider"]),
    ],
)
def test_decider_with_a_wrong_signature_is_found(decider, expected, create, flow_of, tasks):
    flow = flow_of(create(name="a", run=tasks()), decider=decider)

    assert kinds(Flow(flow).check()) == expected


def test_flow_without_steps_is_found(flow_of):
    assert kinds(Flow(flow_of()).check()) == ["name"]


def test_step_that_requires_a_compensation_is_found(create, flow_of, tasks):
    undo = create(name="undo", run=tasks())
    a = create(name="a", run=tasks(), compensation=undo)
    b = create(name="b", run=tasks(), requires=[a, undo])

    assert kinds(Flow(flow_of(a, b)).check()) == ["unreachable"]


@pytest.mark.parametrize(
    ("key", "context", "is_missing"),
    [
        ("dish", {"dish": 1}, False),
        ("dish", {}, True),
        ("execution.run_id", {}, False),
        ("meal", {}, False),
        ("small.meal", {}, False),
        ("small.dish", {}, True),
    ],
)
def test_missing_context_key_is_found(key, context, is_missing, create, flow_of):
    gives = [
        cook.fill(dish=param.StaticParam(1)),
        cook.fill(dish=param.StaticParam(1), namespace="small"),
    ]
    first = create(name="a", run=runner.Sync(*gives))
    last = create(name="b", run=runner.Sync(eat.fill(meal=key)), requires=[first])

    problems = Flow(flow_of(first, last)).check(context)

    assert kinds(problems) == (["context"] if is_missing else [])


def test_unknown_context_keys_are_not_reported(create, flow_of, tasks):
    first = create(name="a", run=tasks({"anything": 1}))
    last = create(name="b", run=runner.Sync(eat.fill(meal="anything")), requires=[first])

    assert Flow(flow_of(first, last)).check({}) == []


def test_input_that_is_too_long_is_found(create, flow_of, tasks):
    flow = Flow(flow_of(create(name="a", run=tasks())))

    assert kinds(flow.check({"text": "x" * 40_000})) == ["payload"]
    assert kinds(flow.check({"text": object()})) == ["payload"]


@pytest.mark.parametrize(
    ("count", "length", "problems"),
    [(5000, 1, []), (1000, 1000, ["payload"]), (1, 40_000, ["payload"])],
    ids=["many instances", "too many instances to record", "too long instance"],
)
def test_instances_that_cannot_be_recorded_are_found(
    create, flow_of, tasks, decisions_of, new_history, count, length, problems
):
    def generate(context):
        return ({"number": f"{number:0{length}d}"} for number in range(count))

    flow = flow_of(create(name="a", run=tasks(), generators=[generate], schedule_to_start=1))

    assert kinds(Flow(flow).check({})) == problems
    last = decisions_of(flow, new_history().started(input={}))[-1]
    assert (last.type == "FailWorkflowExecution") == bool(problems)


def test_short_execution_timeout_is_found(create, flow_of):
    a = create(name="a", run=runner.Sync(cook.fill()), schedule_to_start=60)
    b = create(name="b", run=runner.Sync(cook.fill()), schedule_to_start=60, requires=[a])

    assert Flow(flow_of(a, b, execution_timeout=240)).check() == []
    assert kinds(Flow(flow_of(a, b, execution_timeout=239)).check()) == ["timeout"]


def test_custom_decider_may_pass_its_own_values(create, flow_of):
    def decide(schedule, context):
        schedule("cook", step, input={"dish": "soup"}).wait()

    step = create(name="cook", run=runner.Sync(cook.fill(dish="dish")))

    assert Flow(flow_of(step, decider=decide)).check({"amount": 1}) == []


@pytest.mark.parametrize("seconds", [60, "60"])
def test_runner_of_the_program_needs_no_tasks(seconds, create, flow_of, drive):
    class Shell(runner.BaseRunner):
        def timeout(self, context):
            return seconds

        def heartbeat(self, context):
            return seconds

        def requirements(self, context):
            return {"k"}

        def execute(self, activity, context):
            return {"ran": context["k"]}

    flow = flow_of(create(name="a", run=Shell()))

    assert Flow(flow).check() == Flow(flow).check({"k": 1}) == []
    assert drive(flow, {"k": 1}).execution.result == {"ran": 1}


@pytest.mark.parametrize(
    "options",
    [
        {"run": runner.Sync(eat.fill(meal="other"))},
        {"retry": 3},
        {"when": lambda context: True},
        {"max_parallel": 2},
        {"generators": [dishes]},
    ],
)
def test_two_steps_of_one_name_are_found(options, create, flow_of):
    run = runner.Sync(eat.fill(meal="meal"))
    steps = [create(name="eat", run=run), create(**{"name": "eat", "run": run, **options})]

    [problem] = Flow(flow_of(*steps)).check()

    assert str(problem) == "flow_eat: two steps have this name: only the first one would run"


@pytest.mark.parametrize("collect", [set, lambda x: dict(enumerate(x)), lambda x: [[*x]]])
def test_steps_in_collections_are_part_of_the_flow(collect, create, flow_of, tasks):
    steps = [create(name=name, run=tasks()) for name in "ab"]

    definition = Flow(flow_of(steps=collect(steps))).definition

    assert [step.name for step in definition.steps] == ["flow_a", "flow_b"]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"generators": [lambda: [{}]]}, "nothing"),
        ({"when": lambda context, activity: True}, "activity"),
        ({"run": runner.Sync(lambda context, activity, extra: {})}, "extra"),
        ({"run": runner.Sync(lambda a, b, c: {})}, "c"),
        ({"run": runner.Sync(lambda context, *, extra: {})}, "extra"),
    ],
)
def test_signature_that_cannot_be_called_is_found(options, name, create, flow_of, tasks):
    step = create(**{"name": "a", "run": tasks(), **options})

    [problem] = Flow(flow_of(step)).check()

    assert problem.kind == "signature"
    assert name == "nothing" or name in problem.message


def test_usable_signatures_are_accepted(create, flow_of):
    functions = [
        lambda context: {},
        lambda activity, context: {},
        lambda a, b: {},
        lambda context, extra=1: {},
        lambda *args, **kwargs: {},
        dict,
    ]
    steps = [create(name=f"s{i}", run=runner.Sync(each)) for i, each in enumerate(functions)]

    assert Flow(flow_of(*steps)).check() == []


@pytest.mark.parametrize("options", [{"timeout": 5}, {"heartbeat": 2}])
def test_ignored_option_is_found(options, create, flow_of, tasks):
    [problem] = Flow(flow_of(create(name="a", run=tasks(), **options))).check()

    assert (problem.kind, next(iter(options)) in problem.message) == ("option", True)


def test_timeout_beyond_the_limit_is_found(create, flow_of, tasks):
    step = create(
        name="a",
        run=tasks(),
        schedule_to_start=600_000,
        generators=[lambda context: ({"i": i} for i in range(200))],
    )

    [problem] = Flow(flow_of(step)).check({})

    assert "schedule_to_start of flow_a-1=120000000" in problem.message
