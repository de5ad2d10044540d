"""Contexts: named connections and domains of the command, stored in `~/.swf-contexts`.

A context is complete: it records the region and the endpoint that were in effect when it was
created, so that environment variables cannot redirect it later. It holds no credentials.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from swf.exceptions import ValidationError

#: The section that names the context in use; a name of a context has no blank.
_STATE: Final = "in use"

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)  # every command imports this module, and needs no attrs
class Context:
    """A named connection and domain.

    :param name: letters, digits, `.`, `_` and `-`, at most 64.
    :param region: name of the AWS region.
    :param profile: name of a profile in `~/.aws`.
    :param endpoint_url: URL of the service; None only for an embedded service.
    :param local: the database of an embedded service.
    :param domain: default domain.
    :param production: whether the prompt and confirmations show the name in red.
    """

    name: str
    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    local: str | None = None
    domain: str | None = None
    production: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            rule = "must be 1 to 64 letters, digits, '.', '_' or '-', the first no punctuation"
            raise ValidationError("context", self.name, rule)
        address = urlsplit(self.endpoint_url or "")
        if address.username or address.password:
            raise ValidationError("endpoint_url", ..., "must not contain a user or a password")

    def with_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of common options in this context; options override its values.

        An endpoint that contains the region of the context follows `--region`, and an option for
        another service replaces the service of the context.

        :param options: the options of the command line by parameter name.
        """
        values = {"region": self.region, "profile": self.profile, "domain": self.domain}
        if not options.keys() & {"local", "local_database", "endpoint_url"}:
            values |= {"local_database": self.local, "endpoint_url": self._endpoint(options)}
        return {**values, **options}

    def _endpoint(self, options: Mapping[str, Any]) -> str | None:
        region = options.get("region")
        if self.endpoint_url is None or self.region is None or region is None:
            return self.endpoint_url
        return self.endpoint_url.replace(f".{self.region}.", f".{region}.")


#: The keys of a section of the file.
_KEYS: Final = tuple(field.name for field in fields(Context) if field.name != "name")


class ContextStore:
    """The file with the contexts, and the name of the one in use.

    :param path: the file, which may not exist; `~/.swf-contexts` by default.
    :raises ValidationError: the file is malformed.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path.home() / ".swf-contexts"
        parser = configparser.ConfigParser(interpolation=None, default_section="")
        try:
            parser.read(self._path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            rule = f"malformed ({type(error).__name__})"
            raise ValidationError("contexts", str(self._path), rule) from None
        self.current: str | None = parser.get(_STATE, "context", fallback=None) or None
        self._contexts = {
            name: self._read(name, dict(parser[name]))
            for name in parser.sections()
            if name != _STATE
        }

    def __iter__(self) -> Iterator[Context]:
        return iter(self._contexts.values())

    def get(self, name: str) -> Context:
        """Return a context.

        :raises ValidationError: the context does not exist; the message lists the names.
        """
        if name not in self._contexts:
            names = ", ".join(self._contexts) or "none; create one: swf context create NAME"
            raise ValidationError("context", name, f"does not exist; there are {names}")
        return self._contexts[name]

    def save(self, context: Context) -> None:
        """Add a context, or replace the one of the same name."""
        self._contexts[context.name] = context
        self._write()

    def remove(self, name: str) -> None:
        """Remove a context. If it is in use, no context is in use afterwards.

        :raises ValidationError: the context does not exist.
        """
        self.get(name)
        del self._contexts[name]
        self.use(None if self.current == name else self.current)

    def use(self, name: str | None) -> None:
        """Record the context in use.

        :param name: None for no context.
        :raises ValidationError: the context does not exist.
        """
        self.current = name if name is None else self.get(name).name
        self._write()

    def _read(self, name: str, values: dict[str, str]) -> Context:
        if unknown := [key for key in values if key not in _KEYS]:
            rule = f"unknown key [{name}] {unknown[0]}; must be one of {', '.join(_KEYS)}"
            raise ValidationError("contexts", str(self._path), rule)
        production = values.pop("production", "no") == "yes"
        return Context(name, **values, production=production)

    def _write(self) -> None:
        """Replace the file, so that a reader never sees a part of it."""
        parser = configparser.ConfigParser(interpolation=None, default_section="")
        if self.current is not None:
            parser[_STATE] = {"context": self.current}
        for context in self:
            values = {key: getattr(context, key) for key in _KEYS}
            values["production"] = "yes" if context.production else None
            parser[context.name] = {key: value for key, value in values.items() if value}
        partial = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with partial.open("w", encoding="utf-8") as file:
            parser.write(file)
        partial.replace(self._path)
