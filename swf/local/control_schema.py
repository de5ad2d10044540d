"""The OpenAPI document of the control API."""

from __future__ import annotations

from typing import Any


def _operation(
    summary: str, *, body: dict[str, Any] | None = None, name: str | None = None
) -> dict[str, Any]:
    """Return the description of one method of a path.

    :param body: the properties of the JSON body; None if there is none.
    :param name: the parameter in the path.
    """
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": {
            "200": {"description": "Done", "content": {"application/json": {"schema": _OBJECT}}},
            "400": {"description": "The request names the wrong field, value and rule in `error`"},
        },
    }
    if body is not None:
        schema = {"type": "object", "properties": body}
        operation["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    if name is not None:
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        ]
    return operation


_OBJECT: dict[str, Any] = {"type": "object"}
_STRING = {"type": "string"}
_NUMBER = {"type": "number"}
_SECONDS = {"oneOf": [_NUMBER, _STRING], "example": "30d"}
_RULE = {
    "kind": {"type": "string", "example": "LostResponse"},
    "operation": _STRING,
    "domain": _STRING,
    "probability": _NUMBER,
    "times": {"type": "integer"},
    "seed": {"type": "integer"},
    "seconds": _NUMBER,
    "code": _STRING,
    "message": _STRING,
    "status": {"type": "integer"},
    "cause": _STRING,
}
_SNAPSHOT = {
    "now": _NUMBER,
    "tenants": {"type": "array", "items": _OBJECT},
    "checksum": {"type": "integer"},
}

OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Control API of a local SWF",
        "version": "1",
        "description": "Changes the whole service; every request but GET sends application/json.",
    },
    "paths": {
        "/_swf/clock": {"get": _operation("Return the time, and when something is due next.")},
        "/_swf/clock/advance": {
            "post": _operation("Advance the clock.", body={"seconds": _SECONDS})
        },
        "/_swf/clock/skip": {"post": _operation("Advance the clock to the next deadline.")},
        "/_swf/clock/freeze": {"post": _operation("Stop the clock.")},
        "/_swf/clock/resume": {"post": _operation("Let the clock run on.")},
        "/_swf/faults": {
            "get": _operation("List the fault rules."),
            "post": _operation("Add a fault rule.", body=_RULE),
            "delete": _operation("Remove all fault rules."),
        },
        "/_swf/faults/{id}": {"delete": _operation("Remove a fault rule.", name="id")},
        "/_swf/snapshots": {"get": _operation("List the snapshots.")},
        "/_swf/snapshots/{name}": {
            "get": _operation("Download a snapshot.", name="name"),
            "post": _operation("Save or upload a snapshot.", body=_SNAPSHOT, name="name"),
            "delete": _operation("Remove a snapshot.", name="name"),
        },
        "/_swf/snapshots/{name}/restore": {"post": _operation("Restore a snapshot.", name="name")},
        "/_swf/polls/end": {
            "post": _operation(
                "End waiting polls with an empty response.",
                body={"identities": {"type": "array", "items": _STRING}},
            )
        },
        "/_swf/reset": {"post": _operation("Remove everything in all accounts.")},
        "/_swf/accounts": {"get": _operation("List accounts and regions with their counts.")},
        "/_swf/limits": {
            "get": _operation("Return whether quotas and throttling apply."),
            "put": _operation("Apply quotas or not.", body={"limits": _STRING}),
        },
        "/_swf/events": {"get": _operation("Stream what happens as server-sent events.")},
        "/_swf/health": {"get": _operation("Return whether the service runs.")},
        "/_swf/metrics": {"get": _operation("Return the gauges of the service.")},
        "/_swf/openapi.json": {"get": _operation("Return this document.")},
    },
}
