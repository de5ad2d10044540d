import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from swf.local.store import Entry, RecordStore, StoreError, TenantKey

WORLD = TenantKey("AKID", "us-east-1")
OTHER = TenantKey("AKID", "eu-west-1")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "swf.db"


def written(path, *entries):
    store = RecordStore(path)
    for entry in entries:
        store.append([entry])
    store.close()


def read(path):
    with closing(RecordStore(path)) as store:
        return list(store.entries())


def test_appended_records_are_read_in_order(path):
    entries = [
        Entry(WORLD, [["domain", {"name": "a"}], ["domain", {"name": "b"}]]),
        Entry(OTHER, [["domain", {"name": "a"}]]),
        Entry(WORLD, [["type", 1.5, None, "é\ud800"]]),
    ]

    written(path, *entries)

    assert read(path) == entries


def test_entries_of_one_request_are_written_together(path):
    store = RecordStore(path)

    with pytest.raises(TypeError):
        store.append([Entry(WORLD, ["kept out"]), Entry(WORLD, [object()])])
    store.close()

    assert read(path) == []


def test_request_without_records_writes_nothing(path):
    written(path, Entry(WORLD, []))

    assert read(path) == []


def test_log_can_be_replaced(path):
    store = RecordStore(path)
    store.append([Entry(WORLD, ["old"]), Entry(OTHER, ["old"])])

    store.replace({WORLD: (f"new {n}" for n in range(1200))})
    store.append([Entry(WORLD, ["newer"])])
    store.close()

    entries = read(path)
    assert {entry.tenant for entry in entries} == {WORLD}
    assert [record for entry in entries for record in entry.records] == [
        *(f"new {n}" for n in range(1200)),
        "newer",
    ]


def test_failed_replace_leaves_the_log_unchanged(path):
    entry = Entry(WORLD, ["old"])
    written(path, entry)
    store = RecordStore(path)

    with pytest.raises(TypeError):
        store.replace({WORLD: [object()]})
    store.close()

    assert read(path) == [entry]


def test_the_size_counts_the_records(path):
    store = RecordStore(path)
    store.append([Entry(WORLD, [1, 2]), Entry(WORLD, [3])])

    assert store.log_size == 3
    store.close()


def test_a_second_process_is_refused(path):
    store = RecordStore(path)
    program = "import sys; from swf.local.store import RecordStore; RecordStore(sys.argv[1])"

    second = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=False
    )

    assert second.returncode == 1
    assert f"StoreInUseError: {path} is in use by another service" in second.stderr
    store.close()


def test_a_second_service_of_the_same_process_is_refused(path):
    store = RecordStore(path)

    with pytest.raises(StoreError, match="in use by another service"):
        RecordStore(path)
    store.close()


def test_missing_directory_is_named(tmp_path):
    path = tmp_path / "no" / "swf.db"

    with pytest.raises(StoreError, match=f"{path} cannot be used: unable to open"):
        RecordStore(path)


def test_file_that_is_not_a_database_is_refused(path):
    path.write_text("Dear diary, " * 500)

    with pytest.raises(StoreError, match=f"{path} cannot be used: file is not a database"):
        RecordStore(path)


def test_database_of_another_program_is_refused_unchanged(path):
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE stamp (country TEXT)")
    database.close()
    before = path.read_bytes()

    with pytest.raises(StoreError, match=f"{path} is not a database of swf.local"):
        RecordStore(path)

    assert path.read_bytes() == before


def test_a_newer_format_is_refused(path):
    written(path)
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(StoreError, match="has format 99: this version reads 4"):
        RecordStore(path)


def test_a_truncated_file_is_refused(path):
    written(path, *(Entry(WORLD, ["x" * 500]) for _ in range(100)))
    path.write_bytes(path.read_bytes()[:-8192])

    with pytest.raises(StoreError, match=str(path)):
        read(path)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_page_of_garbage_is_refused(path, part):
    written(path, *(Entry(WORLD, ["x" * 500]) for _ in range(100)))
    data = bytearray(path.read_bytes())
    start = int(len(data) * part) // 4096 * 4096
    data[start : start + 4096] = bytes(range(256)) * 16
    path.write_bytes(data)

    with pytest.raises(StoreError, match=str(path)):
        read(path)


def test_a_changed_payload_is_refused(path):
    written(path, Entry(WORLD, ["first"]), Entry(WORLD, ["precious"]))
    path.write_bytes(path.read_bytes().replace(b"precious", b"precioux"))

    with pytest.raises(StoreError, match=f"{path} is damaged: row 2 of its log"):
        read(path)


def test_a_missing_row_is_noticed(path):
    written(path, *(Entry(WORLD, [n]) for n in range(3)))
    database = sqlite3.connect(path)
    database.execute("DELETE FROM log WHERE number = 2")
    database.commit()
    database.close()

    with pytest.raises(StoreError, match="is damaged: row 2 of its log"):
        read(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("UPDATE head SET log = 99", "its head"),
        ("DELETE FROM head", "its head"),
        ("UPDATE tenant SET access_key = 'other'", "row 1 of its log"),
        ("UPDATE tenant SET region = 'other'", "row 1 of its log"),
        ("UPDATE log SET number = number + 1 WHERE number = 3", "row 3 of its log"),
    ],
)
def test_a_changed_table_is_refused(path, change, message):
    written(path, *(Entry(WORLD, [n]) for n in range(3)))
    database = sqlite3.connect(path)
    database.execute(change)
    database.commit()
    database.close()

    with pytest.raises(StoreError, match=f"is damaged: {message}"):
        read(path)


def test_appended_records_survive_sigkill(path):
    program = """
import os, signal, sys
from swf.local.store import Entry, RecordStore, TenantKey
store = RecordStore(sys.argv[1])
for number in range(50):
    store.append([Entry(TenantKey("AKID", "us-east-1"), [number])])
os.kill(os.getpid(), signal.SIGKILL)
"""

    subprocess.run([sys.executable, "-c", program, path], check=False)

    assert [entry.records for entry in read(path)] == [[number] for number in range(50)]
