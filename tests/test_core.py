from __future__ import annotations

import boto3
import pytest

import swf
from swf import settings
from swf.core import ConnectedSWFObject

KEYS = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "s3cr3t"}


class Report(ConnectedSWFObject):
    def __init__(self, title, *args, **options):
        super().__init__(*args, **options)
        self.title = title


def test_current_connection_is_the_default():
    report = Report("weekly")

    with swf.using(swf.connect(region="eu-west-1", **KEYS)) as connection:
        assert report.connection is connection
        assert report.region == "eu-west-1"


def test_explicit_region_overrides_settings():
    settings.set(region="us-west-2", **KEYS)

    assert Report("weekly", region="eu-west-1").region == "eu-west-1"
    assert Report("weekly").region == "us-west-2"


def test_connection_overrides_region():
    connection = swf.connect(region="eu-west-1", **KEYS)

    report = Report("weekly", region="us-west-2", connection=connection)

    assert report.connection is connection
    assert report.boto3_client is connection.client


def test_boto3_client_is_accepted():
    client = boto3.client("swf", region_name="eu-west-1", **KEYS)

    assert Report("weekly", connection=swf.Connection(client=client)).region == "eu-west-1"


@pytest.mark.parametrize("status", ["REGISTERED", "DEPRECATED"])
def test_class_has_registration_statuses(status):
    assert getattr(ConnectedSWFObject, status) == status
