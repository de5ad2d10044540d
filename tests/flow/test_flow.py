"""What can be done with a flow as a whole: check, draw, start, run, run again, show."""

import io
import xml.etree.ElementTree as ET
from contextlib import contextmanager

import pytest

import swf
from swf.exceptions import ValidationError
from swf.flow import Flow, activity, param, runner, task
from swf.local import SkippingClock

SVG = "{http://www.w3.org/2000/svg}"


@task.decorate(timeout=60)
def cook(activity, dish, spice=None):
    """Cook what is asked for."""
    return {"meal": dish}


@task.decorate(timeout=60)
def eat(activity, meal):
    """Eat it, which gives nothing."""


def dishes(context):
    """Yield the dishes of a day."""
    for dish in ("soup", "cake"):
        yield {"dish": dish}


@pytest.fixture
def kitchen(create, flow_of):
    first = create(name="cook", run=runner.Sync(cook.fill(dish="dish")), generators=[dishes])
    last = create(name="eat", run=runner.Sync(eat.fill(meal="meal")), requires=[first])
    return flow_of(first, last)


def kinds(problems):
    return [problem.kind for problem in problems]


# Checks.


def test_nothing_is_wrong_with_a_flow_that_is_right(kitchen):
    assert Flow(kitchen).check() == []
    assert Flow(kitchen).check({}) == []


def test_a_ring_of_requirements_is_found_and_told(create, flow_of, tasks):
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
def test_a_step_that_lacks_something_is_found(options, kind, create, flow_of, tasks):
    step = create(**{"name": "a", "run": tasks(), **options})

    assert kinds(Flow(flow_of(step)).check()) == [kind]


def test_two_steps_of_one_name_are_found(create, flow_of):
    one = create(name="a", run=runner.Sync(lambda context: 1))
    other = create(name="a", run=runner.Sync(lambda context: 2))

    assert kinds(Flow(flow_of(one, other)).check()) == ["name"]


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        ({"domain": None}, "domain of flow=None: must be a Domain or its name"),
        ({"event_budget": "x"}, "event_budget of flow='x': must be a whole number"),
        ({"event_budget": 30_000}, "event_budget of flow=30000: must be less than 25000"),
        ({"execution_timeout": "x"}, "execution_timeout='x': must be whole seconds"),
        ({"child_policy": "X"}, "child_policy='X': must be one of TERMINATE"),
        ({"version": "v" * 65}, "must have 1 to 64 characters, has 65"),
    ],
)
def test_what_cannot_be_registered_is_found(attributes, told, create, flow_of, tasks):
    problems = Flow(flow_of(create(name="a", run=tasks()), **attributes)).check()

    assert set(kinds(problems)) == {"registration"}
    assert told in str(problems[0])


def test_a_name_that_cannot_be_registered_is_found(create, flow_of, tasks):
    [problem] = Flow(flow_of(create(name="a:b", run=tasks(), task_list="a"))).check()

    assert (problem.kind, problem.step) == ("registration", "flow_a:b")


def test_a_runner_without_tasks_is_found(create, flow_of):
    [problem] = Flow(flow_of(create(name="a", run=runner.Sync()))).check()

    assert str(problem) == "flow_a: the runner has no tasks and no timeout"


def test_an_argument_that_a_task_does_not_take_is_found(create, flow_of):
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
def test_a_decider_that_cannot_be_called_is_found(decider, expected, create, flow_of, tasks):
    flow = flow_of(create(name="a", run=tasks()), decider=decider)

    assert kinds(Flow(flow).check()) == expected


@pytest.mark.parametrize("wrong", [None, 5, object()])
def test_a_flow_without_a_name_is_refused(wrong):
    with pytest.raises(ValidationError, match=r"flow=.*must have a `name`"):
        Flow(wrong)


@pytest.mark.parametrize("wrong", ["text", [1], 5])
def test_a_context_that_is_no_dictionary_is_refused(wrong, kitchen):
    with pytest.raises(ValidationError, match=r"context=.*must be a dictionary"):
        Flow(kitchen).start(wrong)


def test_a_flow_without_anything_to_do_is_found(flow_of):
    assert kinds(Flow(flow_of()).check()) == ["name"]


def test_a_step_behind_one_that_only_undoes_is_found(create, flow_of, tasks):
    undo = create(name="undo", run=tasks())
    a = create(name="a", run=tasks(), compensation=undo)
    b = create(name="b", run=tasks(), requires=[a, undo])

    assert kinds(Flow(flow_of(a, b)).check()) == ["unreachable"]


@pytest.mark.parametrize(
    ("key", "given", "found"),
    [
        ("dish", {"dish": 1}, False),
        ("dish", {}, True),
        ("execution.run_id", {}, False),
        ("meal", {}, False),
        ("small.meal", {}, False),
        ("small.dish", {}, True),
    ],
)
def test_a_key_that_nothing_gives_is_found(key, given, found, create, flow_of):
    gives = [
        cook.fill(dish=param.StaticParam(1)),
        cook.fill(dish=param.StaticParam(1), namespace="small"),
    ]
    first = create(name="a", run=runner.Sync(*gives))
    last = create(name="b", run=runner.Sync(eat.fill(meal=key)), requires=[first])

    problems = Flow(flow_of(first, last)).check(given)

    assert kinds(problems) == (["context"] if found else [])


def test_nothing_is_claimed_of_what_is_not_known(create, flow_of, tasks):
    first = create(name="a", run=tasks({"anything": 1}))
    last = create(name="b", run=runner.Sync(eat.fill(meal="anything")), requires=[first])

    assert Flow(flow_of(first, last)).check({}) == []


def test_an_input_that_does_not_fit_is_found(create, flow_of, tasks):
    flow = Flow(flow_of(create(name="a", run=tasks())))

    assert kinds(flow.check({"text": "x" * 40_000})) == ["payload"]
    assert kinds(flow.check({"text": object()})) == ["payload"]


def test_too_many_events_are_found(create, flow_of, tasks):
    def many(context):
        return ({"i": i} for i in range(context["many"]))

    def flow(**options):
        return Flow(flow_of(create(name="a", run=tasks(), generators=[many], **options)))

    assert flow().check({"many": 4000}) == []
    assert kinds(flow().check({"many": 5000})) == ["events"]
    assert flow(max_parallel=10).check({"many": 5000}) == []


def test_an_execution_timeout_that_is_too_short_is_found(create, flow_of):
    a = create(name="a", run=runner.Sync(cook.fill()), schedule_to_start=60)
    b = create(name="b", run=runner.Sync(cook.fill()), schedule_to_start=60, requires=[a])

    assert Flow(flow_of(a, b, execution_timeout=240)).check() == []
    assert kinds(Flow(flow_of(a, b, execution_timeout=239)).check()) == ["timeout"]


# Drawings.


@pytest.fixture
def gallery(create, flow_of, tasks):
    undo = create(name="undo", run=tasks())
    a = create(name="a", run=tasks(), retry=2, compensation=undo)
    others = [
        create.timer("pause", 5, requires=[a]),
        create.signal("go", requires=[a]),
        create(name="ext", external=True, timeout=5, requires=[a]),
        create.child("kid", flow_of(), requires=[a], when=lambda _: True),
    ]
    last = create(name="last", run=tasks(), requires=others, generators=[dishes], max_parallel=2)
    return Flow(flow_of(a, *others, last))


def test_a_flow_is_drawn_as_mermaid(gallery):
    assert (
        gallery.graph()
        == """\
flowchart TD
    s0["a<br/><small>up to 3 attempts</small>"]
    s1(("pause<br/><small>5.0 s</small>"))
    s2>"go<br/><small>signal</small>"]
    s3[["ext<br/><small>external</small>"]]
    s4[/"kid<br/><small>flow flow, conditional</small>"/]
    s5["last<br/><small>for each, 2 at a time</small>"]
    s6["undo"]
    s0 -. on failure .-> s6
    s0 --> s1
    s0 --> s2
    s0 --> s3
    s0 --> s4
    s1 --> s5
    s2 --> s5
    s3 --> s5
    s4 --> s5
"""
    )


def test_hostile_names_do_no_harm_to_a_drawing(create, flow_of, tasks):
    flow = Flow(flow_of(create(name='<b>"#1"</b>', run=tasks())))

    assert 's0["#lt;b#gt;#quot;#35;1#quot;#lt;/b#gt;"]' in flow.graph()
    assert "<b>" not in flow.graph("svg")


def test_a_flow_is_drawn_as_svg_with_each_step_below_what_it_requires(gallery):
    drawing = ET.fromstring(gallery.graph("svg"))

    boxes = drawing.findall(f"{SVG}g")
    drawn = {box.find(f"{SVG}title").text.split("_")[1]: box for box in boxes if len(box) > 2}
    top = {name: float(box.find(f"{SVG}rect").get("y")) for name, box in drawn.items()}
    assert top["a"] < top["pause"] == top["go"] == top["ext"] == top["kid"] < top["last"]
    assert top["undo"] == top["a"]  # beside what it undoes
    assert len(drawing.findall(f"{SVG}path")) == 8
    assert len([g for g in boxes if g.find(f"{SVG}title").text == "on failure"]) == 1


def test_a_drawing_tells_what_is_special_about_a_step(gallery):
    texts = [text.text for text in ET.fromstring(gallery.graph("svg")).iter(f"{SVG}text")]

    assert {
        "up to 3 attempts", "5.0 s", "signal", "external", "flow flow, conditional",
        "for each, 2 at a time",
    } < set(texts)  # fmt: skip


def test_a_drawing_of_another_kind_is_refused(gallery):
    with pytest.raises(ValidationError, match="mermaid, svg"):
        gallery.graph("png")


# Running.


def test_child_flows_and_signals_run_locally_as_well(create, flow_of, tasks):
    other = flow_of(activity.create("kitchen", "other")(name="b", run=tasks({"y": 2})))
    other.name = "other"
    go = create.signal("go")
    kid = create.child("kid", other, requires=[go])

    outcome = Flow(flow_of(go, kid)).run_local(progress=False, signals=[("go", {"x": 1})])

    assert outcome.result == {"x": 1, "y": 2}


def test_no_time_is_skipped_before_the_signals_of_a_local_run_are_sent(create, flow_of):
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


def test_an_execution_is_started_without_registered_defaults(service, kitchen):
    swf.Domain("kitchen").save()
    swf.WorkflowType(
        swf.Domain("kitchen"), "flow", "1.0", execution_timeout=None, decision_tasks_timeout=None,
        child_policy=None,
    ).save()  # fmt: skip

    started = Flow(kitchen).start({"a": 1}, "tuesday", tag_list=["soup"])

    execution = started.history().execution
    assert (execution.input, execution.task_list) == ({"a": 1}, "flow")
    assert (started.workflow_id, execution.tag_list) == ("tuesday", ["soup"])


def test_a_flow_runs_locally_and_shows_how_far_it_is(kitchen):
    progress = io.StringIO()

    outcome = Flow(kitchen).run_local(progress=progress)

    assert (outcome.close_status, outcome.reason) == ("COMPLETED", None)
    assert set(outcome.result) == {"meal"}
    told = progress.getvalue().splitlines()
    assert any(line.startswith("cook") and "2/2" in line for line in told)
    assert any(line.startswith("eat") and "1/1" in line for line in told)


def test_a_terminal_is_drawn_upon(kitchen):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    Flow(kitchen).run_local(progress=terminal)

    assert "\x1b[2Kcook" in terminal.getvalue()


def test_a_flow_that_fails_locally_says_why(create, flow_of, tasks):
    flow = Flow(flow_of(create(name="a", run=tasks(ValueError("burnt")))))

    outcome = flow.run_local(progress=False)

    assert outcome.close_status == "FAILED"
    assert "ValueError: burnt" in outcome.reason


def test_what_continues_as_new_locally_is_followed_to_its_end(create, flow_of, tasks):
    steps = [create(name="s0", run=tasks({"s0": 0}))]
    for i in range(1, 6):
        steps.append(create(name=f"s{i}", run=tasks({f"s{i}": i}), requires=[steps[-1]]))

    flow = flow_of(*steps, event_budget=15)
    outcome = Flow(flow).run_local(progress=False, clock=SkippingClock())

    assert outcome.close_status == "COMPLETED"
    assert outcome.result == {f"s{i}": i for i in range(6)}
    assert outcome.history.execution.continued_execution_run_id


# Running again.


@pytest.fixture
def closed(service, drive):
    """Drive a flow to its end and return the execution."""

    def run(flow, context=None):
        drive(flow, context, workflow_id="first")
        return swf.Domain("kitchen").executions.get("first")

    return run


def test_what_was_done_is_not_done_again(closed, drive, create, flow_of):
    ran, broken = [], [True]

    def work(context):
        ran.append(context["i"])
        if context["i"] == 1 and broken:
            raise ValueError("no")
        return {f"r{context['i']}": context["i"]}

    step = create(
        name="a", run=runner.Sync(work), generators=[lambda _: [{"i": i} for i in range(3)]]
    )
    last = create(name="b", run=runner.Sync(lambda c: {"sum": c["r0"] + c["r1"]}), requires=[step])
    flow = flow_of(step, last)
    execution = closed(flow, {"x": 1})
    done_before = sorted(set(ran) - {1})
    broken.clear()
    ran.clear()

    plan = Flow(flow).rerun(execution, dry_run=True)
    assert len(plan.completed) == len(done_before)
    assert plan.steps == ["flow_a", "flow_b"]
    assert plan.execution is None

    again = Flow(flow).rerun(execution, workflow_id="second").execution
    whole = Flow(flow)
    swf.testing.run_until_closed(again, whole.decider().actor, *whole.worker().actors)

    history = again.history()
    assert history.execution.close_status == "COMPLETED"
    assert history.execution.result == {"r0": 0, "r1": 1, "r2": 2, "sum": 1}
    assert sorted(ran) == sorted({0, 1, 2} - set(done_before))


def test_from_a_step_on_everything_is_done_again(closed, create, flow_of, tasks):
    a = create(name="a", run=tasks({"x": "a"}))
    b = create(name="b", run=tasks({"x": "b", "y": 1}), requires=[a])
    c = create(name="c", run=tasks({"z": 1}), requires=[b])
    flow = flow_of(a, b, c)

    execution = closed(flow)

    plan = Flow(flow).rerun(execution, "b", dry_run=True)

    assert Flow(flow).rerun(execution, b, dry_run=True) == plan
    assert (plan.completed, plan.steps) == (["flow_a-1"], ["flow_b", "flow_c"])
    assert str(plan) == "keeps 1 instances: flow_a-1\nruns flow_b, flow_c"
    assert plan.input["swf.flow.carried"]["context"] == {"x": "a"}


def test_what_was_undone_is_done_again(closed, create, flow_of, tasks):
    a = create(name="a", run=tasks(), compensation=create(name="undo", run=tasks()))
    b = create(name="b", run=tasks(ValueError("no")), requires=[a])

    plan = Flow(flow_of(a, b)).rerun(closed(flow_of(a, b)), dry_run=True)

    assert plan.completed == []


def test_a_step_that_does_not_exist_is_refused(closed, kitchen):
    with pytest.raises(KeyError, match="step='drink': must be one of cook, eat"):
        Flow(kitchen).rerun(closed(kitchen), "drink")


def test_an_open_execution_does_not_run_again(service, kitchen):
    flow = Flow(kitchen)
    flow.register()
    execution = flow.start(workflow_id="tuesday")

    with pytest.raises(ValidationError, match="execution='tuesday': is open"):
        flow.rerun(execution, dry_run=True)
