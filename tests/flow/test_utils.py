"""Digests of dictionaries."""

import pytest

from swf.flow import utils


def test_dictionary_key_depends_on_types_and_not_on_order():
    key = utils.create_dictionary_key

    assert len({key({"a": value}) for value in (1, "1", True, 1.0, None, "None", [1], {1})}) == 8
    assert key({"a": 1, "b": {2, 3}}) == key({"b": {3, 2}, "a": 1})
    assert key({"a": (1, 2)}) == key({"a": [1, 2]})
    with pytest.raises(TypeError):
        key("a")
    with pytest.raises(ValueError, match="must not be empty"):
        key({})
