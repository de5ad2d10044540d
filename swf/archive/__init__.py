"""Archives of closed executions, which outlive the retention period of their domains.

`segments` has the files of the histories, `index` the database that finds them, `update` adds the
executions of a service, `connection` serves an archive like a service, and `archive` puts them
together.
"""

from swf.archive.archive import Archive
from swf.archive.grep import Match
from swf.archive.segments import ArchiveError
from swf.archive.update import UpdateResult

__all__ = ["Archive", "ArchiveError", "Match", "UpdateResult"]
