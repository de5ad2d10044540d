"""The page of a timeline: what came of an execution, its drawing, and what took how long."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape

from swf.models.history import History
from swf.models.history.entity import Entity
from swf.report.bars import drawing
from swf.report.path import critical_path
from swf.report.profile import KINDS, told
from swf.report.svg import draw, legend
from swf.report.words import short, shown

#: Failures that are told in full.
FAILURES = 20

#: Steps of the critical path that are named.
STEPS = 12


def of(history: History, title: str | None = None) -> str:
    """Return the page; the arguments are those of `timeline.html`."""
    kind = history.execution.workflow_type
    heading = title or (f"{kind.name} {kind.version}" if kind else "execution")
    status = history.execution.close_status or history.execution.status
    drawn = drawing(history)
    return _PAGE.format(
        title=escape(heading),
        status=escape(status.lower()),
        status_shown=escape(status.replace("_", " ").lower()),
        facts=_facts(history),
        key="".join(_KEYS[kind].format(color=color, words=w) for kind, color, w in legend(drawn)),
        timeline=draw(drawn),
        path=_path(history),
        types=_types(history),
        failures=_failures(history),
    )


def _facts(history: History) -> str:
    run = history.execution
    attempts = _attempts(history)
    working = sum((a.running for a in attempts if a.running and not _is_timer(a)), timedelta(0))
    facts = {
        "started": f"{run.started_at:%Y-%m-%d %H:%M:%S %Z}",
        "duration": shown(run.duration) if run.duration is not None else "open",
        "working time": shown(working),
        "activities": str(len(history.activities)),
        "attempts": str(len(attempts)),
        "failed": str(sum(attempt.is_failed for attempt in attempts)),
        "decisions": str(len(history.decision_tasks)),
        "events": f"{len(history):,}",
    }
    if run.reason:
        facts["reason"] = run.reason
    wrong = {"reason", *(["failed"] if facts["failed"] != "0" else [])}
    return "".join(
        f'<div class="{kind}"><dt>{escape(name)}</dt><dd>{escape(fact)}</dd></div>'
        for name, fact in facts.items()
        for kind in ("wrong" if name in wrong else "fact",)
    )


def _attempts(history: History) -> list[Entity]:
    return [
        attempt
        for view in KINDS
        for entity in getattr(history, view).values()
        for attempt in entity.attempts
    ]


def _is_timer(attempt: Entity) -> bool:
    return not hasattr(attempt, "name")


def _path(history: History) -> str:
    """Return the critical path in words, with what each step of it took."""
    path = critical_path(history)
    steps = [
        f"<li>{escape(short(str(getattr(one, 'name', 'timer')), history))} "
        f"<small>{shown(_spent(one))}</small></li>"
        for one in path[-STEPS:]
    ]
    if not steps:
        return ""
    more = f"<li>{len(path) - STEPS} before</li>" if len(path) > STEPS else ""
    return f"<section><h2>Critical path</h2><ol>{more}{''.join(steps)}</ol></section>"


def _spent(attempt: Entity) -> timedelta:
    return (attempt.queued or timedelta(0)) + (attempt.running or timedelta(0))


def _types(history: History) -> str:
    """Return the types as rows: how many, how long they waited and ran."""
    names: dict[str, list[Entity]] = {}
    for attempt in _attempts(history):
        if not _is_timer(attempt):
            name = short(str(getattr(attempt, "name", None)), history)
            names.setdefault(name, []).append(attempt)
    return "".join(map(_type, names, names.values()))


def _type(name: str, attempts: list[Entity]) -> str:
    ran = sorted(a.running for a in attempts if a.running is not None)
    waited = sorted(a.queued for a in attempts if a.queued is not None)
    failed = sum(a.is_failed for a in attempts)
    cells = [
        name,
        str(len(attempts)),
        str(failed or ""),
        shown(waited[len(waited) // 2]) if waited else "",
        shown(ran[len(ran) // 2]) if ran else "",
        shown(ran[-1]) if ran else "",
        shown(sum(ran, timedelta(0))),
    ]
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>\n"


def _failures(history: History) -> str:
    failed = [
        (attempt, number)
        for view in KINDS
        for entity in getattr(history, view).values()
        for number, attempt in enumerate(entity.attempts, start=1)
        if attempt.is_failed
    ]
    if not failed:
        return ""
    failed.sort(key=lambda each: each[0].closed_event_id or 0)
    begin = history.first.timestamp
    rows = [_failure(attempt, number, begin) for attempt, number in failed[:FAILURES]]
    if len(failed) > FAILURES:
        rows.append(f'<tr><td colspan="5">and {len(failed) - FAILURES} more</td></tr>')
    return (
        '<section><h2>Failures</h2><table class="told"><thead><tr><th>id</th><th>attempt</th>'
        f"<th>after</th><th>state</th><th>why</th></tr></thead>{''.join(rows)}</table></section>"
    )


def _failure(attempt: Entity, number: int, begin: datetime) -> str:
    cells = [
        str(attempt.id),
        str(number),
        shown((attempt.closed_at or begin) - begin),
        attempt.state.replace("_", " "),
        told(attempt) or "",
    ]
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>\n"


#: What stands in the legend for each kind of mark.
_KEYS = {
    "bar": '<span><i style="background:{color}"></i>{words}</span>',
    "waiting": '<span><i class="waiting" style="background:{color}"></i>{words}</span>',
    "path": '<span><i class="path"></i>{words}</span>',
    "dot": '<span><b style="background:{color}"></b>{words}</span>',
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
th:first-child, td:first-child, .told td, .told th {{ text-align: left; }}
td:first-child, .told td:last-child {{ overflow-wrap: anywhere; min-width: 8em; }}
th, .told td:not(:first-child):not(:last-child) {{ white-space: nowrap; }}
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
<th>ran (median)</th><th>ran (longest)</th><th>ran (in all)</th></tr></thead>
<tbody>{types}</tbody>
</table></section>
{failures}
</main>
</body>
</html>
"""
