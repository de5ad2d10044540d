"""`swf shell`: a Python prompt with models, querysets and the current domain at hand.

It is IPython where that is installed (`swf.cli.ipython`), else Python's own. In both, what is shown
is a table, an error of this library is a line, and ids complete (`swf.cli.candidates`).
"""

from __future__ import annotations

import builtins
import code
import platform
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from swf.cli.options import common
from swf.cli.session import Session

if TYPE_CHECKING:
    from swf.connection import Connection

#: What is at hand by its own name, all of it from `swf`.
NAMES = (
    *("ActivityType", "Domain", "WorkflowExecution", "WorkflowType"),
    *("ActivityTypeQuerySet", "DomainQuerySet"),
    *("WorkflowExecutionQuerySet", "WorkflowTypeQuerySet"),
    *("budget", "check", "connect", "connection", "plan", "using"),
)

#: Collections of the current domain, at hand by their names.
COLLECTIONS = ("executions", "workflow_types", "activity_types")


@click.command()
@click.option("--plain", is_flag=True, help="Python's own prompt, though IPython is there.")
@common
def shell(session: Session, plain: bool) -> None:
    """Open a Python prompt with models, querysets and the current domain at hand."""
    names = Names(session)
    debug = bool(session.get("debug"))
    interact = _plain if plain else _best()
    interact(names, names.banner(), debug)


class Names(dict[str, Any]):
    """The names at hand.

    Collections are made anew before each line, so that they show what is there now; what the user
    puts in the place of one stays.
    """

    def __init__(self, session: Session) -> None:
        import swf
        from swf.models import Domain, History
        from swf.settings import resolve

        super().__init__({name: getattr(swf, name) for name in NAMES}, swf=swf, History=History)
        self._way = session.connect()
        self._makers: dict[str, Callable[[], Any]] = {
            "domains": lambda: swf.DomainQuerySet(connection=self._way)
        }
        name = session.get("domain") or resolve().domain
        if name:
            self["domain"] = domain = Domain(name, connection=self._way)
            self._makers |= {each: _maker(domain, each) for each in COLLECTIONS}
        if session.service is not None:
            self["local"] = session.service
        self._made: dict[str, Any] = {}
        self.update(self._made)
        self.refresh()

    def refresh(self) -> None:
        """Make the collections anew, but for those that the user has replaced."""
        for name, make in self._makers.items():
            if self.get(name) is self._made.get(name):
                self[name] = self._made[name] = make()

    def banner(self) -> str:
        """Return three lines: where this is, what is at hand, and where the rest is told."""
        at_hand = [name for name in ("domain", *self._made, "local") if name in self]
        return "\n".join(
            (
                f"swf {self['swf'].__version__}, Python {platform.python_version()}, "
                f"{_where(self._way, self.get('local'))}",
                f"At hand: {', '.join(at_hand)}; Domain, WorkflowType and so on; swf",
                "An error is a line here: %tb shows the rest. Ctrl-D ends.",
            )
        )


def _maker(domain: Any, name: str) -> Callable[[], Any]:
    return lambda: getattr(domain, name)


def _where(connection: Connection, local: Any) -> str:
    if local is not None:
        return "on an embedded service"
    meta = connection.client.meta
    return f"region {meta.region_name}, {meta.endpoint_url}"


def _best() -> Callable[[Names, str, bool], None]:
    """Return what starts the best prompt that is installed."""
    try:
        from swf.cli.ipython import interact
    except ImportError:
        return _plain
    return interact


def _plain(names: Names, banner: str, debug: bool) -> None:
    try:
        import readline
    except ImportError:  # not on every platform
        pass
    else:
        from swf.cli.candidates import ReadlineCompleter

        readline.set_completer(ReadlineCompleter(names).complete)
        readline.parse_and_bind("tab: complete")
    before, sys.displayhook = sys.displayhook, show
    try:
        Console(names, debug).interact(banner, exitmsg="")
    finally:
        sys.displayhook = before


def show(value: Any) -> None:
    """Show a value at Python's own prompt: a table where IPython would show one."""
    from swf.models.display import Displayed

    if isinstance(value, Displayed):
        builtins._ = value  # type: ignore[attr-defined] # as Python's own hook does
        click.echo(value._display().text())
    else:
        sys.__displayhook__(value)


class Console(code.InteractiveConsole):
    """Python's own prompt, with errors of one line."""

    def __init__(self, names: Names, debug: bool) -> None:
        super().__init__(names)
        self._names = names
        self._debug = debug

    def runsource(self, source: str, *args: Any, **kwargs: Any) -> bool:
        """Run a line; `%tb` shows the whole of the last error."""
        if source.strip() == "%tb":
            self.write(_last_traceback())
            return False
        self._names.refresh()
        return super().runsource(source, *args, **kwargs)

    def showtraceback(self) -> None:
        """Show an error that was raised on purpose as a line, and any other as ever."""
        error = sys.exc_info()[1]
        if self._debug or not is_ours(error):
            super().showtraceback()
        else:
            keep(error)
            self.write(one_line(error) + "\n")


def is_ours(error: BaseException | None) -> bool:
    """Tell whether an error is one that this library raises on purpose."""
    from swf.exceptions import SWFError

    return isinstance(error, SWFError)


def one_line(error: BaseException | None) -> str:
    """Return an error as a line."""
    from swf.cli.errors import line

    return f"{type(error).__name__}: {line(error)}" if error else ""


def keep(error: BaseException | None) -> None:
    """Keep an error where `%tb` and debuggers look for it."""
    if error is not None:
        sys.last_type, sys.last_value = type(error), error
        sys.last_traceback = error.__traceback__


def _last_traceback() -> str:
    error: BaseException | None = getattr(sys, "last_value", None)
    return "".join(traceback.format_exception(error)) if error else "no error yet\n"
