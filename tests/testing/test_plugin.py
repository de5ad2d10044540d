"""The fixtures that a user's tests are given."""

from __future__ import annotations

import subprocess
import sys

from swf.connection import current
from swf.local import SkippingClock
from swf.models import Domain


def test_the_clock_skips(swf_clock):
    assert isinstance(swf_clock, SkippingClock)


def test_the_service_is_the_default_of_everything(swf_local, swf_clock):
    Domain("mine").save()

    assert swf_local.clock is swf_clock
    assert (
        swf_local.connection().call("DescribeDomain", name="mine")["domainInfo"]["name"] == "mine"
    )


def test_the_domain_is_registered(swf_domain):
    assert swf_domain.exists


def test_each_test_has_a_service_of_its_own(swf_local):
    assert list(Domain.objects.all()) == []


def test_a_test_run_that_needs_none_of_it_loads_none_of_it():
    code = "import sys, swf.testing.plugin; print([m for m in sys.modules if m in %r])"
    heavy = ("attr", "boto3", "botocore", "swf.actors", "swf.local", "swf.models")

    out = subprocess.run([sys.executable, "-c", code % (heavy,)], capture_output=True, check=True)

    assert out.stdout.strip() == b"[]"


def test_closing_the_service_gives_the_default_back(swf_local):
    inside = current()

    swf_local.close()

    assert current() is not inside
