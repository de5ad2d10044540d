"""`swf api`: call any operation of the service."""

from __future__ import annotations

import json
from typing import Any

import click

from swf.cli.options import StrictCommand, common_options
from swf.cli.payloads import input_options, pop_input
from swf.cli.session import Session
from swf.text import dump_json, suggest


def complete_operation(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of an operation.

    :param incomplete: the beginning of the name.
    """
    from swf.cli.completers import operations  # only while a shell completes

    return operations(ctx, incomplete)


@click.command(cls=StrictCommand)
@click.argument("operation", shell_complete=complete_operation)
@input_options
@click.option("--paginate", is_flag=True, help="Fetch all pages, and join their lists.")
@common_options
def api(session: Session, operation: str, paginate: bool, **options: Any) -> None:
    """Call any operation of the service.

    OPERATION is a name of the API reference, such as ListDomains or list-domains. The input is the
    JSON of the request, the output the JSON of the response.

    \b
    Examples:
      swf api ListDomains --input '{"registrationStatus": "REGISTERED"}' --paginate
      swf api count-pending-activity-tasks --input '{"domain": "orders", "taskList": {"name": "x"}}'
    """
    from swf.cli.serialize import to_plain  # imports the models, which --help does not need

    params = _parse_params(pop_input(options))
    name = operation if operation[:1].isupper() else operation.title().replace("-", "")
    connection = session.connect()
    try:
        if paginate:
            response = _join_pages(list(connection.pages(name, **params)))
        else:
            response = connection.call(name, **params)
    except AttributeError as error:
        context = click.get_current_context()
        hint = suggest(name, connection.client.meta.service_model.operation_names)
        raise click.UsageError(f"unknown operation: {operation!r}; {hint}", context) from error
    response.pop("ResponseMetadata", None)
    [document] = session.decode_events([response])
    click.echo(dump_json(to_plain(document), indent=2))


def _parse_params(text: str | None) -> dict[str, Any]:
    try:
        params = json.loads(text or "{}")
    except ValueError as error:
        context = click.get_current_context()
        raise click.UsageError(f"--input: not JSON: {error}", context) from error
    if not isinstance(params, dict):
        raise click.UsageError("--input: must be a JSON object", click.get_current_context())
    return params


def _join_pages(pages: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one response with the lists of all pages."""
    response = dict(pages[0])
    for page in pages[1:]:
        for name, value in page.items():
            if isinstance(value, list):
                response[name] = [*response.get(name, []), *value]
    response.pop("nextPageToken", None)
    return response
