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


def run_tool():
    return subprocess.run(["saying", "it"], capture_output=True, text=True).stdout


def test_decorated_function_finds_programs_on_path(address):
    assert download.with_binaries({"saying": address})(run_tool)() == "downloaded it\n"


def test_activity_finds_programs_of_its_meta_on_path(run, address):
    tool = Activity(run_tool, name="tool", meta={"binaries": {"saying": address}})

    def workflow(self):
        return self.submit(tool).result

    assert run(workflow, activities=[tool]) == "downloaded it\n"


def test_program_is_downloaded_once(address):
    first = download.download("saying", address)
    os.unlink(address)

    assert download.download("saying", address) == first


def test_different_addresses_are_different_programs(tmp_path, address):
    other = tmp_path / "other"
    other.write_bytes(b"#!/bin/sh\necho another\n")

    assert download.download("saying", address) != download.download("saying", str(other))


def test_digest_in_address_is_verified(address):
    download.download("saying", f"{address}#sha256={DIGEST}")

    with pytest.raises(ValidationError, match=f"another digest: sha256={DIGEST}"):
        download.download("saying", f"{address}#sha256={'0' * 64}")


def test_program_with_wrong_digest_is_not_stored(address, home):
    with pytest.raises(ValidationError):
        download.download("saying", f"{address}#sha256={'0' * 64}")

    assert [path.name for path in home.rglob("*") if path.is_file()] == [".lock"]


def test_program_is_downloaded_from_s3(monkeypatch):
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
def test_malformed_address_is_refused(address):
    with pytest.raises(ValidationError, match="binaries"):
        download.download("saying", address)


@pytest.mark.parametrize("binaries", [["sox"], {"sox": None}, {"bin/sox": "s3://tools/sox"}])
def test_invalid_binaries_are_refused_at_declaration(binaries):
    with pytest.raises(ValidationError, match="binaries"):
        download.with_binaries(binaries)


def test_program_name_with_directory_is_refused(address):
    with pytest.raises(ValidationError, match="without a directory"):
        download.download("../saying", address)


def test_concurrent_downloads_return_one_program(address):
    paths = []
    threads = [
        threading.Thread(target=lambda: paths.append(download.download("saying", address)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(paths) == 8
    assert len(set(paths)) == 1
