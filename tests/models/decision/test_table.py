"""The table of the 13 decisions, counted against botocore's model of the service."""

import botocore.session
import pytest
from botocore.validate import ParamValidator

from swf.exceptions import ValidationError
from swf.models.decision import Decision
from swf.models.decision.table import CLOSING, DECISIONS

MODEL = botocore.session.get_session().get_service_model("swf")


def attributes_key(decision_type):
    return decision_type[0].lower() + decision_type[1:] + "DecisionAttributes"


def attributes_shape(decision_type):
    return MODEL.shape_for("Decision").members[attributes_key(decision_type)]


def sample(shape):
    """Return a wire value that the service accepts for `shape`."""
    if shape.name == "TagList":
        return ["a", "b"]
    if shape.type_name == "structure":
        return {name: sample(member) for name, member in shape.members.items()}
    if shape.enum:
        return shape.enum[0]
    return "7"


def wire(decision_type, **changes):
    members = {**sample(attributes_shape(decision_type)), **changes}
    members = {name: value for name, value in members.items() if value is not None}
    return {"decisionType": decision_type, attributes_key(decision_type): members}


def members_where(condition):
    return [
        pytest.param(decision_type, name, shape, id=f"{decision_type}.{name}")
        for decision_type in DECISIONS
        for name, shape in attributes_shape(decision_type).members.items()
        if condition(attributes_shape(decision_type), name, shape)
    ]


def is_text(owner, name, shape):
    return shape.type_name == "string" and "max" in shape.metadata and "Duration" not in shape.name


def test_every_decision_type_of_the_service_exists():
    assert set(DECISIONS) == set(MODEL.shape_for("DecisionType").enum)
    assert len(DECISIONS) == 13


def test_closing_decisions_are_decisions():
    assert set(CLOSING) < set(DECISIONS)


@pytest.mark.parametrize("decision_type", DECISIONS)
def test_every_attribute_of_the_service_exists(decision_type):
    names = [attribute.wire_name for attribute in DECISIONS[decision_type]]

    assert sorted(names) == sorted(attributes_shape(decision_type).members)


@pytest.mark.parametrize("decision_type", DECISIONS)
def test_required_attributes_are_those_of_the_service(decision_type):
    required = [a.wire_name for a in DECISIONS[decision_type] if a.required]

    assert sorted(required) == sorted(attributes_shape(decision_type).required_members)


@pytest.mark.parametrize("decision_type", DECISIONS)
def test_decision_with_every_attribute_goes_both_ways(decision_type):
    decision = wire(decision_type)

    assert Decision.from_wire(decision).to_wire() == decision


@pytest.mark.parametrize("decision_type", DECISIONS)
def test_botocore_accepts_every_decision(decision_type):
    request = {"taskToken": "t", "decisions": [Decision.from_wire(wire(decision_type)).to_wire()]}

    shape = MODEL.operation_model("RespondDecisionTaskCompleted").input_shape
    report = ParamValidator().validate(request, shape)

    assert report.generate_report() == ""


@pytest.mark.parametrize(
    ("decision_type", "name", "shape"),
    members_where(lambda owner, name, shape: name in owner.required_members),
)
def test_missing_required_attribute_is_refused(decision_type, name, shape):
    with pytest.raises(ValidationError, match="is required by"):
        Decision.from_wire(wire(decision_type, **{name: None}))


@pytest.mark.parametrize(("decision_type", "name", "shape"), members_where(is_text))
def test_text_may_have_exactly_the_documented_length(decision_type, name, shape):
    limit = shape.metadata["max"]
    longest = wire(decision_type, **{name: "x" * limit})

    assert Decision.from_wire(longest).to_wire() == longest

    with pytest.raises(ValidationError, match=rf"{name}.*\b{limit}\b"):
        Decision.from_wire(wire(decision_type, **{name: "x" * (limit + 1)}))


@pytest.mark.parametrize(("decision_type", "name", "shape"), members_where(is_text))
def test_empty_text_is_sent_where_the_service_accepts_it(decision_type, name, shape):
    empty = wire(decision_type, **{name: ""})

    if shape.metadata.get("min", 0) == 0:
        assert Decision.from_wire(empty).to_wire() == empty
    else:
        with pytest.raises(ValidationError, match=name):
            Decision.from_wire(empty)
