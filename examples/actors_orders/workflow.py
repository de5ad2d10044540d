"""The decider of an order: charge, wait for two weeks, then ship, or refund a withdrawn order.

The decider reads the completed activities, the timer and the signals from the history.
"""

from swf import ActivityType, Domain, WorkflowType
from swf.actors import Decider
from swf.models.decision import (
    cancel_timer,
    complete_workflow_execution,
    fail_workflow_execution,
    schedule_activity_task,
    start_timer,
)

TWO_WEEKS = 14 * 86_400

shop = Domain("shop", description="An example of swf")
order = WorkflowType(shop, "order", "1.0", task_list="orders", execution_timeout=30 * 86_400)
timeouts = {
    "task_heartbeat_timeout": 60,
    "task_schedule_to_start_timeout": "NONE",
    "task_start_to_close_timeout": 600,
    "task_schedule_to_close_timeout": "NONE",
}
charge = ActivityType(shop, "charge", "1.0", task_list="work", **timeouts)
refund = ActivityType(shop, "refund", "1.0", task_list="work", **timeouts)
ship = ActivityType(shop, "ship", "1.0", task_list="work", **timeouts)

#: The domain and types to register.
MODELS = (shop, order, charge, refund, ship)


class OrderDecider(Decider):
    """Decides the next activity of an order."""

    def decide(self, task):
        """Return the decisions that follow from the history."""
        history = task.history
        if history.open_activities:
            return []
        for activity in history.activities.values():
            if activity.state != "completed":
                return [fail_workflow_execution(f"{activity.id}: {activity.reason}")]
        if "charge" not in history.activities:
            return [schedule_activity_task("charge", charge, input=task.input)]
        if "refund" in history.activities:
            return [complete_workflow_execution("refunded")]
        if "ship" in history.activities:
            return [complete_workflow_execution(history.activities["ship"].result)]
        return self.cool_off(task)

    def cool_off(self, task):
        """Wait for two weeks, or until a signal withdraws the order."""
        history = task.history
        if "withdrawn" in history.signals:
            canceled = [cancel_timer(timer.id) for timer in history.open_timers]
            return [*canceled, schedule_activity_task("refund", refund, input=task.input)]
        if "cooling-off" not in history.timers:
            return [start_timer("cooling-off", TWO_WEEKS)]
        if history.open_timers:
            return []
        return [schedule_activity_task("ship", ship, input=task.input)]
