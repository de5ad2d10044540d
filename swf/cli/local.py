"""`swf local`: serve an SWF of one's own."""

from __future__ import annotations

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=4570,
    show_default=True,
    help="Port; 0 takes a free one.",
)
@click.option("--database", metavar="FILE", help="Keep everything in this file; else in memory.")
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
    help="Where the time comes from; the skipping one waits for nothing.",
)
@click.option("--allow-host", multiple=True, metavar="NAME", help="A further name of this server.")
def local(allow_host: tuple[str, ...], **options: str | int | None) -> int:
    """Serve an SWF of your own, without an account, until Ctrl-C.

    Standard output gets one line for a shell to evaluate: export AWS_ENDPOINT_URL_SWF=...
    """  # fmt: skip
    from swf.local.__main__ import main

    given = {name: value for name, value in options.items() if value is not None}
    arguments = [f"--{name}={value}" for name, value in given.items()]
    return main([*arguments, *(f"--allow-host={name}" for name in allow_host)])
