"""The workflow class of the examples in the help texts."""

from __future__ import annotations

from swf.dataflow import Workflow, activity


@activity.with_attributes(task_list="orders", version="1.0")
def pack(order):
    return f"box with {order['sku']}"


class Order(Workflow):
    name, version, task_list = "order", "1.0", "orders"

    def run(self, order):
        return self.submit(pack, order).result
