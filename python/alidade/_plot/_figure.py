"""Content of a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

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
    note: str = ""
    """Text below the label."""


@dataclass(frozen=True)
class Panel:
    """Properties of one unit."""

    unit: str
    lines: Sequence[Line]
    name: str = ""
    """Name of what is drawn; empty if that is several things."""

    def label(self) -> str:
        """Label of the axis: "power [mW]"."""
        return f"{self.name} [{self.unit}]" if self.name else self.unit

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


def plain(figure: Figure) -> dict[str, Any]:
    """The figure as JSON can tell it."""
    return asdict(figure)


def figure_from(told: Mapping[str, Any]) -> Figure:
    """The figure that `plain` told."""
    panels = [
        Panel(panel["unit"], [Line(**line) for line in panel["lines"]], panel["name"])
        for panel in told["panels"]
    ]
    return Figure(told["title"], told["places"], panels, told["axis"])
