"""A workflow that decides when standard input ends."""

from __future__ import annotations

import sys

from swf.dataflow import Workflow


class Deliberate(Workflow):
    name, version, task_list = "deliberate", "1", "deliberations"

    def run(self):
        sys.stdout.write("deciding\n")
        sys.stdout.flush()
        sys.stdin.read()
