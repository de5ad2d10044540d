"""Layered layout of a directed graph: each node is below the sources of its edges.

The order within each layer keeps crossings few. An edge that spans several layers has a bypass in
each layer between, so that it passes between the boxes and not behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from attrs import field, frozen

SWEEPS = 8  # iterations of ordering and placement
BYPASS = 14  # width of a bypass in pixels


@frozen
class Layout:
    """The positions of the nodes and edges of a graph.

    :param x: the horizontal center of each node in pixels; the leftmost box begins at 0.
    :param level: the layer of each node, from 0.
    :param bypasses: the horizontal position of each edge in the layers between its ends.
    """

    x: dict[str, float]
    level: dict[str, int]
    bypasses: dict[tuple[str, str], list[float]] = field(factory=dict)


def layered(
    nodes: Sequence[str],
    edges: Iterable[tuple[str, str]],
    side_nodes: Mapping[str, str],
    width: float,
    gap: float,
) -> Layout:
    """Return the layout of a graph.

    :param nodes: the nodes in topological order, if there is one.
    :param edges: source and target of each edge.
    :param side_nodes: nodes without a layer of their own, and the node to whose right they are.
    :param width: the width of a box in pixels.
    :param gap: the distance between two boxes in pixels.
    """
    edges = list(edges)
    level = _levels(nodes, edges, side_nodes)
    layers: list[list[str]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for node in nodes:
        if node not in side_nodes:
            layers[level[node]].append(node)
    links, chains = _split_edges(edges, level, layers)
    _sort(layers, links)
    for node, other in side_nodes.items():
        layer = layers[level[other]]
        layer.insert(layer.index(other) + 1, node)
    x = _positions(layers, links, set(nodes), width, gap)
    return Layout(
        {node: x[node] for node in nodes},
        level,
        {edge: [x[bypass] for bypass in chain] for edge, chain in chains.items()},
    )


def _levels(
    nodes: Sequence[str], edges: Sequence[tuple[str, str]], side_nodes: Mapping[str, str]
) -> dict[str, int]:
    above: dict[str, list[str]] = {}
    for source, target in edges:
        above.setdefault(target, []).append(source)
    level: dict[str, int] = {}
    for node in nodes:
        if node not in side_nodes:
            level[node] = max((level.get(s, -1) for s in above.get(node, ())), default=-1) + 1
    return {**level, **{node: level[other] for node, other in side_nodes.items()}}


def _split_edges(
    edges: Sequence[tuple[str, str]], level: Mapping[str, int], layers: list[list[str]]
) -> tuple[list[tuple[str, str]], dict[tuple[str, str], list[str]]]:
    """Add the bypasses of each edge to the layers between its ends.

    :returns: the links from each layer to the next, and the bypasses of each edge.
    """
    links, chains = [], {}
    for source, target in edges:
        between = range(level[source] + 1, level[target])
        bypasses = [f"{source}\0{target}\0{index}" for index in between]
        for index, bypass in zip(between, bypasses, strict=True):
            layers[index].append(bypass)
        chains[source, target] = bypasses
        links += list(pairwise([source, *bypasses, target]))
    return links, chains


def _sort(layers: list[list[str]], links: Sequence[tuple[str, str]]) -> None:
    """Sort each layer by the positions of its neighbours, alternating downwards and upwards."""
    below: dict[str, list[str]] = {}
    above: dict[str, list[str]] = {}
    for source, target in links:
        below.setdefault(source, []).append(target)
        above.setdefault(target, []).append(source)
    for sweep in range(SWEEPS):
        neighbours = above if sweep % 2 == 0 else below
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            rank = {item: (i + 0.5) / len(row) for row in layers for i, item in enumerate(row)}
            layer.sort(key=lambda item: _mean([rank[n] for n in neighbours.get(item, [item])]))


def _positions(
    layers: list[list[str]],
    links: Sequence[tuple[str, str]],
    boxes: set[str],
    width: float,
    gap: float,
) -> dict[str, float]:
    """Return the center of each node and bypass, close to the centers of its neighbours."""
    neighbours: dict[str, list[str]] = {}
    for source, target in links:
        neighbours.setdefault(source, []).append(target)
        neighbours.setdefault(target, []).append(source)
    x: dict[str, float] = {}
    for layer in layers:
        _place(layer, [0.0] * len(layer), x, boxes, width, gap)
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            targets = [_mean([x[n] for n in neighbours.get(item, [item])]) for item in layer]
            _place(layer, targets, x, boxes, width, gap)
    items = [item for layer in layers for item in layer]
    origin = min((x[item] - _half_width(item, boxes, width) for item in items), default=0)
    return {item: center - origin for item, center in x.items()}


def _place(
    layer: Sequence[str],
    targets: Sequence[float],
    x: dict[str, float],
    boxes: set[str],
    width: float,
    gap: float,
) -> None:
    """Place the items of a layer as close to their targets as order and widths allow.

    Items that would overlap move as a group to the mean of their targets.
    """
    distance = [0.0]
    for item, neighbour in pairwise(layer):
        spacing = _half_width(item, boxes, width) + gap + _half_width(neighbour, boxes, width)
        distance.append(distance[-1] + spacing)
    groups: list[list[float]] = []
    for target, offset in zip(targets, distance, strict=True):
        groups.append([target - offset])
        while len(groups) > 1 and _mean(groups[-2]) >= _mean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    begins = [_mean(group) for group in groups for _ in group]
    for item, begin, offset in zip(layer, begins, distance, strict=True):
        x[item] = begin + offset


def _half_width(item: str, boxes: set[str], width: float) -> float:
    return width / 2 if item in boxes else BYPASS / 2


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
