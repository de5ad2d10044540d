"""The fixtures that a user's tests are given."""

from __future__ import annotations

import subprocess
import sys

from swf.connection import current
from swf.local import SkippingClock
from swf.models import Domain


def test_the_clock_skips(swf_clock):
    assert isinstance(swf_clock, SkippingClock)


def test_service_is_the_default_connection(swf_local, swf_clock):
    Domain("mine").save()

    assert swf_local.clock is swf_clock
    assert (
        swf_local.connection().call("DescribeDomain", name="mine")["domainInfo"]["name"] == "mine"
    )


def test_the_domain_is_registered(swf_domain):
    assert swf_domain.exists


def test_each_test_has_its_own_service(swf_local):
    assert list(Domain.objects.all()) == []


def test_unused_plugin_imports_nothing():
    code = "import sys, swf.testing.plugin; print([m for m in sys.modules if m in %r])"
    heavy = ("attr", "boto3", "botocore", "swf.actors", "swf.local", "swf.models")

    out = subprocess.run([sys.executable, "-c", code % (heavy,)], capture_output=True, check=True)

    assert out.stdout.strip() == b"[]"


def test_closing_the_service_restores_the_default(swf_local):
    inside = current()

    swf_local.close()

    assert current() is not inside
