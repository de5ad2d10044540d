"""`fit_id`: ids that the service accepts."""

import pytest

from swf.engine.ids import fit_id


@pytest.mark.parametrize("text", ["order-1", "a b", "\u00e9", "x" * 256])
def test_acceptable_id_stays(text):
    assert fit_id(text) == text


@pytest.mark.parametrize(
    "text", ["a:b", "a/b", "a|b", "a\nb", "a\x7fb", "arn", "x" * 257, "\ud800:"]
)
def test_other_text_becomes_an_acceptable_id(text):
    assert not set(":/|\n\x7f") & set(fit_id(text))
    assert len(fit_id(text)) <= 256
    assert fit_id(text) != "arn"


def test_different_texts_have_different_ids():
    assert len({fit_id(text) for text in ("a:b", "a/b", "a_b", "x" * 257, "x" * 258)}) == 5


def test_limit_includes_the_digest():
    assert len(fit_id("x" * 300, 100)) == 100
