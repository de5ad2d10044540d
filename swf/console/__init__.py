"""The web console: pages that show and control the executions of a domain.

`Console` answers HTTP requests for the command `swf console` and below `/ui` of a local service.
Pages (`pages/`) are functions from a request to a `Page`; the tabs of an execution are the table
`TABS` of `pages/execution.py`. `rendering` turns a page into HTML or JSON, and `security` decides
which requests are permitted. The console contains no SWF logic: it reads through querysets and
`swf.report`.
"""

from swf.console.application import Console, Options

__all__ = ["Console", "Options"]
