"""`swf shell`: a Python prompt with models, querysets and the current domain at hand.

It is IPython where that is installed (`swf.cli.ipython`), else Python's own (`swf.cli.console`). In
both, what is shown is a table, an error is a line, and ids complete (`swf.cli.candidates`). Where
nobody types, standard input is a script.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import click

from swf.cli.options import common
from swf.cli.session import Session


@click.command()
@click.option("--plain", is_flag=True, help="Python's own prompt, though IPython is there.")
@common
def shell(session: Session, plain: bool) -> None:
    """Open a Python prompt with models, querysets and the current domain at hand.

    A script on standard input runs as if it were typed, up to the first error. --redact is refused.
    """
    if session.get("redact"):
        raise click.UsageError(
            "--redact, SWF_REDACT: a prompt shows what is there", click.get_current_context()
        )
    from swf.cli.code import look_here_first
    from swf.cli.console import run_script
    from swf.cli.prompt import Names, place
    from swf.connection import set_default
    from swf.settings import resolve

    look_here_first()
    connection = session.connect()
    set_default(connection)  # for threads, which do not see what is in force in this one
    local = {} if session.service is None else {"local": session.service}
    names = Names(session.get("domain") or resolve().domain, **local)
    try:
        if not sys.stdin.isatty():
            run_script(names, sys.stdin.read())
        else:
            banner = names.banner(place(connection, session.service))
            _best(plain)(names, banner, bool(session.get("debug")))
    finally:
        set_default(None)


def _best(plain: bool) -> Callable[[Any, str, bool], None]:
    """Return what runs the best prompt that is installed."""
    if plain or find_spec("IPython") is None:
        from swf.cli.console import interact
    else:
        from swf.cli.ipython import interact
    return interact
