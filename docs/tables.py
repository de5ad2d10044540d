"""The tables of the reference, made of what the code says; `make docs` writes them anew.

A page holds a table between two comments, `<!-- table: events -->` and `<!-- end -->`, so that it
can be read wherever Markdown is shown. The tests hold the pages against what is made here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from swf import constants, exceptions
from swf.cli.app import app
from swf.cli.options import Common
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
from swf.querysets.lookups import OPERATORS, Schema

REFERENCE = Path(__file__).parent / "reference"
PLACE = re.compile(r"(?<=<!-- table: )(\w+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)

#: Names in `swf.constants` -> what they bound.
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
    "RETENTION_DAYS_LIMIT": "days that closed executions are kept",
    "EXECUTION_TIMEOUT_LIMIT": "seconds that an execution may stay open: a year",
    "LONG_POLL": "seconds that a poll waits for a task",
}

#: Names in `swf.local.limits` -> what they bound.
QUOTAS = {
    "HISTORY_EVENTS": "events of a history; the execution is terminated at the last",
    "OPEN_ACTIVITIES": "open activities of an execution",
    "OPEN_TIMERS": "open timers of an execution",
    "OPEN_CHILDREN": "open children of an execution",
    "OPEN_LAMBDAS": "open Lambda functions of an execution",
    "LAMBDA_SECONDS": "seconds that a Lambda function may run",
    "RESOURCE_TAGS": "resource tags of a domain",
    "PAGE_TOKEN_LIFE": "seconds after which the token of a next page expires",
    "DOMAINS": "registered domains of an account and region",
    "TYPES_PER_DOMAIN": "workflow types of a domain, deprecated ones too; as many activity types",
    "OPEN_EXECUTIONS_PER_DOMAIN": "open executions of a domain",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def events() -> str:
    """Return a row for each of the 54 event types."""
    head = ("event type", "entity", "state", "follows", "attributes")
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
    """Return a row for each of the 13 decisions: the class and the action that make it."""
    makers = {
        getattr(kind, action).decision_type: f'{kind.__name__}("{action}", ...)'
        for kind in Decision.__subclasses__()
        for action in kind.actions()
    }
    return table(
        ("decision", "made by", "it needs", "it may have"),
        (
            (
                code([name]),
                code([makers[name]]),
                code(a.name for a in attributes if a.required),
                code(a.name for a in attributes if not a.required),
            )
            for name, attributes in DECISIONS.items()
        ),
    )


def errors() -> str:
    """Return a row for each class of the error tree, children after their parent."""
    return table(("class", "is a", "when"), _below(exceptions.SWFError))


def _below(parent: type[Exception]) -> Iterable[Sequence[str]]:
    for kind in parent.__subclasses__():
        if kind.__module__ == exceptions.__name__:
            when = (kind.__doc__ or "").split("\n")[0].rstrip(".")
            yield code([kind.__name__]), code(base.__name__ for base in kind.__bases__), when
            yield from _below(kind)


def faults() -> str:
    """Return the classes into which the service's fault codes are translated."""
    codes: dict[str, list[str]] = {}
    for name, kind in exceptions.FAULTS.items():
        codes.setdefault(kind.__name__, []).append(name)
    return table(("raised as", "fault codes"), ((code([k]), code(v)) for k, v in codes.items()))


def bounds() -> str:
    """Return the documented limits of fields."""
    head = ("`swf.constants`", "at most", "of what")
    return table(
        head, ((code([k]), f"{getattr(constants, k):,}", what) for k, what in FIELDS.items())
    )


def quotas() -> str:
    """Return the limits of executions and accounts."""
    return table(
        ("at most", "of what"), ((f"{getattr(limits, k):,}", what) for k, what in QUOTAS.items())
    )


def rates() -> str:
    """Return how fast operations and decisions may come."""
    buckets = {**limits.OPERATION_RATES, **limits.DECISION_RATES}
    return table(
        ("operation or decision", "at once", "a second after that"),
        ((code([name]), f"{size:,}", f"{refill:,}") for name, (size, refill) in buckets.items()),
    )


def operators() -> str:
    """Return the operators of lookups."""
    return code(f"__{name}" for name in OPERATORS) + "\n"


def lookups() -> str:
    """Return what can be asked of the rows of each queryset."""
    kinds: dict[str, Schema] = {
        "domains": DomainQuerySet.schema,
        "workflow types": WorkflowTypeQuerySet.schema,
        "activity types": ActivityTypeQuerySet.schema,
        "executions": WorkflowExecutionQuerySet.schema,
    }
    return table(
        ("rows", "short names", "in a list", "by a call for each row"),
        (
            (
                name,
                code(schema.aliases),
                code(one for one in schema.attributes if one in schema.listed),
                code(one for one in schema.attributes if one not in schema.listed),
            )
            for name, schema in kinds.items()
        ),
    )


def common_options() -> str:
    """Return the options that every command takes."""
    context = click.Context(app, info_name="swf")
    taken = [option for option in app.params if isinstance(option, Common)]
    return _options(context, taken)


def commands() -> str:
    """Return a section for each command and each verb: how it is called, its options."""
    root = click.Context(app, info_name="swf")
    found = [(name, app.get_command(root, name)) for name in app.list_commands(root)]
    return "\n".join(_section(command, name, root, 3) for name, command in found if command)


def _section(command: click.Command, name: str, parent: click.Context, level: int) -> str:
    context = click.Context(command, info_name=name, parent=parent)
    parts = [f"{'#' * level} {context.command_path}\n", f"{_prose(command.help or '')}\n"]
    verbs = command.commands if isinstance(command, click.Group) else {}
    if not verbs:
        usage = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
        parts.append(f"```text\n{' '.join([context.command_path, *usage])}\n```\n")
        own = [option for option in command.params if not isinstance(option, Common)]
        parts.append(_options(context, own))
    return "\n".join(
        [
            *filter(None, parts),
            *(_section(each, verb, context, level + 1) for verb, each in verbs.items()),
        ]
    )


def _prose(text: str) -> str:
    """Return the help of a command with a paragraph on a line, so that words wrap by themselves."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _options(context: click.Context, options: Iterable[click.Parameter]) -> str:
    named = (option for option in options if isinstance(option, click.Option))
    records = filter(None, (option.get_help_record(context) for option in named))
    rows = [[code([_cell(names)]), _cell(told)] for names, told in records]
    return table(("option", "what it does"), rows) if rows else ""


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


def rewritten(text: str) -> str:
    """Return a page with its tables as they are now."""
    return PLACE.sub(lambda place: f"{place[1]}{place[2]}\n{TABLES[place[1]]()}\n", text)


if __name__ == "__main__":
    for page in REFERENCE.glob("*.md"):
        page.write_text(rewritten(page.read_text()))
