"""`Manager`, the descriptor that gives a model its querysets.

Querysets import models, so a model cannot import them: the descriptor names the queryset class and
looks it up on access.
"""

from __future__ import annotations

import importlib
from typing import Any


class Manager:
    """An attribute that returns a new queryset.

    :param queryset: the name of a class in `swf.querysets`.
    :param related: True for an attribute of instances that returns their members
        (`domain.workflow_types`), False for an attribute of the class (`Domain.objects`).
    """

    def __init__(self, queryset: str, *, related: bool = False) -> None:
        self.queryset = queryset
        self.related = related

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        if self.related and instance is None:
            return self
        if instance is not None and not self.related:
            raise AttributeError(f"{self.name} is reached through the class {owner.__name__}")
        queryset = getattr(importlib.import_module("swf.querysets"), self.queryset)
        return queryset(instance) if self.related else queryset()
