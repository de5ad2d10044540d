"""`UnwritableDataError`: a decision cannot be written because of its data.

The data come from the program, so this error fails the execution. Every other error of user code is
a bug, which leaves the execution open until it is fixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from swf.exceptions import SWFError, ValidationError


class UnwritableDataError(SWFError):
    """The data of a decision are too long, not serializable or out of range."""


@contextmanager
def writing() -> Iterator[None]:
    """Convert the validation errors of the block.

    :raises UnwritableDataError: the block raised a `ValidationError`.
    """
    try:
        yield
    except ValidationError as error:
        raise UnwritableDataError(str(error)) from error
