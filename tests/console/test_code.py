"""The states of a flow's steps and the positions of workflow code, from imported histories."""

import json
from types import SimpleNamespace

import pytest

from swf.dataflow import Workflow
from swf.dataflow.activity import Activity
from swf.flow import Flow, activity, runner
from swf.models.history import builder

work = Activity(lambda x: x, name="work", version="1")


class Waiting(Workflow):
    name = "waiting"
    version = "1.0"
    task_list = "waiting"

    def run(self, x):
        task = self.submit(work, x)
        return task.result  # the code waits here


@pytest.fixture
def flow():
    create = activity.create("kitchen", "flow")
    bake = create(name="bake", run=runner.Sync(lambda context, activity: {"cake": 1}))
    serve = create(name="serve", run=runner.Sync(lambda context, activity: {}), requires=[bake])
    return Flow(SimpleNamespace(domain="kitchen", name="flow", bake=bake, serve=serve))


@pytest.fixture
def show(serve):
    """Import a history into a console with some code, and return a function that gets its tabs."""

    def start(history, **options):
        browser = serve(**options)
        form = {"form_token": browser.form_token("/import"), "file": history.to_json()}
        base = browser.post("/import", form).headers["Location"]
        return lambda tab, **headers: browser.get(base + tab, **headers).text

    return start


def flow_history():
    history = builder.started("flow", "1.0", input={})
    return history.activity_scheduled("flow_bake-1", name="flow_bake", input={})


def waiting_history():
    history = builder.started("waiting", "1.0", input={"args": [5], "kwargs": {}})
    return history.activity_scheduled(
        "work-1", name="work", version="1", input={"args": [5], "kwargs": {}}
    )


def test_step_states_are_listed_and_drawn(show, flow):
    get = show(flow_history(), codes=(flow,))

    data = json.loads(get("/code.json"))
    page = get("/code")

    assert [(row["step"], row["state"]) for row in data["steps"]] == [
        ("bake", "RUNNING"),
        ("serve", "WAITING"),
    ]
    assert data["steps"][1]["requires"] == ["bake"]
    assert 'class="step running"' in page
    assert "◐ running" in page
    assert "<style>" not in page


def test_code_that_differs_from_the_history_is_reported(show, flow):
    history = builder.started("flow", "1.0", input={}).activity_scheduled("other", name="other")
    history = history.activity_completed("other").completed()

    data = json.loads(show(history, codes=(flow,))("/code.json"))

    assert "differs" in data["difference"]


def test_lines_at_which_workflow_code_waits_are_shown(show):
    get = show(waiting_history(), codes=(Waiting,))

    data = json.loads(get("/code.json"))

    assert data["difference"] is None
    assert [each["source"] for each in data["positions"]] == [
        "return task.result  # the code waits here"
    ]


def test_error_of_the_code_is_shown_and_redacted(show, monkeypatch, caplog):
    def run(self, x):
        raise LookupError(f"secret {x}")

    caplog.set_level("INFO", logger="swf.console")

    monkeypatch.setattr(Waiting, "run", run)
    monkeypatch.setattr(Waiting, "fails_with", lambda self, error: False)

    assert "LookupError: secret 5" in show(waiting_history(), codes=(Waiting,))("/code")
    caplog.clear()
    assert "secret" not in show(waiting_history(), codes=(Waiting,), is_redacted=True)("/code")
    assert "LookupError" in caplog.text
    assert "secret 5" not in caplog.text


def test_other_code_is_not_run(show, flow):
    page = show(waiting_history(), codes=(flow,))("/code")

    assert "None of the modules" in page


def test_tab_exists_only_with_code(show, flow):
    assert '/code"' not in show(flow_history())("")
    assert '/code"' in show(flow_history(), codes=(flow,))("")
