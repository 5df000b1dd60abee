"""Presets, a named position and the safe state of a small microscope.

python presets.py microscope.toml
"""

from __future__ import annotations

import sys

from alidade import Lab


def main(path: str) -> None:
    """Switches, moves, and leaves everything safe."""
    with Lab.from_toml(path) as lab:
        print("the objective is", lab.current("objective"))
        lab.apply("objective", "x20")
        print("the objective is", lab.current("objective"))
        print("loading at", lab.go_to("load"))
        lab.remember("last")
        lab.safe_state()
        print("x is at", lab["x"].get("position"))


if __name__ == "__main__":
    main(sys.argv[1])
