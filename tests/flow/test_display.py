"""Progress as it is shown: on terminals of any size, and where there is none."""

import io
import os
import re
import sys
import threading

import pytest

from swf.flow import Flow
from swf.flow.display import ActivityProgress, ProgressDisplay


class Terminal(io.StringIO):
    """A terminal of a size."""

    def __init__(self, monkeypatch, columns, lines):
        super().__init__()
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((columns, lines)))

    def isatty(self):
        return True

    def fileno(self):
        return 1

    def last(self):
        """Return the lines that were drawn last, without their colours."""
        drawn = self.getvalue().split("\x1b[2K", 1)[1]
        return re.sub(r"\x1b\[\d*[A-Za-z]", "", drawn).splitlines()


def display(create, flow_of, tasks, stream, names):
    flow = flow_of(*(create(name=name, run=tasks()) for name in names))
    return ProgressDisplay(Flow(flow).definition, stream)


@pytest.fixture
def line():
    line = ActivityProgress("cook")
    line.scheduled, line.done, line.running, line.failures = {"a", "b"}, {"a"}, 1, 2
    return line


def test_a_line_tells_how_many_are_done_run_and_failed(line):
    assert line.text(6, 80, colors=False) == (
        "cook    ██████████████░░░░░░░░░░░░░░        1/2  1 running   2 failed"
    )


def test_colours_stand_around_what_they_colour(line):
    assert "\x1b[31m2 failed\x1b[0m" in line.text(6, 80, colors=True)


@pytest.mark.parametrize("width", [10, 25, 40, 60, 200])
def test_no_line_is_wider_than_the_terminal(width, line):
    assert len(line.text(12, width, colors=False)) <= width
    visible = re.sub(r"\x1b\[\d+m", "", line.text(12, width, colors=True))
    assert len(visible) <= width


def test_a_long_name_is_cut_where_there_is_no_room(create, flow_of, tasks, monkeypatch):
    terminal = Terminal(monkeypatch, 60, 24)
    with display(create, flow_of, tasks, terminal, ["n" * 100, "short"]):
        pass

    assert all(len(line) < 60 for line in terminal.last())
    assert "…" in terminal.last()[0]


def test_what_is_under_way_is_shown_if_there_is_no_room_for_all(
    create, flow_of, tasks, monkeypatch
):
    terminal = Terminal(monkeypatch, 80, 5)
    with display(create, flow_of, tasks, terminal, [f"a{i}" for i in range(9)]) as shown:
        for i in range(6):
            shown.lines[f"flow_a{i}"].scheduled = {"x"}
        for i in range(4):
            shown.lines[f"flow_a{i}"].done = {"x"}

    assert [line.split()[0] for line in terminal.last()] == ["a4", "a5", "a6", "and"]
    assert terminal.last()[-1] == "and 6 more, 4 of them done"


def test_drawings_are_drawn_over_one_another(create, flow_of, tasks, monkeypatch):
    terminal = Terminal(monkeypatch, 80, 24)
    shown = display(create, flow_of, tasks, terminal, ["a", "b"])
    for _ in range(2):
        with shown:
            pass

    assert terminal.getvalue().count("\x1b[2F") == 1


def test_no_colours_are_used_if_none_are_wanted(create, flow_of, tasks, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal(monkeypatch, 80, 24)
    with display(create, flow_of, tasks, terminal, ["a"]):
        pass

    assert not re.search(r"\x1b\[\d+m", terminal.getvalue())


def test_nothing_is_drawn_on_a_terminal_that_is_dumb(create, flow_of, tasks, monkeypatch):
    terminal = Terminal(monkeypatch, 80, 24)
    monkeypatch.setenv("TERM", "dumb")
    with display(create, flow_of, tasks, terminal, ["a"]) as shown:
        shown.lines["flow_a"].scheduled = {"x"}

    assert terminal.getvalue().split()[0] == "a"
    assert "\x1b" not in terminal.getvalue()


def test_without_a_terminal_what_was_not_done_is_told_at_the_end(create, flow_of, tasks):
    stream = io.StringIO()
    with display(create, flow_of, tasks, stream, ["a", "b", "c"]) as shown:
        shown.lines["flow_a"].scheduled = {"x", "y"}
        shown.lines["flow_a"].done = {"x"}
        shown.lines["flow_b"].scheduled = shown.lines["flow_b"].done = {"x"}

    assert [line.split()[0] for line in stream.getvalue().splitlines()] == ["a", "b"]
    assert "\x1b" not in stream.getvalue()


def test_what_is_printed_comes_above_the_lines_and_whole(create, flow_of, tasks, monkeypatch):
    terminal = Terminal(monkeypatch, 80, 24)
    monkeypatch.setattr(sys, "stdout", terminal)
    with display(create, flow_of, tasks, terminal, ["a", "b"]) as shown:
        sys.stdout.write("first\n")
        sys.stdout.write("sec")
        assert terminal.getvalue().count("sec") == 0
        sys.stdout.write("ond\n")
        sys.stdout.write("unfinished")

    drawn = re.sub(r"\x1b\[(\d*)([A-Za-z])", lambda m: f"<{m[1]}{m[2]}>", terminal.getvalue())
    assert drawn.startswith("first\n<2K>a")
    assert "<2F><J>second\n<2K>a" in drawn
    assert "<2F><J>unfinished\n<2K>a" in drawn
    assert sys.stdout is terminal
    assert shown.lines


def test_threads_that_print_at_the_same_time_do_not_mix_their_lines(
    create, flow_of, tasks, monkeypatch
):
    terminal = Terminal(monkeypatch, 80, 24)
    monkeypatch.setattr(sys, "stderr", terminal)
    with display(create, flow_of, tasks, terminal, ["a"]):
        sys.stderr.write("one ")
        other = threading.Thread(target=lambda: sys.stderr.write("two\n"))
        other.start()
        other.join()
        sys.stderr.write("line\n")

    assert [word for word in ("two\n", "one line\n") if word in terminal.getvalue()] == [
        "two\n", "one line\n",
    ]  # fmt: skip


def test_a_stream_that_is_no_terminal_is_left_alone(create, flow_of, tasks, monkeypatch, capsys):
    with display(create, flow_of, tasks, Terminal(monkeypatch, 80, 24), ["a"]):
        sys.stdout.write("to a file\n")

    assert capsys.readouterr().out == "to a file\n"
