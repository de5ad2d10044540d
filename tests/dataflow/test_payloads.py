from __future__ import annotations

import pytest

from swf import codecs
from swf.dataflow.activity import Activity


@pytest.mark.parametrize(
    "make",
    [
        lambda store: codecs.Compressed(),
        lambda store: codecs.ClaimCheck(store),
        lambda store: codecs.ClaimCheck(store, codecs.Compressed(), above=10),
    ],
    ids=["compressed", "stored", "both"],
)
def test_payloads_longer_than_a_field_pass_through_a_whole_workflow(history_of, tmp_path, make):
    codec = make(codecs.DirectoryStore(tmp_path))
    long = "z" * 60_000
    same = Activity(lambda x: x, name="same")

    def passes(self, given):
        (middle,) = self.map(same, [given])
        return middle.result

    history = history_of(passes, long, activities=[same], codec=codec)

    assert history.execution.close_status == "COMPLETED", history.execution.reason
    assert codec.decode(history.execution.text("result")) == long
