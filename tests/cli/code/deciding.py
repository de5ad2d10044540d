"""Plain deciders for the tests of the command."""

from __future__ import annotations

from swf.actors import Decider
from swf.models.decision import complete_workflow_execution


def decide(context):
    return [complete_workflow_execution("done")]


class Deciding(Decider):
    def decide(self, context):
        return decide(context)
