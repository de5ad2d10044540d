"""Configuration of the documentation; `make docs` builds it."""

from __future__ import annotations

import re
from typing import Any

import swf

project = "swf"
author = "the authors of swf"
version = release = swf.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
suppress_warnings = ["config.cache"]

html_theme = "furo"
html_title = f"swf {release}"
html_copy_source = False
html_show_copyright = False

myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]

# Docstrings speak plainly: what stands in backticks is code, and types stand in the signature.
default_role = "code"
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_inherit_docstrings = True
autodoc_class_signature = "separated"

# Nothing is looked up over the network, so names of other packages are not links.
nitpick_ignore_regex = [("py:.*", r"(?!swf\.).*")]


def _read_plainly(*about: Any) -> None:
    """Take a docstring as it is written: two parameters in a line, code that is only indented."""
    lines = about[-1]
    text = re.sub(r"(?<=\S) (?=:param )", "\n", "\n".join(lines))
    lines[:] = re.sub(r"(?m)^(?![: ])(.*[^:\n]:?)\n\n(?=    \S)", r"\1\n\n::\n\n", text).split("\n")


def setup(app: Any) -> None:
    """Have docstrings looked through before they are read."""
    app.connect("autodoc-process-docstring", _read_plainly)
