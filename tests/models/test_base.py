from __future__ import annotations

import copy
import pickle
from datetime import datetime, timezone

import attrs
import pytest

from swf.connection import Connection, current, using
from swf.exceptions import PermissionDeniedError, ResponseError, ValidationError
from swf.models import (
    ActivityTask,
    ActivityType,
    BaseModel,
    Domain,
    OpenCounts,
    WorkflowExecution,
    WorkflowType,
)
from swf.models.fields import DESCRIPTION, wire
from swf.settings import Settings

ORDERS = Domain("orders", description="Orders", retention_period=7)
NOON = datetime(2017, 10, 17, 12, tzinfo=timezone.utc)

MODELS = {
    "Domain": Domain("orders", "DEPRECATED", "Orders", "NONE", tags={"team": "x"}),
    "WorkflowType": WorkflowType(ORDERS, "order", "1.0", creation_date=NOON, task_list="deciders"),
    "ActivityType": ActivityType(ORDERS, "charge", "1.0", task_heartbeat_timeout="NONE"),
    "WorkflowExecution": WorkflowExecution(
        ORDERS,
        "order-1",
        "run/1+=",
        workflow_type=WorkflowType(ORDERS, "order", "1.0"),
        tag_list=["a"],
        start_timestamp=NOON,
        input={"amount": 3},
        open_counts=OpenCounts(open_timers=1),
        parent=WorkflowExecution(ORDERS, "parent", "run-0"),
    ),
    "ActivityTask": ActivityTask(ORDERS, "workers", "token", input=[1, 2]),
}

REPRS = {
    "Domain": "Domain('orders', status='DEPRECATED', description='Orders', "
    "retention_period='NONE', tags={'team': 'x'})",
    "ActivityType": "ActivityType(Domain('orders', description='Orders', retention_period=7), "
    "'charge', '1.0', task_heartbeat_timeout='NONE')",
}

every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def test_repr_hides_task_tokens():
    task = MODELS["ActivityTask"]

    assert repr(task).endswith("'workers', '***', input=[1, 2])")
    assert "token" not in task._display().text(width=80).replace("task_token", "")
    assert task.to_dict()["task_token"] == "token"


@pytest.mark.parametrize(
    "model", [model for model in MODELS.values() if not isinstance(model, ActivityTask)]
)
def test_repr_can_be_pasted_back(model):
    import datetime

    assert eval(repr(model), {**globals(), "datetime": datetime}) == model


@pytest.mark.parametrize(("name", "text"), REPRS.items(), ids=REPRS)
def test_repr_omits_default_values(name, text):
    assert repr(MODELS[name]) == text


@every_model
def test_equal_models_are_one_in_a_set(model):
    assert len({model, pickle.loads(pickle.dumps(model))}) == 1


@every_model
def test_model_survives_pickling(model):
    assert pickle.loads(pickle.dumps(model)) == model


@every_model
def test_model_survives_copying(model):
    assert (copy.copy(model), copy.deepcopy(model)) == (model, model)


@every_model
def test_attributes_of_a_model_are_read_only(model):
    name = attrs.fields(type(model))[0].name

    with pytest.raises(AttributeError):
        setattr(model, name, "other")
    with pytest.raises(AttributeError):
        model.anything = 1
    with pytest.raises(AttributeError):
        del model.domain


@every_model
def test_model_has_no_instance_dictionary(model):
    assert not hasattr(model, "__dict__")


def test_models_that_differ_in_one_attribute_are_not_equal():
    assert Domain("orders") != Domain("orders", retention_period=7)


def test_models_of_different_classes_are_not_equal():
    assert WorkflowType(ORDERS, "a", "1") != ActivityType(ORDERS, "a", "1")


@pytest.mark.parametrize("timeout", [300, "300"])
def test_equivalent_timeouts_are_equal(timeout):
    assert WorkflowType(ORDERS, "a", "1", execution_timeout=timeout).execution_timeout == 300


def test_evolving_changes_a_copy():
    evolved = ORDERS.evolve(retention_period=30)

    assert (evolved.retention_period, evolved.description, ORDERS.retention_period) == (
        30,
        "Orders",
        7,
    )


def test_evolving_validates_changes():
    with pytest.raises(ValidationError):
        ORDERS.evolve(retention_period=91)


def test_evolving_an_attribute_that_does_not_exist_is_an_error():
    with pytest.raises(TypeError, match="retention"):
        ORDERS.evolve(retention=3)


def test_to_dict_includes_nested_models():
    assert WorkflowType(Domain("d"), "order", "1.0").to_dict() == {
        "domain": {"name": "d", "description": None, "retention_period": 30, "tags": None},
        "name": "order",
        "version": "1.0",
        "task_list": None,
        "child_policy": "TERMINATE",
        "execution_timeout": 300,
        "decision_tasks_timeout": 300,
        "description": None,
        "task_priority": None,
        "lambda_role": None,
    }


def test_subclass_reads_writes_and_pickles():
    ours = Ours.from_wire({"name": "orders", "status": "REGISTERED"})

    assert (ours.shout(), ours.evolve(description="x").shout()) == ("ORDERS", "ORDERS")
    assert pickle.loads(pickle.dumps(ours)) == ours


def test_added_field_of_a_subclass_keeps_its_default():
    assert Owned.from_wire({"name": "orders"}).owner == "nobody"


class Ours(Domain):
    def shout(self):
        return self.name.upper()


@attrs.frozen
class Owned(Domain):
    owner: str = "nobody"
    note: str | None = wire(None, DESCRIPTION, default=None)


# The connection of a model.


def connection():
    return Connection(Settings(region="eu-west-1", aws_secret_access_key="s3cr3t"))


def test_model_uses_its_own_connection():
    own = connection()

    assert Domain("orders", connection=own).connection is own


def test_model_uses_the_current_connection_by_default():
    other = connection()

    with using(other):
        assert Domain("orders").connection is other
    assert Domain("orders").connection is current()


def test_member_uses_the_connection_of_its_domain():
    own = connection()

    assert WorkflowType(Domain("orders", connection=own), "order", "1").connection is own


def test_own_connection_takes_precedence_over_the_domains():
    own = connection()
    domain = Domain("orders", connection=connection())

    assert WorkflowExecution(domain, "order-1", connection=own).connection is own


def test_equality_ignores_the_connection():
    bare, bound = Domain("orders"), Domain("orders", connection=connection())

    assert (bare, hash(bare), repr(bare)) == (bound, hash(bound), repr(bound))


def test_evolving_keeps_the_connection():
    own = connection()

    assert Domain("orders", connection=own).evolve(description="x").connection is own


def test_pickle_holds_no_connection():
    bound = Domain("orders", connection=connection())

    assert b"s3cr3t" not in pickle.dumps(bound)
    assert pickle.loads(pickle.dumps(bound)).connection is current()


def test_connection_is_keyword_only():
    with pytest.raises(TypeError):
        Domain("orders", "REGISTERED", None, 30, None, None, connection())


# Calls of the service.


UPSTREAM_MODELS = {
    "Domain": Domain("orders"),
    "WorkflowType": WorkflowType(ORDERS, "order", "1.0"),
    "ActivityType": ActivityType(ORDERS, "charge", "1.0"),
    "WorkflowExecution": WorkflowExecution(ORDERS, "order-1", "run-1"),
}
every_upstream_model = pytest.mark.parametrize(
    "model", UPSTREAM_MODELS.values(), ids=UPSTREAM_MODELS
)


@every_upstream_model
def test_unknown_model_does_not_exist(service, model):
    service.refuse("UnknownResourceFault", "Unknown thing")

    assert not model.exists


@every_upstream_model
def test_unknown_model_is_not_synced(service, model):
    service.refuse("UnknownResourceFault", "Unknown thing")

    assert not model.is_synced


@every_upstream_model
@pytest.mark.parametrize("name", ["exists", "is_synced", "changes"])
def test_other_errors_are_raised(service, model, name):
    service.refuse("OperationNotPermittedFault", "not authorized")

    with pytest.raises(PermissionDeniedError):
        getattr(model, name)


@every_upstream_model
def test_unknown_fault_is_raised(service, model):
    service.refuse("BrandNewFault", "who knows")

    with pytest.raises(ResponseError, match="BrandNewFault"):
        _ = model.exists


@every_upstream_model
def test_changes_of_a_missing_model_raise_its_own_error(service, model):
    service.refuse("UnknownResourceFault", "Unknown thing")

    with pytest.raises(model.DoesNotExist) as raised:
        _ = model.changes

    assert type(raised.value).__name__ == f"{type(model).__name__}DoesNotExist"
    assert (raised.value.message, raised.value.request_id) == ("Unknown thing", "r-1")
    assert type(raised.value.__cause__).__name__ == "UnknownResourceFault"


def test_each_model_has_errors_of_its_own():
    classes = [type(model) for model in UPSTREAM_MODELS.values()]

    assert len({cls.DoesNotExist for cls in classes}) == len(classes)
    assert len({cls.AlreadyExists for cls in classes}) == len(classes)


@pytest.mark.parametrize("name", ["exists", "is_synced", "changes"])
def test_model_without_identity_cannot_be_described(name):
    with pytest.raises(NotImplementedError):
        getattr(BaseModel(), name)
