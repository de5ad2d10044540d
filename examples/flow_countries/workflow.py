"""A flow with one activity per country, each with its own retries."""

import random
import sys

from swf.flow import Flow, activity, runner, task

domain = "dev"
name = "country_flow"
create = activity.create(domain, name)


def country_generator(context):
    """Yield the local context of each country."""
    total_countries = 6
    for country_id in range(1, total_countries):
        yield {"generator.country_id": country_id}


@task.decorate()
def unstable_country_task(activity, country_id):
    """Fail with a probability of one in four."""
    base = f"activity_2_country_id_{country_id}"
    if int(random.random() * 4) == 3:
        print(base, "has failed")
        raise Exception("fails")
    print(base, "has succeeded")


test_activity_1 = create(
    name="activity_1", tasks=runner.Sync(lambda context, activity: print("activity_1"))
)

test_activity_2 = create(
    name="activity_2",
    requires=[test_activity_1],
    generators=[country_generator],
    retry=3,
    tasks=runner.Sync(unstable_country_task.fill(country_id="generator.country_id")),
)

test_activity_3 = create(
    name="activity_3",
    requires=[test_activity_2],
    tasks=runner.Sync(lambda context, activity: print("end of flow")),
)

if __name__ == "__main__":
    print(Flow(sys.modules[__name__]).run_local())
