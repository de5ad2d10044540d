"""The size of the console in a wheel."""

import zlib
from pathlib import Path

from swf import console


def test_console_adds_less_than_150_kilobytes_to_a_wheel():
    files = [
        path
        for path in Path(console.__file__).parent.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]

    size = sum(len(zlib.compress(path.read_bytes())) for path in files)

    assert size < 150 * 1024
