"""Layouts of graphs: nothing stands on anything else, and edges pass between the boxes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swf.flow.layout import BYPASS, layered

WIDTH, GAP = 100, 20


def layout_of(edges, nodes="abcdef", beside=()):
    return layered(list(nodes), [tuple(edge) for edge in edges], dict(beside), WIDTH, GAP)


def test_a_node_stands_below_all_that_it_comes_from():
    found = layout_of(["ab", "bc", "ac", "cd", "ae"])

    assert found.level == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 1, "f": 0}


def test_a_chain_is_straight():
    found = layout_of(["ab", "bc"], "abc")

    assert found.x == {"a": 50, "b": 50, "c": 50}


def test_a_diamond_is_symmetric():
    found = layout_of(["ab", "ac", "bd", "cd"], "abcd")

    assert found.x["a"] == found.x["d"] == (found.x["b"] + found.x["c"]) / 2


def test_an_edge_goes_by_what_stands_between_its_ends():
    found = layout_of(["ab", "bc", "ac"], "abc")

    [x] = found.bypasses["a", "c"]
    assert abs(x - found.x["b"]) >= WIDTH / 2


def test_edges_do_not_cross_where_they_need_not():
    found = layout_of(["ad", "bc"], "abcd")

    assert (found.x["a"] < found.x["b"]) == (found.x["d"] < found.x["c"])


def test_a_node_stands_beside_another_one():
    found = layout_of(["ab"], "abu", {"u": "a"})

    assert found.level["u"] == 0
    assert found.x["u"] == pytest.approx(found.x["a"] + WIDTH + GAP)


def test_a_ring_is_drawn_all_the_same():
    assert layout_of(["ab", "bc", "ca"], "abc").x.keys() == {"a", "b", "c"}


def test_nothing_is_drawn_of_nothing():
    assert layout_of([], "").x == {}


pairs = st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] < pair[1])


@given(st.sets(pairs, max_size=25))
def test_boxes_and_edges_keep_their_distance(edges):
    nodes = [f"n{i}" for i in range(12)]
    found = layered(nodes, [(f"n{a}", f"n{b}") for a, b in sorted(edges)], {}, WIDTH, GAP)

    spans = {}
    for node in nodes:
        span = (found.x[node] - WIDTH / 2, found.x[node] + WIDTH / 2)
        spans.setdefault(found.level[node], []).append(span)
    for (source, _), way in found.bypasses.items():
        for level, x in enumerate(way, start=found.level[source] + 1):
            spans.setdefault(level, []).append((x - BYPASS / 2, x + BYPASS / 2))
    for row in spans.values():
        row.sort()
        assert all(left[1] + GAP <= right[0] + 1e-6 for left, right in pairwise(row))
