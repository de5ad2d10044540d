"""What is done: a class with a method for each activity."""

from swf.actors import ActivityWorker


class OrderWorker(ActivityWorker):
    """Does the activities of an order."""

    def perform(self, task):
        """Do the activity of this name."""
        return getattr(self, task.activity_type.name)(task)

    def charge(self, task):
        """Charge the customer; say where it stands while the bank takes its time."""
        task.heartbeat({"step": "calling the bank"})
        print(f"{task.execution.workflow_id}: charged {task.input['amount']}")
        return {"charged": task.input["amount"]}

    def refund(self, task):
        """Give the money back."""
        print(f"{task.execution.workflow_id}: refunded {task.input['amount']}")

    def ship(self, task):
        """Ship it."""
        print(f"{task.execution.workflow_id}: shipped {task.input['what']}")
        return f"{task.input['what']} is on its way"
