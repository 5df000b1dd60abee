"""Arrangements of a lab: groups of presets, named positions; and the safe state."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from . import errors
from ._call import NULL, call, name_bytes, timeout_ns
from ._handle import started
from ._library import lib
from ._numbers import number, plain
from ._values import to_native, value_of
from ._waiting import finish, waits
from .op import Op

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["Arrangements", "Safety", "load_driver"]


def load_driver(path: str | os.PathLike[str]) -> None:
    """Loads a driver from a shared library outside the tree, for the life of the process.

    Drivers in the folders of the environment variable ALIDADE_DRIVER_PATH and those that a lab's
    TOML file names are loaded by themselves.

    Args:
        path: The file. One that was loaded before changes nothing.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: It is no library, or holds no driver.
        VersionError: The driver speaks another driver ABI; the message names both.
        ExistsError: There is another driver of that name.
    """
    call(lib.ald_driver_load, name_bytes(os.fsdecode(path), "path"))


class Arrangements:
    """Arrangements: the verbs of a `Lab` for its devices as a whole."""

    __slots__ = ()
    _h: CData

    @property
    def groups(self) -> dict[str, dict[str, Any]]:
        """Maps the names of the groups of presets to their presets and tolerances.

        Example:
            >>> lab = Lab()
            >>> stage = lab.add("stage", "mock-movable")
            >>> presets = {"slow": {"stage:velocity": 1}, "fast": {"stage:velocity": 9}}
            >>> lab.set_group("speed", presets)
            >>> list(lab.groups["speed"]["presets"])
            ['slow', 'fast']
        """
        return value_of(lib.ald_lab_groups, self._h, type=dict)

    def set_group(
        self,
        name: str,
        presets: Mapping[str, Mapping[str, object]],
        tolerances: Mapping[str, float] | None = None,
    ) -> None:
        """Makes a group of presets, or replaces one: properties that are switched as one.

        Args:
            name: Name of the group.
            presets: For each preset what "path:property" is to be.
            tolerances: How far "path:property" may be from the number of a preset, in its unit,
                and still count as that; by default half a step of the property, without a step a
                millionth of the distance of its limits, or of the number if it has none.

        Raises:
            NotFoundError: No such device or property; the message names the nearest.
            UnsupportedError: A property that cannot be written.
            InvalidError: A value of the wrong type.
            RangeError: A value outside the limits.
        """
        given = {preset: dict(settings) for preset, settings in presets.items()}
        near = None if tolerances is None else _numbers(tolerances, "tolerance")
        call(
            lib.ald_lab_set_group,
            self._h,
            name_bytes(name),
            to_native(plain(given)),
            NULL if near is None else to_native(near),
        )

    def remove_group(self, name: str) -> None:
        """Takes a group of presets away.

        Raises:
            NotFoundError: No such group; the message names the nearest.
        """
        call(lib.ald_lab_remove_group, self._h, name_bytes(name))

    @waits
    def apply(self, group: str, preset: str, timeout: float | None = None) -> dict[str, Any]:
        """Switches a group to one of its presets; axes have settled then.

        Different instruments are set at the same time, the properties of one in the order of the
        preset. All is checked before anything is sent. When one fails nothing more is set, and the
        error tells what has been.

        Args:
            group: Name of the group.
            preset: Name of the preset.
            timeout: Seconds for all of it; None is the default of each device for each property.

        Returns:
            From "path:property" to what the instrument has now.

        Raises:
            NotFoundError: No such group, preset, device or property.
            StateError: A device is not open.
            RangeError: A value outside the limits.
            Error: What an instrument reports; `where` is the property.
        """
        return finish(
            lib.ald_lab_start_apply,
            self._h,
            name_bytes(group, "group"),
            name_bytes(preset, "preset"),
            timeout_ns(timeout),
        )

    def start_apply(self, group: str, preset: str, timeout: float | None = None) -> Op:
        """Starts to switch a group to one of its presets; see `apply`."""
        return Op._own(
            started(
                lib.ald_lab_start_apply,
                self._h,
                name_bytes(group, "group"),
                name_bytes(preset, "preset"),
                timeout_ns(timeout),
            )
        )

    @waits
    def current(self, group: str, timeout: float | None = None) -> str | None:
        """To which of its presets a group is switched, as the instruments say.

        Args:
            group: Name of the group.
            timeout: Seconds for all of it; None is the default of each device for each property.

        Returns:
            The first preset that fits; None if there is none.

        Raises:
            NotFoundError: No such group; the message names the nearest.
            StateError: A device is not open.
        """
        return finish(
            lib.ald_lab_start_current, self._h, name_bytes(group, "group"), timeout_ns(timeout)
        )

    @property
    def positions(self) -> dict[str, dict[str, float]]:
        """Maps the names of positions to the axes' places, by their paths.

        Example:
            >>> lab = Lab()
            >>> stage = lab.add("stage", "mock-movable")
            >>> lab.set_position("load", {"stage": 40})
            >>> lab.positions
            {'load': {'stage': 40.0}}
        """
        return value_of(lib.ald_lab_positions, self._h, type=dict)

    def set_position(self, name: str, axes: Mapping[str, float]) -> None:
        """Names a position, or gives a name another one.

        Args:
            name: Its name.
            axes: From the path of each axis to where it is there, in the axis's unit.

        Raises:
            NotFoundError: No such axis; the message names the nearest.
            UnsupportedError: It is not movable.
            RangeError: Outside its limits.
        """
        call(
            lib.ald_lab_set_position, self._h, name_bytes(name), to_native(_numbers(axes, "place"))
        )

    def forget(self, position: str) -> None:
        """Forgets a named position.

        Raises:
            NotFoundError: No such position; the message names the nearest.
        """
        call(lib.ald_lab_forget_position, self._h, name_bytes(position, "position"))

    @waits
    def remember(
        self, position: str, axes: Iterable[str] | None = None, timeout: float | None = None
    ) -> dict[str, float]:
        """Remembers where axes are now under a name.

        Args:
            position: The name.
            axes: Paths of the axes; None for all of the open devices.
            timeout: Seconds for all of it; None is the default of each device.

        Returns:
            From the path of each axis to where it is.

        Raises:
            NotFoundError: No such axis; the message names the nearest.
            UnsupportedError: It is not movable.
            StateError: There is none, or its device is not open.
        """
        return finish(
            lib.ald_lab_start_remember_position,
            self._h,
            name_bytes(position, "position"),
            _paths(axes),
            timeout_ns(timeout),
        )

    @waits
    def go_to(self, position: str, timeout: float | None = None) -> dict[str, float]:
        """Brings all axes of a named position there at the same time, and waits until they stand.

        All is checked against the limits before anything moves. When one fails, and when it is
        cancelled, all of them stop.

        Args:
            position: The name.
            timeout: Seconds for all of it; None is the default of each device for motions.

        Returns:
            From the path of each axis to the position reached.

        Raises:
            NotFoundError: No such position or axis; the message names the nearest.
            RangeError: Outside the limits of an axis.
            BusyError: An axis is in motion.
            StateError: A device is not open.
        """
        return finish(
            lib.ald_lab_start_go_to, self._h, name_bytes(position, "position"), timeout_ns(timeout)
        )

    def start_go_to(self, position: str, timeout: float | None = None) -> Op:
        """Starts to bring all axes of a named position there; see `go_to`."""
        return Op._own(
            started(
                lib.ald_lab_start_go_to,
                self._h,
                name_bytes(position, "position"),
                timeout_ns(timeout),
            )
        )

    @waits
    def safe_state(self, timeout: float | None = None) -> list[str]:
        """Brings all open devices to their safe states at the same time: all axes stop first.

        Args:
            timeout: Seconds for each step that declares none; None is the device's default.

        Returns:
            The steps that were left out because they would start something and an emergency stop
            holds, as "stage: act home"; the others were carried out.

        Raises:
            Error: How the first step failed; the message names all that did. The others were
                tried all the same.
        """
        start = lib.ald_lab_start_safe_state
        found: dict[str, list[str]] = finish(start, self._h, timeout_ns(timeout))
        return found["left_out"]


class Safety:
    """Safe state: the verbs of a `Device` that make it safe and open it again."""

    __slots__ = ()
    _h: CData

    def set_safe_state(self, steps: Iterable[Mapping[str, object]] | None) -> None:
        """Declares what brings the device to its safe state, after its axes have stopped.

        Args:
            steps: Dicts in order: set (a property) and to (a value), or act (an action) and maybe
                arguments (a dict); and maybe child (the part that has it) and timeout (seconds).
                None for the driver's own, the action "safe".

        Raises:
            NotFoundError: No such key, child, property or action.
            InvalidError: A bad step.
            RangeError: A value outside the limits.
        """
        given = NULL if steps is None else to_native(plain([_step(step) for step in steps]))
        call(lib.ald_device_set_safe_state, self._h, given)

    @waits
    def safe_state(self, timeout: float | None = None) -> list[str]:
        """Brings the device to its safe state: its axes stop, then the steps are carried out.

        This is no safety-rated function.

        Args:
            timeout: Seconds for each step that declares none; None is the device's default.

        Returns:
            The steps that were left out; see `Lab.safe_state`.

        Raises:
            StateError: The device is not open.
            Error: How the first step failed; the message names all that did. The others were
                tried all the same.
        """
        start = lib.ald_device_start_safe_state
        found: dict[str, list[str]] = finish(start, self._h, timeout_ns(timeout))
        return found["left_out"]

    def set_reopen(self, interval: float | None) -> None:
        """Opens the device again by itself when it went away, until it opens or is closed.

        Args:
            interval: Seconds between two attempts; None for no attempts, as at first.

        Raises:
            RangeError: Less than a millisecond.
            InvalidError: It is a part of a device.
        """
        if interval is not None and not interval > 0:
            raise errors.RangeError(f"interval is {interval!r} s; expected more than 0, or None")
        call(lib.ald_device_set_reopen, self._h, 0 if interval is None else timeout_ns(interval))


def _numbers(given: Mapping[str, float], what: str) -> dict[str, float]:
    return {name: number(x, f"{what} of {name!r}") for name, x in given.items()}


def _paths(axes: Iterable[str] | None) -> CData:
    if isinstance(axes, str):
        raise TypeError("axes must be an iterable of paths, not one path")
    return NULL if axes is None else to_native(list(axes))


def _step(given: Mapping[str, object]) -> dict[str, object]:
    step = dict(given)
    if "timeout" in step:
        step["timeout"] = number(step["timeout"], "timeout")
    return step
