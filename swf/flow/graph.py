"""Draw the steps of a flow and what they require: as Mermaid, or as SVG that needs nothing else."""

from __future__ import annotations

from html import escape
from typing import Any

from attrs import frozen

from swf.exceptions import ValidationError
from swf.flow.definition import Definition
from swf.flow.step import Step

BOX = (150, 44)  # width and height, in pixels
GAP = (30, 46)
MARGIN = 20

#: Noun -> fill and outline.
COLORS = {
    "activity": ("#e8f0fe", "#4a78c2"),
    "external activity": ("#fdf0e3", "#c27d2e"),
    "timer": ("#f1ecfb", "#7a5fc0"),
    "signal": ("#e6f5ec", "#3d9362"),
    "child flow": ("#fbeaf0", "#b8517d"),
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
    """A step in a drawing: its place, and the words in it."""

    step: Step
    x: float
    y: float
    title: str
    notes: str


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
    ids = {str(step.name): f"s{i}" for i, step in enumerate(definition.every_step)}
    lines = ["flowchart TD"]
    for step in definition.every_step:
        left, right = _SHAPES.get(step.noun, ("[", "]"))
        notes = notes_of(step)
        label = definition.short(step) + (f"<br/><small>{notes}</small>" if notes else "")
        lines.append(f'    {ids[str(step.name)]}{left}"{_quoted(label)}"{right}')
    for step in definition.every_step:
        here = ids[str(step.name)]
        lines += [f"    {ids[str(r.name)]} --> {here}" for r in step.requires]
        if step.on_failure is not None:
            lines.append(f"    {here} -. on failure .-> {ids[str(step.on_failure.name)]}")
    return "\n".join(lines) + "\n"


def notes_of(step: Step) -> str:
    """Return in a few words what is special about a step."""
    notes = []
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


def svg(definition: Definition) -> str:
    """Return an SVG drawing, each step below all that it requires."""
    rows = _rows(definition)
    boxes = _place(definition, rows)
    width = max((box.x for box in boxes.values()), default=0) + BOX[0] + MARGIN
    height = max((box.y for box in boxes.values()), default=0) + BOX[1] + MARGIN
    edges = [
        _edge(boxes[str(required.name)], box)
        for box in boxes.values()
        for required in box.step.requires
    ]
    undoing = [
        _edge(box, boxes[str(box.step.on_failure.name)], "4 4")
        for box in boxes.values()
        if box.step.on_failure is not None
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width:g}" height="{height:g}" font-family="system-ui, sans-serif" '
            f'role="img" aria-label="{escape(definition.name)}">',
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
            'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#667"/></marker></defs>',
            *edges,
            *undoing,
            *map(_box, boxes.values()),
            "</svg>\n",
        ]
    )


def _rows(definition: Definition) -> list[list[Step]]:
    """Return the steps by how many stand before them, at the longest; those that undo come last."""
    depth: dict[str, int] = {}
    rows: list[list[Step]] = []
    for step in definition.steps:
        level = max((depth.get(str(r.name), -1) for r in step.requires), default=-1) + 1
        depth[str(step.name)] = level
        while len(rows) <= level:
            rows.append([])
        rows[level].append(step)
    return [*rows, list(definition.undoing)] if definition.undoing else rows


def _place(definition: Definition, rows: list[list[Step]]) -> dict[str, Box]:
    widest = max(map(len, rows), default=0)
    boxes = {}
    for level, row in enumerate(rows):
        indent = (widest - len(row)) * (BOX[0] + GAP[0]) / 2
        for place, step in enumerate(row):
            boxes[str(step.name)] = Box(
                step,
                MARGIN + indent + place * (BOX[0] + GAP[0]),
                MARGIN + level * (BOX[1] + GAP[1]),
                definition.short(step),
                notes_of(step),
            )
    return boxes


def _edge(above: Box, below: Box, dashes: str = "") -> str:
    x1, y1 = above.x + BOX[0] / 2, above.y + BOX[1]
    x2, y2 = below.x + BOX[0] / 2, below.y
    bend = max(GAP[1] / 2, abs(y2 - y1) / 2)
    style = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<path d="M{x1:g} {y1:g}C{x1:g} {y1 + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2:g}" '
        f'fill="none" stroke="#667" stroke-width="1.5" marker-end="url(#tip)"{style}/>'
    )


def _box(box: Box) -> str:
    fill, outline = COLORS.get(box.step.noun, COLORS["activity"])
    middle = box.x + BOX[0] / 2
    title_y = box.y + (19 if box.notes else 27)
    notes = _text(middle, box.y + 34, box.notes, 10, "#667") if box.notes else ""
    return (
        f"<g><title>{escape(box.step.noun)} {escape(str(box.step.name))}</title>"
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{BOX[0]}" height="{BOX[1]}" rx="8" '
        f'fill="{fill}" stroke="{outline}" stroke-width="1.5"/>'
        f"{_text(middle, title_y, box.title, 13, '#223')}{notes}</g>"
    )


def _text(x: float, y: float, text: str, size: int, color: str) -> str:
    shown = _shortened(text, int(BOX[0] / (size * 0.58)))
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{color}" '
        f'text-anchor="middle">{escape(shown)}</text>'
    )


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _quoted(label: Any) -> str:
    return str(label).replace('"', "#quot;")
