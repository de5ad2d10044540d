"""`swf binaries download`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("code_directory")


def test_download_stores_the_program(swf, tmp_path, monkeypatch):
    monkeypatch.setenv("SWF_BINARIES", str(tmp_path / "cache"))
    (tmp_path / "tool").write_text("#!/bin/sh\n")

    [program] = json.loads(
        swf("binaries", "download", f"tool={tmp_path / 'tool'}", "-o", "json").out
    )

    assert program["name"] == "tool"
    assert Path(program["path"]).read_text() == "#!/bin/sh\n"
