"""The web console: pages that show and steer the executions of a domain.

`Console` answers HTTP requests for the command `swf console` and below `/ui` of a local service.
Pages (`pages/`) are functions from a request to a `Page`; `rendering` turns a page into HTML or
JSON, `security` decides which requests are answered at all. The console holds no SWF logic: it
reads through querysets and `swf.report`.
"""

from swf.console.application import Console, Options

__all__ = ["Console", "Options"]
