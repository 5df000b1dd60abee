"""Plot of a scan: columns over the position, a fitted curve, and its residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._uncertainty import unit_of, with_error
from ..tables import iso_time
from ._figure import Figure, Line, Panel

if TYPE_CHECKING:
    import numpy as np

    from ..fit import Fit
    from ..tables import Table

_SMOOTH = 500


def scan_figure(table: Table, title: str, fit: Fit | None, fitted: str, sigma: Any) -> Figure:
    """Arranges a table whose first column is what it is drawn over.

    Args:
        table: Columns named "x error" are the errors of the column "x".
        title: What stands above.
        fit: A curve over the first column; None for none.
        fitted: The column that it describes.
        sigma: Its standard deviations, as fits take them; None takes those of the table.
    """
    units = dict(zip(table.names, table.units))
    over = table.names[0]
    places = table.column(over).tolist()
    panels: dict[str, list[Line]] = {}
    for name in table.names[1:]:
        if not (name.endswith(" error") and name[: -len(" error")] in units):
            panels.setdefault(units[name] or "1", []).append(points_line(table, name))
    shown = [
        Panel(unit, lines, lines[0].label if len(lines) == 1 else "")
        for unit, lines in panels.items()
    ]
    if fit is not None and places:
        i = list(panels).index(units[fitted] or "1")
        of = (units[over], units[fitted])
        shown[i] = Panel(shown[i].unit, [*shown[i].lines, fit_line(fit, places, of)], shown[i].name)
        curve = fit(table.column(over))
        rest = (table.column(fitted) - curve).tolist()
        known = _errors(table, fitted) if sigma is None else _deviations(sigma, curve)
        left = Line(f"{fitted} less fit", rest, None, True, known)
        shown.insert(i + 1, Panel(shown[i].unit, [left], left.label))
    return Figure(
        ", ".join(filter(None, [title, _run_time(table)])), places, shown,
        f"{over} [{units[over] or 1}]",
    )  # fmt: skip


def _run_time(table: Table) -> str:
    """Tells when its rows were measured, and how long that took; "" without rows."""
    begins = table.t_mono_ns
    if not len(begins):
        return ""
    begun = iso_time(int(table.t_wall_ns[0]))[:19].replace("T", " ")
    return f"{begun} UTC, {(begins[-1] - begins[0]) / 1e9:.3g} s"


def points_line(table: Table, name: str) -> Line:
    return Line(name, table.column(name).tolist(), None, True, _errors(table, name))


def _errors(table: Table, name: str) -> list[float] | None:
    known = f"{name} error"
    return table.column(known).tolist() if known in table.names else None


def _deviations(sigma: Any, curve: np.ndarray[Any, Any]) -> list[float]:
    import numpy as np

    known = sigma(curve) if callable(sigma) else sigma
    widths: list[float] = np.broadcast_to(np.asarray(known, np.float64), curve.shape).tolist()
    return widths


def fit_line(fit: Fit, places: list[float], units: tuple[str, str]) -> Line:
    """The curve, with its parameters.

    Args:
        fit: The fit.
        places: Where its points are.
        units: Unit of the places, and of the values.
    """
    import numpy as np

    smooth = np.linspace(min(places), max(places), _SMOOTH)
    found = [
        f"{name} = {with_error(fit[name], fit.errors[name])} {unit_of(name, *units)}".rstrip()
        for name in fit
    ]
    return Line(f"fit: {fit.model}", fit(smooth).tolist(), smooth.tolist(), note="\n".join(found))
