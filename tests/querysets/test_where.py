"""Expressions as conditions: their meaning, the part that the service evaluates, and their cost."""

from __future__ import annotations

import pytest

from swf.codecs import Compressed
from swf.exceptions import ExpressionError, InvalidKeywordArgumentError
from swf.models import Domain
from swf.querysets import ActivityTypeQuerySet, DomainQuerySet, WorkflowExecutionQuerySet


@pytest.fixture
def orders(service, order, register):
    """Six executions, an hour apart, of which the first and the fourth are terminated."""
    bill = register(order.domain, "bill", "2.0")
    for number in range(6):
        kind = order if number < 5 else bill
        execution = kind.start_execution(
            f"order-{number}",
            input={"customer": f"c{number % 4}", "n": number, "items": [{"sku": "A"}, number]},
            tag_list=["eu", f"shop-{number}"] if number % 2 else ["us"],
            execution_timeout=3600 * 24 * (number + 1),
        )
        service.clock.advance(3600)
        if number % 3 == 0:
            service.clock.advance(3600 * number)
            execution.terminate(reason=f"Duplicate {number}", details={"of": number})
    return order.domain


def ids(rows):
    return sorted(row.workflow_id.removeprefix("order-") for row in rows)


MEANINGS = {
    'tag=eu and duration>1h and input.customer="c3"': "3",
    "tag = eu and not (id = order-1 or id = 'order-3')": "5",
    "tag != eu": "024",
    "tag in (shop-1, us)": "0124",
    "tag ~ shop": "135",
    "tag ~ /^shop-[35]$/": "35",
    "type=bill and version=2.0": "5",
    "workflow_type.name=order and version in (1, 2)": "01234",
    "id > order-3": "45",
    "id ~ /ORDER-[12]/i": "12",
    "id !~ 'order'": "",
    "status=open": "1245",
    "state=terminated": "03",
    "state in (open, failed)": "1245",
    "close_status is null": "1245",
    "close_status is not null": "03",
    "duration>=3600": "03",
    "duration>=59m59s999.5ms": "03",
    "duration<1h30m": "0",
    "duration is null": "1245",
    "not duration>1h": "01245",
    "age>6h and started<now": "012345",
    "age<=2h or started>now-1d": "",
    "started<=2020-02-29T12:00:00Z": "0",
    "closed<2030-01-01": "03",
    "execution_timeout>=5d": "45",
    "child_policy=terminate": "012345",
    "cancel_requested=false": "012345",
    "input.customer=c1": "15",
    "input.n>=4": "45",
    "input.n in (1, 2, '3')": "12",
    "input.n='1'": "",
    "input.items[0].sku=A and input.items[1]<2": "01",
    "input.nothing is null": "012345",
    "input.nothing.at.all=1": "",
    "input ~ '\"n\":3'": "3",
    "reason ~ /DUPLI.*3/i": "3",
    "reason='Duplicate 0' or input.n=1": "01",
    "details.of=3": "3",
    "result is null": "012345",
}


def test_expression_selects_the_executions_that_satisfy_it(orders):
    selected = {each: "".join(ids(orders.executions.where(each))) for each in MEANINGS}

    assert selected == MEANINGS


def test_expression_restricts_counts_and_get(orders):
    executions = orders.executions.where("input.customer=c1")

    assert executions.count() == 2
    assert executions.get("order-1").workflow_id == "order-1"
    with pytest.raises(executions.schema.model.DoesNotExist):
        executions.get("order-2")


INVALID = {
    "durration>1h": ("unknown field 'durration'; did you mean 'duration'?", 0),
    "tag=eu and custmer=1": ("unknown field 'custmer'; there are age, cancel_requested", 11),
    "workflow_type=ship": ("unknown field 'workflow_type'; did you mean 'workflow_type.name'?", 0),
    "id[0]=1": ("only input, result and details have indexes", 0),
    "tag<3": ("tags have the operators = != ~ !~ in", 0),
    "started=2020-01-01": ("times have the operators < <= > >=", 0),
    "started>2d": ("expected an ISO 8601 date or time, now, or a time before now such as", 8),
    "started>0000-01-01": ("expected an ISO 8601 date or time", 8),
    "age=1h": ("age has the operators < <= > >=", 0),
    "age>soon": ("expected a duration such as 90s", 4),
    "duration>99999999999999999w": ("expected a duration such as 90s", 9),
    "cancel_requested=maybe": ("expected true or false", 17),
    "close_status=FALED": ("close_status: must be one of COMPLETED, FAILED", 13),
    "tag=eu and id ~ /(/": ("invalid pattern: a ( is not closed at 3", 16),
    "execution_timeout>long": ("execution_timeout__gt: must be whole seconds", 18),
}


@pytest.mark.parametrize("expression", INVALID)
def test_error_names_the_problem_and_the_position(expression):
    with pytest.raises(ExpressionError) as caught:
        WorkflowExecutionQuerySet(Domain("shop")).where(expression)

    problem, position = INVALID[expression]
    assert caught.value.rule.startswith(problem)
    assert caught.value.position == position


def test_contradiction_is_an_error():
    with pytest.raises(InvalidKeywordArgumentError, match="contradicts"):
        WorkflowExecutionQuerySet(Domain("shop")).where("status=open and duration>1h")


def test_plan_sends_one_part_and_evaluates_the_rest(orders):
    plan = orders.executions.where("tag=eu and state=failed and age<2h and input.n=1").explain()

    assert [call.operation for call in plan.calls] == ["ListClosedWorkflowExecutions"]
    lines = dict(line.split(maxsplit=1) for line in str(plan).splitlines())
    assert lines["server"] == "tag_list__contains='eu'"
    assert lines["client"].startswith("close_status='FAILED', start_timestamp__gt=")
    assert lines["history"] == "the first event of each remaining row; then input.n__exact='1'"
    assert lines["cost"] == (
        "one call per page of at most 1000 rows, and one for the first event of each remaining row"
    )
    assert lines["count()"] == "by listing"


@pytest.mark.parametrize(
    ("expression", "histories"),
    [
        ("tag=eu", 0),
        ("tag=eu and input.n=1", 3),
        ("tag=eu and input.n=3 and reason ~ x", 2),
        ("reason ~ x", 2),
    ],
)
def test_histories_are_read_for_remaining_rows_only(orders, calls, expression, histories):
    list(orders.executions.where(expression))

    assert calls.operations.count("GetWorkflowExecutionHistory") == histories


def test_a_part_of_a_payload_orders_and_groups(orders):
    executions = orders.executions.where("id != order-0")

    assert list(executions.order_by("-input.n")[:2].values_list("workflow_id", "input.n")) == [
        ("order-5", 5),
        ("order-4", 4),
    ]
    assert executions.order_by("-input.n").first().workflow_id == "order-5"
    assert executions.group_by("input.customer", "state")[0] == {
        "input.customer": "c1",
        "state": "OPEN",
        "count": 2,
    }


def test_values_of_several_types_are_ordered(order):
    for number, value in enumerate(
        [{"n": "b"}, {"n": 2}, {"n": [1]}, "text", {"n": 10}, {"n": {}}]
    ):
        order.start_execution(str(number), input=value)

    rows = order.domain.executions.order_by("input.n")

    assert [row.workflow_id for row in rows] == ["1", "4", "0", "2", "5", "3"]


def test_short_names_are_names_of_fields(orders):
    executions = orders.executions

    assert executions.group_by("type") == [
        {"type": "order", "count": 5},
        {"type": "bill", "count": 1},
    ]
    assert executions.order_by("id").first().workflow_id == "order-0"
    assert ids(executions.filter(type="bill")) == ["5"]


def test_payloads_are_read_with_a_codec(order):
    codec = Compressed(above=0)
    order.start_execution("packed", input=codec.encode({"n": 1}, "input"))
    order.start_execution("damaged", input="~z1:not base64")
    order.start_execution("plain", input={"n": 1})
    executions = order.domain.executions.with_codec(codec)

    assert [row.workflow_id for row in executions.where("input.n=1").order_by("id")] == [
        "packed",
        "plain",
    ]
    assert order.domain.executions.where("input.n=1").count() == 1


def test_open_executions_are_not_listed_for_an_outcome(orders, calls):
    list(orders.executions.where("result is not null or details is not null"))

    assert "ListOpenWorkflowExecutions" not in calls.operations


def test_expressions_select_domains_and_types(orders):
    assert [row.name for row in DomainQuerySet().where("name ~ /^ord/")] == ["orders"]
    assert orders.workflow_types.where("name=bill or version=1").count() == 2
    with pytest.raises(ExpressionError, match="unknown field 'input'"):
        ActivityTypeQuerySet(orders).where("input=1")


def test_default_selection_depends_on_the_expression(orders):
    assert ids(orders.executions.where("tag=eu").all()) == ["1", "5"]
    assert ids(orders.executions.where("reason ~ Dup").all()) == ["0", "3"]
