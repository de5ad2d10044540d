"""The test runner of the documentation runs every code block, and fails on others."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

VALID = {
    "python": "```python\n>>> 1 + 1\n2\n\n```",
    "program": "```python\nassert 1 + 1 == 2\n```",
    "console": "```console\n$ echo one; echo two\none\n...\n```",
    "shell": "```console\n$ export X=1\n$ echo $X\n1\n```",
    "file": '```python\n# one.py\nprint("one")\n```\n\n```console\n$ python one.py\none\n```',
    "manifest": "```toml\n# orders.toml\n[domain]\n```\n\n```console\n$ cat orders.toml\n...\n```",
    "background": "```console\n$ (echo 4570; cat) &\n4570\n```",
    "failure": "```console\n$ echo no; false\nno\n```",
    "make": "```sh\nmake clean\n```",
    "pip": "```sh\npip install '.[cli,local]'\n```",
    "drawing": "```text\n+---+\n```",
}
INVALID = {
    "python": "```python\n>>> 1 + 1\n3\n\n```",
    "program": "```python\nassert 1 + 1 == 3\n```",
    "output": "```console\n$ echo one\ntwo\n```",
    "more-output": "```console\n$ echo one; echo two\none\n```",
    "failure": "```console\n$ false\n```",
    "make": "```sh\nmake nonsense\n```",
    "extra": "```sh\npip install '.[nonsense]'\n```",
    "package": "```sh\npip install nonsense\n```",
    "shell": "```sh\nls\n```",
    "language": "```bash\nls\n```",
    "no-language": "```\nls\n```",
    "nameless-file": "```toml\n[domain]\n```",
    "session-as-text": "```text\n$ ls\n```",
    "prompt-as-text": "```text\n>>> 1 + 1\n```",
    "indented": "- a list\n\n  ```bash\n  ls\n  ```",
}


@pytest.fixture(scope="module")
def failures(tmp_path_factory):
    """Return the names of the failed pages; each block has its own page."""
    pages = tmp_path_factory.mktemp("pages")
    for name in ("conftest.py", "Makefile"):
        shutil.copy(ROOT / name, pages)
    shutil.copytree(ROOT / "tests" / "prefork", pages / "tests" / "prefork")
    for kind, blocks in (("valid", VALID), ("invalid", INVALID)):
        for name, block in blocks.items():
            (pages / f"{kind}-{name}.md").write_text(f"# A page\n\n{block}\n")
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:randomly", pages]
    process = subprocess.run(command, capture_output=True, text=True, cwd=pages, check=False)
    assert process.returncode == 1, process.stdout + process.stderr
    return set(re.findall(r"^FAILED ([\w-]+)\.md", process.stdout, re.MULTILINE))


@pytest.mark.parametrize("name", VALID)
def test_valid_block_passes(failures, name):
    assert f"valid-{name}" not in failures


@pytest.mark.parametrize("name", INVALID)
def test_invalid_or_unsupported_block_fails(failures, name):
    assert f"invalid-{name}" in failures
