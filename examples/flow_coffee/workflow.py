"""A flow with a custom decider: a customer enters a coffee shop, orders, pays and leaves.

The payment depends on the results of the orders; paying and getting the order run in parallel.
"""

from swf.flow import Flow, activity, runner, task


class Workflow:
    """A flow as an object, for any domain and name."""

    def __init__(self, domain, name):
        self.name = name
        self.domain = domain
        self.create_activity = activity.create(domain, name)

    def decider(self, schedule, context=None):
        """Schedule the activities; reading a result that is not available ends the decision."""
        enter = schedule("enter", self.create_enter_coffee_activity)
        enter.wait()

        total = 0
        for item in ["coffee", "chocolate_chip_cookie"]:
            activity_name = f"order_{item}"
            activity = schedule(activity_name, self.create_order_activity, input={"item": item})
            total += activity.result.get("price")

        pay_activity = schedule("pay", self.create_payment_activity, input={"total": total})
        get_order = schedule("get_order", self.create_get_order_activity)
        pay_activity.wait(), get_order.wait()

        schedule("leave_coffee_shop", self.create_leave_coffee_shop)

    @property
    def create_enter_coffee_activity(self):
        """Create the activity when the user enters the coffee shop."""
        return self.create_activity(
            name="enter",
            run=runner.Sync(lambda context, activity: print("entering coffee shop")),
        )

    @property
    def create_order_activity(self):
        """Create an order for an item."""

        @task.decorate()
        def order(activity, item=None):
            print(f"ordering: {item}")
            price = 0.00
            if item == "coffee":
                price = 3.99
            if item == "chocolate_chip_cookie":
                price = 2.99
            return {"price": price}

        return self.create_activity(name="order", run=runner.Sync(order.fill(item="item")))

    @property
    def create_payment_activity(self):
        """Pay the bill."""

        @task.decorate()
        def payment(activity, total=None):
            print(f"pay ${total}")

        return self.create_activity(name="payment", run=runner.Sync(payment.fill(total="total")))

    @property
    def create_get_order_activity(self):
        """Get the order."""

        @task.decorate()
        def payment(activity):
            print("get order")

        return self.create_activity(name="get_order", run=runner.Sync(payment.fill()))

    @property
    def create_leave_coffee_shop(self):
        """Leave the coffee shop."""

        @task.decorate()
        def leave(activity):
            print("leaving the coffee shop")

        return self.create_activity(name="leave", run=runner.Sync(leave.fill()))


if __name__ == "__main__":
    print(Flow(Workflow("dev", "custom_decider")).run_local())
