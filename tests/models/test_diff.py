from __future__ import annotations

import pytest

from swf.models import Difference, ModelDiff

STATUS = ("status", "REGISTERED", "DEPRECATED")
RETENTION = ("retention_period", 30, 7)


def test_repr_of_a_diff_is_its_constructor_call():
    assert repr(ModelDiff(STATUS)) == "ModelDiff(Difference('status', 'REGISTERED', 'DEPRECATED'))"


def test_diff_of_several_fields_shows_them_all():
    text = repr(ModelDiff(STATUS, RETENTION))

    assert text == (
        "ModelDiff(Difference('status', 'REGISTERED', 'DEPRECATED'), "
        "Difference('retention_period', 30, 7))"
    )


def test_repr_of_an_empty_diff_is_short():
    assert repr(ModelDiff()) == "ModelDiff()"


def test_equal_values_are_no_difference():
    assert ModelDiff(("name", "a", "a"), STATUS).as_list() == [Difference(*STATUS)]


def test_ignored_field_is_no_difference():
    assert ModelDiff(STATUS, RETENTION, ignore_fields=["status"]).differing_fields() == [
        "retention_period"
    ]


def test_ignored_field_stays_ignored_for_later_input():
    diff = ModelDiff(ignore_fields=["status"])

    diff.add_input(STATUS, RETENTION)

    assert diff.differing_fields() == ["retention_period"]


@pytest.mark.parametrize(("diff", "truth"), [(ModelDiff(), False), (ModelDiff(STATUS), True)])
def test_diff_is_true_when_something_differs(diff, truth):
    assert bool(diff) is truth


@pytest.mark.parametrize("item", ["status", STATUS, Difference(*STATUS)])
def test_diff_contains_a_field_and_a_difference(item):
    assert item in ModelDiff(STATUS)


@pytest.mark.parametrize("item", ["name", Difference("status", "x", "y"), ("status",), 1, []])
def test_diff_does_not_contain_equal_attributes(item):
    assert item not in ModelDiff(STATUS)


def test_diff_is_a_sequence():
    diff = ModelDiff(STATUS, RETENTION)

    assert (len(diff), diff[0], diff[-1:], [each.attr for each in diff]) == (
        2,
        Difference(*STATUS),
        [Difference(*RETENTION)],
        ["status", "retention_period"],
    )


def test_difference_names_its_parts():
    difference = ModelDiff(STATUS)[0]

    assert (difference.attr, difference.local, difference.upstream) == STATUS


def test_merging_appends_the_other_diff():
    diff = ModelDiff(STATUS)

    diff.merge(ModelDiff(RETENTION))

    assert diff == ModelDiff(STATUS, RETENTION)


def test_changing_the_list_does_not_change_the_diff():
    diff = ModelDiff(STATUS)

    diff.as_list().clear()

    assert len(diff) == 1


def test_diffs_are_compared_by_value():
    assert ModelDiff(STATUS) == ModelDiff(STATUS)
    assert ModelDiff(STATUS) != ModelDiff(RETENTION)
    assert ModelDiff(STATUS) != "status"
