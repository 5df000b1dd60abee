"""Recordings: what series and scans have in common. They can be stopped, and tell how they ended.

All waits of a recording end with one native cancel. It is triggered by `Recording.stop`, by an
emergency stop of the lab of any device that takes part, and when the axis of a scan is stopped.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from . import errors
from ._beside import About
from ._call import NULL, call
from ._constants import CancelReason
from ._handle import output
from ._library import ffi, lib
from ._waiting import blocking, until, waits
from .op import Cancel
from .tables import CsvFile, Rows, Table, iso_time

if TYPE_CHECKING:
    from ._ffi import CData
    from .labs import Lab

__all__ = ["Outcome", "Recording"]

_LAB_OUT = ffi.typeof("ald_lab **")


class Outcome(enum.Enum):
    """Outcome of a recording."""

    COMPLETED = "completed"
    """All was measured."""
    STOPPED = "stopped"
    """By `stop`."""
    AXIS_STOPPED = "axis stopped"
    """The axis was told to stop by somebody else."""
    EMERGENCY_STOPPED = "emergency stopped"
    """By an emergency stop."""
    INTERRUPTED = "interrupted"
    """By Ctrl-C, or because its task was cancelled."""
    FAILED = "failed"
    """By an error."""

    def __str__(self) -> str:
        return str(self.value)


class Run:
    """A recording under way, and what ends it early."""

    __slots__ = ("_axis", "_labs", "cancel")

    def __init__(self) -> None:
        self.cancel = Cancel()
        self._labs: list[CData] = []
        self._axis: CData | None = None

    def attach(self, devices: Iterable[CData], axis: CData | None) -> None:
        """Lets emergency stops of the devices' labs, and stops of an axis, end it.

        Raises:
            StateError: An emergency stop holds.
        """
        for device in devices:
            home = output(lib.ald_device_lab, device, out=_LAB_OUT)
            self._labs.append(home)
            call(lib.ald_lab_attach_cancel, home, self.cancel._h)
        if axis is not None:
            self._axis = axis
            call(lib.ald_movable_attach_cancel, axis, self.cancel._h)
        if self.cancel.reason == CancelReason.EMERGENCY_STOP:
            raise errors.StateError(
                "an emergency stop holds; when it is safe to go on, reset_stop of the lab ends it",
                domain="emergency_stop",
            )

    def detach(self) -> None:
        """Lets nothing but `stop` end it any more: what is stopped from now on, it stops itself."""
        for lab in self._labs:
            lib.ald_lab_detach_cancel(lab, self.cancel._h, NULL)
        if self._axis is not None:
            lib.ald_movable_detach_cancel(self._axis, self.cancel._h, NULL)

    def outcome(self, error: errors.Error) -> Outcome:
        """Outcome where an error was raised; what has nothing to do with a stop is a failure."""
        reason = self.cancel.reason
        if reason == CancelReason.EMERGENCY_STOP:
            return Outcome.EMERGENCY_STOPPED
        # Some controllers tell of a motion that somebody stopped that it ended in a wrong place.
        by_axis = isinstance(error, (errors.CancelledError, errors.StateError))
        if reason == CancelReason.AXIS_STOPPED and by_axis:
            return Outcome.AXIS_STOPPED
        if reason == CancelReason.TRIGGERED and isinstance(error, errors.CancelledError):
            return Outcome.STOPPED
        return Outcome.FAILED


class Output:
    """Rows and files of one recording.

    Each recording has one of its own: a row that is written late, after an interrupt has ended the
    wait for it, gets into no later one.
    """

    __slots__ = ("_writing", "about", "rows", "table")

    def __init__(self, rows: Rows, table: CsvFile | None = None) -> None:
        self.rows, self.table = rows, table
        self.about: About | None = None
        self._writing = threading.Lock()

    def write(self, _: object) -> None:
        """Writes what the files have not got yet."""
        with self._writing:
            self._catch_up()

    def close(self, _: object) -> None:
        """Writes what an interrupt has left, and closes the files."""
        with self._writing:
            try:
                self._catch_up()
            finally:
                self._close()
                self._describe()

    def _describe(self) -> None:
        """Notes in the file beside the table what is known at the end."""
        if self.about is None:
            return
        rows = self.rows
        times = [iso_time(t + rows.watch.utc_ns) for t in rows.times[:1] + rows.times[-1:]]
        steps = [
            {
                "row": step.row,
                "time": iso_time(step.t_mono_ns + rows.watch.utc_ns),
                "step [s]": step.step,
                "suspended [s]": step.suspended,
            }
            for step in rows.watch.steps
        ]
        self.about.write(
            rows=len(rows), first=times[:1] and times[0], last=times[1:] and times[1],
            clock={"steps": steps, "gone from the system's [s]": rows.watch.gone_ns() / 1e9},
        )  # fmt: skip

    def _catch_up(self) -> None:
        if self.table is not None:
            self.table.catch_up(self.rows)

    def _close(self) -> None:
        if self.table is not None:
            self.table.close()


class Recording(Table):
    """A table that is measured row by row, until all is there or it is stopped."""

    __slots__ = ("_beside", "_ended", "_going_on", "_run")
    _beside: About | None
    _run: Run | None
    _ended: Outcome | None

    def _make(self, names: Iterable[str], units: Iterable[str]) -> None:
        super()._make(names, units)
        self._run = self._ended = None
        self._going_on = threading.Lock()

    def _empty(self) -> None:
        super()._empty()
        self._beside = None  # a fit of new rows does not belong beside the table of the old ones

    def stop(self) -> None:
        """Ends the recording that goes on; what was measured is kept, and `record` returns.

        Returns at once, from any thread, task or signal handler. A motion under way is stopped, a
        frame is not waited for any longer. Does nothing when nothing is recorded.
        """
        run = self._run
        if run is not None:
            run.cancel.trigger()

    @property
    def ended(self) -> Outcome | None:
        """Outcome of the last recording; None if there was none yet, or while it goes on."""
        if self._run is None or self._ended is not None or self._going_on.locked():
            return self._ended
        return Outcome.INTERRUPTED  # before it could be noted

    def _only(self) -> threading.Lock:
        """Lock held while it is recorded: no signal comes between a lock and its block.

        Raises:
            StateError: It is being recorded.
        """
        if self._going_on.locked():
            raise errors.StateError("this is being recorded; wait for its end, or make another")
        return self._going_on

    @contextmanager
    def _recording(self, devices: Iterable[CData], axis: CData | None = None) -> Iterator[Run]:
        """A recording with devices that take part and the axis that moves, from begin to end."""
        run, how, begun = Run(), Outcome.FAILED, False
        # In this order: a signal between the two must not leave the end of the one before.
        self._ended, self._run = None, run
        try:
            run.attach(devices, axis)
            begun = True
            yield run
            how = Outcome.COMPLETED
        except errors.Error as error:
            how = run.outcome(error)
            if how is Outcome.FAILED or not begun:
                raise
            if how is not Outcome.STOPPED:
                raise self._told(how, error) from error
        except BaseException as error:
            how = Outcome.FAILED if isinstance(error, Exception) else Outcome.INTERRUPTED
            raise
        finally:
            self._ended = how
            run.detach()

    @waits
    def _describe(self, run: Run, lab: Lab, about: About) -> None:
        """Writes the file beside the table: which columns, and the settings of all devices."""
        settings: dict[str, Any] = until(run.cancel._h, lab.snapshot)
        devices = {}
        for device in lab.devices:
            told = device.describe()
            known = ("driver", "vendor", "model", "serial_number", "firmware")
            devices[told["path"]] = {key: told[key] for key in known if told.get(key)}
        for key, value in settings.items():
            path, _, name = key.rpartition(":")
            found = {k: value[k] for k in ("value", "unit", "error") if k in value}
            devices.setdefault(path, {}).setdefault("settings", {})[name] = found
        columns = [{"name": n, "unit": u} for n, u in zip(self._names, self._units)]
        written = partial(
            about.write, kind=type(self).__name__.lower(), columns=columns, devices=devices, fits=[]
        )
        blocking(lambda _: written())

    def _keep_fit(self, made: dict[str, Any], _: object) -> None:
        """Adds a fit to the file beside the table of the last recording, where there is one."""
        if self._beside is not None:
            self._beside.write(fits=[*self._beside.content["fits"], made])

    def _told(self, how: Outcome, error: errors.Error) -> errors.Error:
        """The exception for a recording that was ended from outside."""
        rows = f"{len(self)} row{'' if len(self) == 1 else 's'}"
        if how is Outcome.AXIS_STOPPED:
            return errors.CancelledError(
                f"the axis was stopped by somebody else, which ended the scan; the {rows} until "
                "then are kept",
                where=error.where,
            )
        return errors.StateError(
            f"an emergency stop has ended it; the {rows} until then are kept; when it is safe to "
            "go on, reset_stop of the lab ends the stop",
            domain="emergency_stop",
            where=error.where,
        )
