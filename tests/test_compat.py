"""Modules at the ancestors' import paths contain re-exports only."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from swf import compat


@pytest.mark.parametrize(("module", "names"), compat.REEXPORTS.items(), ids=compat.REEXPORTS)
def test_ancestors_module_only_reexports(module, names):
    imported = importlib.import_module(module)
    _docstring, imports, exports = ast.parse(Path(imported.__file__).read_text()).body

    assert isinstance(imports, ast.ImportFrom)
    assert imports.module == "swf.compat"
    assert isinstance(exports, ast.Assign)
    assert tuple(imported.__all__) == names
    assert all(getattr(imported, name) is getattr(compat, name) for name in names)
