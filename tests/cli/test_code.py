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


def test_failing_import_names_the_module(swf, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "broken_code.py").write_text("1 / 0")

    done = swf("flow", "check", "broken_code")

    assert done.code == 1
    assert done.err == (
        "swf: the import of broken_code failed:\nswf: ZeroDivisionError: division by zero\n"
    )
