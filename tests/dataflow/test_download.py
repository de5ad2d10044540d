from __future__ import annotations

import hashlib
import os
import subprocess
import threading

import boto3
import pytest
from moto import mock_aws

import swf
from swf.dataflow import download
from swf.dataflow.activity import Activity
from swf.exceptions import ValidationError

PROGRAM = b"#!/bin/sh\necho downloaded $1\n"
DIGEST = hashlib.sha256(PROGRAM).hexdigest()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SWF_BINARIES", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", os.environ["PATH"])
    return tmp_path / "home"


@pytest.fixture
def address(tmp_path):
    path = tmp_path / "tool"
    path.write_bytes(PROGRAM)
    return str(path)


def says():
    return subprocess.run(["saying", "it"], capture_output=True, text=True).stdout


def test_a_function_finds_the_programs_that_it_needs(address):
    assert download.with_binaries({"saying": address})(says)() == "downloaded it\n"


def test_an_activity_finds_the_programs_that_its_meta_names(run, address):
    needs = Activity(says, name="needs", meta={"binaries": {"saying": address}})

    def asks(self):
        return self.submit(needs).result

    assert run(asks, activities=[needs]) == "downloaded it\n"


def test_a_program_is_downloaded_once(address):
    first = download.download("saying", address)
    os.unlink(address)

    assert download.download("saying", address) == first


def test_another_address_is_another_program(tmp_path, address):
    other = tmp_path / "other"
    other.write_bytes(b"#!/bin/sh\necho another\n")

    assert download.download("saying", address) != download.download("saying", str(other))


def test_what_the_address_says_of_the_content_is_checked(address):
    download.download("saying", f"{address}#sha256={DIGEST}")

    with pytest.raises(ValidationError, match=f"holds something else: sha256={DIGEST}"):
        download.download("saying", f"{address}#sha256={'0' * 64}")


def test_a_program_that_was_refused_is_not_kept(address, home):
    with pytest.raises(ValidationError):
        download.download("saying", f"{address}#sha256={'0' * 64}")

    assert [path.name for path in home.rglob("*") if path.is_file()] == [".lock"]


def test_a_program_comes_from_s3(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws(), swf.using(swf.connect(region="us-east-1")):
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="tools")
        client.put_object(Bucket="tools", Key="bin/saying", Body=PROGRAM)

        path = download.download("saying", f"s3://tools/bin/saying#sha256={DIGEST}")

    assert path.read_bytes() == PROGRAM
    assert os.access(path, os.X_OK)


@pytest.mark.parametrize("address", ["s3://bucket", "http://x/y", "s3:///key"])
def test_an_address_that_makes_no_sense_is_refused(address):
    with pytest.raises(ValidationError, match="binaries"):
        download.download("saying", address)


@pytest.mark.parametrize("binaries", [["sox"], {"sox": None}, {"bin/sox": "s3://tools/sox"}])
def test_what_are_no_programs_is_refused_where_it_is_declared(binaries):
    with pytest.raises(ValidationError, match="binaries"):
        download.with_binaries(binaries)


def test_a_name_cannot_lead_elsewhere(address):
    with pytest.raises(ValidationError, match="without a directory"):
        download.download("../saying", address)


def test_those_who_want_it_at_the_same_time_get_the_same(address):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(download.download("saying", address)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1
