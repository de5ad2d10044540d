from __future__ import annotations

import pytest

from swf import codecs
from swf.dataflow.activity import Activity


class Salted:
    """A cipher for tests, whose texts differ each time."""

    def __init__(self):
        self.salt = 0

    def encrypt(self, data):
        self.salt += 1
        return self.salt.to_bytes(4, "big") + data

    def decrypt(self, token):
        return token[4:]


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


def test_what_is_stored_encrypted_is_stored_once_however_often_code_is_replayed(
    history_of, tmp_path
):
    store = codecs.DirectoryStore(tmp_path)
    codec = codecs.ClaimCheck(store, codecs.Encrypted(Salted()))
    size = Activity(len, name="size")

    def measures(self, given):
        return [self.submit(size, given).result for _ in range(5)]

    history = history_of(measures, "z" * 60_000, activities=[size], codec=codec)

    assert codec.decode(history.execution.text("result")) == [60_000] * 5
    assert len(list(store.keys(""))) == 1
