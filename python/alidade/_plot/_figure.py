"""Content of a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_LEGEND = 10


@dataclass(frozen=True)
class Line:
    """Line of a plot; NaN where there is no value."""

    label: str
    values: Sequence[float]
    places: Sequence[float] | None = None
    """Places of the values; None for the places of the figure."""
    points: bool = False
    """Points that nothing joins."""
    errors: Sequence[float] | None = None
    """Standard deviations, drawn as bars."""


@dataclass(frozen=True)
class Panel:
    """Properties of one unit."""

    unit: str
    lines: Sequence[Line]

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
    """Label below."""
