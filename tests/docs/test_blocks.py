"""Each block of the documentation is run, and one that would not be fails its page."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SOUND = {
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
UNSOUND = {
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
def failed(tmp_path_factory):
    """The pages with a failure, of one page for each block."""
    pages = tmp_path_factory.mktemp("pages")
    for name in ("conftest.py", "Makefile"):
        shutil.copy(ROOT / name, pages)
    for kind, blocks in (("sound", SOUND), ("unsound", UNSOUND)):
        for name, block in blocks.items():
            (pages / f"{kind}-{name}.md").write_text(f"# A page\n\n{block}\n")
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:randomly", pages]
    done = subprocess.run(command, capture_output=True, text=True, cwd=pages, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return set(re.findall(r"^FAILED ([\w-]+)\.md", done.stdout, re.MULTILINE))


@pytest.mark.parametrize("name", SOUND)
def test_a_block_that_does_what_it_says_passes(failed, name):
    assert f"sound-{name}" not in failed


@pytest.mark.parametrize("name", UNSOUND)
def test_a_block_that_is_wrong_or_that_nobody_runs_fails(failed, name):
    assert f"unsound-{name}" in failed
