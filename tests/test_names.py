"""The names of the tests have at most ten words."""

import pathlib
import re

HERE = pathlib.Path(__file__).parent
LIMIT = 10


def test_names_of_tests_have_at_most_ten_words() -> None:
    """A longer name tells the steps of the test instead of the behaviour."""
    long = [
        f"{path.relative_to(HERE)}: {name}"
        for path in sorted(HERE.rglob("*.py"))
        for name in re.findall(r"^ *(?:async )?def test_(\w+)\(", path.read_text(), re.M)
        if len(name.split("_")) > LIMIT
    ]
    assert long == []
