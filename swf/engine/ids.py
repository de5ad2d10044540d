"""Ids that the service accepts, made from any text."""

from __future__ import annotations

import hashlib
import re

from swf.constants import ID_LIMIT

_FORBIDDEN = re.compile(r"[:/|\x00-\x1f\x7f-\x9f]")


def fit_id(text: str, limit: int = ID_LIMIT) -> str:
    """Return an id that the service accepts: without forbidden characters, and not too long.

    A text that changes gets a digest, so that different texts have different ids.
    Source: API Reference, ScheduleActivityTaskDecisionAttributes.

    :param text: The preferred id.
    :param limit: The maximum number of characters.
    :returns: The same id for the same text.
    """
    clean = _FORBIDDEN.sub("_", text)
    if clean == text and len(text) <= limit and text != "arn":
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{clean[: limit - len(digest) - 1]}-{digest}"
