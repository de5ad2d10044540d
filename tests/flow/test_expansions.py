"""Markers that record the instances of a step."""

import pytest

from swf.codecs import Encrypted
from swf.flow.expansions import MARKER, RecordedExpansions, record
from swf.models.history import builder


def types(decisions):
    return [d.type for d in decisions]


def test_many_instances_take_several_markers(create, flow_of, tasks, decisions_of, history):
    values = [{"i": i, "text": "x" * 100} for i in range(1000)]
    flow = flow_of(create(name="a", run=tasks(), generators=[lambda _: values]))
    decisions = decisions_of(flow, history)
    markers = [d.attributes["details"] for d in decisions if d.type == "RecordMarker"]
    assert len(markers) == 4

    for marker in markers[:2]:
        history.marker_recorded(MARKER, marker)
    assert decisions_of(flow, history) == decisions  # a part alone does not count

    for marker in markers:
        history.marker_recorded(MARKER, marker)
    assert decisions_of(flow, history) == decisions[4:]


class ClearText:
    """A cipher for tests; its texts are longer, as they are Base64."""

    def encrypt(self, data):
        return data

    decrypt = encrypt


@pytest.mark.parametrize("count", [0, 1, 2000])
def test_markers_fit_with_a_codec_that_writes_longer_texts(count):
    instances, codec = [{"path": f"part-{i:020d}"} for i in range(count)], Encrypted(ClearText())
    history = builder.started()
    for decision in record("a", instances, codec):
        history.marker_recorded(MARKER, decision.attributes["details"])

    expansions = RecordedExpansions(codec)
    for event in history:
        if event.name == "MarkerRecorded":
            expansions.add(event)

    assert expansions.complete == {"a": instances}


@pytest.mark.parametrize("wrong", [{"i": object()}, {"i": "x" * 40_000}])
def test_instance_that_cannot_be_recorded_fails_the_execution(
    wrong, create, flow_of, tasks, decisions_of, history
):
    flow = flow_of(create(name="a", run=tasks(), generators=[lambda _: [wrong]]))

    assert types(decisions_of(flow, history)) == ["FailWorkflowExecution"]
