from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MAIN = Path(__file__).parents[2] / "examples" / "stdlib_index" / "main.py"


def test_the_standard_library_is_indexed_and_the_program_ends_by_itself():
    done = subprocess.run([sys.executable, MAIN], capture_output=True, text=True, timeout=50)

    assert done.returncode == 0, done.stderr
    assert "COMPLETED after" in done.stdout
    assert "ModelDiff(Difference('status', 'REGISTERED', 'DEPRECATED'))" in done.stdout
    assert "Try next" in done.stdout
