"""A workflow with futures for the tests of the command."""

from __future__ import annotations

import sys

from swf.dataflow import Middleware, Workflow, activity


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


class Loud(Middleware):
    def pre(self, context):
        sys.stderr.write(f"before {context.activity.name.rpartition('.')[2]}\n")

    def post(self, context, result=None):
        sys.stderr.write(f"after {context.activity.name.rpartition('.')[2]}: {result}\n")


class Context(Workflow):
    name, version, task_list = "told", "1", "sums"

    def run(self):
        context = self.get_run_context()
        return [context["workflow_id"], context["tag_list"]]


class Again(Sum):
    def run(self, x, y=1):
        return self.submit(add, self.submit(add, x, y).result, y).result
