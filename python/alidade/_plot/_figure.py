"""What a plot shows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_LEGEND = 10


@dataclass(frozen=True)
class Line:
    """One property; NaN where there is no value."""

    label: str
    values: Sequence[float]
    places: Sequence[float] | None = None
    """Where they are; None for the places of the figure."""
    points: bool = False
    """Points that nothing joins."""
    errors: Sequence[float] | None = None
    """Standard deviations, drawn as bars."""

    def bars(self) -> Iterable[tuple[float, float]]:
        """Values with their errors; 0 where there are none."""
        return zip(self.values, itertools.repeat(0.0) if self.errors is None else self.errors)


@dataclass(frozen=True)
class Panel:
    """Properties of one unit."""

    unit: str
    lines: Sequence[Line]

    def range(self) -> tuple[float, float]:
        """Least and greatest value; 0 and 1 if there is none."""
        ends = [v + side * e for line in self.lines for v, e in line.bars() for side in (-1, 1)]
        values = [v for v in ends if math.isfinite(v)]
        return (min(values), max(values)) if values else (0.0, 1.0)

    def legend(self) -> tuple[Sequence[Line], int]:
        """The lines that a legend names, and how many more there are."""
        if len(self.lines) <= _LEGEND:
            return self.lines, 0
        return self.lines[: _LEGEND - 1], len(self.lines) - _LEGEND + 1


@dataclass(frozen=True)
class Figure:
    """Panels over one axis."""

    title: str
    places: Sequence[float]
    panels: Sequence[Panel]
    axis: str = "time [s]"
    """What stands below."""
