"""`LocalConsole`: the consoles of a local service, one for each account and region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from aiohttp import web

from swf.console.application import Console
from swf.console.page import address
from swf.console.site import Options
from swf.console.stream import OpenStreams

if TYPE_CHECKING:
    from swf.connection import Connection
    from swf.local.control_client import ControlClient

PREFIX: Final = "/ui"

#: Maximum number of consoles that keep their recent histories.
CACHED_CONSOLES: Final = 32

#: Access key and region of the console for a service without accounts.
DEFAULT: Final = ("local", "us-east-1")


class LocalConsole:
    """Answers the requests below `/ui` of a local service.

    The path of a console is `/ui/ACCESS_KEY/REGION/`. `/ui` redirects to the only account, or to
    the list of accounts.

    :param accounts: Returns `access_key`, `region` and counts of each account and region.
    :param connect: Returns a connection for an access key and a region.
    :param host_names: Accepted host names besides loopback names and addresses.
    :param control: Client of the control API; None hides its page.
    :param newest_event: See `Options`; its first two arguments are access key and region.
    :param pollers: The same.
    """

    def __init__(
        self,
        accounts: Callable[[], list[dict[str, Any]]],
        connect: Callable[[str, str], Connection],
        host_names: Iterable[str] = (),
        control: ControlClient | None = None,
        newest_event: Callable[[str, str, str, str, str], tuple[int, bool] | None] | None = None,
        pollers: Callable[[str, str, str], dict[str, list[str]]] | None = None,
    ) -> None:
        self._accounts = accounts
        self._connect = connect
        self._host_names = tuple(host_names)
        self._control = control
        self._newest_event = newest_event
        self._pollers = pollers
        self._streams = OpenStreams()
        self._console = lru_cache(CACHED_CONSOLES)(self._create)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request whose path begins with `/ui`."""
        path = request.path_qs.partition("?")[0].removeprefix(PREFIX)
        names = [unquote(part) for part in path.split("/")[1:3]]
        if len(names) < 2 or not all(names):
            return web.Response(status=303, headers={"Location": self._start()})
        return await self._console(*names).handle(request)

    def close(self) -> None:
        """End the live updates of open pages."""
        self._streams.close()

    def _start(self) -> str:
        """Return the address at which a visitor begins."""
        accounts = [_prefix(row["access_key"], row["region"]) for row in self._accounts()]
        if len(accounts) > 1:
            return f"{accounts[0]}/accounts"
        return f"{accounts[0] if accounts else _prefix(*DEFAULT)}/"

    def _create(self, access_key: str, region: str) -> Console:
        newest_event = self._newest_event and partial(self._newest_event, access_key, region)
        return Console(
            Options(
                self._connect(access_key, region),
                is_writable=True,
                is_local=True,
                place=f"access key {access_key}, region {region}",
                host_names=self._host_names,
                prefix=_prefix(access_key, region),
                accounts=self._list_accounts,
                control=self._control,
                newest_event=newest_event,
                pollers=self._pollers and partial(self._pollers, access_key, region),
            ),
            self._streams,
        )

    def _list_accounts(self) -> list[Mapping[str, Any]]:
        return [
            {**row, "address": f"{_prefix(row['access_key'], row['region'])}/"}
            for row in self._accounts()
        ]


def _prefix(access_key: str, region: str) -> str:
    return f"{PREFIX}/{address(access_key, region)}"
