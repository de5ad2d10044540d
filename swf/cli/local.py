"""`swf local`: serve a local SWF."""

from __future__ import annotations

import click

from swf.cli.options import Command


@click.command(cls=Command)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=4570,
    show_default=True,
    help="Port; 0 chooses a free one.",
)
@click.option("--database", metavar="FILE", help="Store the state in a file; in memory by default.")
@click.option(
    "--limits",
    type=click.Choice(("strict", "off")),
    default="off",
    show_default=True,
    help="Whether quotas and throttling apply.",
)
@click.option(
    "--clock",
    type=click.Choice(("system", "skipping")),
    default="system",
    show_default=True,
    help="Source of the time; the skipping clock jumps over waiting times.",
)
@click.option("--allow-host", multiple=True, metavar="NAME", help="A host name of this server.")
def local(allow_host: tuple[str, ...], **options: str | int | None) -> int:
    """Serve a local SWF without an AWS account.

    Serves until Ctrl-C. Standard output has one line for a shell to evaluate: export
    AWS_ENDPOINT_URL_SWF=...

    \b
    Examples:
      swf local --port 0
      swf local --port 0 --clock skipping --limits strict
    """
    import aiohttp  # noqa: F401 - raises for a missing extra

    from swf.local.__main__ import main

    values = {name: value for name, value in options.items() if value is not None}
    arguments = [f"--{name}={value}" for name, value in values.items()]
    return main([*arguments, *(f"--allow-host={name}" for name in allow_host)])
