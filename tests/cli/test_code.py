"""Code that a command line names."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("code_directory")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "no module 'nowhere'"),
        ("sums:Some", "sums has no 'Some'; it has add, Sum, Broken"),
        ("json", "is not a flow"),
        ("./greeting", "'./greeting' is not MODULE or MODULE:NAME"),
        (":flow", "':flow' is not MODULE or MODULE:NAME"),
    ],
)
def test_missing_code_is_reported_with_alternatives(swf, name, message):
    done = swf("flow", "check", name)

    assert done.code == 2
    assert message in done.err
