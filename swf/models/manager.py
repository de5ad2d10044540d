"""The way from a model to its queryset.

Querysets stand on models, so a model cannot import them: the descriptor names the queryset's class
and looks it up when somebody asks for it.
"""

from __future__ import annotations

import importlib
from typing import Any


class Manager:
    """Give a queryset: of everything on a class, of what belongs to it on an instance.

    :param queryset: name of a class in `swf.querysets`.
    :param related: whether it is reached through an instance, `domain.workflow_types`, and made for
        that instance; otherwise through the class, `Domain.objects`.
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
