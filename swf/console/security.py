"""Checks of requests (host name, token, origin of forms) and response headers.

- The `Host` header must name a loopback host, an address, or a configured name. This defeats DNS
  rebinding, where a page of another site reaches a local server under its own host name.
- A form is accepted only with the token of the session's cookie and from our own origin. A form
  that is sent twice, for example by a double click, is carried out once.
- On other addresses than loopback, a visitor presents the console's token once; a cookie stores it.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from attrs import evolve

from swf.console.page import Forbidden, Query, Redirect

#: Cookie that holds the secret from which form tokens are derived.
SESSION_COOKIE: Final = "swf_session"
#: Forms whose answers are kept, the oldest dropped first.
SENT_FORMS: Final = 1000
#: Cookie that holds the console's token, on other addresses than loopback.
TOKEN_COOKIE: Final = "swf_token"  # noqa: S105 - a name

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'self'"
    ),
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer, the origin of forms would be null
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def check_host(hosts: Sequence[str], names: tuple[str, ...]) -> None:
    """Check that a request names this server by one of its names.

    :param hosts: The values of its `Host` headers; more than one are refused.
    :param names: Accepted names besides loopback names and numeric addresses.
    :raises Forbidden: It names another host.
    """
    host = hosts[0] if len(hosts) == 1 else ""
    try:
        name = (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        name = ""
    is_known = name in {"localhost", *map(str.lower, names)} or name.endswith(".localhost")
    if not (is_known or _is_address(name)):
        raise Forbidden(f"Unknown host name {host!r}; permit it with --allow-host.")


def check_origin(headers: Mapping[str, str]) -> None:
    """Check that a form was sent by a page of this server.

    :raises Forbidden: Another site sent it.
    """
    host, origin = headers.get("Host", ""), headers.get("Origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        raise Forbidden(f"Forms of {origin} are refused.")
    if headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("Forms of other sites are refused.")


def check_token(expected: str | None, presented: str | None) -> None:
    """Check the token of a visitor.

    :param expected: None if the console has no token.
    :raises Forbidden: The token is absent or wrong.
    """
    if expected is not None and not _are_equal(expected, presented or ""):
        raise Forbidden("Open the address with ?token=... that the console printed when it began.")


def new_session() -> str:
    """Return a secret for a session cookie."""
    return secrets.token_urlsafe(24)


def form_token(session: str) -> str:
    """Return the token that the forms of a session carry."""
    return hmac.new(session.encode(), b"form", "sha256").hexdigest()


def check_form(session: str | None, token: str | None) -> None:
    """Check that a form carries the token of its session.

    :raises Forbidden: It carries none, or that of another session.
    """
    if not session or not _are_equal(form_token(session), token or ""):
        raise Forbidden("The form is out of date; load its page again and repeat the action.")


class SentForms:
    """The answers to forms, so that a form that is sent twice is carried out once.

    A form has a random id. It is the same form if all of its fields are the same.

    :param size: the number of answers that are kept.
    """

    def __init__(self, size: int = SENT_FORMS) -> None:
        self._size = size
        self._answers: OrderedDict[bytes, Future[Redirect]] = OrderedDict()
        self._lock = threading.Lock()

    def carry_out(self, query: Query, act: Callable[[], Redirect]) -> Redirect:
        """Carry out a form, or return the answer to the same form, which may still be in progress.

        A form that failed can be sent again.

        :param query: the request; a form without an id is always carried out.
        :param act: carries it out.
        """
        if query.value("form_id") is None:
            return act()
        fields = repr((sorted(query.path.items()), sorted(query.form.items())))
        key = sha256(fields.encode("utf-8", "surrogatepass")).digest()
        answer: Future[Redirect] = Future()
        with self._lock:
            earlier = self._answers.setdefault(key, answer)
            while len(self._answers) > self._size:
                self._answers.popitem(last=False)
        if earlier is not answer:
            redirect = earlier.result()
            return evolve(redirect, notice=f"This form was sent before: {redirect.notice}")
        try:
            answer.set_result(act())
        except BaseException as error:
            with self._lock:
                self._answers.pop(key, None)
            answer.set_exception(error)
            raise
        return answer.result()


def _are_equal(one: str, other: str) -> bool:
    """Compare in constant time; either text may have characters that are not ASCII."""
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogatepass"))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
