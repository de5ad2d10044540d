"""`swf shell`: a Python prompt with models, querysets and the current domain.

It is IPython if that is installed (`ipython_prompt`), otherwise Python's own (`python_prompt`).
Both show tables and one-line errors, and complete ids (`prompt_completion`). If standard input is
not a terminal, it is a script.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import click

from swf.cli.options import StrictCommand, common_options
from swf.cli.session import Session


@click.command(cls=StrictCommand)
@click.option("--plain", is_flag=True, help="Use Python's prompt even if IPython is installed.")
@common_options
def shell(session: Session, plain: bool) -> None:
    """Open a Python prompt for SWF.

    Defines models, querysets and the current domain. A script on standard input runs up to the
    first error. --redact is not supported.

    \b
    Examples:
      echo 'executions.count()' | swf shell
      swf shell < script.py
    """
    if session.get("redact"):
        raise click.UsageError(
            "--redact, SWF_REDACT: not supported by the prompt", click.get_current_context()
        )
    from swf.cli.code import add_current_directory_to_path
    from swf.cli.prompt import PromptNamespace, describe_connection
    from swf.cli.python_prompt import run_script
    from swf.connection import set_default
    from swf.models.display import local_time

    add_current_directory_to_path()
    connection = session.connect()
    local_time.set(session.get("time_zone") == "local")
    set_default(connection)  # for threads: `using` applies to one thread
    local = {} if session.service is None else {"local": session.service}
    names = PromptNamespace(session.domain_name, **local)
    names.context, names.has_colors = session.context, session.has_colors
    try:
        if not sys.stdin.isatty():
            run_script(names, sys.stdin.read())
        else:
            banner = names.banner(describe_connection(connection, session.service))
            _choose_prompt(plain)(names, banner, bool(session.get("debug")))
    finally:
        local_time.set(False)
        set_default(None)


def _choose_prompt(plain: bool) -> Callable[[Any, str, bool], None]:
    """Return IPython's prompt if it is installed, otherwise Python's."""
    if plain or find_spec("IPython") is None:
        from swf.cli.python_prompt import interact
    else:
        from swf.cli.ipython_prompt import interact
    return interact
