"""`set_aws_credentials` at the import path of python-simple-workflow; see `swf.compat`."""

from swf.compat import set_aws_credentials

__all__ = ["set_aws_credentials"]
