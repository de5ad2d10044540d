"""Payloads of other programs: an error that names the field, or the text itself."""

import pytest

from swf.codecs import TYPED_JSON
from swf.engine.decoding import UndecodableError, decode, decode_or_text
from swf.exceptions import JumboFieldError

JUMBO_FIELD = "simpleflow+s3://bucket/key 40000"


def test_undecodable_text_is_an_error_that_names_its_field():
    assert decode('{"a": 1}', "input", TYPED_JSON) == {"a": 1}
    assert decode(None, "input", TYPED_JSON) is None

    with pytest.raises(UndecodableError, match=r"^input cannot be decoded: payload="):
        decode("swf+unknown:text", "input", TYPED_JSON)


def test_jumbo_field_without_a_bucket_is_not_undecodable():
    with pytest.raises(JumboFieldError):
        decode(JUMBO_FIELD, "input", TYPED_JSON)


@pytest.mark.parametrize("text", ["swf+unknown:text", JUMBO_FIELD, None])
def test_undecodable_text_is_returned_unchanged(text):
    assert decode_or_text(text, TYPED_JSON) == text
