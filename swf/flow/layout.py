"""Where the boxes of a graph stand: in layers, each below all that it comes from.

In each layer the order is one with few crossings. An edge that goes by a layer has a place of its
own there, so that it passes between the boxes and not behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from attrs import field, frozen

SWEEPS = 8
BYPASS = 14  # pixels that an edge takes which goes by


@frozen
class Layout:
    """The middle of each box, and what each edge passes on its way.

    :param x: Center of each node.
    :param level: Layer of each node, from 0.
    :param bypasses: for each edge, the places by which it goes, one for each layer between.
    """

    x: dict[str, float]
    level: dict[str, int]
    bypasses: dict[tuple[str, str], list[float]] = field(factory=dict)


def layered(
    nodes: Sequence[str],
    edges: Iterable[tuple[str, str]],
    beside: Mapping[str, str],
    width: float,
    gap: float,
) -> Layout:
    """Return a layout.

    :param nodes: each behind all that it comes from, if that is possible.
    :param edges: from where, to where.
    :param beside: nodes that stand in the layer of another one, to the right of it.
    :param width: Width of a box.
    :param gap: Distance between two boxes.
    """
    edges = list(edges)
    level = _levels(nodes, edges, beside)
    layers: list[list[str]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for node in nodes:
        if node not in beside:
            layers[level[node]].append(node)
    links, ways = _linked(edges, level, layers)
    _sort(layers, links)
    for node, other in beside.items():
        layer = layers[level[other]]
        layer.insert(layer.index(other) + 1, node)
    places = _places(layers, links, set(nodes), width, gap)
    return Layout(
        {node: places[node] for node in nodes},
        level,
        {edge: [places[one] for one in way] for edge, way in ways.items()},
    )


def _levels(
    nodes: Sequence[str], edges: Sequence[tuple[str, str]], beside: Mapping[str, str]
) -> dict[str, int]:
    above: dict[str, list[str]] = {}
    for source, target in edges:
        above.setdefault(target, []).append(source)
    level: dict[str, int] = {}
    for node in nodes:
        if node not in beside:
            level[node] = max((level.get(one, -1) for one in above.get(node, ())), default=-1) + 1
    return {**level, **{node: level[other] for node, other in beside.items()}}


def _linked(
    edges: Sequence[tuple[str, str]], level: Mapping[str, int], layers: list[list[str]]
) -> tuple[list[tuple[str, str]], dict[tuple[str, str], list[str]]]:
    """Give each edge its places in the layers between; return the links from layer to layer."""
    links, ways = [], {}
    for source, target in edges:
        way = [f"{source}\0{target}\0{at}" for at in range(level[source] + 1, level[target])]
        for at, place in enumerate(way, start=level[source] + 1):
            layers[at].append(place)
        ways[source, target] = way
        chain = [source, *way, target]
        links += list(pairwise(chain))
    return links, ways


def _sort(layers: list[list[str]], links: Sequence[tuple[str, str]]) -> None:
    """Order each layer by where its neighbours stand, down and up by turns."""
    below: dict[str, list[str]] = {}
    above: dict[str, list[str]] = {}
    for source, target in links:
        below.setdefault(source, []).append(target)
        above.setdefault(target, []).append(source)
    for sweep in range(SWEEPS):
        neighbours = above if sweep % 2 == 0 else below
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            place = {one: (at + 0.5) / len(row) for row in layers for at, one in enumerate(row)}
            layer.sort(key=lambda one: _mean([place[n] for n in neighbours.get(one, [one])]))


def _places(
    layers: list[list[str]],
    links: Sequence[tuple[str, str]],
    boxes: set[str],
    width: float,
    gap: float,
) -> dict[str, float]:
    """Return the middle of each place, near those of its neighbours, the leftmost box at 0."""
    neighbours: dict[str, list[str]] = {}
    for source, target in links:
        neighbours.setdefault(source, []).append(target)
        neighbours.setdefault(target, []).append(source)
    x: dict[str, float] = {}
    for layer in layers:
        _put(layer, [0.0] * len(layer), x, boxes, width, gap)
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = [_mean([x[n] for n in neighbours.get(one, [one])]) for one in layer]
            _put(layer, wanted, x, boxes, width, gap)
    left = min((x[one] - _half(one, boxes, width) for layer in layers for one in layer), default=0)
    return {one: at - left for one, at in x.items()}


def _put(
    layer: Sequence[str],
    wanted: Sequence[float],
    x: dict[str, float],
    boxes: set[str],
    width: float,
    gap: float,
) -> None:
    """Put a layer where it wants to be, as near as the order and the widths allow.

    Those that would stand too close move together to the mean of what they want.
    """
    distance = [0.0]
    for left, right in pairwise(layer):
        apart = _half(left, boxes, width) + gap + _half(right, boxes, width)
        distance.append(distance[-1] + apart)
    groups: list[list[float]] = []
    for at, want in enumerate(wanted):
        groups.append([want - distance[at]])
        while len(groups) > 1 and _mean(groups[-2]) >= _mean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    begins = [_mean(group) for group in groups for _ in group]
    for one, begin, offset in zip(layer, begins, distance, strict=True):
        x[one] = begin + offset


def _half(one: str, boxes: set[str], width: float) -> float:
    return width / 2 if one in boxes else BYPASS / 2


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
