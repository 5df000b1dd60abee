"""What a plot shows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_LEGEND = 10


@dataclass(frozen=True)
class Line:
    """One property over time; NaN where there is no value."""

    label: str
    values: Sequence[float]


@dataclass(frozen=True)
class Panel:
    """Properties of one unit."""

    unit: str
    lines: Sequence[Line]

    def range(self) -> tuple[float, float]:
        """Least and greatest value; 0 and 1 if there is none."""
        values = [v for line in self.lines for v in line.values if math.isfinite(v)]
        return (min(values), max(values)) if values else (0.0, 1.0)

    def legend(self) -> tuple[Sequence[Line], int]:
        """The lines that a legend names, and how many more there are."""
        if len(self.lines) <= _LEGEND:
            return self.lines, 0
        return self.lines[: _LEGEND - 1], len(self.lines) - _LEGEND + 1


@dataclass(frozen=True)
class Figure:
    """Panels over one axis of time, in seconds."""

    title: str
    times: Sequence[float]
    panels: Sequence[Panel]
