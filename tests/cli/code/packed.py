"""A codec, and a workflow with its payloads, for the tests of the command."""

from __future__ import annotations

from swf.codecs import Compressed
from swf.dataflow import Workflow, activity

codec = Compressed(above=10)


@activity.with_attributes(task_list="packing", version="1")
def repeat(text, times):
    return text * times


class Pack(Workflow):
    name, version, task_list = "pack", "1", "packing"

    def run(self, text):
        return {"packed": self.submit(repeat, text, 1000).result}
