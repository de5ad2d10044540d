from __future__ import annotations

import sys
from types import ModuleType

import pytest

from swf.dataflow import Workflow, dispatch
from swf.dataflow.activity import Activity, Registry
from swf.dataflow.worker import ActivityWorker
from swf.testing import run_until_closed

CODE = """
import os
from swf.dataflow.activity import Activity

def double(x):
    return 2 * x

triple = Activity(lambda x: 3 * x, name="shop.work.triple")
triple.__module__ = __name__
number = 4
_hidden = double
"""


@pytest.fixture
def work(monkeypatch):
    """Return the imported module `shop.work`."""
    module = ModuleType("shop.work")
    exec(CODE, module.__dict__)
    monkeypatch.setitem(sys.modules, "shop", ModuleType("shop"))
    monkeypatch.setitem(sys.modules, "shop.work", module)
    return module


@pytest.mark.parametrize(("name", "result"), [("double", 4), ("triple", 6)])
def test_module_provides_functions_and_activities(work, name, result):
    assert dispatch.ModuleDispatcher(work).dispatch_activity(name)(2) == result


def test_mapping_renames_activities_of_a_module(work):
    dispatcher = dispatch.ModuleDispatcher(work, {"twice": "double"})

    assert dispatcher.dispatch_activity("twice")(2) == 4
    with pytest.raises(dispatch.DispatchError):
        dispatcher.dispatch_activity("double")


@pytest.mark.parametrize("name", ["nothing", "_hidden", "number", "__name__"])
def test_module_refuses_missing_private_and_uncallable_names(work, name):
    with pytest.raises(dispatch.DispatchError):
        dispatch.ModuleDispatcher(work).dispatch_activity(name)


def test_dotted_path_in_allowed_package_is_imported(work):
    assert dispatch.Dispatcher("shop").dispatch_activity("shop.work.double")(2) == 4


@pytest.mark.parametrize(
    "name", ["os.system", "shopping.work.double", "shop.work.os", "shop.nowhere.pay", "double", ""]
)
def test_dotted_path_outside_allowed_packages_is_refused(work, name):
    with pytest.raises(dispatch.DispatchError):
        dispatch.Dispatcher("shop").dispatch_activity(name)


def test_dispatcher_requires_a_package():
    with pytest.raises(dispatch.DispatchError, match="at least one package"):
        dispatch.Dispatcher()


def test_registry_dispatcher_finds_activities_of_its_label():
    registry = Registry()
    registry.register(Activity(lambda: 1, name="one"), "numbers")

    assert dispatch.RegistryDispatcher(registry, "numbers").dispatch_activity("one")() == 1
    for label, name in (("numbers", "two"), ("letters", "one")):
        with pytest.raises(dispatch.DispatchError):
            dispatch.RegistryDispatcher(registry, label).dispatch_activity(name)


def test_dry_run_logs_calls_without_running_them(caplog):
    with caplog.at_level("INFO"):
        assert dispatch.DryRunDispatcher().dispatch_activity("pay")(1, to="me") is None

    assert "dry run: pay args=(1,) kwargs={'to': 'me'}" in caplog.text


def test_worker_runs_activities_of_its_dispatcher(make_local, work):
    class Shop(Workflow):
        name = "shop"

        def run(self):
            return self.submit(Activity(work.double, name="double"), 21).result

    local = make_local(Shop)
    dispatcher = dispatch.ModuleDispatcher(work)
    worker = ActivityWorker(local.domain, "local", dispatcher=dispatcher)
    execution = run_until_closed(local.start(Shop), local.decider, worker)

    assert execution.history().execution.result == 42


def test_module_dispatcher_refuses_imported_functions():
    module = ModuleType("shop_activities")
    exec("from subprocess import check_output\ndef pay(n): return n\n", vars(module))

    dispatcher = dispatch.ModuleDispatcher(module)

    assert dispatcher.dispatch_activity("pay").callable(3) == 3
    with pytest.raises(
        dispatch.DispatchError, match="unknown activity 'check_output': not defined in"
    ):
        dispatcher.dispatch_activity("check_output")


def test_task_name_imports_nothing(tmp_path, monkeypatch):
    package = tmp_path / "bakery"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    dispatcher = dispatch.Dispatcher("bakery")

    with pytest.raises(dispatch.DispatchError, match="is not imported"):
        dispatcher.dispatch_activity("bakery.__main__.x")
    assert "bakery.__main__" not in sys.modules
