"""The service model of SWF: the shapes of the requests.

The JSON is botocore's. botocore's own classes for it are not used, because importing them takes
longer than starting the service.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import botocore

_FILE = Path(botocore.__file__).parent / "data" / "swf" / "2012-01-25" / "service-2.json.gz"


@dataclass(frozen=True)
class Shape:
    """The type of a value in a request.

    :param name: Its name in the model, e.g. "DomainName".
    :param fields: Its JSON in the model.
    """

    name: str
    fields: Mapping[str, Any]

    @property
    def type(self) -> str:
        """The kind of value: "structure", "list", "string", "integer", ..."""
        return str(self.fields["type"])

    def limits(self, default: float) -> tuple[float, float]:
        """Return the minimum, or `default`, and the maximum of the value or of its length."""
        return self.fields.get("min", default), self.fields.get("max", math.inf)

    @property
    def enum(self) -> tuple[str, ...]:
        """The values that a string may have; empty if it may have any."""
        return tuple(self.fields.get("enum", ()))

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the required members of a structure."""
        return tuple(self.fields.get("required", ()))

    @property
    def members(self) -> dict[str, Shape]:
        """The members of a structure, in the order of the model."""
        return {name: _shape(each["shape"]) for name, each in self.fields["members"].items()}

    @property
    def element(self) -> Shape:
        """The shape of the elements of a list."""
        return _shape(self.fields["member"]["shape"])


def input_shape(operation: str) -> Shape:
    """Return the shape of the request of an operation.

    :raises KeyError: If there is no such operation.
    """
    return _shape(_model()["operations"][operation]["input"]["shape"])


def _shape(name: str) -> Shape:
    return Shape(name, _model()["shapes"][name])


@cache
def _model() -> dict[str, Any]:
    with gzip.open(_FILE) as file:
        model: dict[str, Any] = json.load(file)
    return model
