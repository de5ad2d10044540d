"""Decoding of payloads that other programs have written.

Anyone who may start or signal an execution, or perform its tasks, chooses the text of payloads.
Text that cannot be decoded must not block an execution: an input fails it, a result fails its task
without a retry, and the text of a signal or of the details of a failure is passed on as it is.
"""

from __future__ import annotations

from typing import Any

from swf import payload
from swf.exceptions import JumboFieldError, SWFError
from swf.payload import Codec


class UndecodableError(SWFError):
    """A payload cannot be decoded.

    :param field: the name of the payload.
    :param error: the error of the codec.
    """

    def __init__(self, field: str, error: Exception) -> None:
        super().__init__(field, error)
        self.field = field
        self.error = error

    def __str__(self) -> str:
        return f"{self.field} cannot be decoded: {self.error}"


def decode(text: str | None, field: str, codec: Codec) -> Any:
    """Return the value of a payload.

    :param text: the encoded value; None decodes to None.
    :param field: the name of the payload, for the error message.
    :raises UndecodableError: the codec cannot decode the text.
    :raises JumboFieldError: the bucket of a jumbo field is not configured; the text may be valid.
    """
    try:
        return payload.decode(text, codec)
    except JumboFieldError:
        raise
    except (TypeError, ValueError) as error:
        raise UndecodableError(field, error) from error


def decode_or_text(text: str | None, codec: Codec) -> Any:
    """Return the value of a payload, or its text if the codec cannot decode it.

    :param text: the encoded value; None decodes to None.
    """
    try:
        return payload.decode(text, codec)
    except (TypeError, ValueError):
        return text
