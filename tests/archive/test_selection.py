"""Conditions on an archive have the same meaning as at the service."""

from __future__ import annotations

import pytest

from swf.codecs import Compressed

EXPRESSIONS = (
    "tag=eu", "tag!=eu", "tag in (shop-1, us)", "tag ~ shop", "type=ship", "version='1.0'",
    "id=order-1", "id ~ er-2", "id ~ /^ORDER-[12]$/i", "id in (order-1, order-3)", "id>order-1",
    "id !~ order-1", "run_id ~ 22", "status=open", "state=terminated", "state!=failed",
    "close_status in (failed, terminated)", "duration>59m and duration<=1h", "duration>1h",
    "duration is null", "not duration>1h", "started>=2026-01-05T13:00:00Z",
    "closed<2026-01-05T14:30:00Z", "age>1h", "execution_timeout>1h", "task_list=shipping",
    "cancel_requested=false", "parent.workflow_id is null", "input.customer=c1",
    "input.customer='c1' or tag=us", "input.n>=2", "input.n<2", "input.n=3", "input.n='3'",
    "input.n=3.0", "input.n in (1, 2)", "input ~ customer", "input ~ /[cC]ustomer.*c1/",
    "input ~ 'c2'", "input.nothing is null", "reason='no stock'", "reason ~ /STOCK/i",
    "details.by=order-2", "result is null", "not (tag=eu and input.n=3)",
    "duration>1s and input.key.a=1", "input.list[0]=1", "input='text'", "input=true",
    "input.big>1e17", "input.x=1", "input.e=5000", "input.d>3",
)  # fmt: skip

#: Payloads whose text differs from its usual form.
PAYLOADS = (
    '{"custom\\u0065r": "c\\u0031", "n": 3}',
    '{"n": 3.0, "n": 1}',
    '{"e": 5e3, "big": 1e18, "d": 30e-1}',
    '{ "customer" : "c2" , "n" : [3] }',
    '{"key": {"a": 1}, "list": [1, 2], "x": 1.00000000000000000001, "d": "4"}',
    '"text"', "text", "true", "null", "[", "{}\x00", '"\\ud800"', "", "12", '{"n": NaN}',
    '{"n": "3"}', '{"d": 2, "d": 4}',
)  # fmt: skip


@pytest.fixture
def mixed(archive, domain, close):
    for number in range(4):
        tags = ["eu", f"shop-{number}"] if number % 2 else ["us"]
        close(f"order-{number}", {"customer": f"c{number}", "n": number}, tag_list=tags)
    for number, payload in enumerate(PAYLOADS):
        close(f"payload-{number}", payload)
    archive.update(domain, rate=None)
    return archive


def ids(executions):
    return sorted(execution.workflow_id for execution in executions)


def test_archive_and_service_select_the_same_executions(mixed, domain):
    closed = domain.executions.filter(status="CLOSED")
    service = {each: ids(closed.where(each)) for each in EXPRESSIONS if each != "status=open"}
    archive = {each: ids(mixed.executions().where(each)) for each in service}

    assert archive == service
    assert {each: mixed.executions().where(each).count() for each in service} == {
        each: len(selected) for each, selected in service.items()
    }
    assert ids(mixed.executions().where("status=open")) == []


def test_codec_decodes_payloads_of_conditions(archive, domain, close):
    codec = Compressed(above=0)
    close("packed", codec.encode({"customer": "c1"}, "input"))
    close("damaged", "~z1:no base64")
    archive.update(domain, rate=None)
    executions = archive.executions()

    assert ids(executions.with_codec(codec).where("input.customer=c1")) == ["packed"]
    assert ids(executions.where("input.customer=c1")) == []
    assert [match.workflow_id for match in archive.grep("customer", codec=codec)] == ["packed"]
    assert list(archive.grep("customer")) == []


def test_plan_shows_one_call_that_evaluates_all_conditions(mixed):
    plan = mixed.executions().where("tag=eu and task_list=shipping and input.n=1").explain()

    assert [call.operation for call in plan.calls] == ["ListClosedWorkflowExecutions"]
    assert len(plan.server_side) == 3
    assert (plan.client_side, plan.describe, plan.events) == ((), False, ())
    assert "conditions" not in str(plan)


def test_pages_are_in_order_without_gaps(mixed):
    executions = mixed.executions()

    paged = [row.workflow_id for row in executions.iterator(page_size=2)]
    assert paged == [row.workflow_id for row in executions]
    assert [row.workflow_id for row in executions.reverse().iterator(page_size=3)] == paged[::-1]
    closed = executions.filter(close_oldest_date=executions[5].close_timestamp)
    assert [row.workflow_id for row in closed.iterator(page_size=4)] == paged[:6]


def test_function_conditions_and_orders_work(mixed):
    executions = mixed.executions().where("id ~ order")

    assert ids(executions.where(lambda row: row.execution_timeout == 86_400)) == ids(executions)
    assert executions.order_by("-input.n").first().workflow_id == "order-3"
    assert executions.group_by("tag_list")[0] == {"tag_list": ["us"], "count": 2}
