"""`Row`: makes an object a row of a data frame.

pandas (`DataFrame(queryset)`, `DataFrame(history)`) and polars accept sequences of data classes. A
`Row` implements their protocol, `__dataclass_fields__`, with the attributes of `to_dict`.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, ClassVar

Fields = dict[str, "dataclasses.Field[Any]"]


class Row:
    """An object whose attributes are the columns of a row: `dataclasses.asdict` returns them."""

    __slots__ = ()

    #: Parameters of the `dataclass` decorator, which `pprint` reads.
    __dataclass_params__: ClassVar[Any] = SimpleNamespace(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the values by column."""
        raise NotImplementedError

    @property
    def __dataclass_fields__(self) -> Fields:
        return _dataclass_fields(tuple(self.to_dict()))


@lru_cache(maxsize=1024)
def _dataclass_fields(names: tuple[str, ...]) -> Fields:
    columns: Any = dataclasses.make_dataclass("Columns", names)
    return {field.name: field for field in dataclasses.fields(columns)}
