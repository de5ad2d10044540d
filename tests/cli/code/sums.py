"""A workflow of futures that the tests of the command name."""

from __future__ import annotations

from swf.dataflow import Workflow, activity


@activity.with_attributes(task_list="sums", version="1")
def add(x, y):
    return x + y


class Sum(Workflow):
    name, version, task_list = "sum", "1", "sums"

    def run(self, x, y=1):
        return self.submit(add, x, y).result


class Broken(Workflow):
    name, version, task_list = "broken", "1", "sums"

    def run(self):
        self.fail("it never works")
