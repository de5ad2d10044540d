"""A flow for the tests of the command."""

from __future__ import annotations

from swf.flow import activity, runner, task

domain = "orders"
name = "greeting"
create = activity.create(domain, name)


@task.decorate(timeout=5)
def greet(activity, who="nobody"):
    if who == "failure":
        raise ValueError("greets nobody")
    return {"greeting": f"hello {who}"}


hello = create(name="hello", run=runner.Sync(greet.fill(who="who")))
