"""Drawings of a flow."""

import xml.etree.ElementTree as ET

import pytest

from swf.exceptions import ValidationError
from swf.flow import Flow


@pytest.fixture
def gallery(create, flow_of, tasks):
    undo = create(name="undo", run=tasks())
    a = create(name="a", run=tasks(), retry=2, compensation=undo)
    others = [
        create.timer("pause", 5, requires=[a]),
        create.signal("go", requires=[a]),
        create(name="ext", external=True, timeout=5, requires=[a]),
        create.child("kid", flow_of(), requires=[a], when=lambda _: True),
    ]
    last = create(name="last", run=tasks(), requires=others, generators=[dishes], max_parallel=2)
    return Flow(flow_of(a, *others, last))


def dishes(context):
    """Yield the dishes of a day."""
    for dish in ("soup", "cake"):
        yield {"dish": dish}


SVG = "{http://www.w3.org/2000/svg}"


def test_mermaid_drawing_has_steps_and_requirements(gallery):
    assert (
        gallery.graph()
        == """\
flowchart TD
    s0["a<br/><small>up to 3 attempts</small>"]
    s1(("pause<br/><small>5.0 s</small>"))
    s2>"go<br/><small>signal</small>"]
    s3[["ext<br/><small>external</small>"]]
    s4[/"kid<br/><small>flow flow, conditional</small>"/]
    s5["last<br/><small>for each, 2 at a time</small>"]
    s6["undo"]
    s0 -. on failure .-> s6
    s0 --> s1
    s0 --> s2
    s0 --> s3
    s0 --> s4
    s1 --> s5
    s2 --> s5
    s3 --> s5
    s4 --> s5
"""
    )


def test_names_are_escaped(create, flow_of, tasks):
    flow = Flow(flow_of(create(name='<b>"#1"</b>', run=tasks())))

    assert 's0["#lt;b#gt;#quot;#35;1#quot;#lt;/b#gt;"]' in flow.graph()
    assert "<b>" not in flow.graph("svg")


def test_svg_step_is_below_the_steps_it_requires(gallery):
    drawing = ET.fromstring(gallery.graph("svg"))

    boxes = drawing.findall(f"{SVG}g")
    drawn = {box.find(f"{SVG}title").text.split("_")[1]: box for box in boxes if len(box) > 2}
    top = {name: float(box.find(f"{SVG}rect").get("y")) for name, box in drawn.items()}
    assert top["a"] < top["pause"] == top["go"] == top["ext"] == top["kid"] < top["last"]
    assert top["undo"] == top["a"]  # next to the step that it compensates for
    assert len(drawing.findall(f"{SVG}path")) == 8
    assert len([g for g in boxes if g.find(f"{SVG}title").text == "on failure"]) == 1


def test_svg_shows_the_options_of_steps(gallery):
    texts = [text.text for text in ET.fromstring(gallery.graph("svg")).iter(f"{SVG}text")]

    assert {
        "up to 3 attempts", "5.0 s", "signal", "external", "flow flow, conditional",
        "for each, 2 at a time",
    } < set(texts)  # fmt: skip


def test_unknown_format_is_refused(gallery):
    with pytest.raises(ValidationError, match="mermaid, svg"):
        gallery.graph("png")
