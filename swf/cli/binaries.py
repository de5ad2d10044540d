"""`swf binaries`: download the programs that activities need."""

from __future__ import annotations

import click

from swf.cli.options import CommandGroup, common_options
from swf.cli.payloads import parse_mapping
from swf.cli.session import Session


@click.group(cls=CommandGroup)
def binaries() -> None:
    """Download programs that activities need.

    \b
    Example:
      swf binaries download tool=/bin/true
    """


@binaries.command()
@click.argument("programs", nargs=-1, required=True, metavar="NAME=ADDRESS...")
@common_options
def download(session: Session, programs: tuple[str, ...]) -> None:
    """Download programs and show their paths.

    Workers do the same for the programs that an activity declares. An address is s3://bucket/key or
    the path of a file. A suffix #sha256=... is verified.

    \b
    Example:
      swf binaries download tool=/bin/true
    """
    from swf.dataflow.download import download as fetch

    pairs = parse_mapping(programs)
    rows = [{"name": name, "path": str(fetch(name, address))} for name, address in pairs.items()]
    session.rows(rows, ("name", "path"))
