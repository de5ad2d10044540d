"""A diamond-shaped flow: two parallel activities between a first and a last one."""

import sys

from swf.flow import Flow, activity, runner

domain = "dev"
name = "diamond"
create = activity.create(domain, name)

test_activity_1 = create(
    name="activity_1",
    tasks=runner.Sync(lambda activity, context: print("activity_1")),
)

test_activity_2 = create(
    name="activity_2",
    requires=[test_activity_1],
    run=runner.Async(
        lambda activity, context: print("activity_2_task_1"),
        lambda activity, context: print("activity_2_task_2"),
    ),
)

test_activity_3 = create(
    name="activity_3",
    requires=[test_activity_1],
    run=runner.Sync(lambda activity, context: print("activity_3")),
)

test_activity_4 = create(
    name="activity_4",
    requires=[test_activity_3, test_activity_2],
    run=runner.Sync(lambda activity, context: print("activity_4")),
)

if __name__ == "__main__":
    print(Flow(sys.modules[__name__]).run_local())
