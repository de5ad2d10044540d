"""`swf binaries`: the programs that activities need."""

from __future__ import annotations

import click

from swf.cli.options import Group, common
from swf.cli.payloads import pairs
from swf.cli.session import Session


@click.group(cls=Group)
def binaries() -> None:
    """The programs that activities need."""


@binaries.command()
@click.argument("programs", nargs=-1, required=True, metavar="NAME=ADDRESS...")
@common
def download(session: Session, programs: tuple[str, ...]) -> None:
    """Download programs, as workers do for what an activity declares; show where they are.

    An address is s3://bucket/key or the path of a file; #sha256=... behind it is checked.
    """
    from swf.dataflow.download import download as fetch

    found = [{"name": name, "path": str(fetch(name, at))} for name, at in pairs(programs).items()]
    session.rows(found, ("name", "path"))
