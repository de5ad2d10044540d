from __future__ import annotations

import inspect
import re
import subprocess
import sys

import pytest

from swf.dataflow import signatures
from swf.exceptions import InvalidTypeError

#: A line ends with `# E` if mypy must report an error in it, and with `# R: type` if
#: `reveal_type` must show that type.
SAMPLE = """
from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

from swf.dataflow import (
    ActivityTask, ActivityWorker, Group, Workflow, activity, futures, run_local, start
)
from swf.flow import Flow, runner, task
from swf.flow import activity as flow_activity
from swf.models import Domain


@activity.with_attributes(task_list="q")
def price(item: str, qty: int = 1) -> float:
    return 1.0


@activity.with_attributes()
async def fetch(url: str) -> bytes:
    return b""


@activity.with_attributes()
def rows(count: int) -> Iterator[str]:
    yield "a"


@activity.with_attributes()
class Resize:
    def __init__(self, width: int) -> None: ...

    def execute(self) -> list[int]:
        return []


@activity.with_attributes()
def total(prices: list[float]) -> float:
    return sum(prices)


@activity.with_attributes()
def volume(width: int, height: int, depth: int) -> int:
    return width * height * depth


class Child(Workflow):
    def run(self, x: int, y: str = "") -> str:
        return str(x)


class Bill(Workflow):
    name = "bill"

    def run(self, items: list[str]) -> float:
        reveal_type(price("tea"))  # R: float
        reveal_type(self.submit(price, "tea", qty=2))  # R: Future[float]
        reveal_type(self.submit(price, "tea").result)  # R: float
        reveal_type(self.submit(fetch, "url"))  # R: Future[bytes]
        reveal_type(self.submit(rows, 1))  # R: Future[list[str]]
        reveal_type(self.submit(Resize, 1))  # R: Future[list[int]]
        reveal_type(self.submit(Child, 1))  # R: Future[str]
        reveal_type(self.submit(Group((price, "tea"))))  # R: GroupFuture
        prices = self.map(price, items)
        reveal_type(prices)  # R: list[Future[float]]
        reveal_type(self.submit(total, prices))  # R: Future[float]
        name = self.submit(Child, 1)
        reveal_type(self.submit(price, name))  # R: Future[float]
        number = self.submit(volume, 1, 2, 3)
        reveal_type(self.submit(price, "tea", number))  # R: Future[float]
        reveal_type(self.submit(volume, 1, 2, number))  # R: Future[int]
        reveal_type(self.submit(ActivityTask(price, item=name)))  # R: Future[Any]
        reveal_type(futures.wait(name, prices[0]))  # R: list[str | float]
        reveal_type(futures.wait(*prices))  # R: list[float]
        reveal_type(futures.wait_any(prices))  # R: Future[float]
        self.submit(price, 3)  # E
        self.submit(price, "tea", wrong=1)  # E
        self.submit(price)  # E
        self.submit(Child, "not an int")  # E
        self.submit(Resize, "wide")  # E
        self.submit(42)  # E
        return futures.wait(*prices)[0]


reveal_type(run_local(Bill, ["tea"]))  # R: float
run_local(Bill, 3)  # E
domain = Domain("shop")
reveal_type(start(Bill, (["tea"],), domain=domain).result())  # R: float
start(Child, (1,), {}, domain=domain, workflow_id="w")
start(Child, (1, "y"), domain=domain)
start(Child, ("x",), {}, domain=domain)  # E
start(Child, (1,), domain=domain, workflow="w")  # E
ActivityWorker(domain, "q", [price, Resize])
ActivityWorker(domain, "q", [Child])  # E


@task.decorate(timeout=60)
def cook(activity: object, guests: int) -> dict[str, int]:
    return {"plates": guests}


cooked = flow_activity.create("shop", "dinner")(
    name="cook", run=runner.Sync(cook.fill(guests="guests"), cook.fill("hall", guests="guests"))
)
reveal_type(cook(None, 1))  # R: dict[str, int]
cook(None, "two")  # E
cook.fill(guests=1)  # E
task.decorate(time=60)  # E
Flow(SimpleNamespace(domain="shop", name="dinner", cooked=cooked)).check()


@activity.with_attributes(retries=3)  # E
def typo() -> None: ...


class Wrong(Workflow):
    execution_timeout = "an hour"  # E

    def on_task_failure(self, ctx: int) -> None: ...  # E
"""


@pytest.mark.timeout(600)
def test_mypy_checks_arguments_and_results(tmp_path):
    pytest.importorskip("mypy")
    sample = tmp_path / "sample.py"
    sample.write_text(SAMPLE)
    lines = SAMPLE.splitlines()
    expected = {
        (number, line.rpartition("# ")[2].strip())
        for number, line in enumerate(lines, start=1)
        if re.search(r"# (E$|R: )", line)
    }

    command = [sys.executable, "-m", "mypy", "--strict", str(sample)]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout

    reports = {(int(number), "E") for number in re.findall(r"sample\.py:(\d+): error:", output)}
    for number, text in re.findall(r'sample\.py:(\d+): note: Revealed type is "(.*)"', output):
        reports.add((int(number), f"R: {re.sub(r'[a-z_]+[.]', '', text)}"))
    assert reports == expected


@pytest.mark.parametrize(
    ("function", "args", "kwargs"),
    [
        (lambda x, y=1: 0, (1,), {"y": 2}),
        (lambda *args, **kwargs: 0, (1, 2), {"z": 1}),
        (dict, (), {}),
    ],
)
def test_arguments_of_the_signature_are_accepted(function, args, kwargs):
    signatures.check_arguments("function", signatures.signature_of(function), args, kwargs)


def test_error_names_function_and_argument():
    with pytest.raises(InvalidTypeError) as caught:
        signatures.check_arguments("price", inspect.signature(lambda item: 0), (), {})

    assert str(caught.value) == "arguments of price: missing a required argument: 'item'"
