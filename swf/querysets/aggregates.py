"""Aggregates: one value computed from an attribute of all rows.

    executions.filter(status="CLOSED").aggregate(longest=Maximum("duration"))
    executions.group_by("close_status", mean=Average("duration"))

The service offers counts only, so aggregates are computed on the client from all rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen


@frozen
class Aggregate:
    """A function of the values of one attribute.

    :param name: the attribute, as for `values`. Missing values are ignored.
    """

    name: str

    def compute(self, values: Iterable[Any]) -> Any:
        """Return the result, or None without values.

        :param values: the values of the attribute.
        """
        existing = [value for value in values if value is not None]
        return self._apply(existing) if existing else None

    def _apply(self, values: Sequence[Any]) -> Any:
        raise NotImplementedError


class Minimum(Aggregate):
    """The smallest value."""

    def _apply(self, values: Sequence[Any]) -> Any:
        return min(values)


class Maximum(Aggregate):
    """The largest value."""

    def _apply(self, values: Sequence[Any]) -> Any:
        return max(values)


class Sum(Aggregate):
    """The sum of the values."""

    def _apply(self, values: Sequence[Any]) -> Any:
        return sum(values[1:], values[0])


class Average(Sum):
    """The arithmetic mean of the values."""

    def _apply(self, values: Sequence[Any]) -> Any:
        return super()._apply(values) / len(values)
