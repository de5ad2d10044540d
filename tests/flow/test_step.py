"""Instance ids and retry policies of steps."""

import pytest

from swf.flow import runner, utils
from swf.retry import Retry


@pytest.mark.parametrize(
    ("retry", "attempts"), [(0, 1), (3, 4), (None, 1), (Retry(max_attempts=7), 7)]
)
def test_retry_counts_retries_and_a_policy_counts_attempts(retry, attempts, create):
    assert create(name="a", run=runner.Sync(), retry=retry).policy.max_attempts == attempts


def test_instance_id_depends_on_the_local_context(create):
    step = create(name="a", run=runner.Sync(), generators=[lambda _: [{"i": 1}, {"i": "1"}]])

    one, text = step.instances({"anything": 1})

    assert one.id == f"flow_a-{utils.create_dictionary_key({'i': 1})}"
    assert one.id != text.id
    [only] = create(name="b", run=runner.Sync()).instances({})
    assert only.id == "flow_b-1"


def test_instance_id_of_a_long_name_is_shortened(create):
    [instance] = create(name="n" * 250, run=runner.Sync()).instances({})

    assert len(instance.id) == 240
