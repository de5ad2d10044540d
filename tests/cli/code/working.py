"""A worker class for the tests of the command."""

from __future__ import annotations

from swf.actors import ActivityWorker


class Measuring(ActivityWorker):
    def perform(self, task):
        return {"length": len(task.input["args"][0])}
