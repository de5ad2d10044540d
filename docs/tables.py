"""Generate the tables of the reference from the code; `make docs` updates the pages.

A page contains a generated table between the comments `<!-- table: events -->` and `<!-- end -->`.
A test fails if a page is not up to date.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from swf import constants, exceptions
from swf.cli.app import app
from swf.cli.options import CommonOption
from swf.local import limits
from swf.models.decision.base import Decision
from swf.models.decision.table import DECISIONS
from swf.models.event.base import attribute_name
from swf.models.event.table import EVENT_TYPES
from swf.querysets import (
    ActivityTypeQuerySet,
    DomainQuerySet,
    WorkflowExecutionQuerySet,
    WorkflowTypeQuerySet,
)
from swf.querysets.conditions import OPERATORS
from swf.querysets.schema import Schema

REFERENCE = Path(__file__).parent / "reference"
TABLE = re.compile(r"(?<=<!-- table: )(\w+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)

#: Names in `swf.constants` -> unit.
FIELDS = {
    "ID_LIMIT": "characters of a name, a workflow id, an activity, timer, signal or marker name",
    "VERSION_LIMIT": "characters of a version",
    "RUN_ID_LIMIT": "characters of a run id",
    "DESCRIPTION_LIMIT": "characters of a description",
    "DATA_LIMIT": "characters of an input, result, details, control or execution context",
    "REASON_LIMIT": "characters of the reason of a failure or termination",
    "HEARTBEAT_DETAILS_LIMIT": "characters of the details of a heartbeat",
    "IDENTITY_LIMIT": "characters of the identity of a poller",
    "TAG_LIMIT": "characters of a tag of an execution",
    "TAG_LIST_LIMIT": "tags of an execution",
    "ARN_LIMIT": "characters of an ARN",
    "PAGE_SIZE_LIMIT": "rows or events of a page",
    "RETENTION_DAYS_LIMIT": "days of the retention period",
    "EXECUTION_TIMEOUT_LIMIT": "seconds of an execution timeout: a year",
    "LONG_POLL": "seconds of a long poll",
}

#: Names in `swf.local.limits` -> unit.
QUOTAS = {
    "HISTORY_EVENTS": "events of a history; the last one terminates the execution",
    "OPEN_ACTIVITIES": "open activities of an execution",
    "OPEN_TIMERS": "open timers of an execution",
    "OPEN_CHILDREN": "open children of an execution",
    "OPEN_LAMBDAS": "open Lambda functions of an execution",
    "LAMBDA_SECONDS": "seconds of a Lambda function's timeout",
    "RESOURCE_TAGS": "resource tags of a domain",
    "PAGE_TOKEN_LIFE": "seconds until a page token expires",
    "DOMAINS": "registered domains of an account and region",
    "TYPES_PER_DOMAIN": "types of each kind in a domain, including deprecated ones",
    "OPEN_EXECUTIONS_PER_DOMAIN": "open executions of a domain",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def code(names: Iterable[str]) -> str:
    """Return names as inline code, separated by commas."""
    return ", ".join(f"`{name}`" for name in names)


def events() -> str:
    """Return a row for each of the 54 event types."""
    head = ("event type", "entity", "state", "link", "attributes")
    return table(
        head,
        (
            (
                code([kind.name]),
                kind.entity,
                f"`{kind.state}`",
                code([attribute_name(kind.link)] if kind.link else []),
                code(map(attribute_name, kind.attributes)),
            )
            for kind in EVENT_TYPES.values()
        ),
    )


def decisions() -> str:
    """Return a row for each of the 13 decisions: constructor and attributes."""
    constructors = {
        getattr(kind, action).decision_type: f'{kind.__name__}("{action}", ...)'
        for kind in Decision.__subclasses__()
        for action in kind.actions()
    }
    return table(
        ("decision", "constructor", "required", "optional"),
        (
            (
                code([name]),
                code([constructors[name]]),
                code(a.name for a in attributes if a.required),
                code(a.name for a in attributes if not a.required),
            )
            for name, attributes in DECISIONS.items()
        ),
    )


def errors() -> str:
    """Return a row for each exception class, subclasses after their base class."""
    return table(("class", "base classes", "raised when"), _subclass_rows(exceptions.SWFError))


def _subclass_rows(parent: type[Exception]) -> Iterable[Sequence[str]]:
    for kind in parent.__subclasses__():
        if kind.__module__ == exceptions.__name__:
            when = (kind.__doc__ or "").split("\n")[0].rstrip(".")
            yield code([kind.__name__]), code(base.__name__ for base in kind.__bases__), when
            yield from _subclass_rows(kind)


def faults() -> str:
    """Return a row for each exception class with the fault codes that raise it."""
    codes: dict[str, list[str]] = {}
    for name, kind in exceptions.FAULTS.items():
        codes.setdefault(kind.__name__, []).append(name)
    return table(("class", "fault codes"), ((code([k]), code(v)) for k, v in codes.items()))


def bounds() -> str:
    """Return the documented limits of fields."""
    head = ("`swf.constants`", "maximum", "unit")
    return table(
        head, ((code([k]), f"{getattr(constants, k):,}", unit) for k, unit in FIELDS.items())
    )


def quotas() -> str:
    """Return the quotas of executions and accounts."""
    return table(
        ("maximum", "unit"),
        ((f"{getattr(limits, k):,}", unit) for k, unit in QUOTAS.items()),
    )


def rates() -> str:
    """Return the token bucket of each throttled operation and decision."""
    buckets = {**limits.OPERATION_RATES, **limits.DECISION_RATES}
    return table(
        ("operation or decision", "bucket", "refill per second"),
        ((code([name]), f"{size:,}", f"{refill:,}") for name, (size, refill) in buckets.items()),
    )


def operators() -> str:
    """Return the lookup operators."""
    return code(f"__{name}" for name in OPERATORS) + "\n"


def lookups() -> str:
    """Return the lookups of each queryset."""
    kinds: dict[str, Schema] = {
        "domains": DomainQuerySet.schema,
        "workflow types": WorkflowTypeQuerySet.schema,
        "activity types": ActivityTypeQuerySet.schema,
        "executions": WorkflowExecutionQuerySet.schema,
    }
    return table(
        ("rows", "filter arguments", "from the list call", "from one describe call per row"),
        (
            (
                name,
                code(schema.aliases),
                code(name for name in schema.attributes if name in schema.listed),
                code(name for name in schema.attributes if name not in schema.listed),
            )
            for name, schema in kinds.items()
        ),
    )


def common_options() -> str:
    """Return the options that every command accepts."""
    context = click.Context(app, info_name="swf")
    options = [option for option in app.params if isinstance(option, CommonOption)]
    return _options(context, options)


def commands() -> str:
    """Return a section for each command and subcommand: help, usage and options."""
    root = click.Context(app, info_name="swf")
    groups = [(name, app.get_command(root, name)) for name in app.list_commands(root)]
    return "\n".join(_section(command, name, root, 3) for name, command in groups if command)


def _section(command: click.Command, name: str, parent: click.Context, level: int) -> str:
    context = click.Context(command, info_name=name, parent=parent)
    parts = [f"{'#' * level} {context.command_path}\n", f"{_prose(command.help or '')}\n"]
    subcommands = command.commands if isinstance(command, click.Group) else {}
    if not subcommands:
        usage = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
        usage = [re.sub(r"^\[\[(.*)\]\]$", r"[\1]", piece) for piece in usage]  # click before 8.5
        parts.append(f"```text\n{' '.join([context.command_path, *usage])}\n```\n")
        options = [option for option in command.params if not isinstance(option, CommonOption)]
        parts.append(_options(context, options))
    return "\n".join(
        [
            *filter(None, parts),
            *(_section(sub, name, context, level + 1) for name, sub in subcommands.items()),
        ]
    )


def _prose(text: str) -> str:
    """Return the help of a command with one line per paragraph, and its examples as a block."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(
        _example_block(paragraph) if paragraph.startswith("\b") else " ".join(paragraph.split())
        for paragraph in paragraphs
    )


def _example_block(paragraph: str) -> str:
    """Return a paragraph that click does not wrap: a title, then a command on each line."""
    title, *lines = paragraph.removeprefix("\b").strip().split("\n")
    commands = "\n".join(line.strip() for line in lines)
    return f"{title}\n\n```text\n{commands}\n```"


def _options(context: click.Context, options: Iterable[click.Parameter]) -> str:
    flags = (option for option in options if isinstance(option, click.Option))
    records = filter(None, (option.get_help_record(context) for option in flags))
    rows = [[code([_cell(names)]), _cell(text)] for names, text in records]
    return table(("option", "description"), rows) if rows else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


TABLES: dict[str, Callable[[], str]] = {
    "bounds": bounds,
    "commands": commands,
    "common_options": common_options,
    "decisions": decisions,
    "errors": errors,
    "events": events,
    "faults": faults,
    "lookups": lookups,
    "operators": operators,
    "quotas": quotas,
    "rates": rates,
}


def update(text: str) -> str:
    """Return the text of a page with up-to-date tables."""
    return TABLE.sub(lambda match: f"{match[1]}{match[2]}\n{TABLES[match[1]]()}\n", text)


if __name__ == "__main__":
    for page in REFERENCE.glob("*.md"):
        page.write_text(update(page.read_text()))
