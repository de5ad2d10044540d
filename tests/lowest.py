"""Print the lowest declared version of each dependency, as requirements of `make test-lowest`."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

#: Extras for users; the others are for development.
EXTRAS = ("cli", "console", "dataflow", "local", "opentelemetry", "prometheus")

#: Packages of the extra `dev` that need the same version of a dependency above.
COMPANIONS = ("opentelemetry-sdk",)


def lowest_versions() -> list[str]:
    """Return a requirement with `==` for each dependency with a lower bound."""
    parser = ConfigParser()
    parser.read(Path(__file__).parents[1] / "setup.cfg", encoding="utf-8")
    extras = parser["options.extras_require"]
    blocks = [parser["options"]["install_requires"], *(extras[name] for name in EXTRAS)]
    lines = {line.strip() for block in blocks for line in block.splitlines() if line.strip()}
    lines |= {line for line in extras["dev"].splitlines() if line.startswith(COMPANIONS)}
    return sorted(line.replace(">=", "==", 1) for line in lines)


if __name__ == "__main__":
    print("\n".join(lowest_versions()))  # noqa: T201 - the purpose of the script
