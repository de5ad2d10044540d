"""Draw the steps of a flow and what they require: as Mermaid, or as SVG that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from html import escape
from itertools import pairwise

from attrs import frozen

from swf.exceptions import ValidationError
from swf.flow.builtin_steps import ChildFlowStep, SignalStep, TimerStep
from swf.flow.definition import Definition
from swf.flow.layout import Layout, layered
from swf.flow.step import FlowStep
from swf.report.formatting import format_duration

HEIGHT = 46  # of a box, in pixels
GAP = (28, 48)
MARGIN = 20
NARROWEST, WIDEST = 120, 300  # boxes
LETTERS = {13: 7.6, 10: 5.6}  # font size -> pixels of a letter, on average

#: Noun -> fill and outline, by day and by night.
COLORS = {
    "activity": ("#e8f0fe", "#4a78c2", "#1e2c44"),
    "external activity": ("#fdf0e3", "#c27d2e", "#3d2d1a"),
    "timer": ("#f1ecfb", "#8b70d0", "#2d2543"),
    "signal": ("#e6f5ec", "#3d9362", "#1b3527"),
    "child flow": ("#fbeaf0", "#c9608c", "#40212e"),
}

#: Noun -> what stands around the text of a Mermaid node.
_SHAPES = {
    "activity": ("[", "]"),
    "external activity": ("[[", "]]"),
    "timer": ("((", "))"),
    "signal": (">", "]"),
    "child flow": ("[/", "/]"),
}


@frozen
class Box:
    """A step in a drawing: the place of its left upper corner, and the words in it."""

    step: FlowStep
    x: float
    y: float
    width: float
    title: str
    notes: str

    @property
    def middle(self) -> float:
        """Its middle from left to right."""
        return self.x + self.width / 2


def draw(definition: Definition, form: str) -> str:
    """Return the drawing of a flow in a form, `mermaid` or `svg`.

    :raises ValidationError: there is no such form.
    """
    forms = {"mermaid": mermaid, "svg": svg}
    if form not in forms:
        raise ValidationError("format", form, f"must be one of {', '.join(forms)}")
    return forms[form](definition)


def mermaid(definition: Definition) -> str:
    """Return a Mermaid flowchart."""
    ids = {str(step.name): f"s{i}" for i, step in enumerate(definition.all_steps)}
    lines = ["flowchart TD"]
    for step in definition.all_steps:
        left, right = _SHAPES.get(step.kind, ("[", "]"))
        notes = step_notes(step)
        small = f"<br/><small>{_quoted(notes)}</small>" if notes else ""
        title = _quoted(definition.short(step))
        lines.append(f'    {ids[str(step.name)]}{left}"{title}{small}"{right}')
    for step in definition.all_steps:
        here = ids[str(step.name)]
        lines += [f"    {ids[str(r.name)]} --> {here}" for r in step.requires]
        if step.compensation is not None:
            lines.append(f"    {here} -. on failure .-> {ids[str(step.compensation.name)]}")
    return "\n".join(lines) + "\n"


def step_notes(step: FlowStep) -> str:
    """Return in a few words what is special about a step."""
    notes = [*_kind_of(step)]
    if step.generators:
        notes.append("for each")
    if step.when is not None:
        notes.append("when wanted")
    attempts = step.policy.max_attempts
    if attempts != 1:
        notes.append(f"up to {attempts} attempts" if attempts else "until it succeeds")
    if step.max_parallel is not None:
        notes.append(f"{step.max_parallel} at a time")
    return ", ".join(notes)


def _kind_of(step: FlowStep) -> Iterator[str]:
    """Yield what a step is that is no activity of this flow."""
    if isinstance(step, TimerStep):
        seconds = step.seconds
        yield f"{seconds!s} seconds" if isinstance(seconds, str) else _time(seconds)
    elif isinstance(step, SignalStep):
        name = "" if str(step.name).endswith(f"_{step.signal}") else f" {step.signal}"
        within = "" if step.timeout is None else f" within {_time(step.timeout)}"
        yield f"signal{name}{within}"
    elif isinstance(step, ChildFlowStep):
        yield f"flow {step.flow.name}"
    elif step.kind == "external activity":
        yield "external"


def _time(seconds: float) -> str:
    return format_duration(timedelta(seconds=seconds))


def svg(definition: Definition) -> str:
    """Return an SVG drawing, each step below all that it requires."""
    steps = {str(step.name): step for step in definition.all_steps}
    edges = [(str(r.name), name) for name, step in steps.items() for r in step.requires]
    undoes = [(n, str(s.compensation.name)) for n, s in steps.items() if s.compensation is not None]
    beside = {compensations: name for name, compensations in reversed(undoes)}
    words = {name: (definition.short(step), step_notes(step)) for name, step in steps.items()}
    width = _width(words.values())
    layout = layered(list(steps), [e for e in edges if e[1] not in beside], beside, width, GAP[0])
    boxes = {
        name: Box(step, MARGIN + layout.x[name] - width / 2, _y(layout, name), width, *words[name])
        for name, step in steps.items()
    }
    parts = [
        *(_edge(boxes[a], boxes[b], layout.bypasses.get((a, b), ())) for a, b in edges),
        *(_undoing(boxes[name], boxes[compensations]) for name, compensations in undoes),
        *map(_box, boxes.values()),
    ]
    right = max([box.x + width for box in boxes.values()] + [0]) + MARGIN
    right = max([right, *(MARGIN * 2 + x for way in layout.bypasses.values() for x in way)])
    bottom = max([box.y + HEIGHT for box in boxes.values()] + [0]) + MARGIN
    return _page(definition.name, right, bottom, parts)


def _page(name: str, width: float, height: float, parts: list[str]) -> str:
    day = "".join(
        f".{_class(kind)}{{fill:{fill};stroke:{outline}}}"
        for kind, (fill, outline, _) in COLORS.items()
    )
    night = "".join(f".{_class(kind)}{{fill:{fill}}}" for kind, (_, _, fill) in COLORS.items())
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}" height="{height:g}" font-family="system-ui, sans-serif" '
            f'role="img" aria-label="{escape(name)}">',
            f"<style>{day} .way{{fill:none;stroke:#7a8090;stroke-width:1.5}} "
            ".undo{stroke:#d64545;stroke-dasharray:4 4} .title{fill:#1d2330} .notes{fill:#5b6270} "
            f"@media (prefers-color-scheme: dark){{{night} "
            ".title{fill:#e4e7ee} .notes{fill:#a3aab8}}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#7a8090"/></marker>'
            '<marker id="undoing" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#d64545"/></marker>'
            "</defs>",
            *parts,
            "</svg>\n",
        ]
    )


def _class(kind: str) -> str:
    return kind.split()[0]


def _width(words: Iterable[tuple[str, str]]) -> float:
    """Return the width of the boxes: that of the longest words, if it is not too much."""
    longest = max(
        (max(len(title) * LETTERS[13], len(notes) * LETTERS[10]) for title, notes in words),
        default=0,
    )
    return min(max(NARROWEST, longest + 24), WIDEST)


def _y(layout: Layout, name: str) -> float:
    return _top(layout.level[name])


def _top(level: int) -> float:
    return MARGIN + level * (HEIGHT + GAP[1])


def _edge(above: Box, below: Box, bypasses: Sequence[float]) -> str:
    """Return the way from a box to one below, by the places between them."""
    way = [(above.middle, above.y + HEIGHT)]
    for level, x in enumerate(bypasses, start=1):
        top = above.y + level * (HEIGHT + GAP[1])
        way += [(MARGIN + x, top), (MARGIN + x, top + HEIGHT)]
    way.append((below.middle, below.y))
    path = f"M{way[0][0]:g} {way[0][1]:g}" + "".join(
        f"C{x1:g} {(y1 + y2) / 2:g} {x2:g} {(y1 + y2) / 2:g} {x2:g} {y2:g}"
        for (x1, y1), (x2, y2) in pairwise(way)
    )
    return f'<path d="{path}" class="way" marker-end="url(#tip)"/>'


def _undoing(step: Box, compensations: Box) -> str:
    """Return the way from a step to what undoes it, that stands to its right."""
    x1, y1 = step.x + step.width, step.y + HEIGHT / 2
    x2, y2 = compensations.x, compensations.y + HEIGHT / 2
    bend = max(abs(x2 - x1) / 2, GAP[0] / 2)
    path = f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"
    return (
        f'<g><title>on failure</title><path d="{path}" class="way undo" '
        'marker-end="url(#undoing)"/></g>'
    )


def _box(box: Box) -> str:
    title_y = box.y + (20 if box.notes else 28)
    notes = _text(box, box.y + 36, box.notes, 10, "notes") if box.notes else ""
    kind = _class(box.step.kind)
    behind = _rectangle(box, kind, 4) if box.step.generators else ""
    return (
        f"<g><title>{escape(box.step.kind)} {escape(str(box.step.name))}</title>"
        f"{behind}{_rectangle(box, kind)}"
        f"{_text(box, title_y, box.title, 13, 'title')}{notes}</g>"
    )


def _rectangle(box: Box, kind: str, shift: float = 0) -> str:
    return (
        f'<rect x="{box.x + shift:g}" y="{box.y + shift:g}" width="{box.width:g}" '
        f'height="{HEIGHT}" rx="8" stroke-width="1.5" class="{kind}"/>'
    )


def _text(box: Box, y: float, text: str, size: int, kind: str) -> str:
    shown_ = _shortened(text, int((box.width - 16) / LETTERS[size]))
    return (
        f'<text x="{box.middle:g}" y="{y:g}" font-size="{size}" class="{kind}" '
        f'text-anchor="middle">{escape(shown_)}</text>'
    )


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _quoted(text: str) -> str:
    """Return a text as it stands in a label, which Mermaid reads as HTML."""
    for sign, name in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(sign, name)
    return text
