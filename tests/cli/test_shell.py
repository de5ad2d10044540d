"""`swf shell` on a terminal, and scripts."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest

from swf.cli.python_prompt import interact
from swf.cli.shell import _choose_prompt

TIMEOUT = 30


ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[()=>][0-9A-B]?)|[\x01\x02\r]")


class Typist:
    """A pseudo-terminal on which a command runs.

    :param command: The command and its arguments.
    """

    def __init__(self, *command, columns=120):
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self._process = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._output = ""

    def read(self, until):
        """Return the output up to a pattern, or up to the end for None."""
        deadline = time.monotonic() + TIMEOUT
        while until is None or not re.search(until, self._output):
            ready, _, _ = select.select([self._ours], [], [], deadline - time.monotonic())
            assert ready, f"waited in vain for {until!r}; output was:\n{self._output}"
            more = self._more()
            if not more:
                assert until is None, f"it ended before {until!r}:\n{self._output}"
                break
            self._output = ESCAPES.sub("", self._output + more)
        end = len(self._output) if until is None else re.search(until, self._output).end()
        output, self._output = self._output[:end], self._output[end:]
        return output

    def type(self, keys):
        os.write(self._ours, keys.encode())

    def interrupt(self):
        """Press Ctrl-C, again if it has no effect.

        Python's own prompt does not hear the one that comes just before it waits for a key.
        """
        self.type("\x03")
        while "KeyboardInterrupt" not in self._output:
            ready, _, _ = select.select([self._ours], [], [], 5)
            if ready:
                more = self._more()
                assert more, f"it ended:\n{self._output}"
                self._output += more
            else:
                self.type("\x03")

    def end(self):
        """Press Ctrl-D and return the exit code."""
        self.type("\x04")
        self.read(until=None)
        return self._process.wait(TIMEOUT)

    def close(self):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._ours)

    def _more(self):
        try:
            return os.read(self._ours, 65536).decode(errors="replace")
        except OSError:  # Linux reports so that the other end is closed
            return ""


class Prompt:
    """Types lines at a prompt and returns their output."""

    def __init__(self, name, typist):
        self.name, self.typist, self._number = name, typist, 1
        self.banner = typist.read(self.sign)

    @property
    def sign(self):
        """The pattern of the prompt. IPython redraws the line while it is typed."""
        return ">>> " if self.name == "plain" else rf"In \[{self._number}\]: "

    def __call__(self, line, interrupted=None):
        self.typist.type(line)
        self.typist.read(until=re.escape(line[-6:]))
        return self.enter(interrupted)

    def enter(self, interrupted=None):
        """Press enter and return the lines that are output up to the next prompt.

        :param interrupted: the output after which to press Ctrl-C.
        """
        self._number += 1
        self.typist.type("\n")
        if interrupted:
            self.typist.read(interrupted)
            self.typist.type("\x03")
        output = self.typist.read(self.sign)
        output = re.sub(r">>> $|In \[\d+\]: .*|Out\[\d+\]: ?", "", output)
        return [line.rstrip() for line in output.splitlines() if line.strip()]


@pytest.fixture
def shell(server, prefork, tmp_path, monkeypatch):
    """Open a prompt on a terminal."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PROMPT_TOOLKIT_NO_CPR", "1")
    monkeypatch.delenv("COLUMNS")
    opened = []

    def opening(name, *arguments, columns=120):
        plain = ["--plain"] if name == "plain" else []
        opened.append(Typist(prefork / "swf", "shell", *plain, *arguments, columns=columns))
        return Prompt(name, opened[-1])

    yield opening
    for typist in opened:
        typist.close()


both = pytest.mark.parametrize("name", ["plain", "ipython"])


@both
def test_prompt_manages_a_domain_and_its_executions(shell, server, name):
    prompt = shell(name, "-d", "orders")

    assert prompt("domain.exists") == ["False"]
    assert prompt('domain = Domain("orders", retention_period=7)') == []
    assert prompt("domain.save()") == []
    assert prompt("domain.is_synced") == ["True"]
    assert prompt("domain.upstream()")[:2] == ["Domain", "attribute         value"]
    assert prompt('domain.evolve(description="new").changes') == [
        "attribute    here  upstream",
        "description  new",
    ]
    prompt('ship = WorkflowType(domain, "ship", "1.0", task_list="shipping")')
    assert prompt("ship.save()") == []
    prompt('one = ship.start_execution("one", tag_list=["urgent"])')
    assert prompt('executions.filter(tag="urgent").count()') == ["1"]
    assert prompt('one.signal("paid", 12)') == []
    assert "3   WorkflowExecutionSignaled" in "\n".join(prompt("one.history()"))
    assert prompt('one.terminate(reason="enough")') == []
    head, row, note = prompt("executions")[-3:]  # after the suggestion of IPython
    assert head.split()[:4] == ["workflow_id", "workflow_type", "state", "age"]
    assert row.split()[:4] == ["one", "ship", "1.0", "TERMINATED"]
    assert note.startswith("no room for")
    assert prompt.typist.end() == 0


@both
def test_error_is_one_line_and_tb_shows_the_traceback(shell, orders, name):
    prompt = shell(name)

    assert prompt("nonsense") == ["NameError: name 'nonsense' is not defined"]
    assert prompt('Domain("x", retention_period=400)') == [
        "ValidationError: retention_period=400: must be whole days from 0 to 90, or NONE"
    ]
    assert prompt('executions.get("nobody")') == [
        "WorkflowExecutionDoesNotExist: no row matches workflow_id='nobody'; "
        "see `domain.executions`"
    ]
    assert "Traceback" in "\n".join(prompt("%tb"))


@both
def test_debug_shows_tracebacks(shell, server, name):
    prompt = shell(name, "--debug")

    assert "Traceback" in "\n".join(prompt("nonsense"))


@both
def test_ctrl_c_drops_a_line_and_ends_a_call(shell, orders, start, name):
    start("one")
    prompt = shell(name)

    prompt.typist.type("half a li")
    prompt.typist.read("half a li")
    if name == "plain":
        prompt.typist.interrupt()
        prompt.typist.read(prompt.sign)
    else:
        prompt.typist.type("\x03")  # IPython only redraws its line
    before = prompt("1 + 1")
    output = prompt('print("wait" + "ing"); executions.get("one").wait()', interrupted="waiting")

    assert before == ["2"]
    assert output == ["^CKeyboardInterrupt"]
    assert prompt("2 + 2") == ["4"]


@both
def test_tab_completes_ids(shell, orders, start, name):
    start("order-17")
    prompt = shell(name)

    prompt.typist.type('executions.get("order-\t')
    prompt.typist.read("order-17")
    prompt.typist.type('").status')
    prompt.typist.read("status")

    assert prompt.enter() == ["'OPEN'"]


@both
def test_statement_of_several_lines(shell, orders, name):
    prompt = shell(name)
    further = r"\.\.\. " if name == "plain" else r"\.\.\.: "

    prompt.typist.type("for number in range(2):\n")
    prompt.typist.read(further)
    prompt.typist.type(("    " if name == "plain" else "") + 'print(f"number {number}")\n')
    prompt.typist.read(further)

    assert prompt.enter()[-2:] == ["number 0", "number 1"]


@both
def test_lines_fit_a_narrow_terminal(shell, orders, start, name):
    start("an-execution-with-quite-a-long-id")
    prompt = shell(name, columns=44)

    output = prompt("executions")

    assert "no room for" in " ".join(output)
    assert [line for line in (*output, *prompt.banner.splitlines()) if len(line) > 44] == []


@both
def test_missing_domain_has_a_remedy(shell, server, name):
    prompt = shell(name)

    for line in ("domain", "executions"):
        assert prompt(line) == [
            f"NameError: name '{line}' is not defined; "
            "choose one: domain = Domain(name), or start with --domain NAME"
        ]
    hint = "did you mean 'domains'?"
    assert prompt("domian") == [f"NameError: name 'domian' is not defined; {hint}"]
    prompt('domain = Domain("orders")')

    assert "domain = Domain(name)" in prompt.banner
    assert prompt("executions") == ["DomainDoesNotExist: " + UNKNOWN]


UNKNOWN = (
    "ListOpenWorkflowExecutions: Unknown domain: orders (UnknownResourceFault); "
    "see `domains`, or create it: Domain(name).save()"
)


def test_embedded_service_is_defined(shell, tmp_path):
    prompt = shell("plain", "--local", "--local-database", str(tmp_path / "swf.db"))

    assert "on an embedded service" in prompt.banner
    assert prompt("local.clock") != []


def test_python_prompt_without_ipython(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)

    assert _choose_prompt(plain=False) is interact


def test_script_on_standard_input(process, orders, start):
    start("one")

    done = process(
        "shell", stdin="executions.count()\nfor each in domains:\n    print(each.name)\n"
    )

    assert (done.code, done.out, done.err) == (0, "1\norders\n", "")


def test_script_ends_at_its_first_error(process, orders):
    done = process("shell", stdin='print(1)\nexecutions.get("nobody")\nprint(2)\n')

    assert (done.code, done.out) == (3, "1\n")
    assert done.err.startswith("swf: no row matches workflow_id='nobody'")


def test_script_without_a_domain_has_a_remedy(process):
    done = process("shell", stdin="domain.exists\n")

    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "swf: NameError: name 'domain' is not defined; "
        "choose one: domain = Domain(name), or start with --domain NAME\n"
    )


def test_script_with_a_syntax_error_runs_nothing(process, orders):
    done = process("shell", stdin="print(1)\n1 +\n")

    assert (done.code, done.out) == (1, "")
    assert done.err == "swf: SyntaxError: invalid syntax (<stdin>, line 2)\n"


def test_script_imports_from_the_current_directory(process, orders, monkeypatch, tmp_path):
    (tmp_path / "mine.py").write_text("answer = 42\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONSAFEPATH", "1")  # as the command has it, which is no `python -m`

    assert process("shell", stdin="import mine\nmine.answer\n").out == "42\n"


def test_threads_of_a_script_use_the_connection(process, orders):
    script = """
import threading
def look(): print(Domain("orders").exists)
thread = threading.Thread(target=look); thread.start(); thread.join()
"""
    assert process("shell", "--local", stdin=script).out == "False\n"
