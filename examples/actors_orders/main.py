"""Two orders on an embedded service: one is shipped after two weeks, the other is withdrawn."""

from activities import OrderWorker
from workflow import EVERYTHING, OrderDecider, order, shop

from swf.local import LocalSWF, SkippingClock
from swf.testing import run_until_closed


def main() -> None:
    # Without this service, the same program runs on AWS, or wherever the settings say.
    with LocalSWF(clock=SkippingClock()) as service:
        service.install()
        for one in EVERYTHING:
            one.save()
        decider, worker = OrderDecider(shop, "orders"), OrderWorker(shop, "work")
        patient = order.start_execution("order-1", input={"what": "a kettle", "amount": 30})
        hasty = order.start_execution("order-2", input={"what": "a sofa", "amount": 900})
        hasty.signal("withdrawn")
        for execution in (patient, hasty):
            closed = run_until_closed(execution, decider, worker)
            took = closed.close_timestamp - closed.start_timestamp
            result = closed.history().execution.result
            print(f"{closed.workflow_id} {closed.close_status} after {took.days} days: {result}")


if __name__ == "__main__":
    main()
