"""`ConnectedSWFObject` at the import path of python-simple-workflow; see `swf.compat`."""

from swf.compat import ConnectedSWFObject

__all__ = ["ConnectedSWFObject"]
