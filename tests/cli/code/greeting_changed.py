"""The flow of `greeting` after a change that breaks the replay of its histories."""

from __future__ import annotations

from swf.flow import activity, runner

domain = "orders"
name = "greeting"
create = activity.create(domain, name)

hello = create(name="goodbye", run=runner.Sync(lambda context: None))
