from __future__ import annotations

import boto3
import pytest

import swf
from swf import settings
from swf.core import ConnectedSWFObject

KEYS = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "s3cr3t"}


class Report(ConnectedSWFObject):
    def __init__(self, title, *args, **named):
        super().__init__(*args, **named)
        self.title = title


def test_without_arguments_the_connection_in_force_is_taken():
    report = Report("weekly")

    with swf.using(swf.connect(region="eu-west-1", **KEYS)) as connection:
        assert report.connection is connection
        assert report.region == "eu-west-1"


def test_an_explicit_region_beats_the_one_that_was_set():
    settings.set(region="us-west-2", **KEYS)

    assert Report("weekly", region="eu-west-1").region == "eu-west-1"
    assert Report("weekly").region == "us-west-2"


def test_a_connection_of_its_own_comes_before_a_region():
    connection = swf.connect(region="eu-west-1", **KEYS)

    report = Report("weekly", region="us-west-2", connection=connection)

    assert report.connection is connection
    assert report.boto3_client is connection.client


def test_a_ready_boto3_client_serves_too():
    client = boto3.client("swf", region_name="eu-west-1", **KEYS)

    assert Report("weekly", connection=swf.Connection(client=client)).region == "eu-west-1"


@pytest.mark.parametrize("status", ["REGISTERED", "DEPRECATED"])
def test_the_registration_statuses_stand_on_the_class(status):
    assert getattr(ConnectedSWFObject, status) == status
