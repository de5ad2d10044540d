"""Requests that the console refuses."""

import pytest

from swf.console import security
from swf.console.page import Forbidden


@pytest.mark.parametrize(
    "host", ["127.0.0.1:80", "localhost", "[::1]:4", "swf.localhost", "console"]
)
def test_known_host_is_accepted(host):
    security.check_host([host], ("console",))


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1"])
def test_unknown_host_is_refused(host):
    with pytest.raises(Forbidden, match="Unknown host name"):
        security.check_host([host], ("console",))


@pytest.mark.parametrize("hosts", [[], ["localhost", "localhost"], ["localhost", "evil.example"]])
def test_request_names_exactly_one_host(hosts):
    with pytest.raises(Forbidden, match="Unknown host name"):
        security.check_host(hosts, ())


def test_rebound_name_gets_no_page(serve):
    assert serve().get("/", Host="evil.example").status == 403


def test_form_without_its_token_is_refused(serve, order):
    order.start_execution("o-1")
    browser = serve()
    browser.get("/")

    response = browser.post("/domains/shop/actions", {"action": "terminate", "execution": "o-1"})

    assert response.status == 403
    assert order.domain.executions.get("o-1").status == "OPEN"


@pytest.mark.parametrize(
    "header", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_form_of_another_site_is_refused(header, serve, order):
    order.start_execution("o-1")
    browser = serve()
    token = browser.form_token("/import")
    form = {"action": "terminate", "execution": "o-1", "form_token": token}

    assert browser.post("/domains/shop/actions", form, **header).status == 403
    assert order.domain.executions.get("o-1").status == "OPEN"


def test_read_only_console_refuses_actions(serve, order):
    order.start_execution("o-1")
    browser = serve(is_writable=False)
    form = {"action": "terminate", "execution": "o-1", "form_token": browser.form_token("/import")}

    response = browser.post("/domains/shop/actions", form)

    assert response.status == 403
    assert "read-only" in response.text


def test_action_on_aws_needs_the_typed_domain(serve, order):
    order.start_execution("o-1")
    browser = serve(is_local=False)
    form = {"action": "terminate", "execution": "o-1", "form_token": browser.form_token("/import")}

    refused = browser.post("/domains/shop/actions", form)
    accepted = browser.post("/domains/shop/actions", {**form, "confirmation": "shop 123456789012"})

    assert (refused.status, accepted.status) == (403, 303)


def test_console_with_a_token_answers_only_its_bearer(serve, domain):
    browser = serve(token="secret")

    assert browser.get("/").status == 403
    assert browser.get("/?token=wrong").status == 403
    assert browser.get("/?token=secret").status == 303
    assert browser.get("/").status == 200


def test_cookies_are_strict_and_hidden_from_scripts(serve):
    cookie = serve().get("/").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_pages_forbid_scripts_of_others_and_frames(serve):
    policy = serve().get("/").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_token_with_other_characters_is_refused(serve):
    assert serve(token="secret").get("/?token=s%C3%A9cret").status == 403


def test_malformed_form_is_explained(serve):
    headers = {"Content-Type": "multipart/form-data"}

    response = serve().request("POST", "/import", "no parts", headers)

    assert response.status == 400
    assert "The form is malformed" in response.text
