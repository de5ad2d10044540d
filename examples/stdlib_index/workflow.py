"""A flow that finds the packages, indexes each one in its own activity, and summarizes the results.

`Flow(workflow)` checks, draws, starts and runs it, on a local service or on AWS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any

import activities

from swf.flow import Retry, activity, runner, task

domain = "examples"
name = "stdlib_index"
version = "2.0"
create = activity.create(domain, name)


class FaultyDisk:
    """Simulates a disk that fails at the first read of one package, to show a retry."""

    def __init__(self, package: str) -> None:
        self.package = package
        self._fails = True
        self._lock = Lock()

    def read(self, package: str) -> None:
        """Raise OSError at the first read of the package."""
        with self._lock:
            fails, self._fails = self._fails, self._fails and package != self.package
        if fails and package == self.package:
            raise OSError(f"{package}: the disk did not answer")


disk = FaultyDisk("email")


def each_package(context: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the local context of each instance: the package to index."""
    return ({"package": package} for package in context["packages"])


@task.decorate(timeout=10)
def find_packages(activity: Any) -> dict[str, list[str]]:
    """Return the packages to index."""
    return {"packages": activities.packages()}


@task.decorate(timeout=60)
def index_lines(activity: Any, package: str) -> dict[str, Any]:
    """Count files and lines; the first attempt may fail."""
    disk.read(package)
    return {f"lines.{package}": activities.count_lines(package)}


@task.decorate(timeout=60)
def index_names(activity: Any, package: str) -> dict[str, Any]:
    """Count classes and functions."""
    return {f"names.{package}": activities.count_names(package)}


def rows(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the counts of each package."""
    return [
        {"package": package, **context[f"lines.{package}"], **context[f"names.{package}"]}
        for package in context["packages"]
    ]


def summarize(context: Mapping[str, Any], activity: Any) -> dict[str, Any]:
    """Return the totals of all packages."""
    return {"summary": activities.summarize(rows(context))}


find = create(name="find", run=runner.Sync(find_packages.fill()))
index = create(
    name="index",
    requires=[find],
    generators=[each_package],
    run=runner.Async(
        index_lines.fill(package="package"), index_names.fill(package="package"), max_workers=2
    ),
    retry=Retry(max_attempts=3, delay=1, on=(OSError,)),
)
total = create(name="total", requires=[index], run=runner.Sync(summarize))
