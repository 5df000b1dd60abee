from __future__ import annotations

from runner.log import ROOT
from runner.memory import APART, CROSSING


def test_each_file_of_python_tests_is_classed() -> None:
    folder = ROOT / "tests" / "python"
    there = sorted(str(f.relative_to(folder)) for f in folder.rglob("test_*.py"))
    assert there
    assert sorted([*CROSSING, *APART]) == there, "each file stands in one of the tables"
