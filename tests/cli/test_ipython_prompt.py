"""IPython's prompt."""

from __future__ import annotations

import pytest

ipython_prompt = pytest.importorskip("swf.cli.ipython_prompt")


def test_ctrl_c_outside_of_user_code_is_one_line(capsys):
    shell = ipython_prompt.IPythonPrompt.__new__(ipython_prompt.IPythonPrompt)

    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        shell.showtraceback()

    assert capsys.readouterr().out == "KeyboardInterrupt\n"
