"""Layouts of graphs: boxes do not overlap, and edges pass between them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swf.flow.layout import BYPASS, layered

WIDTH, GAP = 100, 20


def layout_of(edges, nodes="abcdef", side_nodes=()):
    return layered(list(nodes), [tuple(edge) for edge in edges], dict(side_nodes), WIDTH, GAP)


def test_node_is_below_its_sources():
    layout = layout_of(["ab", "bc", "ac", "cd", "ae"])

    assert layout.level == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 1, "f": 0}


def test_chain_is_straight():
    layout = layout_of(["ab", "bc"], "abc")

    assert layout.x == {"a": 50, "b": 50, "c": 50}


def test_diamond_is_symmetric():
    layout = layout_of(["ab", "ac", "bd", "cd"], "abcd")

    assert layout.x["a"] == layout.x["d"] == (layout.x["b"] + layout.x["c"]) / 2


def test_edge_bypasses_the_boxes_between_its_ends():
    layout = layout_of(["ab", "bc", "ac"], "abc")

    [x] = layout.bypasses["a", "c"]
    assert abs(x - layout.x["b"]) >= WIDTH / 2


def test_avoidable_crossings_are_avoided():
    layout = layout_of(["ad", "bc"], "abcd")

    assert (layout.x["a"] < layout.x["b"]) == (layout.x["d"] < layout.x["c"])


def test_side_node_is_next_to_its_node():
    layout = layout_of(["ab"], "abu", {"u": "a"})

    assert layout.level["u"] == 0
    assert layout.x["u"] == pytest.approx(layout.x["a"] + WIDTH + GAP)


def test_cycle_has_a_layout():
    assert layout_of(["ab", "bc", "ca"], "abc").x.keys() == {"a", "b", "c"}


def test_empty_graph_has_an_empty_layout():
    assert layout_of([], "").x == {}


pairs = st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] < pair[1])


@given(st.sets(pairs, max_size=25))
def test_boxes_and_edges_do_not_overlap(edges):
    nodes = [f"n{i}" for i in range(12)]
    layout = layered(nodes, [(f"n{a}", f"n{b}") for a, b in sorted(edges)], {}, WIDTH, GAP)

    spans = {}
    for node in nodes:
        span = (layout.x[node] - WIDTH / 2, layout.x[node] + WIDTH / 2)
        spans.setdefault(layout.level[node], []).append(span)
    for (source, _), way in layout.bypasses.items():
        for level, x in enumerate(way, start=layout.level[source] + 1):
            spans.setdefault(level, []).append((x - BYPASS / 2, x + BYPASS / 2))
    for row in spans.values():
        row.sort()
        assert all(first[1] + GAP <= second[0] + 1e-6 for first, second in pairwise(row))
