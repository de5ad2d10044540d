r"""Regular expressions whose search takes linear time, for patterns and texts of any origin.

Python's `re` backtracks: a pattern such as `(a+)+b` takes exponential time on some texts. A
`Pattern` is compiled to states that are followed all at once (Thompson's construction), and each
set of states is computed once, so that a character of a text costs one look-up.

The syntax is the part of Python's that such a search can implement: literals, `.`, `[...]`, `\d`,
`\w`, `\s` and their negations, `^`, `$`, groups, `|`, `*`, `+`, `?` and `{m,n}`. There are no
back-references, no look-around and no lazy repetition: a search only answers whether a text
matches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

from attrs import field, frozen

from swf.exceptions import ValidationError

#: Maximum characters of a pattern, and states of its automaton.
MAX_LENGTH: Final = 1000
MAX_STATES: Final = 1000
#: Sets of states that a pattern caches; the cache is emptied when it is full.
MAX_CACHE: Final = 2000
MAX_NESTING: Final = 50

_CLASSES: Final = {name: re.compile(rf"\{name}") for name in "dDwWsS"}
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_COUNT: Final = re.compile(r"\{(\d{1,4})?(,)?(\d{1,4})?\}")

#: Whether a character matches.
CharacterTest = Callable[[str], bool]


@frozen
class _Character:
    """A node that consumes a character.

    :param test: whether a character matches.
    :param literal: the character if it is the only one that matches, otherwise empty.
    """

    test: CharacterTest
    literal: str = ""


@frozen
class _Anchor:
    """A node that matches at the start (`^`) or at the end (`$`) of the text."""

    symbol: str


@frozen
class _Sequence:
    """A node that matches its parts one after the other."""

    parts: list[_Node]


@frozen
class _Alternatives:
    """A node that matches one of its parts."""

    parts: list[_Node]


@frozen
class _Repetition:
    """A node that matches its part several times; a maximum of None is unlimited."""

    part: _Node
    minimum: int
    maximum: int | None


_Node: TypeAlias = "_Character | _Anchor | _Sequence | _Alternatives | _Repetition"


@frozen
class _State:
    """A state: it consumes a character that passes `test`, or is left without a character.

    :param test: None for a state that consumes nothing.
    :param anchor: `^` or `$` if it is passed only there.
    """

    test: CharacterTest | None
    anchor: str = ""
    following: list[int] = field(factory=list)


class Pattern:
    """A compiled regular expression.

    :param source: the expression.
    :param ignore_case: whether upper and lower case are equal.
    :raises ValidationError: the expression is invalid, too long, or uses syntax that a linear
        search cannot implement.
    """

    def __init__(self, source: str, *, ignore_case: bool = False) -> None:
        self.source = source
        self.ignore_case = ignore_case
        node = _PatternParser(source, ignore_case).parse()
        #: Texts that every match contains; in lower case with `ignore_case`.
        self.literals: tuple[str, ...] = tuple(filter(None, _required(node)))
        self._states: list[_State] = []
        start, self._end = self._compile(node)
        self._initial = self._closure([start], is_start=True)
        self._restart = self._closure([start], is_start=False)
        self._moves: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        #: Whether a text that ends in these states matches.
        self._final: dict[frozenset[int], bool] = {}

    def __repr__(self) -> str:
        return f"/{self.source}/{'i' if self.ignore_case else ''}"

    def search(self, text: str) -> bool:
        """Return whether a part of a text matches, in time proportional to its length."""
        text = text.lower() if self.ignore_case else text
        current, moves, end = self._initial, self._moves, self._end
        for character in text:
            if end in current:
                return True
            following = moves.get((current, character))
            current = self._move(current, character) if following is None else following
        if not text:
            return end in self._closure([*current], is_start=True, is_end=True)
        is_match = self._final.get(current)
        if is_match is None:
            if len(self._final) >= MAX_CACHE:
                self._final.clear()
            is_match = end in self._closure([*current], is_start=False, is_end=True)
            self._final[current] = is_match
        return is_match

    def _move(self, states: frozenset[int], character: str) -> frozenset[int]:
        consumed = [
            following
            for number in states
            if (test := self._states[number].test) is not None and test(character)
            for following in self._states[number].following
        ]
        result = self._closure(consumed, is_start=False) | self._restart
        if len(self._moves) >= MAX_CACHE:
            self._moves.clear()
        self._moves[states, character] = result
        return result

    def _closure(
        self, numbers: list[int], *, is_start: bool, is_end: bool = False
    ) -> frozenset[int]:
        """Return the states that are reached without a character."""
        is_open = {"": True, "^": is_start, "$": is_end}
        reached: set[int] = set()
        while numbers:
            number = numbers.pop()
            if number not in reached:
                reached.add(number)
                state = self._states[number]
                if state.test is None and is_open[state.anchor]:
                    numbers.extend(state.following)
        return frozenset(reached)

    def _compile(self, node: _Node) -> tuple[int, int]:
        """Add the states of a node, and return the first and the last one."""
        first, last = self._add(), self._add()
        if isinstance(node, _Character):
            self._chain([first, first], [self._add(node.test)] * 2, [last, last])
        elif isinstance(node, _Anchor):
            self._chain([first, first], [self._add(anchor=node.symbol)] * 2, [last, last])
        elif isinstance(node, _Sequence):
            self._chain([first, first], *map(self._compile, node.parts), [last, last])
        elif isinstance(node, _Alternatives):
            for part in node.parts:
                self._chain([first, first], self._compile(part), [last, last])
        else:
            self._repeat(node, first, last)
        return first, last

    def _repeat(self, node: _Repetition, first: int, last: int) -> None:
        end = first
        for number in range(node.minimum if node.maximum is None else node.maximum):
            if number >= node.minimum:
                self._chain([end, end], [last, last])
            part = self._compile(node.part)
            self._chain([end, end], part)
            end = part[1]
        if node.maximum is None:
            loop = self._add()
            self._chain([end, end], [loop, loop], self._compile(node.part), [loop, loop])
            end = loop
        self._chain([end, end], [last, last])

    def _add(self, test: CharacterTest | None = None, anchor: str = "") -> int:
        if len(self._states) >= MAX_STATES:
            raise _invalid(self.source, f"needs more than {MAX_STATES} states; repeat less")
        self._states.append(_State(test, anchor))
        return len(self._states) - 1

    def _chain(self, *nodes: Sequence[int]) -> None:
        """Connect the last state of each node to the first state of the next one."""
        for node, following in pairwise(nodes):
            self._states[node[1]].following.append(following[0])


class _PatternParser:
    """A recursive descent parser of regular expressions."""

    def __init__(self, source: str, ignore_case: bool) -> None:
        if len(source) > MAX_LENGTH:
            raise _invalid(source, f"has {len(source)} characters; the limit is {MAX_LENGTH}")
        self._source = source
        self._ignore_case = ignore_case
        self._index = 0
        self._depth = 0

    def parse(self) -> _Node:
        """Return the node of the whole expression."""
        node = self._alternatives()
        if self._index < len(self._source):
            raise self._error("a ) without its (")
        return node

    def _error(self, problem: str) -> ValidationError:
        return _invalid(self._source, f"{problem} at {self._index + 1}")

    def _peek(self) -> str:
        return self._source[self._index : self._index + 1]

    def _take(self) -> str:
        self._index += 1
        return self._source[self._index - 1 : self._index]

    def _alternatives(self) -> _Node:
        parts = [self._sequence()]
        while self._peek() == "|":
            self._take()
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else _Alternatives(parts)

    def _sequence(self) -> _Node:
        parts: list[_Node] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repetition())
        return _Sequence(parts)

    def _repetition(self) -> _Node:
        part = self._atom()
        limits = self._limits()
        if limits is None:
            return part
        if self._limits() is not None:
            raise self._error("a repetition of a repetition")
        return _Repetition(part, *limits)

    def _limits(self) -> tuple[int, int | None] | None:
        """Take `*`, `+`, `?` or `{m,n}`, and return the minimum and the maximum."""
        symbol = self._peek()
        if symbol and symbol in "*+?":
            self._take()
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[symbol]
        match = _COUNT.match(self._source, self._index)
        if match is None or not (match[1] or match[3]):
            return None
        self._index = match.end()
        minimum = int(match[1] or 0)
        maximum = minimum if not match[2] else int(match[3]) if match[3] else None
        if maximum is not None and maximum < minimum:
            raise self._error(f"{match[0]}: a maximum below the minimum")
        return minimum, maximum

    def _atom(self) -> _Node:
        symbol = self._peek()
        if symbol == "(":
            return self._group()
        if symbol in "*+?":
            raise self._error("nothing to repeat")
        if symbol in "^$":
            return _Anchor(self._take())
        if symbol == "[":
            return _Character(self._set())
        if symbol == ".":
            self._take()
            return _Character("\n".__ne__)
        return _Character(*self._character())

    def _group(self) -> _Node:
        self._take()
        if self._peek() == "?" and self._source[self._index : self._index + 2] != "?:":
            raise self._error("(?...) is not supported, except (?:...),")
        self._index += 2 if self._peek() == "?" else 0
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise self._error(f"groups are nested deeper than {MAX_NESTING}")
        node = self._alternatives()
        self._depth -= 1
        if self._take() != ")":
            raise self._error("a ( is not closed")
        return node

    def _character(self) -> tuple[CharacterTest, str]:
        """Return the test of a character or class, and the character if it is only one."""
        symbol = self._take()
        if symbol != "\\":
            return self._literal(symbol)
        name = self._take()
        if name and name in "dDwWsS":
            pattern = _CLASSES[name]
            return (lambda each: pattern.match(each) is not None), ""
        if not name or (name.isalnum() and name not in _ESCAPES):
            raise self._error(f"\\{name} is not supported,")
        return self._literal(_ESCAPES.get(name, name))

    def _literal(self, character: str) -> tuple[CharacterTest, str]:
        literal = character.lower() if self._ignore_case else character
        return literal.__eq__, literal

    def _set(self) -> CharacterTest:
        self._take()
        is_negated = self._peek() == "^"
        self._index += is_negated
        tests: list[CharacterTest] = []
        while self._peek() != "]" or not tests:
            if not self._peek():
                raise self._error("a [ is not closed")
            tests.append(self._set_member())
        self._take()
        return lambda each: any(test(each) for test in tests) != is_negated

    def _set_member(self) -> CharacterTest:
        test, low = self._character()
        following = self._source[self._index : self._index + 2]
        if not following.startswith("-") or following in ("-", "-]"):
            return test
        self._take()
        _, high = self._character()
        if not low or not high or low > high:
            raise self._error("an invalid range")
        return lambda each: low <= each <= high


def _required(node: _Node) -> list[str]:
    """Return texts that every match of a node contains.

    An empty text separates those that are not adjacent.
    """
    if isinstance(node, _Character):
        return [node.literal] if node.literal else ["", ""]
    if isinstance(node, _Repetition):
        return ["", *_required(node.part), ""] if node.minimum else ["", ""]
    if not isinstance(node, _Sequence):
        return ["", ""]
    texts = [""]
    for part in node.parts:
        first, *rest = _required(part)
        texts[-1] += first
        texts += rest
    return texts


def _invalid(source: str, rule: str) -> ValidationError:
    return ValidationError("pattern", source, rule)


def trigrams(texts: Iterable[str]) -> frozenset[str]:
    """Return all parts of three characters of texts."""
    return frozenset(text[i : i + 3] for text in texts for i in range(len(text) - 2))
