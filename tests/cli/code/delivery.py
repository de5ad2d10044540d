"""The flow of the examples in the help texts."""

from __future__ import annotations

from swf.flow import activity, runner, task

domain = "orders"
name = "delivery"
create = activity.create(domain, name)


@task.decorate(timeout=5)
def choose(activity, city):
    return {"van": f"van to {city}"}


route = create(name="route", run=runner.Sync(choose.fill(city="city")))
