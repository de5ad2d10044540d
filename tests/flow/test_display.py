"""Progress on terminals of any size, and on other streams."""

import io
import re
import sys

import pytest

from swf.flow import Flow
from swf.flow.display import ActivityProgress, ProgressDisplay


class Terminal(io.StringIO):
    """A terminal of a given size."""

    def __init__(self, monkeypatch, columns, lines):
        super().__init__()
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("LINES", str(lines))
        monkeypatch.delenv("NO_COLOR", raising=False)

    def isatty(self):
        return True

    def text(self):
        """Return all output without escape sequences; erased lines are included."""
        lines = re.sub(r"\r\x1b\[2K", "\n", self.getvalue())
        return re.sub(r"\x1b\[[?\d;]*[A-Za-z]", "", lines)

    def last(self, count):
        """Return the last lines without escape sequences."""
        return self.text().splitlines()[-count:]


def display(create, flow_of, tasks, stream, names):
    flow = flow_of(*(create(name=name, run=tasks()) for name in names))
    return ProgressDisplay(Flow(flow).definition, stream)


def set_progress(progress_display, name, scheduled, completed=()):
    activity = progress_display.activities[f"flow_{name}"]
    activity.scheduled, activity.completed = set(scheduled), set(completed)
    progress_display._show(activity)


@pytest.fixture
def cook():
    activity = ActivityProgress("cook")
    activity.scheduled, activity.completed = {"a", "b"}, {"a"}
    activity.running, activity.failures = 1, 2
    return activity


def test_line_has_completed_running_and_failed_counts(cook):
    assert str(cook) == "cook  1/2  1 running  2 failed"


def test_bar_has_completed_and_scheduled_counts(create, flow_of, tasks, monkeypatch):
    terminal = Terminal(monkeypatch, 80, 24)
    with display(create, flow_of, tasks, terminal, ["a", "b"]) as progress:
        set_progress(progress, "a", "xy", "x")

    first, second = terminal.last(2)
    assert (first.split()[0], first.split()[-1]) == ("a", "1/2")
    assert (second.split()[0], second.split()[-1]) == ("b", "-")


@pytest.mark.parametrize("width", [25, 40, 60, 200])
def test_no_line_is_wider_than_the_terminal(width, create, flow_of, tasks, monkeypatch):
    terminal = Terminal(monkeypatch, width, 24)
    with display(create, flow_of, tasks, terminal, ["n" * 12]) as progress:
        set_progress(progress, "n" * 12, "xy", "x")

    assert all(len(line) <= width for line in terminal.text().splitlines())
    assert "1/2" in terminal.last(1)[0]


def test_long_name_is_truncated_on_a_narrow_terminal(create, flow_of, tasks, monkeypatch):
    terminal = Terminal(monkeypatch, 60, 24)
    with display(create, flow_of, tasks, terminal, ["n" * 100, "short"]):
        pass

    assert all(len(line) <= 60 for line in terminal.last(2))
    assert "…" in terminal.last(2)[0]


def test_active_bars_have_precedence_on_a_short_terminal(create, flow_of, tasks, monkeypatch):
    terminal = Terminal(monkeypatch, 80, 5)
    with display(create, flow_of, tasks, terminal, [f"a{i}" for i in range(9)]) as progress:
        for i in range(6):
            set_progress(progress, f"a{i}", "x")
        for i in range(4):
            set_progress(progress, f"a{i}", "x", "x")

    lines = terminal.last(4)
    assert [line.split()[0] for line in lines] == ["a4", "a5", "a6", "6"]
    assert lines[-1].startswith("6 more")
    assert lines[-1].split()[-1] == "4/6"


def test_no_color_is_respected(create, flow_of, tasks, monkeypatch):
    terminal = Terminal(monkeypatch, 80, 24)
    monkeypatch.setenv("NO_COLOR", "1")
    with display(create, flow_of, tasks, terminal, ["a"]):
        pass

    assert not re.search(r"\x1b\[3\d", terminal.getvalue())


def test_dumb_terminal_gets_plain_lines(create, flow_of, tasks, monkeypatch):
    terminal = Terminal(monkeypatch, 80, 24)
    monkeypatch.setenv("TERM", "dumb")
    with display(create, flow_of, tasks, terminal, ["a"]) as progress:
        set_progress(progress, "a", "x")

    assert terminal.getvalue() == "a  0/1\n"


def test_terminal_gets_plain_lines_without_rich(create, flow_of, tasks, monkeypatch):
    terminal = Terminal(monkeypatch, 80, 24)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with display(create, flow_of, tasks, terminal, ["a"]) as progress:
        set_progress(progress, "a", "x", "x")

    assert terminal.getvalue() == "a  1/1\n"


def test_other_stream_gets_incomplete_activities_at_the_end(create, flow_of, tasks):
    stream = io.StringIO()
    with display(create, flow_of, tasks, stream, ["a", "b", "c"]) as progress:
        set_progress(progress, "a", "xy", "x")
        assert stream.getvalue() == ""
        set_progress(progress, "b", "x", "x")
        assert stream.getvalue() == "b  1/1\n"

    assert stream.getvalue() == "b  1/1\na  1/2\n"


def test_printed_lines_appear_whole_above_the_bars(create, flow_of, tasks, monkeypatch):
    terminal = Terminal(monkeypatch, 80, 24)
    monkeypatch.setattr(sys, "stdout", terminal)
    with display(create, flow_of, tasks, terminal, ["a", "b"]):
        sys.stdout.write("first\n")
        sys.stdout.write("sec")
        assert "sec" not in terminal.getvalue()
        sys.stdout.write("ond\n")
        sys.stdout.write("unfinished")

    lines = terminal.text().splitlines()
    assert lines.index("first") < lines.index("second") < lines.index("unfinished")
    assert [line.split()[0] for line in lines[-2:]] == ["a", "b"]
    assert sys.stdout is terminal


def test_incomplete_lines_of_two_streams_stay_apart(create, flow_of, tasks, monkeypatch):
    terminal = Terminal(monkeypatch, 80, 24)
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    with display(create, flow_of, tasks, terminal, ["a"]):
        sys.stdout.write("packed ")
        sys.stderr.write("slow ")
        sys.stdout.write("two\n")
        sys.stderr.write("printer\n")

    lines = terminal.text().splitlines()
    assert lines.index("packed two") < lines.index("slow printer")


def test_redirected_output_is_not_changed(create, flow_of, tasks, monkeypatch, capsys):
    with display(create, flow_of, tasks, Terminal(monkeypatch, 80, 24), ["a"]):
        sys.stdout.write("to a file\n")

    assert capsys.readouterr().out == "to a file\n"
