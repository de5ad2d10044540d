"""The status of each step, read from a history."""

import pytest

from swf.flow.definition import Definition
from swf.flow.step_status import StepStatus, step_progress
from swf.models import Domain, WorkflowExecution

EXECUTION = WorkflowExecution(Domain("kitchen"), "w", "r")


@pytest.fixture
def definition(create, flow_of, tasks):
    undo = create(name="undo", run=tasks())
    bake = create(name="bake", run=tasks(), compensation=undo)
    serve = create(name="serve", run=tasks(), requires=[bake])
    return Definition.load(flow_of(bake, serve))


def statuses(definition, history):
    progress = step_progress(definition, EXECUTION, history)
    return [each.status for each in progress.values()]


def test_step_with_an_open_task_is_running(definition, history):
    states = statuses(definition, history.scheduled("flow_bake-1"))

    assert states == [StepStatus.RUNNING, StepStatus.WAITING, StepStatus.WAITING]


def test_completed_step_is_completed(definition, history):
    states = statuses(definition, history.done("flow_bake-1"))

    assert states[0] is StepStatus.COMPLETED


def test_step_that_failed_too_often_is_failed(definition, history):
    states = statuses(definition, history.broken("flow_bake-1").failed("no"))

    assert states == [StepStatus.FAILED, StepStatus.NOT_BEGUN, StepStatus.NOT_BEGUN]


def test_task_open_at_the_close_is_stopped(definition, history):
    states = statuses(definition, history.scheduled("flow_bake-1").terminated())

    assert states[0] is StepStatus.STOPPED


def test_compensation_has_a_status(definition, history):
    history = history.broken("flow_bake-1").done("flow_undo-1")

    assert statuses(definition, history)[2] is StepStatus.COMPLETED


def test_custom_decider_has_the_statuses_of_its_activities(create, flow_of, tasks, history):
    bake = create(name="bake", run=tasks())
    definition = Definition.load(flow_of(bake, decider=lambda schedule, **_: None))

    assert statuses(definition, history.done("flow_bake-1")) == [StepStatus.COMPLETED]


def test_number_of_instances_is_shown(create, flow_of, tasks, history):
    cook = create(name="cook", run=tasks(), generators=[dishes])
    definition = Definition.load(flow_of(cook, decider=lambda schedule, **_: None))
    history = history.done("flow_cook-1").broken("flow_cook-2")

    progress = step_progress(definition, EXECUTION, history)

    assert str(progress["flow_cook"]) == "✗ failed, 1 of 2, 1 failed"


def dishes(context):
    """Yield no dishes; the history has those that were cooked."""
    yield from ()
