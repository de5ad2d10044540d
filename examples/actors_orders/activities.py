"""The activities of an order: a worker class with one method per activity type."""

from swf.actors import ActivityWorker


class OrderWorker(ActivityWorker):
    """Performs the activities of an order."""

    def perform(self, task):
        """Call the method with the name of the activity type."""
        return getattr(self, task.activity_type.name)(task)

    def charge(self, task):
        """Charge the customer, and report progress with a heartbeat."""
        task.heartbeat({"step": "calling the bank"})
        print(f"{task.execution.workflow_id}: charged {task.input['amount']}")
        return {"charged": task.input["amount"]}

    def refund(self, task):
        """Refund the payment."""
        print(f"{task.execution.workflow_id}: refunded {task.input['amount']}")

    def ship(self, task):
        """Ship the item."""
        print(f"{task.execution.workflow_id}: shipped {task.input['what']}")
        return f"{task.input['what']} is on its way"
