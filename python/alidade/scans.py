"""Step scans: an axis goes from position to position; at each, numbers are read and a frame taken.

Example:
    >>> stage, sensor = MockMovable(), MockReadable(value=2.0, unit="V")
    >>> scan = Scan(stage, linear(0, 1, 5), [sensor])
    >>> scan.record()
    >>> scan.column("stage")
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from . import errors
from . import log as _log
from ._beside import About, fit_as_json
from ._constants import DeviceState, FrameFlags, ReadingFlags
from ._numbers import integer, number
from ._waiting import blocking, called, check_callable, sleep, until, waits
from .cameras import Camera
from .clocks import mono_ns
from .frames import Frame
from .images import ImageStack
from .movables import Movable
from .op import Op
from .quantities import Calculated, Column, Quantity, column_of, quantity
from .recordings import Output, Recording, Run
from .tables import CsvFile, Rows, iso_time
from .units import convert

if TYPE_CHECKING:
    from ._plot._live import LivePlot
    from .fit import Bounds, Fit
    from .streams import FrameStream

__all__ = ["Point", "Scan", "linear"]

# Timeouts: an instrument may call its readings unsettled for so long, and a camera take so long for
# a frame; and the pause before an instrument is asked again.
_TIMEOUT_S = 30.0
_PAUSE_S = 0.005

# States of an instrument that has gone away and may come back.
_GONE = (DeviceState.DISCONNECTED, DeviceState.OPENING)


class Point(NamedTuple):
    """A point of a scan that was measured.

    Attributes:
        row: Its row in the table, from 0.
        rows: How many there will be.
        numbers: What stands in the row, by the names of the columns.
        frame: The frame that was taken there; None without a camera. It is given back when
            nobody holds it any more.
    """

    row: int
    rows: int
    numbers: dict[str, float]
    frame: Frame | None


class _Output(Output):
    """Rows and files of a scan, and the points that are on their way into them."""

    __slots__ = ("_about", "points", "stack")

    def __init__(self, about: Callable[[Point, Frame], dict[str, object]]) -> None:
        super().__init__(Rows(0))
        self._about = about
        self.points: deque[tuple[Point, int, list[float]]] = deque()
        self.stack: ImageStack | None = None

    def _catch_up(self) -> None:
        while self.points:
            point, t_mono_ns, row = self.points.popleft()
            self.rows.append(t_mono_ns, row)
            if self.stack is not None and point.frame is not None:
                self.stack.write(point.frame.to_numpy(), self._about(point, point.frame))
        super()._catch_up()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            if self.stack is not None:
                self.stack.close()


class Scan(Recording):
    """A table with a row for each position of an axis.

    The first column is the position that the axis reached, named as the axis. Each quantity has a
    column with the mean of its readings and, if several were averaged, one more with the standard
    error of that mean, as they scatter. A reading that the instrument calls unsettled, since its
    filter still remembers other positions, is taken again.

    An instrument that goes away and is opened again by itself (`reopen`) is waited for, up to 30 s,
    and the point is measured again as a whole.

    What was measured stays in the table when `record` is stopped or interrupted or fails; `ended`
    tells how it ended.
    """

    __slots__ = (
        "_averages", "_axis", "_camera", "_columns", "_frames", "_functions", "_positions",
        "_settle",
    )  # fmt: skip
    _axis: Movable
    _camera: Camera | None
    _columns: list[Column]
    _functions: list[Calculated]
    _frames: FrameStream | None

    def __init__(
        self,
        axis: Movable,
        positions: Iterable[float],
        read: Iterable[Quantity | Calculated | Callable[..., Any]] = (),
        *,
        unit: str | None = None,
        settle: float = 0.0,
        averages: int = 1,
        camera: Camera | None = None,
    ) -> None:
        """Plans a scan. Nothing moves yet.

        Args:
            axis: The axis; it must be open.
            positions: Where to, in `unit`, in the order in which they are visited.
            read: Readable devices, pairs of a device and the name of a property, and functions
                of the `Point` so far, bare or with their unit by `quantity`. The columns of
                functions come last.
            unit: UCUM unit of `positions`; None is the axis's own.
            settle: Seconds from the axis's arrival to the first reading, at each position.
            averages: How many readings become one number.
            camera: A camera that takes one frame at each position, after it has settled.

        Raises:
            InvalidError: No position, nothing to measure, NaN, no number of averages, a unit
                that measures something else, two columns with one name, or a coroutine function
                in a scan that is not of `alidade.aio`.
            RangeError: A position outside the axis's limits; the message names the point.
        """
        self._axis, self._camera = axis, camera
        self._frames = None
        self._columns, self._functions = [], []
        for given in read:
            if isinstance(given, Calculated) or callable(given):
                made = given if isinstance(given, Calculated) else quantity(given)
                check_callable(made.function, made.name)
                self._functions.append(made)
            else:
                self._columns.append(column_of(given))
        if not self._columns and not self._functions and camera is None:
            raise errors.InvalidError("a scan needs something to read, or a camera")
        settle, averages = number(settle, "settle"), integer(averages, "averages")
        if not settle >= 0:
            raise errors.InvalidError(f"settle is {settle!r} s, expected 0 s or more")
        if averages < 1:
            raise errors.InvalidError(f"averages is {averages!r}, expected 1 or more")
        self._settle, self._averages = settle, averages
        self._positions = _reachable(positions, unit, axis.unit, axis.limits)
        names, units = [axis.path], [axis.unit]
        for column in self._columns:
            names.append(column.name)
            units.append(column.unit)
            if averages > 1:
                names.append(f"{column.name} error")
                units.append(column.unit)
        for made in self._functions:
            if made.name in names:
                raise errors.InvalidError(
                    f"two columns have the name {made.name!r}; give one another by "
                    "quantity(function, name)"
                )
            names.append(made.name)
            units.append(made.unit)
        self._make(names, units)

    @waits
    def record(
        self,
        *,
        csv_file: str | os.PathLike[str] | None = None,
        frames_file: str | os.PathLike[str] | None = None,
        progress: Callable[[Point], Any] | None = None,
        plot: bool | Callable[[bytes], Any] = False,
    ) -> None:
        """Goes through all positions and measures, into an empty table.

        A further call begins with the first position again; what the table had is gone then, as
        soon as all is ready to move. Write it before if it is wanted.

        However it ends, the axis stands then and the files are whole up to the last point that was
        measured. `stop` ends it at any time and lets it return. An emergency stop ends it too, and
        so does a stop of the axis by anybody else; these raise.

        Args:
            csv_file: A file that gets each row when it is measured, as `CsvFile` writes it; one
                that is there is replaced.
            frames_file: A TIFF file that gets each frame when it is taken, a page for each row of
                the table; one that is there is replaced. A BigTIFF where it may exceed 4 GB.
                Needs the package tifffile.
            progress: Is called after each point.
            plot: Whether a plot is shown, in the notebook or in a window, and drawn again as points
                come; or a function that gets each picture (PNG), on a thread of its own. Another
                process draws, so that no point waits for it. Needs the package matplotlib.

        Raises:
            OSError: A file cannot be written.
            UnsupportedError: A file for frames without a camera, or without tifffile; a plot
                without matplotlib, or with neither notebook nor display.
            RangeError: A reading beyond the range that an instrument is set to.
            TimedOutError: An instrument that does not settle.
            StateError: An emergency stop has ended it, or holds already.
            CancelledError: Somebody else has stopped the axis.
            Error: What moving, reading or the camera raised; its `where` names the point.
        """
        if frames_file is not None and self._camera is None:
            raise errors.UnsupportedError("there is no camera whose frames could be written")
        parts = [self._axis._h, *(column.device._h for column in self._columns)]
        if self._camera is not None:
            parts.append(self._camera._h)
        with self._only(), self._recording(parts, self._axis._h) as run:
            self._go_through(run, csv_file, frames_file, progress, plot)

    @waits
    def _go_through(
        self,
        run: Run,
        csv_file: str | os.PathLike[str] | None,
        frames_file: str | os.PathLike[str] | None,
        progress: Callable[[Point], Any] | None,
        plot: bool | Callable[[bytes], Any],
    ) -> None:
        output = _Output(self._about)
        picture: LivePlot | None = None
        try:
            if plot:
                picture = self._live_plot(None if plot is True else plot)
            # Open the files before anything moves: what cannot be written is found out now.
            if frames_file is not None:
                output.stack = ImageStack(frames_file, len(self._positions))
            if csv_file is not None:
                output.table = CsvFile(csv_file, self._names, self._units)
            if self._camera is not None:
                # A stream of its own: nothing that was taken earlier is in it.
                self._frames = self._camera.stream()
                until(run.cancel._h, self._camera.arm)
            self._empty()
            output.rows = self._rows
            if csv_file is not None:
                self._beside = output.about = About(csv_file)
                self._describe(run, self._axis.lab, output.about)
            for index in range(len(self._positions)):
                point = self._measure(run, index, output)
                # Not here: an interrupt would leave half a page, or a row in the table alone.
                blocking(output.write)
                if picture is not None and picture.idle:  # a copy for each point would take time
                    picture.update(self._copy())
                if progress is not None:
                    progress(point)
            if picture is not None:
                picture.update(self._copy())
                blocking(picture.close)
        finally:
            # Not here either, and after the row that is being written.
            blocking(output.close, urgent=True)
            frames, self._frames = self._frames, None
            if frames is not None:
                frames.close()
            if self._camera is not None:
                self._disarm(self._camera)
            if picture is not None:
                picture.end()

    def _live_plot(self, show: Callable[[bytes], Any] | None) -> LivePlot:
        from ._plot import live, scan_figure

        shown = self._shown(None)
        return live(lambda table: scan_figure(table, "", None, shown, None), show)

    @waits
    def _disarm(self, camera: Camera) -> None:
        """At the end, however it came: what went wrong before is more important."""
        try:
            camera.disarm()
        except errors.Error as error:
            _log.write("warning", f"{camera.path} could not be disarmed: {error}", "scan")

    @waits
    def _measure(self, run: Run, index: int, output: _Output) -> Point:
        """Goes to a position and measures there; again when an instrument was gone meanwhile."""
        deadline = None
        while True:
            try:
                return self._measure_once(run, index, output)
            except errors.Error as error:
                if deadline is None:
                    deadline = mono_ns() + round(_TIMEOUT_S * 1e9)
                if mono_ns() > deadline or not self._may_return(error):
                    error.where = "; ".join(filter(None, [error.where, self._place(index)]))
                    raise
                _log.write("warning", f"{error}; the scan waits for it", "scan")
                until(run.cancel._h, partial(self._await_return, deadline))

    def _parts(self) -> list[Any]:
        """Lists the devices that take part."""
        parts = [self._axis, *(column.device for column in self._columns)]
        return parts if self._camera is None else [*parts, self._camera]

    def _may_return(self, error: errors.Error) -> bool:
        """Tells whether an error comes of instruments that are gone and will come back."""
        gone = [part for part in self._parts() if part.state in _GONE]
        if not gone and isinstance(error, errors.DisconnectedError):
            # It is back already, or that it is gone is not noticed yet.
            return any(part.describe()["reopen"] is not None for part in self._parts())
        return bool(gone) and all(part.describe()["reopen"] is not None for part in gone)

    @waits
    def _await_return(self, deadline: int) -> None:
        """Waits until all instruments are there; frames of what was begun before are let go."""
        sleep(_PAUSE_S)
        while any(part.state in _GONE for part in self._parts()):
            if mono_ns() > deadline:
                return  # asking it once more tells why
            sleep(_PAUSE_S)
        if self._camera is None:
            return
        try:
            self._camera.disarm()
            if self._frames is not None:
                self._frames.close()
            self._frames = self._camera.stream()
            self._camera.arm()
        except errors.Error as again:
            if not self._may_return(again):
                raise

    @waits
    def _measure_once(self, run: Run, index: int, output: _Output) -> Point:
        reached = self._move(run, self._positions[index])
        t_mono_ns, readings, frame = until(run.cancel._h, self._observe)
        row = [reached]
        for numbers in zip(*readings):
            row += _mean_and_error(numbers) if self._averages > 1 else numbers
        point = Point(index, len(self._positions), dict(zip(self._names, row)), frame)
        for made in self._functions:
            given = until(run.cancel._h, partial(called, made.function, point))
            row.append(number(given, f"what the quantity {made.name!r} gave"))
            point.numbers[made.name] = row[-1]
        output.points.append((point, t_mono_ns, row))
        return point

    @waits
    def _observe(self) -> tuple[int, list[list[float]], Frame | None]:
        """Measures where the axis stands: the time, the readings, and a frame."""
        if self._settle > 0:
            sleep(self._settle)
        t_mono_ns = mono_ns()
        if self._camera is not None:
            self._camera.trigger()
        readings = []
        for _ in range(self._averages if self._columns else 0):
            readings.append(self._read())
        frames = self._frames
        return t_mono_ns, readings, None if frames is None else frames.next(_TIMEOUT_S)

    @waits
    def _read(self) -> list[float]:
        """Reads all quantities, devices at the same time."""
        ops: list[Op] = [column.start() for column in self._columns]
        numbers = []
        for column, op in zip(self._columns, ops):
            numbers.append(self._settled(column, op))
        return numbers

    @waits
    def _settled(self, column: Column, op: Op) -> float:
        """A reading that the instrument itself calls good, from `op` on."""
        deadline = mono_ns() + round(_TIMEOUT_S * 1e9)
        while True:
            number: float = op.wait()
            flags = column.quality()
            if flags & ReadingFlags.OVERRANGE:
                raise errors.RangeError(
                    f"{column.name} reads {number:g} {column.unit}, beyond its range; widen that"
                )
            if not flags & ReadingFlags.UNSETTLED:
                return number
            if mono_ns() > deadline:
                raise errors.TimedOutError(f"{column.name} has not settled in {_TIMEOUT_S:g} s")
            sleep(_PAUSE_S)
            op = column.start()

    @waits
    def _move(self, run: Run, position: float) -> float:
        """Moves the axis; if that is ended early, waits until it stands."""
        try:
            return until(run.cancel._h, partial(self._axis.move_abs, position))
        except BaseException as ended:
            # Opening an axis again stops it; stops by others must end the scan afterwards too.
            if isinstance(ended, errors.Error) and self._axis.state in _GONE:
                raise
            run.detach()
            try:
                if self._axis.can("stop"):
                    self._axis.stop()
                else:
                    self._axis.wait_settled()
            except errors.Error as error:
                _log.write("warning", f"{self._axis.path} could not be stopped: {error}", "scan")
            raise

    def _place(self, index: int) -> str:
        return (
            f"point {index + 1} of {len(self._positions)}, {self._axis.path} to "
            f"{self._positions[index]:g} {self._axis.unit}"
        )

    def _about(self, point: Point, frame: Frame) -> dict[str, object]:
        """Describes a page of the stack."""
        numbers = (
            (f"{name} [{unit}]", point.numbers[name])
            for name, unit in zip(self._names, self._units)
        )
        return {
            "point": point.row,
            "time [UTC]": iso_time(frame.t_mono_ns + self._rows.watch.utc_ns),
            "exposure [s]": frame.exposure,
            "flags": [flag.name for flag in FrameFlags if flag in frame.flags],
            **{name: None if x != x else x for name, x in numbers},
        }

    @waits
    def fit(
        self,
        model: str,
        y: str | None = None,
        x: str | None = None,
        *,
        sigma: Any = None,
        start: Any = None,
        fixed: Mapping[str, float] | None = None,
        bounds: Bounds | None = None,
    ) -> Fit:
        """Fits a curve to two columns; see `alidade.fit.curve`.

        Where the last recording has written a table, the fit goes into the JSON file beside it.

        Args:
            model: One of `alidade.fit.models`.
            y: The column that is described; None is the first quantity.
            x: The column that it depends on; None is the position.
            sigma: Standard deviation of `y`, or a function that gives it for values of `y`.
            start: Where to begin.
            fixed: Parameters that are known, by name.
            bounds: Least and greatest value of parameters, by name; None for none.

        Raises:
            NotFoundError: No such column.
            Error: As `alidade.fit.curve`.
        """
        from .fit import curve  # of a room that may be left out

        along = self.column(self._names[0] if x is None else x)
        over = self.column(self._names[1 if len(self._names) > 1 else 0] if y is None else y)
        found = curve(model, along, over, sigma, start=start, fixed=fixed, bounds=bounds)
        of = (x or self._names[0], y or self._names[min(1, len(self._names) - 1)])
        blocking(partial(self._keep_fit, fit_as_json(found, *of, bounds)))
        return found

    def write_png(
        self,
        path: str | os.PathLike[str],
        title: str = "",
        fit: Fit | None = None,
        y: str | None = None,
        sigma: Any = None,
    ) -> None:
        """Plots the columns over the position. Needs the package matplotlib.

        Args:
            path: The file; one that is there is replaced. Its ending says what it is: ".png",
                ".pdf", ".svg" ...
            title: What stands above, before the time of the run.
            fit: A curve fitted to `y`; it is drawn too, and what remains in a panel of its own.
            y: The column that was fitted; None is the first quantity.
            sigma: What the fit was given, for bars at what remains.

        Raises:
            NotFoundError: No such column.
            InvalidError: An ending that no picture has.
            UnsupportedError: matplotlib is not installed.
            OSError: The file cannot be written.
        """
        from ._plot import scan_figure, write

        write(scan_figure(self, title, fit, self._shown(y), sigma), path)

    def plot(self, ax: Any = None, y: str | None = None, *, fit: Fit | None = None) -> Any:
        """Plots one column over the position into axes of matplotlib.

        Args:
            ax: The axes; None makes a figure of pyplot.
            y: The column; None is the first quantity.
            fit: A curve fitted to it, which is drawn with its parameters.

        Returns:
            The axes.

        Raises:
            NotFoundError: No such column.
            UnsupportedError: matplotlib is not installed.
        """
        from ._plot import axes_of, fit_line, points_line

        name, over = self._shown(y), self._names[0]
        units = dict(zip(self._names, self._units))
        places = self.column(over).tolist()
        line = replace(points_line(self, name), places=places)
        curve = None
        if fit is not None and places:
            curve = fit_line(fit, places, (units[over], units[name]))
        labels = f"{over} [{units[over] or 1}]", f"{name} [{units[name] or 1}]"
        return axes_of(line, curve, ax, labels)

    def _shown(self, y: str | None) -> str:
        """The column of a plot."""
        return y or self._names[min(1, len(self._names) - 1)]


def linear(begin: float, end: float, points: int) -> list[float]:
    """Positions at equal distances, both ends among them.

    Args:
        begin: The first.
        end: The last.
        points: How many.

    Raises:
        InvalidError: Less than one point, or NaN.
    """
    begin, end = number(begin, "begin"), number(end, "end")
    points = integer(points, "points")
    if points < 1 or not math.isfinite(begin) or not math.isfinite(end):
        raise errors.InvalidError(
            f"{points} points from {begin:g} to {end:g}; expected one or more, and finite ends"
        )
    if points == 1:
        return [begin]
    return [begin + (end - begin) * i / (points - 1) for i in range(points)]


def _reachable(
    positions: Iterable[float], unit: str | None, own: str, limits: tuple[float, float]
) -> list[float]:
    """The positions in the axis's own unit, checked."""
    found = [number(x, "position") for x in positions]
    if unit is not None:
        found = [convert(x, unit, own) for x in found]
    if not found:
        raise errors.InvalidError("a scan needs at least one position")
    for i, x in enumerate(found):
        if not math.isfinite(x):
            raise errors.InvalidError(f"point {i + 1} of {len(found)} is at {x!r}")
        if not limits[0] <= x <= limits[1]:
            raise errors.RangeError(
                f"point {i + 1} of {len(found)} is at {x:g} {own}; the axis goes from "
                f"{limits[0]:g} {own} to {limits[1]:g} {own}"
            )
    return found


def _mean_and_error(numbers: Sequence[float]) -> tuple[float, float]:
    """The mean, and its standard error."""
    mean = math.fsum(numbers) / len(numbers)
    squares = math.fsum((x - mean) ** 2 for x in numbers)
    return mean, math.sqrt(squares / (len(numbers) - 1) / len(numbers))
