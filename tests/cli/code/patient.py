"""A flow that works until it is interrupted."""

from __future__ import annotations

import sys
import threading

from swf.flow import activity, runner, task

domain = "orders"
name = "patient"
create = activity.create(domain, name)


@task.decorate(timeout=600)
def wait(activity):
    sys.stdout.write("at work\n")
    sys.stdout.flush()
    threading.Event().wait()


waiting = create(name="waiting", run=runner.Sync(wait.fill()))
