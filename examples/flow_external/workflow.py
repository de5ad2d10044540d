"""A flow with an external activity, performed by a worker that is independent of the flow."""

import sys

import swf
from swf.flow import Flow, activity, runner
from swf.local import LocalSWF

domain = "dev"
name = "printing"
create = activity.create(domain, name)

layout = create(
    name="layout",
    run=runner.Sync(lambda context, activity: {"pages": len(context["text"].split("\n"))}),
)

press = create(name="press", requires=[layout], external=True, timeout=3600, heartbeat=600)

bill = create(
    name="bill",
    requires=[press],
    run=runner.Sync(lambda context, activity: {"price": 3 * context["sheets"]}),
)


class Press(swf.actors.ActivityWorker):
    """The external program; it depends only on the task list and JSON."""

    def perform(self, task):
        """Return the result that is merged into the context."""
        return {"sheets": -(-task.input["pages"] // 2)}


def main():
    """Run the flow and the external program in one process."""
    flow = Flow(sys.modules[__name__])
    with LocalSWF(poll_timeout=0.5) as service:
        service.install()
        with flow.decider(), flow.worker(), Press(flow.domain, press.task_list):
            closed = flow.start({"text": "one\ntwo\nthree"}).wait()
            print(closed.history().execution.result)


if __name__ == "__main__":
    main()
