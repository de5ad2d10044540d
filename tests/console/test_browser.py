"""The console in a real browser: layout, keyboard, live updates and accessibility.

All tests share one browser and one console, so each uses its own executions.
"""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import sync_playwright

from swf import Domain, WorkflowType, using
from swf.console import rendering
from swf.flow import Flow, activity, runner
from swf.local import LocalSWF, SkippingClock
from swf.local.control_client import ControlClient
from swf.models.history import builder
from swf.testing import run_until_closed

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

#: Options of axe: all rules with those of WCAG 2.2; only contrast depends on the color scheme.
COMMON = "preload: false, iframes: false, resultTypes: ['violations']"
LIGHT = f"{{{COMMON}, rules: {{'target-size': {{enabled: true}}}}}}"
DARK = f"{{{COMMON}, runOnly: ['color-contrast']}}"

#: Replaces the content of a page by that of another address, which is cheaper than loading it.
REPLACE = """async (url) => {
    const answer = await fetch(url, {headers: {Accept: "text/html"}});
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = page.title;
    document.body.replaceWith(page.body);
}"""

#: Paths of the pages, without those of one execution.
PAGES = (
    "/",
    "/domains/shop",
    "/domains/shop/failures",
    "/domains/shop/stuck",
    "/domains/shop/compare?a=o-1&b=o-2",
    "/domains/shop/task-lists",
    "/domains/shop/types",
    "/domains/shop/types/manifest",
    "/domains/shop/start",
    "/domains/shop/actions?action=signal&execution=o-1",
    "/domains/shop/actions?action=rerun&execution=f-1",
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


@pytest.fixture(scope="module")
def tab(chromium):
    return chromium.new_page()


@pytest.fixture
def page(tab):
    """A page whose console must have no errors at the end of the test."""
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.emulate_media(color_scheme="light")
    errors = []
    listeners = {
        "console": lambda message: errors.append(message.text) if is_error(message) else None,
        "pageerror": lambda error: errors.append(str(error)),
    }
    for event, listener in listeners.items():
        tab.on(event, listener)
    yield tab
    tab.goto("about:blank")
    for event, listener in listeners.items():
        tab.remove_listener(event, listener)
    assert errors == []


def is_error(message):
    return message.type in ("error", "warning") and "status of 404" not in message.text


@pytest.fixture(scope="module")
def service():
    with LocalSWF(clock=SkippingClock()) as service:
        yield service


@pytest.fixture(scope="module")
def connection(service):
    return service.connection()


@pytest.fixture(scope="module")
def domain(connection):
    domain = Domain("shop", connection=connection)
    domain.save()
    return domain


@pytest.fixture(scope="module")
def order(domain, connection):
    order = WorkflowType(domain, "order", "1.0", task_list="orders", connection=connection)
    order.save()
    return order


@pytest.fixture(scope="module")
def flow():
    create = activity.create("shop", "flow")
    bake = create(name="bake", run=runner.Sync(lambda context, activity: {"cake": 1}))
    serve = create(name="serve", run=runner.Sync(lambda context, activity: 1 / 0), requires=[bake])
    return Flow(SimpleNamespace(domain="shop", name="flow", bake=bake, serve=serve))


@pytest.fixture(scope="module")
def failed(flow, domain, connection):
    """A failed execution of the flow."""
    with using(connection):
        decider, worker = flow.decider(), flow.worker()
        execution = flow.start({}, "f-1")
        run_until_closed(execution, decider.actor, *worker.actors)
    return execution


@pytest.fixture(scope="module")
def executions(order):
    """An open execution with some events, o-1, and a terminated one, o-2."""
    order.start_execution("o-2", tag_list=["eu"]).terminate(reason="stale")
    execution = order.start_execution("o-1", input='{"customer": "c3"}', tag_list=["eu"])
    for number in range(20):
        execution.signal(f"signal-{number}", "x" * 200)
    return [execution, *order.domain.executions.filter(workflow_id="o-2", status=None)]


@pytest.fixture(scope="module")
def client(serve_for, connection, service, flow, order):
    """The HTTP client of a console that has all pages."""
    other = WorkflowType(order.domain, "refund", "1.0", connection=connection)
    with serve_for(connection) as serve:
        yield serve(
            control=ControlClient(service.serve()),
            codes=(flow,),
            manifest=lambda: [order.domain, order, other],
        )


@pytest.fixture(scope="module")
def url(client):
    return f"http://127.0.0.1:{client.port}"


def address(execution, tab=""):
    ids = rendering.address(execution.workflow_id, execution.run_id)
    return f"/domains/shop/executions/{ids}{tab}"


@pytest.fixture(scope="module")
def paths(client, executions, failed):
    """One path of each page, and more of pages that have several forms."""
    history = builder.started("order", "1.0").activity_scheduled("pack").to_json()
    form = {"form_token": client.form_token("/import"), "file": history}
    imported = client.post("/import", form).headers["Location"]
    tabs = [address(executions[0], tab) for tab in TABS]
    others = [
        *(address(failed, tab) for tab in ("", "/timeline", "/code")),
        *(address(failed, f"/events?view={view}&from=12") for view in ("entities", "raw")),
        imported,
    ]
    return [*PAGES, *tabs, *others]


def test_pages_are_accessible_in_light_and_dark(page, url, paths):
    assert AXE.is_file(), f"{AXE} is missing: run `make .venv/installed-javascript`"
    page.goto(url + "/import")
    page.evaluate(AXE.read_text())
    violations = {}
    for path in paths:
        page.evaluate(REPLACE, url + path)
        for scheme, options in (("light", LIGHT), ("dark", DARK)):
            page.emulate_media(color_scheme=scheme)
            for each in page.evaluate(f"async () => (await axe.run({options})).violations"):
                nodes = [node["html"][:200] for node in each["nodes"][:2]]
                violations.setdefault(each["id"], []).append((path, scheme, nodes))

    assert violations == {}


def test_pages_fit_a_width_of_320_pixels(page, url, paths):
    page.set_viewport_size({"width": 320, "height": 640})
    widths = {}
    for path in paths:
        page.goto(url + path)
        widths[path] = page.evaluate("document.documentElement.scrollWidth")

    assert {path: width for path, width in widths.items() if width > 320} == {}


def test_keyboard_moves_between_rows_and_searches(page, url, executions):
    page.goto(f"{url}/domains/shop?tag=eu")

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


def test_execution_page_follows_its_execution(page, url, order):
    execution = order.start_execution("live")
    page.goto(url + address(execution, "/events"))

    with page.expect_response("**/events", timeout=5000):
        execution.signal("hurry")

    page.wait_for_selector("text=hurry", timeout=5000)


def test_action_is_carried_out_and_back_returns_to_the_list(page, url, order):
    execution = order.start_execution("o-3")
    page.goto(f"{url}/domains/shop?status=OPEN")
    page.get_by_label("Select o-3").check()
    page.get_by_role("button", name="Terminate").click()
    page.get_by_label("Reason").fill("done")
    page.get_by_role("button", name="Terminate").click()
    page.wait_for_selector("text=terminate: 1 done")
    page.get_by_role("link", name="o-3").click()
    page.wait_for_selector("text=done")
    page.go_back()

    assert page.url == f"{url}/domains/shop/executions"
    assert execution.upstream().close_status == "TERMINATED"


def test_deep_link_selects_its_event(page, url, executions):
    page.goto(url + address(executions[0], "/events#e17"))

    assert page.locator("tr:target").get_attribute("id") == "e17"
    assert page.locator("#e17").is_visible()
