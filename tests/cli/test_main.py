"""The entry point: imports and missing packages."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import sys
from swf.cli.app import app, run
heavy = ("attr", "boto3", "botocore", "rich", "yaml", "swf.models", "swf.querysets", "swf.settings")
for command in (None, *app.list_commands(None)):
    group = app.get_command(None, command) if command else None
    for verb in (None, *getattr(group, "commands", ())):
        words = [word for word in (command, verb) if word]
        assert run([*words, "--help"]) == 0, words
        assert not [name for name in heavy if name in sys.modules], (words, sorted(sys.modules))
"""


WITHOUT_CLICK = """
import sys
sys.modules["click"] = None
from swf.cli.main import main
main()
"""


def python(program, *arguments):
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=20
    )


def test_help_imports_only_click():
    done = python(LOADED)

    assert (done.returncode, done.stderr) == (0, "")
    assert "execution" in done.stdout


def test_missing_click_names_the_extra():
    done = python(WITHOUT_CLICK)

    assert done.returncode == 2
    assert done.stderr == "swf: click is not installed: pip install '.[cli]' in a clone of swf\n"
