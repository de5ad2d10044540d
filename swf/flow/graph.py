"""Draw the steps of a flow and their requirements as Mermaid or as standalone SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from attrs import evolve, frozen

from swf.exceptions import ValidationError
from swf.flow.builtin_steps import ChildFlowStep, SignalStep, TimerStep
from swf.flow.definition import Definition
from swf.flow.layout import layered
from swf.flow.step import FlowStep
from swf.report.formatting import format_duration
from swf.text import escape_markup

# Sizes in pixels.
BOX_HEIGHT = 46
STATUS_HEIGHT = 18  # of the line with the status of a step
MIN_BOX_WIDTH, MAX_BOX_WIDTH = 120, 300
GAP = (28, 48)  # between boxes: horizontal, vertical
MARGIN = 20
CHARACTER_WIDTH = {13: 7.6, 10: 5.6}  # average width by font size

#: Kind of step -> fill, outline, and fill in dark mode.
COLORS = {
    "activity": ("#e8f0fe", "#4a78c2", "#1e2c44"),
    "external activity": ("#fdf0e3", "#c27d2e", "#3d2d1a"),
    "timer": ("#f1ecfb", "#8b70d0", "#2d2543"),
    "signal": ("#e6f5ec", "#3d9362", "#1b3527"),
    "child flow": ("#fbeaf0", "#c9608c", "#40212e"),
}

#: Kind of step -> brackets of the Mermaid node.
_SHAPES = {
    "activity": ("[", "]"),
    "external activity": ("[[", "]]"),
    "timer": ("((", "))"),
    "signal": (">", "]"),
    "child flow": ("[/", "/]"),
}


@frozen
class Box:
    """A step in a drawing.

    :param x: the left edge in pixels.
    :param y: the top edge in pixels.
    :param title: the first line of text.
    :param notes: the second line of text; empty: none.
    :param status: the last line of text, the status of the step; empty: none.
    :param status_class: the CSS class of the status.
    """

    step: FlowStep
    x: float
    y: float
    width: float
    title: str
    notes: str
    status: str = ""
    status_class: str = ""

    @property
    def center(self) -> float:
        """The horizontal center."""
        return self.x + self.width / 2

    @property
    def height(self) -> float:
        """The height in pixels."""
        return BOX_HEIGHT + (STATUS_HEIGHT if self.status else 0)


def draw(definition: Definition, drawing_format: str) -> str:
    """Return the drawing of a flow.

    :param drawing_format: `mermaid` or `svg`.
    :raises ValidationError: the format is unknown.
    """
    formats = {"mermaid": mermaid, "svg": svg}
    if drawing_format not in formats:
        raise ValidationError("format", drawing_format, f"must be one of {', '.join(formats)}")
    return formats[drawing_format](definition)


def mermaid(definition: Definition) -> str:
    """Return a Mermaid flowchart."""
    ids = {str(step.name): f"s{i}" for i, step in enumerate(definition.all_steps)}
    lines = ["flowchart TD"]
    for step in definition.all_steps:
        opening, closing = _SHAPES.get(step.kind, ("[", "]"))
        notes = step_notes(step)
        small = f"<br/><small>{_quoted(notes)}</small>" if notes else ""
        title = _quoted(definition.short_name(step))
        lines.append(f'    {ids[str(step.name)]}{opening}"{title}{small}"{closing}')
    for step in definition.all_steps:
        step_id = ids[str(step.name)]
        lines += [f"    {ids[str(r.name)]} --> {step_id}" for r in step.requires]
        if step.compensation is not None:
            lines.append(f"    {step_id} -. on failure .-> {ids[str(step.compensation.name)]}")
    return "\n".join(lines) + "\n"


def step_notes(step: FlowStep) -> str:
    """Return a summary of the options of a step."""
    notes = [*_kind_notes(step)]
    if step.generators:
        notes.append("for each")
    if step.when is not None:
        notes.append("conditional")
    attempts = step.policy.max_attempts
    if attempts != 1:
        notes.append(f"up to {attempts} attempts" if attempts else "until it succeeds")
    if step.max_parallel is not None:
        notes.append(f"{step.max_parallel} at a time")
    return ", ".join(notes)


def _kind_notes(step: FlowStep) -> Iterator[str]:
    """Yield the kind of a step that is not an activity of this flow."""
    if isinstance(step, TimerStep):
        seconds = step.seconds
        yield f"{seconds!s} seconds" if isinstance(seconds, str) else _duration(seconds)
    elif isinstance(step, SignalStep):
        name = "" if str(step.name).endswith(f"_{step.signal}") else f" {step.signal}"
        within = "" if step.timeout is None else f" within {_duration(step.timeout)}"
        yield f"signal{name}{within}"
    elif isinstance(step, ChildFlowStep):
        yield f"flow {step.flow.name}"
    elif step.kind == "external activity":
        yield "external"


def _duration(seconds: float) -> str:
    return format_duration(timedelta(seconds=seconds))


def svg(
    definition: Definition,
    statuses: Mapping[str, tuple[str, str]] | None = None,
    *,
    has_style: bool = True,
) -> str:
    """Return an SVG drawing, each step below the steps it requires.

    :param statuses: CSS class and text of the status of each step, by its name; None draws none.
    :param has_style: whether the drawing contains its style sheet; a page that forbids inline
        styles has its own.
    """
    steps = {str(step.name): step for step in definition.all_steps}
    edges = [(str(r.name), name) for name, step in steps.items() for r in step.requires]
    compensations = [
        (name, str(step.compensation.name))
        for name, step in steps.items()
        if step.compensation is not None
    ]
    side_steps = {other: name for name, other in reversed(compensations)}
    words = {name: (definition.short_name(step), step_notes(step)) for name, step in steps.items()}
    width = _box_width(words.values())
    vertical = [edge for edge in edges if edge[1] not in side_steps]
    layout = layered(list(steps), vertical, side_steps, width, GAP[0])
    height = BOX_HEIGHT + (STATUS_HEIGHT if statuses else 0)
    boxes = {
        name: Box(
            step,
            MARGIN + layout.x[name] - width / 2,
            MARGIN + layout.level[name] * (height + GAP[1]),
            width,
            *words[name],
        )
        for name, step in steps.items()
    }
    for name, (status_class, status) in (statuses or {}).items():
        boxes[name] = evolve(boxes[name], status=status, status_class=status_class)
    parts = [
        *(_edge(boxes[a], boxes[b], layout.bypasses.get((a, b), ())) for a, b in edges),
        *(_compensation_edge(boxes[name], boxes[other]) for name, other in compensations),
        *map(_box, boxes.values()),
    ]
    right = max([box.x + width for box in boxes.values()] + [0]) + MARGIN
    right = max([right, *(MARGIN * 2 + x for path in layout.bypasses.values() for x in path)])
    bottom = max([box.y + box.height for box in boxes.values()] + [0]) + MARGIN
    return _page(definition.name, right, bottom, parts, _style() if has_style else "")


def _page(name: str, width: float, height: float, parts: list[str], style: str) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}" height="{height:g}" font-family="system-ui, sans-serif" '
            f'role="img" aria-label="{escape_markup(name)}">',
            *([style] if style else []),
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#7a8090"/></marker>'
            '<marker id="compensation" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#d64545"/></marker>'
            "</defs>",
            *parts,
            "</svg>\n",
        ]
    )


def _style() -> str:
    light = "".join(
        f".{_css_class(kind)}{{fill:{fill};stroke:{outline}}}"
        for kind, (fill, outline, _) in COLORS.items()
    )
    dark = "".join(f".{_css_class(kind)}{{fill:{fill}}}" for kind, (_, _, fill) in COLORS.items())
    return (
        f"<style>{light} .edge{{fill:none;stroke:#7a8090;stroke-width:1.5}} "
        ".compensation{stroke:#d64545;stroke-dasharray:4 4} "
        ".title{fill:#1d2330} .notes{fill:#5b6270} "
        f"@media (prefers-color-scheme: dark){{{dark} "
        ".title{fill:#e4e7ee} .notes{fill:#a3aab8}}</style>"
    )


def _css_class(kind: str) -> str:
    return kind.split()[0]


def _box_width(words: Iterable[tuple[str, str]]) -> float:
    """Return the width of the boxes: that of the longest text, within limits."""
    lengths = [
        max(len(title) * CHARACTER_WIDTH[13], len(notes) * CHARACTER_WIDTH[10])
        for title, notes in words
    ]
    longest = max(lengths, default=0)
    return min(max(MIN_BOX_WIDTH, longest + 24), MAX_BOX_WIDTH)


def _edge(above: Box, below: Box, bypasses: Sequence[float]) -> str:
    """Return the path from a box to one below, through its bypasses."""
    points = [(above.center, above.y + above.height)]
    for level, x in enumerate(bypasses, start=1):
        top = above.y + level * (above.height + GAP[1])
        points += [(MARGIN + x, top), (MARGIN + x, top + above.height)]
    points.append((below.center, below.y))
    path = f"M{points[0][0]:g} {points[0][1]:g}" + "".join(
        f"C{x1:g} {(y1 + y2) / 2:g} {x2:g} {(y1 + y2) / 2:g} {x2:g} {y2:g}"
        for (x1, y1), (x2, y2) in pairwise(points)
    )
    return f'<path d="{path}" class="edge" marker-end="url(#tip)"/>'


def _compensation_edge(step: Box, compensation: Box) -> str:
    """Return the path from a step to its compensation on the right."""
    x1, y1 = step.x + step.width, step.y + BOX_HEIGHT / 2
    x2, y2 = compensation.x, compensation.y + BOX_HEIGHT / 2
    bend = max(abs(x2 - x1) / 2, GAP[0] / 2)
    path = f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"
    return (
        f'<g><title>on failure</title><path d="{path}" class="edge compensation" '
        'marker-end="url(#compensation)"/></g>'
    )


def _box(box: Box) -> str:
    title_y = box.y + (20 if box.notes else 28)
    notes = _text(box, box.y + 36, box.notes, 10, "notes") if box.notes else ""
    css_class = _css_class(box.step.kind)
    if box.status_class:
        css_class = f"step {box.status_class}"
    status = _text(box, box.y + BOX_HEIGHT + 8, box.status, 13, "status") if box.status else ""
    shadow = _rectangle(box, css_class, 4) if box.step.generators else ""
    return (
        f"<g><title>{escape_markup(box.step.kind)} {escape_markup(str(box.step.name))}</title>"
        f"{shadow}{_rectangle(box, css_class)}"
        f"{_text(box, title_y, box.title, 13, 'title')}{notes}{status}</g>"
    )


def _rectangle(box: Box, css_class: str, shift: float = 0) -> str:
    return (
        f'<rect x="{box.x + shift:g}" y="{box.y + shift:g}" width="{box.width:g}" '
        f'height="{box.height:g}" rx="8" stroke-width="1.5" class="{css_class}"/>'
    )


def _text(box: Box, y: float, text: str, size: int, css_class: str) -> str:
    label = _shortened(text, int((box.width - 16) / CHARACTER_WIDTH[size]))
    return (
        f'<text x="{box.center:g}" y="{y:g}" font-size="{size}" class="{css_class}" '
        f'text-anchor="middle">{escape_markup(label)}</text>'
    )


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _quoted(text: str) -> str:
    """Return a text escaped for a label, which Mermaid reads as HTML."""
    for character, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(character, entity)
    return text
