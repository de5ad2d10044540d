from __future__ import annotations

import pickle

import pytest

from swf import exceptions
from swf.exceptions import FAULTS, ResponseError, ValidationError, fault


def test_the_tree_in_the_docstring_names_every_class():
    tree = exceptions.__doc__

    for name, value in vars(exceptions).items():
        if isinstance(value, type) and issubclass(value, exceptions.SWFError):
            assert name in tree, name


@pytest.mark.parametrize(("code", "kind"), FAULTS.items(), ids=[*FAULTS])
def test_faults_map_to_classes(code, kind):
    error = fault({"Code": code, "Message": "orders"}, "DescribeDomain", "r-1")

    assert type(error) is kind
    assert (error.message, error.error_code) == ("orders", code)
    assert (error.operation, error.request_id) == ("DescribeDomain", "r-1")


def test_every_fault_of_the_service_model_is_in_the_table():
    import botocore.session

    model = botocore.session.get_session().get_service_model("swf")
    declared = {
        shape.name
        for name in model.operation_names
        for shape in model.operation_model(name).error_shapes
    }

    assert declared <= {*FAULTS}


def test_unknown_fault_keeps_its_code():
    error = fault({"Code": "NewFault", "Message": "something new"}, "ListDomains", "")

    assert type(error) is ResponseError
    assert str(error) == "ListDomains: something new (NewFault)"


def test_namespace_of_code_is_ignored():
    error = fault({"Code": "com.amazonaws.swf.base.model#UnknownResourceFault"}, "X", "")

    assert isinstance(error, exceptions.DoesNotExistError)


@pytest.mark.parametrize(
    "error",
    [
        ValidationError("name", "x" * 300, "at most 256 characters"),
        ResponseError("m", "c", "o", "r"),
    ],
    ids=["validation", "response"],
)
def test_errors_can_be_pickled(error):
    copy = pickle.loads(pickle.dumps(error))

    assert (type(copy), str(copy)) == (type(error), str(error))


def test_validation_error_can_hide_its_value():
    assert str(ValidationError("colour", ..., "is unknown")) == "colour: is unknown"


def test_validation_error_names_field_value_and_rule():
    error = ValidationError("name", "x" * 300, "at most 256 characters")

    assert str(error).startswith("name='xxx")
    assert str(error).endswith("... (300 characters): at most 256 characters")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (exceptions.SWFError("gone wrong"), "gone wrong"),
        (ValidationError("version", "", "must not be empty"), "version='': must not be empty"),
        (exceptions.PollTimeout("no task"), "no task"),
    ],
)
def test_every_error_has_a_message_and_a_code(error, message):
    assert (error.message, error.error_code) == (message, "")
    assert pickle.loads(pickle.dumps(error)).message == message
