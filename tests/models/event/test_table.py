"""The table of event types against the service's own model."""

import re

import botocore.session
import pytest

from swf.models.event.states import INITIAL_STATES, STATES, TRANSITIONS
from swf.models.event.table import CLOSE_EVENTS, EVENT_TYPES, REFERENCES, REFUSALS

MODEL = botocore.session.get_session().get_service_model("swf")
HISTORY_EVENT = MODEL.shape_for("HistoryEvent")


def test_table_has_exactly_the_event_types_of_the_service():
    assert set(EVENT_TYPES) == set(MODEL.shape_for("EventType").enum)


def test_table_has_54_rows():
    assert len(EVENT_TYPES) == 54


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_each_type_has_the_attributes_of_the_service(name):
    shape = HISTORY_EVENT.members[EVENT_TYPES[name].key]

    assert sorted(EVENT_TYPES[name].attributes) == sorted(shape.members)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_state_is_the_name_without_the_entity(name):
    kind = EVENT_TYPES[name]

    rest = name.replace(kind.entity, "", 1)

    assert kind.state == re.sub(r"(?<=[a-z])(?=[A-Z])", "_", rest).lower()


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_link_is_an_attribute_with_an_event_id(name):
    kind = EVENT_TYPES[name]

    assert kind.link is None or kind.link in REFERENCES[name]


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_event_ids_of_this_history_are_references(name):
    ids = {wire for wire in EVENT_TYPES[name].attributes if wire.endswith("EventId")}

    foreign = {"parentInitiatedEventId", "externalInitiatedEventId"}

    assert set(REFERENCES[name]) == ids - foreign


def test_references_name_event_types():
    targets = {target for references in REFERENCES.values() for target in references.values()}

    assert targets <= set(EVENT_TYPES)


@pytest.mark.parametrize(
    ("name", "attribute", "target"),
    [
        ("ActivityTaskCompleted", "startedEventId", "ActivityTaskStarted"),
        ("ActivityTaskCanceled", "latestCancelRequestedEventId", "ActivityTaskCancelRequested"),
        ("TimerFired", "startedEventId", "TimerStarted"),
        (
            "ChildWorkflowExecutionCompleted",
            "initiatedEventId",
            "StartChildWorkflowExecutionInitiated",
        ),
        (
            "SignalExternalWorkflowExecutionFailed",
            "initiatedEventId",
            "SignalExternalWorkflowExecutionInitiated",
        ),
        (
            "RequestCancelExternalWorkflowExecutionFailed",
            "initiatedEventId",
            "RequestCancelExternalWorkflowExecutionInitiated",
        ),
        (
            "ExternalWorkflowExecutionCancelRequested",
            "initiatedEventId",
            "RequestCancelExternalWorkflowExecutionInitiated",
        ),
        ("MarkerRecorded", "decisionTaskCompletedEventId", "DecisionTaskCompleted"),
    ],
)
def test_references_point_to_the_right_type(name, attribute, target):
    assert REFERENCES[name][attribute] == target


def test_close_events_have_the_close_statuses_of_the_service():
    assert sorted(CLOSE_EVENTS.values()) == sorted(MODEL.shape_for("CloseStatus").enum)


def test_refusal_exists_for_each_decision():
    assert len(REFUSALS) == len(MODEL.shape_for("DecisionType").enum)


@pytest.mark.parametrize("entity", TRANSITIONS)
def test_every_state_can_be_reached(entity):
    followers = {state for following in TRANSITIONS[entity].values() for state in following}

    assert followers | set(INITIAL_STATES[entity]) == set(STATES[entity])


def test_every_entity_has_transitions():
    assert set(TRANSITIONS) == {kind.entity for kind in EVENT_TYPES.values()}
