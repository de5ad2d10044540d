"""Renders a timeline as an HTML page: facts, drawing, critical path, times by type, failures."""

from __future__ import annotations

from datetime import datetime, timedelta

from swf.models.history import History
from swf.models.history.entity import Entity
from swf.report.bars import build_drawing
from swf.report.formatting import format_duration, short_name
from swf.report.path import critical_path
from swf.report.profile import attempts, failure_reason
from swf.report.svg import draw_svg, legend
from swf.text import escape_markup

#: The maximum number of failures in the table.
MAX_FAILURES = 20

#: The maximum number of steps of the critical path.
MAX_STEPS = 12


def render_page(history: History, title: str | None = None) -> str:
    """Return the page; the arguments are those of `timeline.html`."""
    kind = history.execution.workflow_type
    heading = title or (f"{kind.name} {kind.version}" if kind else "execution")
    status = history.execution.close_status or history.execution.status
    drawing = build_drawing(history)
    return _PAGE.format(
        title=escape_markup(heading),
        status=escape_markup(status.lower()),
        status_shown=escape_markup(status.replace("_", " ").lower()),
        facts=_facts(history),
        key="".join(
            _KEYS[kind].format(color=color, name=name) for kind, color, name in legend(drawing)
        ),
        timeline=draw_svg(drawing),
        path=_path(history),
        types=_types(history),
        failures=_failures(history),
    )


def _facts(history: History) -> str:
    execution = history.execution
    all_attempts = [attempt for _, attempt, _ in attempts(history)]
    working = sum(
        (each.running for each in all_attempts if each.running and not _is_timer(each)),
        timedelta(0),
    )
    facts = {
        "started": f"{execution.started_at:%Y-%m-%d %H:%M:%S %Z}",
        "duration": format_duration(execution.duration)
        if execution.duration is not None
        else "open",
        "working time": format_duration(working),
        "activities": str(len(history.activities)),
        "attempts": str(len(all_attempts)),
        "failed": str(sum(attempt.is_failed for attempt in all_attempts)),
        "decisions": str(len(history.decision_tasks)),
        "events": f"{len(history):,}",
    }
    if execution.reason:
        facts["reason"] = execution.reason
    alarming = {"reason", *(["failed"] if facts["failed"] != "0" else [])}
    return "".join(
        f'<div class="{kind}"><dt>{escape_markup(name)}</dt><dd>{escape_markup(fact)}</dd></div>'
        for name, fact in facts.items()
        for kind in ("wrong" if name in alarming else "fact",)
    )


def _is_timer(attempt: Entity) -> bool:
    return not hasattr(attempt, "name")


def _path(history: History) -> str:
    """Return the steps of the critical path and their durations."""
    path = critical_path(history)
    steps = [
        f"<li>{escape_markup(short_name(str(getattr(step, 'name', 'timer')), history))} "
        f"<small>{format_duration(_total(step))}</small></li>"
        for step in path[-MAX_STEPS:]
    ]
    if not steps:
        return ""
    more = f"<li>{len(path) - MAX_STEPS} before</li>" if len(path) > MAX_STEPS else ""
    return f"<section><h2>Critical path</h2><ol>{more}{''.join(steps)}</ol></section>"


def _total(attempt: Entity) -> timedelta:
    return (attempt.queued or timedelta(0)) + (attempt.running or timedelta(0))


def _types(history: History) -> str:
    """Return a row for each type: the number of attempts, and the times they waited and ran."""
    by_name: dict[str, list[Entity]] = {}
    for _, attempt, _ in attempts(history):
        if not _is_timer(attempt):
            name = short_name(str(getattr(attempt, "name", None)), history)
            by_name.setdefault(name, []).append(attempt)
    return "".join(map(_type_row, by_name, by_name.values()))


def _type_row(name: str, of_type: list[Entity]) -> str:
    running = sorted(each.running for each in of_type if each.running is not None)
    queued = sorted(each.queued for each in of_type if each.queued is not None)
    failures = sum(each.is_failed for each in of_type)
    cells = [
        name,
        str(len(of_type)),
        str(failures or ""),
        format_duration(queued[len(queued) // 2]) if queued else "",
        format_duration(running[len(running) // 2]) if running else "",
        format_duration(running[-1]) if running else "",
        format_duration(sum(running, timedelta(0))),
    ]
    return "<tr>" + "".join(f"<td>{escape_markup(cell)}</td>" for cell in cells) + "</tr>\n"


def _failures(history: History) -> str:
    failed = [(attempt, number) for _, attempt, number in attempts(history) if attempt.is_failed]
    if not failed:
        return ""
    failed.sort(key=lambda each: each[0].closed_event_id or 0)
    begin = history.first.timestamp
    rows = [_failure_row(attempt, number, begin) for attempt, number in failed[:MAX_FAILURES]]
    if len(failed) > MAX_FAILURES:
        rows.append(f'<tr><td colspan="5">and {len(failed) - MAX_FAILURES} more</td></tr>')
    return (
        '<section><h2>Failures</h2><table class="failures"><thead><tr><th>id</th><th>attempt</th>'
        f"<th>after</th><th>state</th><th>why</th></tr></thead>{''.join(rows)}</table></section>"
    )


def _failure_row(attempt: Entity, number: int, begin: datetime) -> str:
    cells = [
        str(attempt.id),
        str(number),
        format_duration((attempt.closed_at or begin) - begin),
        attempt.state.replace("_", " "),
        failure_reason(attempt) or "",
    ]
    return "<tr>" + "".join(f"<td>{escape_markup(cell)}</td>" for cell in cells) + "</tr>\n"


#: The entries of the legend by kind.
_KEYS = {
    "bar": '<span><i style="background:{color}"></i>{name}</span>',
    "waiting": '<span><i class="waiting" style="background:{color}"></i>{name}</span>',
    "path": '<span><i class="path"></i>{name}</span>',
    "dot": '<span><b style="background:{color}"></b>{name}</span>',
}

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --paper: #fff; --ink: #1d2330; --back: #f4f5f8; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --paper: #1b1f27; --ink: #e4e7ee; --back: #12151b; }}
}}
body {{ margin: 0; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }}
main {{ max-width: 1180px; margin: 0 auto; padding: 32px 20px; }}
h1 {{ font-size: 26px; margin: 0 0 18px; }}
h1 small {{ font-size: 13px; padding: 3px 10px; border-radius: 99px; vertical-align: middle;
  background: #8a8f98; color: #fff; margin-left: 8px; }}
h1 small.completed {{ background: #2f9e62; }}
h1 small.failed, h1 small.timed_out {{ background: #d64545; }}
h1 small.open {{ background: #3b7dd8; }}
h2 {{ font-size: 15px; margin: 0 0 10px; }}
dl {{ display: flex; flex-wrap: wrap; gap: 12px; margin: 0 0 20px; }}
dl div {{ background: var(--paper); border: 1px solid var(--line); border-radius: 10px;
  padding: 8px 16px; }}
dt {{ font-size: 12px; opacity: .65; }}
dd {{ margin: 0; font-weight: 600; }}
section {{ background: var(--paper); border: 1px solid var(--line); border-radius: 12px;
  padding: 16px; margin-bottom: 20px; overflow-x: auto; }}
section svg {{ min-width: 760px; display: block; }}
.key {{ display: flex; flex-wrap: wrap; gap: 16px; font-size: 12px; margin-bottom: 10px; }}
.key i {{ display: inline-block; width: 12px; height: 12px; border-radius: 3px;
  margin-right: 6px; vertical-align: -2px; }}
.key b {{ display: inline-block; width: 9px; height: 9px; border-radius: 99px;
  margin-right: 6px; vertical-align: 0; }}
.key i.path {{ border-radius: 0; border-bottom: 3px solid currentColor; height: 8px; width: 16px; }}
.key i.waiting {{ height: 5px; width: 16px; opacity: .4; vertical-align: 2px; }}
.wrong dd {{ color: #d64545; }}
ol {{ display: flex; flex-wrap: wrap; gap: 6px 26px; margin: 0; padding: 0 0 0 18px;
  list-style: none; }}
ol li:first-child {{ margin-left: -18px; }}
ol li + li::before {{ content: "→"; margin: 0 9px 0 -18px; opacity: .5; }}
small {{ opacity: .65; }}
table {{ border-collapse: collapse; width: 100%; font-size: 13px;
  font-variant-numeric: tabular-nums; }}
th, td {{ padding: 6px 10px; text-align: right; border-bottom: 1px solid var(--line); }}
th:first-child, td:first-child, .failures td, .failures th {{ text-align: left; }}
td:first-child, .failures td:last-child {{ overflow-wrap: anywhere; min-width: 8em; }}
th, .failures td:not(:first-child):not(:last-child) {{ white-space: nowrap; }}
h1 small {{ opacity: 1; }}
</style>
</head>
<body>
<main>
<h1>{title} <small class="{status}">{status_shown}</small></h1>
<dl>{facts}</dl>
<section><div class="key">{key}</div>
{timeline}
</section>
{path}
<section><h2>Where the time went</h2><table>
<thead><tr><th>type</th><th>attempts</th><th>failed</th><th>waited (median)</th>
<th>ran (median)</th><th>ran (longest)</th><th>ran (total)</th></tr></thead>
<tbody>{types}</tbody>
</table></section>
{failures}
</main>
</body>
</html>
"""
