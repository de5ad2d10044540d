"""The console in a real browser: layout, keyboard, live updates and accessibility."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from swf.console import rendering
from swf.local.control_client import ControlClient

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MODULES = Path(__file__).parents[2] / ".venv" / "javascript" / "node_modules"
AXE = MODULES / "axe-core" / "axe.min.js"

#: Options of axe: only contrast depends on the color scheme.
OPTIONS = {"light": "", "dark": "{runOnly: ['color-contrast']}"}

#: Paths of the pages, without those of one execution.
PAGES = (
    "/",
    "/domains/shop",
    "/domains/shop/failures",
    "/domains/shop/stuck",
    "/domains/shop/compare?a=o-1&b=o-2",
    "/domains/shop/task-lists",
    "/domains/shop/types",
    "/domains/shop/start",
    "/domains/shop/actions?action=signal&execution=o-1",
    "/import",
    "/service",
    "/nothing",
)
TABS = ("", "/timeline", "/events", "/activities", "/pending", "/payloads?event=1", "/family")


@pytest.fixture(scope="module")
def chromium():
    assert CHROMIUM, "chromium is not installed: run `make .venv/installed-browser`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, serve):
    """A page whose console must have no errors at the end of the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    errors = []
    page.on("console", lambda message: errors.append(message.text) if is_error(message) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def is_error(message):
    return message.type in ("error", "warning") and "status of 404" not in message.text


@pytest.fixture
def execution(order):
    order.start_execution("o-2", tag_list=["eu"]).terminate(reason="stale")
    execution = order.start_execution("o-1", input='{"customer": "c3"}', tag_list=["eu"])
    for number in range(20):
        execution.signal(f"signal-{number}", "x" * 200)
    return execution


@pytest.fixture
def url(serve, service):
    browser = serve(control=ControlClient(service.serve()))
    return f"http://127.0.0.1:{browser.port}"


def address(execution, tab=""):
    ids = rendering.address(execution.workflow_id, execution.run_id)
    return f"/domains/shop/executions/{ids}{tab}"


def all_paths(execution):
    return [*PAGES, *(address(execution, tab) for tab in TABS)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(scheme, page, url, execution):
    assert AXE.is_file(), f"{AXE} is missing: run `make .venv/installed-javascript`"
    page.emulate_media(color_scheme=scheme)
    violations = {}
    for path in all_paths(execution):
        page.goto(url + path)
        page.evaluate(AXE.read_text())
        results = page.evaluate(f"async () => (await axe.run({OPTIONS[scheme]})).violations")
        for each in results:
            nodes = [node["html"][:200] for node in each["nodes"][:2]]
            violations.setdefault(each["id"], []).append((path, nodes))

    assert violations == {}


def test_pages_fit_a_width_of_320_pixels(page, url, execution):
    page.set_viewport_size({"width": 320, "height": 640})
    widths = {}
    for path in all_paths(execution):
        page.goto(url + path)
        widths[path] = page.evaluate("document.documentElement.scrollWidth")

    assert {path: width for path, width in widths.items() if width > 320} == {}


def test_keyboard_moves_between_rows_and_searches(page, url, execution):
    page.goto(f"{url}/domains/shop")

    page.keyboard.press("?")
    has_help = page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    selected = page.locator("tr.selected th").inner_text()
    page.keyboard.press("/")
    page.keyboard.type("o-2")
    page.keyboard.press("Enter")
    page.wait_for_url("**id=o-2**")

    assert has_help
    assert selected in ("o-1", "o-2")
    assert page.locator("tbody th").all_inner_texts() == ["o-2"]


def test_execution_page_follows_its_execution(page, url, execution):
    page.goto(url + address(execution, "/events"))
    page.wait_for_selector("#e22")

    with page.expect_response("**/events", timeout=5000):
        execution.signal("hurry")

    page.wait_for_selector("text=hurry", timeout=5000)


def test_action_is_carried_out_and_back_returns_to_the_list(page, url, execution):
    page.goto(f"{url}/domains/shop?status=OPEN")
    page.get_by_label("Select o-1").check()
    page.get_by_role("button", name="Terminate").click()
    page.get_by_label("Reason").fill("done")
    page.get_by_role("button", name="Terminate").click()
    page.wait_for_selector("text=terminate: 1 done")
    page.get_by_role("link", name="o-1").click()
    page.wait_for_selector("text=done")
    page.go_back()

    assert page.url == f"{url}/domains/shop/executions"
    assert execution.upstream().close_status == "TERMINATED"


def test_deep_link_selects_its_event(page, url, execution):
    page.goto(url + address(execution, "/events#e17"))

    assert page.locator("tr:target").get_attribute("id") == "e17"
    assert page.locator("#e17").is_visible()
