"""The experiments that ship with the package."""

from __future__ import annotations

from pathlib import Path

DEMOS = {
    name: Path(__file__).with_name(f"{name}.toml") for name in ("malus", "knife_edge", "computer")
}
