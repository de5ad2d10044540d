from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "dataflow_basic"


def test_the_example_prints_what_its_page_says():
    page = (EXAMPLE / "README.md").read_text()
    expected = page.split("```text\n")[1].split("```")[0]

    done = subprocess.run(
        [sys.executable, EXAMPLE / "main.py", "1"], capture_output=True, text=True, check=True
    )

    assert done.stdout == expected
