"""`swf local` as a process."""

from __future__ import annotations

import re
import signal
import subprocess

import pytest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_local_serves_until_a_signal(prefork, server, number):
    serving = subprocess.Popen(
        [prefork / "swf", "local", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = serving.stdout.readline()
    url = line.strip().rpartition("=")[2]
    created = subprocess.run(
        [prefork / "swf", "domain", "create", "mine", "--endpoint-url", url],
        capture_output=True,
        text=True,
        timeout=20,
    )
    serving.send_signal(number)
    out, _ = serving.communicate(timeout=20)

    assert re.fullmatch(r"export AWS_ENDPOINT_URL_SWF=http://127\.0\.0\.1:\d+\n", line)
    assert (created.returncode, serving.returncode, out) == (0, 0, "")
