"""Names that packages import on first use are not hidden by modules of the same name."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
#: Packages whose `__getattr__` imports names.
PACKAGES = [
    ".".join(file.parent.relative_to(ROOT).parts)
    for file in sorted((ROOT / "swf").rglob("__init__.py"))
    if "def __getattr__" in file.read_text()
]


@pytest.mark.parametrize("name", PACKAGES)
def test_no_module_has_the_name_of_a_lazy_attribute(name):
    package = importlib.import_module(name)
    directory = Path(package.__file__).parent
    modules = {path.stem for path in directory.glob("*.py")} | {
        path.name for path in directory.iterdir() if path.is_dir()
    }

    assert [each for each in sorted(modules) if is_lazy(package, each)] == []


def is_lazy(package, name):
    """Return whether a package imports something else than a module under a name."""
    try:
        return not isinstance(package.__getattr__(name), ModuleType)
    except AttributeError:
        return False


@pytest.mark.parametrize("name", PACKAGES)
def test_star_import_binds_the_public_names_only(name):
    namespace = {}
    exec(f"from {name} import *", namespace)
    names = {*namespace} - {"__builtins__"}

    assert names
    assert not {each for each in names if isinstance(namespace[each], ModuleType)} - {"codecs"}
    assert not {"Any", "TYPE_CHECKING", "annotations"} & names


def test_packages_with_lazy_attributes_are_found():
    assert {"swf", "swf.testing"} <= {*PACKAGES}
