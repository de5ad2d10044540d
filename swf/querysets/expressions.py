"""Parser of the expressions of `where`: `tag=eu and duration>1h and input.customer="c3"`.

    expression  = conjunction *("or" conjunction)
    conjunction = term *("and" term)
    term        = "not" term / "(" expression ")" / comparison
    comparison  = field ("=" / "!=" / "<" / "<=" / ">" / ">=") value
                / field ("~" / "!~") (value / regex)
                / field ["not"] "in" "(" value *("," value) ")"
                / field "is" ["not"] "null"
    field       = name *("." (name / string) / "[" number "]")
    value       = string / word
    string      = a text in double or single quotes, with backslash escapes
    regex       = "/" a regular expression "/" ["i"]

A word is a text without blanks, quotes, brackets and operators; its field determines whether it is
a number, a duration, a time or a text. The parser is independent of fields: `swf.querysets.where`
interprets the tree.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, TypeAlias

from attrs import frozen

from swf.exceptions import ExpressionError

MAX_LENGTH: Final = 4096
MAX_NESTING: Final = 50

_BLANKS: Final = re.compile(r"\s*")
_WORD: Final = re.compile(r"""[^\s"'()=!<>~,]+""")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_OPERATOR: Final = re.compile(r"!=|!~|<=|>=|==|=|<|>|~")
_REGEX: Final = re.compile(r"/((?:[^/\\]|\\.)*)/(i?)(?=[\s)]|\Z)", re.DOTALL)
_NAME: Final = re.compile(r"[^\W\d][\w-]*")
_KEY: Final = re.compile(r"\.([\w-]+)|\[(\d{1,9})\]")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}


@frozen
class Literal:
    """A value of an expression.

    :param text: the text, without quotes.
    :param is_quoted: whether it was in quotes, so that it is always a text.
    :param position: index of its first character in the expression.
    """

    text: str
    is_quoted: bool
    position: int


@frozen
class Regex:
    """A regular expression of an expression.

    :param source: the text between the slashes.
    :param ignore_case: whether an `i` follows.
    :param position: index of its first character in the expression.
    """

    source: str
    ignore_case: bool
    position: int


@frozen
class Comparison:
    """A field and the values that it is compared with.

    :param path: the name of the field, and keys or indexes in its value.
    :param operator: `=`, `<`, `<=`, `>`, `>=`, `~`, `in` or `null`.
    :param values: one value, several for `in`, none for `null`.
    :param position: index of the first character of the field.
    """

    path: tuple[str | int, ...]
    operator: str
    values: tuple[Literal | Regex, ...]
    position: int


@frozen
class Negation:
    """The negation of a term."""

    term: Term


@frozen
class Combination:
    """Terms that must all hold (`is_any` is False), or one of which must hold."""

    terms: tuple[Term, ...]
    is_any: bool


Term: TypeAlias = "Comparison | Negation | Combination"


def parse(expression: str) -> Term:
    """Return the tree of an expression.

    :raises ExpressionError: the expression is invalid; the error has the position.
    """
    return _ExpressionParser(expression).parse()


@lru_cache(maxsize=1024)
def parse_path(name: str) -> tuple[str | int, ...] | None:
    """Return the path of a field such as `input.customer.id`; None if it is not a field."""
    parser = _ExpressionParser(name)
    try:
        path = parser.field()
    except ExpressionError:
        return None
    return path if parser.index == len(name) else None


class _ExpressionParser:
    """A recursive descent parser with one method for each rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.index = 0
        self._depth = 0

    def parse(self) -> Term:
        if len(self._text) > MAX_LENGTH:
            raise self._error(f"more than {MAX_LENGTH} characters", MAX_LENGTH)
        term = self._expression()
        if self._rest():
            raise self._error("expected and, or, or the end")
        return term

    def _error(self, problem: str, position: int | None = None) -> ExpressionError:
        self._rest()
        return ExpressionError(self._text, problem, self.index if position is None else position)

    def _rest(self) -> bool:
        """Skip blanks, and return whether something follows."""
        self._match(_BLANKS)
        return self.index < len(self._text)

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self.index)
        if match is not None:
            self.index = match.end()
        return match

    def _keyword(self, *words: str) -> bool:
        """Take one of these words, in any case."""
        self._rest()
        match = _WORD.match(self._text, self.index)
        if match is None or match[0].lower() not in words:
            return False
        self.index = match.end()
        return True

    def _symbol(self, symbol: str) -> bool:
        self._rest()
        is_present = self._text.startswith(symbol, self.index)
        self.index += len(symbol) if is_present else 0
        return is_present

    def _expression(self) -> Term:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise self._error(f"nested deeper than {MAX_NESTING} levels")
        terms = [self._conjunction()]
        while self._keyword("or"):
            terms.append(self._conjunction())
        self._depth -= 1
        return terms[0] if len(terms) == 1 else Combination(tuple(terms), is_any=True)

    def _conjunction(self) -> Term:
        terms = [self._term()]
        while self._keyword("and"):
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else Combination(tuple(terms), is_any=False)

    def _term(self) -> Term:
        negations = 0
        while self._keyword("not"):
            negations += 1
        term = self._group() if self._symbol("(") else self._comparison()
        return Negation(term) if negations % 2 else term

    def _group(self) -> Term:
        begin = self.index - 1
        term = self._expression()
        if not self._symbol(")"):
            raise self._error(
                "expected and, or, or )" if self._rest() else "( is not closed", begin
            )
        return term

    def _comparison(self) -> Term:
        self._rest()
        position = self.index
        path = self.field()
        self._rest()
        is_negated = False
        values: tuple[Literal | Regex, ...] = ()
        if match := self._match(_OPERATOR):
            operator = match[0]
            is_negated = operator.startswith("!")
            operator = {"!=": "=", "!~": "~", "==": "="}.get(operator, operator)
            values = (self._regex_or_value() if operator == "~" else self._value(),)
        elif self._keyword("is"):
            operator, is_negated = "null", self._keyword("not")
            if not self._keyword("null"):
                raise self._error("expected null")
        else:
            operator, is_negated = "in", self._keyword("not")
            if not self._keyword("in"):
                raise self._error("expected an operator: = != < <= > >= ~ !~ in, or is null")
            values = self._list()
        comparison = Comparison(path, operator, values, position)
        return Negation(comparison) if is_negated else comparison

    def field(self) -> tuple[str | int, ...]:
        """Take the name of a field, and return its path."""
        match = self._match(_NAME)
        if match is None:
            raise self._error(
                "expected a field" if self._rest() else "expected a field, not the end"
            )
        path: list[str | int] = [match[0]]
        while True:
            if key := self._match(_KEY):
                path.append(key[1] if key[2] is None else int(key[2]))
            elif self._text.startswith((".'", '."'), self.index):
                self.index += 1
                path.append(self._value().text)
            else:
                return tuple(path)

    def _list(self) -> tuple[Literal, ...]:
        if not self._symbol("("):
            raise self._error("expected ( and values, separated by commas")
        values = [self._value()]
        while self._symbol(","):
            values.append(self._value())
        if not self._symbol(")"):
            raise self._error("expected , or )")
        return tuple(values)

    def _regex_or_value(self) -> Literal | Regex:
        self._rest()
        position = self.index
        if not self._text.startswith("/", position):
            return self._value()
        match = self._match(_REGEX)
        if match is None:
            raise self._error("the regular expression has no end: write /.../ or /.../i", position)
        return Regex(match[1].replace("\\/", "/"), bool(match[2]), position)

    def _value(self) -> Literal:
        self._rest()
        position = self.index
        if match := self._match(_STRING):
            text = re.sub(
                r"\\(.)",
                lambda each: _ESCAPES.get(each[1], each[1]),
                match[0][1:-1],
                flags=re.DOTALL,
            )
            return Literal(text, True, position)
        if match := self._match(_WORD):
            return Literal(match[0], False, position)
        if self._text[position : position + 1] in ('"', "'") and position < len(self._text):
            raise self._error("the string has no end", position)
        raise self._error("expected a value")
