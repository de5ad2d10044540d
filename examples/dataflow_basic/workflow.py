"""The workflow: (x + 1) * 2, with a delay in parallel."""

from activities import delay, double, increment

from swf.dataflow import Workflow, futures


class Basic(Workflow):
    """Computes (x + 1) * 2."""

    name = "basic"
    version = "example"
    task_list = "example"

    def run(self, x, t=0.1):
        y = self.submit(increment, x)
        slow = self.submit(delay, t, y)
        z = self.submit(double, y)
        print(f"({x} + 1) * 2 = {z.result}")
        futures.wait(slow, z)
        return z.result
