"""A sequential flow: each activity reads the results of the previous ones from the context."""

import sys

from swf.flow import Flow, activity, runner

domain = "dev"
name = "boto_tutorial"
create = activity.create(domain, name)

a_tasks = create(
    name="a_tasks",
    run=runner.Sync(lambda context, activity: {"result": "Now don't be givin him sambuca!"}),
)

b_tasks = create(
    name="b_tasks",
    requires=[a_tasks],
    run=runner.Sync(lambda context, activity: print(context)),
)

c_tasks = create(
    name="c_tasks",
    requires=[b_tasks],
    run=runner.Sync(lambda context, activity: print(context)),
)

if __name__ == "__main__":
    print(Flow(sys.modules[__name__]).run_local())
