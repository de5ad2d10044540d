"""Process two orders on a local service: one ships after two weeks, the other is withdrawn."""

from activities import OrderWorker
from workflow import MODELS, OrderDecider, order, shop

from swf.local import LocalSWF, SkippingClock
from swf.testing import run_until_closed


def main() -> None:
    # Without the local service, the program uses AWS, or the endpoint of the settings.
    with LocalSWF(clock=SkippingClock()) as service:
        service.install()
        for model in MODELS:
            model.save()
        decider, worker = OrderDecider(shop, "orders"), OrderWorker(shop, "work")
        kettle_order = order.start_execution("order-1", input={"what": "a kettle", "amount": 30})
        sofa_order = order.start_execution("order-2", input={"what": "a sofa", "amount": 900})
        sofa_order.signal("withdrawn")
        for execution in (kettle_order, sofa_order):
            closed = run_until_closed(execution, decider, worker)
            days = (closed.close_timestamp - closed.start_timestamp).days
            result = closed.history().execution.result
            print(f"{closed.workflow_id} {closed.close_status} after {days} days: {result}")


if __name__ == "__main__":
    main()
