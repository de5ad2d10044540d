"""Write the pictures of the web console in this directory, with Chromium.

The flow fails in one of its steps, so that the console has a failure to explain.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
from pathlib import Path
from types import SimpleNamespace

from playwright.sync_api import sync_playwright

from swf import Domain, using
from swf.console import Console, Options, server
from swf.console.page import address
from swf.flow import Flow, activity, runner
from swf.local import LocalSWF, SkippingClock
from swf.testing import run_until_closed

DIRECTORY = Path(__file__).parent
PICTURES = {"console.png": "", "console-graph.png": "/code"}


def succeed(context: object, activity: object) -> dict[str, bool]:  # noqa: ARG001
    return {"done": True}


def refuse(context: object, activity: object) -> None:  # noqa: ARG001
    raise ValueError("no box is large enough")


def delivery() -> Flow:
    create = activity.create("shop", "delivery")
    pick = create(name="pick", run=runner.Sync(succeed))
    pay = create(name="pay", run=runner.Sync(succeed))
    pack = create(name="pack", run=runner.Sync(refuse), requires=[pick, pay])
    ship = create(name="ship", run=runner.Sync(succeed), requires=[pack])
    steps = {"pick": pick, "pay": pay, "pack": pack, "ship": ship}
    return Flow(SimpleNamespace(domain="shop", name="delivery", **steps))


def main() -> None:
    logging.disable()  # the failure is intended
    service = LocalSWF(clock=SkippingClock())
    with service, using(service.connection()) as connection:
        Domain("shop").save()
        flow = delivery()
        decider, worker = flow.decider(), flow.worker()
        execution = flow.start({"customer": "c3"}, "delivery-1")
        run_until_closed(execution, decider.actor, *worker.actors)
        listener = server.listen("127.0.0.1", 0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        options = Options(connection, is_local=True, place="region us-east-1", codes=(flow,))
        serving = server.serve(Console(options), listener, asyncio.Event())
        threading.Thread(target=asyncio.run, args=(serving,), daemon=True).start()
        base = f"/domains/shop/executions/{address('delivery-1', execution.run_id or '')}"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 1000, "height": 640})
            for name, tab in PICTURES.items():
                page.goto(f"{url}{base}{tab}")
                page.screenshot(path=DIRECTORY / name)
            browser.close()


if __name__ == "__main__":
    main()
