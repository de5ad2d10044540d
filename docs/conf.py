"""Configuration of the documentation; `make docs` builds it."""

from __future__ import annotations

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
