from __future__ import annotations

import pytest

import swf
from swf.connection import Connection, current, using
from swf.constants import DEPRECATED
from swf.exceptions import (
    AlreadyExistsError,
    DoesNotExistError,
    PermissionDeniedError,
    PlanError,
    SWFError,
    ValidationError,
)
from swf.local import LocalSWF, ManualClock
from swf.models import ActivityType, Domain, WorkflowExecution, WorkflowType

ORDERS = Domain("orders", retention_period=7)
ORDER = WorkflowType(ORDERS, "order", "1.0", task_list="deciders")
CHARGE = ActivityType(ORDERS, "charge", "1.0", task_list="workers")
ALL = [CHARGE, ORDER, ORDERS]


@pytest.fixture(autouse=True)
def operations():
    """The operations that were called, on an empty account."""
    operations = []
    with (
        LocalSWF(clock=ManualClock()) as service,
        using(Connection(client=service.client())) as connection,
    ):
        connection.client.meta.events.register(
            "before-call.swf", lambda model, **_: operations.append(model.name)
        )
        yield operations


def steps(plan):
    return [str(step) for step in plan.steps]


def test_missing_models_are_created_domain_first():
    assert steps(swf.plan(ALL)) == [
        "create Domain 'orders'",
        "create ActivityType 'charge' '1.0' in 'orders'",
        "create WorkflowType 'order' '1.0' in 'orders'",
    ]


def test_planning_changes_nothing(operations):
    swf.plan(ALL)

    assert set(operations) == {"DescribeDomain"}


def test_applied_plan_matches_declaration():
    swf.plan(ALL).apply()

    assert all(model.is_synced for model in ALL)


def test_planning_again_finds_nothing_to_do():
    swf.plan(ALL).apply()

    again = swf.plan(ALL)

    assert not again
    assert (again.steps, again.impossible, again.extra) == ((), (), ())


def test_applying_again_does_no_harm():
    plan = swf.plan(ALL)
    plan.apply()

    plan.apply()

    assert not swf.plan(ALL)


def test_apply_returns_applied_steps():
    plan = swf.plan(ALL)

    assert plan.apply() == list(plan.steps)


def test_dry_run_returns_steps_and_applies_none(operations):
    plan = swf.plan(ALL)
    operations.clear()

    assert plan.apply(dry_run=True) == list(plan.steps)
    assert operations == []


def test_a_domain_alone_can_be_planned():
    assert steps(swf.plan(ORDERS)) == ["create Domain 'orders'"]


def test_any_iterable_can_be_planned():
    assert len(swf.plan(model for model in ALL).steps) == 3


def test_missing_domain_of_types_is_created():
    assert steps(swf.plan([ORDER]))[0] == "create Domain 'orders'"


def test_settings_of_referenced_domain_are_not_compared():
    Domain("orders", retention_period=90).save()

    plan = swf.plan([ORDER])

    assert steps(plan) == ["create WorkflowType 'order' '1.0' in 'orders'"]
    assert plan.impossible == ()


def test_types_are_planned_per_domain():
    refunds = WorkflowType(Domain("refunds"), "refund", "1.0")

    assert steps(swf.plan([ORDER, refunds])) == [
        "create Domain 'orders'",
        "create WorkflowType 'order' '1.0' in 'orders'",
        "create Domain 'refunds'",
        "create WorkflowType 'refund' '1.0' in 'refunds'",
    ]


def test_deprecated_model_is_undeprecated():
    swf.plan(ALL).apply()
    for model in ALL:
        model.delete()

    plan = swf.plan(ALL)

    assert steps(plan) == [
        "undeprecate Domain 'orders'",
        "undeprecate ActivityType 'charge' '1.0' in 'orders'",
        "undeprecate WorkflowType 'order' '1.0' in 'orders'",
    ]
    plan.apply()
    assert not swf.plan(ALL)


def test_deprecation_starts_with_types():
    swf.plan(ALL).apply()
    gone = [model.evolve(status=DEPRECATED) for model in (ORDERS, CHARGE)]

    plan = swf.plan(gone)

    assert steps(plan) == [
        "deprecate ActivityType 'charge' '1.0' in 'orders'",
        "deprecate Domain 'orders'",
    ]
    plan.apply()
    assert not swf.plan(gone)


def test_missing_deprecated_model_is_created_deprecated():
    gone = [model.evolve(status=DEPRECATED) for model in (ORDERS, CHARGE)]

    plan = swf.plan(gone)

    assert steps(plan) == [
        "create Domain 'orders'",
        "create ActivityType 'charge' '1.0' in 'orders'",
        "deprecate Domain 'orders'",
    ]
    plan.apply()
    assert not swf.plan(gone)


def test_deprecated_domain_accepts_no_types():
    domain = ORDERS.evolve(status=DEPRECATED)
    domain.save()

    plan = swf.plan([domain, ORDER.evolve(domain=domain, status=DEPRECATED)])

    assert not plan
    assert str(plan.impossible[0]) == (
        "WorkflowType 'order' '1.0' in 'orders': a deprecated domain accepts no registrations"
    )


def test_settings_of_a_type_cannot_be_changed():
    swf.plan(ALL).apply()

    plan = swf.plan([ORDERS, ORDER.evolve(task_list="others"), CHARGE])

    assert not plan
    assert [str(each) for each in plan.impossible] == [
        "WorkflowType 'order' '1.0' in 'orders': task_list is 'deciders' and should be 'others'; "
        "settings are fixed at registration; register a new version"
    ]


def test_the_retention_of_a_domain_cannot_be_changed():
    ORDERS.save()

    plan = swf.plan(ORDERS.evolve(retention_period=30))

    assert [each.differences.as_list() for each in plan.impossible] == [
        [("retention_period", 30, 7)]
    ]


def test_assigned_dates_are_not_compared():
    swf.plan(ALL).apply()
    staging = Domain("staging")
    copy = ORDER.upstream().evolve(domain=staging, creation_date=0)

    swf.plan(copy).apply()

    assert swf.plan(copy).impossible == ()


def test_tags_of_a_domain_can_be_changed():
    ORDERS.evolve(tags={"team": "x", "cost": "low", "old": "1"}).save()
    desired = ORDERS.evolve(tags={"team": "y", "cost": "low", "new": "1"})

    plan = swf.plan(desired)

    assert steps(plan) == ["tag Domain 'orders' (team, new)", "untag Domain 'orders' (old)"]
    plan.apply()
    assert not swf.plan(desired)
    assert desired.is_synced


def test_undeclared_tags_are_unchanged():
    ORDERS.evolve(tags={"team": "x"}).save()

    assert not swf.plan(ORDERS)


def test_undeclared_types_are_extra():
    swf.plan(ALL).apply()

    plan = swf.plan([ORDERS, ORDER])

    assert not plan
    assert [(type(kind), kind.name) for kind in plan.extra] == [(ActivityType, "charge")]


def test_prune_deprecates_extra_types():
    swf.plan(ALL).apply()

    plan = swf.plan([ORDERS, ORDER], prune=True)

    assert steps(plan) == ["deprecate ActivityType 'charge' '1.0' in 'orders'"]
    plan.apply()
    assert CHARGE.upstream().status == DEPRECATED
    assert not swf.plan([ORDERS, ORDER], prune=True)


def test_plan_text_lists_steps():
    ORDERS.save()
    ORDER.save()
    CHARGE.save()
    changed = ORDER.evolve(task_list="others")
    new = ORDER.evolve(version="2.0")

    plan = swf.plan([changed, new])

    assert str(plan) == "\n".join(
        [
            "Plan:",
            "  + create WorkflowType 'order' '2.0' in 'orders'",
            "  ! cannot change WorkflowType 'order' '1.0' in 'orders': task_list is 'deciders' "
            "and should be 'others'; settings are fixed at registration; "
            "register a new version",
            "  ? extra ActivityType 'charge' '1.0' in 'orders'",
        ]
    )
    assert repr(plan) == str(plan)


def test_plan_without_steps_is_printed_as_nothing_to_do():
    ORDERS.save()

    assert str(swf.plan(ORDERS)) == "Plan:\n  nothing to do"


def test_a_pruned_type_is_not_shown_as_extra_too():
    swf.plan(ALL).apply()

    assert str(swf.plan([ORDER], prune=True)) == (
        "Plan:\n  - deprecate ActivityType 'charge' '1.0' in 'orders'"
    )


# When a plan cannot be made or carried out.


def test_concurrent_equal_creation_is_accepted():
    plan = swf.plan(ALL)
    ORDERS.save()
    ORDER.save()

    plan.apply()

    assert not swf.plan(ALL)


def test_concurrent_different_creation_stops_plan():
    plan = swf.plan(ALL)
    ORDERS.save()
    ORDER.evolve(task_list="others").save()

    with pytest.raises(PlanError) as stopped:
        plan.apply()

    assert isinstance(stopped.value.__cause__, AlreadyExistsError)


def test_failed_step_lists_applied_and_remaining_steps():
    plan = swf.plan(ALL)
    lost = ActivityType(Domain("nowhere"), "a", "1")
    broken = swf.Plan((plan.steps[0], type(plan.steps[0])("create", lost), *plan.steps[1:]))

    with pytest.raises(PlanError) as stopped:
        broken.apply()

    error = stopped.value
    assert isinstance(error.__cause__, DoesNotExistError)
    assert (list(error.done), error.failed, list(error.rest)) == (
        [plan.steps[0]],
        broken.steps[1],
        list(plan.steps[1:]),
    )
    assert str(error) == (
        "step failed: create ActivityType 'a' '1' in 'nowhere'; 1 steps applied, 2 not applied"
    )


def test_new_plan_continues_after_failure():
    ORDERS.save()

    assert len(swf.plan(ALL).steps) == 2


def test_a_refusal_while_planning_is_raised(operations):
    current().client.meta.events.register_first(
        "before-call.swf.DescribeDomain",
        lambda **_: (Refused, {"Error": {"Code": "AccessDeniedException", "Message": "no"}}),
    )

    with pytest.raises(PermissionDeniedError):
        swf.plan(Domain("orders"))


class Refused:
    status_code = 400


CONTRADICTIONS = {
    "declared twice": [ORDER, ORDER.evolve(task_list="others")],
    "a registered type in a deprecated domain": [ORDERS.evolve(status=DEPRECATED), ORDER],
    "not a domain or a type": [WorkflowExecution(ORDERS, "order-1")],
}


@pytest.mark.parametrize("desired", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_contradiction_sends_nothing(operations, desired):
    with pytest.raises(ValidationError):
        swf.plan(desired)

    assert operations == []


def test_the_same_declared_twice_is_planned_once():
    assert len(swf.plan([ORDER, ORDER]).steps) == 2


def test_a_failed_plan_is_an_error_of_this_library():
    assert issubclass(PlanError, SWFError)
