"""The flow of `greeting`, changed: its histories do not fit it any more."""

from __future__ import annotations

from swf.flow import activity, runner

domain = "orders"
name = "greeting"
create = activity.create(domain, name)

hello = create(name="goodbye", run=runner.Sync(lambda context: None))
