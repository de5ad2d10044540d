"""The selection of executions."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("options", [["--yes"], ["--dry-run"], []])
@pytest.mark.parametrize("verb", [["signal", "-n", "paid"], ["cancel"], ["terminate"]])
def test_closed_execution_is_refused_before_confirmation(swf, start, verb, options):
    start("one")[0].terminate()

    done = swf("execution", *verb, "one", *options)

    assert (done.code, done.out) == (4, "")
    assert done.err == "swf: 'one' is closed (TERMINATED); see `swf why`\n"
