"""Devices: properties, children, and what they can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ._arrangements import Safety
from ._call import (
    DOUBLE,
    ERROR_OUT,
    INT64,
    NULL,
    VALUE_OUT,
    call,
    name_bytes,
    new,
    number,
    taken,
    text,
    timeout_ns,
)
from ._closing import Openable
from ._constants import DeviceState, ReadingFlags
from ._handle import output, started
from ._library import ffi, lib
from ._values import owned
from ._values import taken as taken_value
from ._waiting import begun, blocking, finish, waits
from .events import EventSource
from .op import Op
from .schema import Schema, empty_record, from_native
from .units import convert, convert_difference

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["Device", "Movable", "Readable", "Reading"]

_DEVICE_OUT = ffi.typeof("ald_device **")
_READING = ffi.typeof("ald_reading *")
_READING_SIZE = ffi.sizeof("ald_reading")

# Bound here, for speed.
_readable_last = lib.ald_readable_last
_NULL = NULL


class Device(Safety, EventSource, Openable, type="device", unref=lib.ald_device_unref):
    """An instrument, or a part of one.

    The constructor does no I/O; `open` or `with` does. Devices of a lab come from
    `alidade.Lab`. Every verb that talks to the instrument takes a `timeout` in seconds: None is
    the device's own default, `math.inf` waits without limit. Ctrl-C ends it.

    Example:
        >>> with Device("computer", "host") as computer:
        ...     computer.child("memory").get("value") > 0
        True
    """

    __slots__ = ()
    _subscribe = lib.ald_device_subscribe
    _unsubscribe = lib.ald_device_unsubscribe

    def __init__(self, name: str, driver: str, options: Mapping[str, object] | None = None) -> None:
        """Makes a device in a private lab, without opening it.

        Args:
            name: Letters, digits, "_", "-" and ".".
            driver: One of `alidade.drivers()`.
            options: The driver's options by name.

        Raises:
            NotFoundError: No such driver or option; the message names the nearest.
            InvalidError: A bad name or a bad option.
            RangeError: An option outside its limits.
        """
        self._h = new_device(name, driver, options)

    @waits
    def open(self, timeout: float | None = None) -> None:
        """Opens the device. One that is open stays so; one that is gone is tried again.

        Args:
            timeout: Seconds; None is the device's default.

        Raises:
            NotFoundError: It is not there.
            BusyError: Somebody else uses it.
            PermissionDeniedError: The operating system denies access.
            TimedOutError: It did not answer in time.
            ClosedError: It was closed.
        """
        finish(lib.ald_device_start_open, self._h, timeout_ns(timeout))

    @waits
    def close(self) -> None:
        """Closes the device for good: motions stop, operations end, the instrument is released."""
        h = self._h
        blocking(lambda cancel: lib.ald_device_close(h), h, urgent=True)

    @property
    def path(self) -> str:
        """Its name, or "parent/child"."""
        return text(lib.ald_device_path(self._h))

    @property
    def state(self) -> DeviceState:
        """Its state."""
        return DeviceState(lib.ald_device_status(self._h))

    @property
    def id(self) -> int:
        """Its number, as the `source` of its records."""
        return lib.ald_device_id(self._h)

    def can(self, capability: str, version: int = 1) -> bool:
        """Whether the device has a capability.

        Args:
            capability: "readable" or "movable".
            version: The least version wanted.
        """
        return lib.ald_device_can(self._h, name_bytes(capability, "capability"), version) == 1

    def describe(self) -> dict[str, Any]:
        """Describes the device.

        Returns:
            path, driver, state, vendor, model, serial_number, firmware, capabilities, children,
            properties, actions.
        """
        result = taken_value(output(lib.ald_device_describe, self._h, out=VALUE_OUT))
        assert isinstance(result, dict)
        return result

    @property
    def children(self) -> list[Device]:
        """Its parts. They are known when the device is open."""
        return [
            device_of(output(lib.ald_device_child_at, self._h, index, out=_DEVICE_OUT))
            for index in range(lib.ald_device_child_count(self._h))
        ]

    def child(self, path: str) -> Device:
        """A part by its path below the device: "x" or "axes/x".

        Raises:
            NotFoundError: No such part; the message names the nearest.
        """
        return device_of(
            output(lib.ald_device_child, self._h, name_bytes(path, "path"), out=_DEVICE_OUT)
        )

    @waits
    def get(self, name: str, timeout: float | None = None) -> Any:
        """Reads a property from the instrument.

        Args:
            name: The property.
            timeout: Seconds; None is the device's default.

        Raises:
            NotFoundError: No such property; the message names the nearest.
            StateError: The device is not open.
            UnsupportedError: It cannot be read.
        """
        return finish(
            lib.ald_device_start_get, self._h, name_bytes(name, "property"), timeout_ns(timeout)
        )

    @waits
    def set(self, name: str, value: object, timeout: float | None = None) -> Any:
        """Writes a property and reads it back.

        Args:
            name: The property.
            value: Checked against the property's limits and choices before anything is sent.
            timeout: Seconds; None is the device's default.

        Returns:
            What the instrument has now.

        Raises:
            InvalidError: A wrong type, NaN, or none of the choices.
            RangeError: Outside the limits; the message names limit and unit.
            UnsupportedError: It cannot be written.
        """
        return finish(
            lib.ald_device_start_set,
            self._h,
            name_bytes(name, "property"),
            owned(value),
            timeout_ns(timeout),
        )

    def start_get(self, name: str, timeout: float | None = None) -> Op:
        """Starts to read a property; see `get`. The operation gives the value."""
        return Op._own(
            started(
                lib.ald_device_start_get, self._h, name_bytes(name, "property"), timeout_ns(timeout)
            )
        )

    def start_set(self, name: str, value: object, timeout: float | None = None) -> Op:
        """Starts to write a property; see `set`. The operation gives what the instrument has."""
        return Op._own(
            started(
                lib.ald_device_start_set,
                self._h,
                name_bytes(name, "property"),
                owned(value),
                timeout_ns(timeout),
            )
        )

    def cached(self, name: str) -> tuple[Any, float]:
        """The last known value of a property and its age in seconds, without I/O.

        Raises:
            NotFoundError: No such property; the message names the nearest.
            StateError: It was never read.
        """
        out, age, err = new(VALUE_OUT), new(INT64), new(ERROR_OUT)
        if lib.ald_device_get_cached(self._h, name_bytes(name, "property"), out, age, err):
            raise taken(err)
        return taken_value(out[0]), age[0] / 1e9

    @property
    def properties(self) -> dict[str, Schema]:
        """Describes its properties: by name type, unit, limits."""
        result = {}
        for index in range(lib.ald_device_property_count(self._h)):
            record = empty_record()
            call(lib.ald_device_property_at, self._h, index, record)
            found = from_native(record)
            result[found.name] = found
        return result

    def schema(self, name: str) -> Schema:
        """Describes a property: type, unit, limits.

        Raises:
            NotFoundError: No such property; the message names the nearest.
        """
        record = empty_record()
        call(lib.ald_device_property, self._h, name_bytes(name, "property"), record)
        return from_native(record)

    @waits
    def act(
        self,
        name: str,
        arguments: Mapping[str, object] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Carries an action out that the device's description names.

        Args:
            name: The action, for example "zero".
            arguments: Its arguments by name.
            timeout: Seconds; None is the device's default.

        Returns:
            What the action gives.

        Raises:
            NotFoundError: No such action; the message names the nearest.
            StateError: The device is not open.
        """
        return finish(
            lib.ald_device_start_action,
            self._h,
            name_bytes(name, "action"),
            NULL if arguments is None else owned(arguments),
            timeout_ns(timeout),
        )

    def start_act(
        self,
        name: str,
        arguments: Mapping[str, object] | None = None,
        timeout: float | None = None,
    ) -> Op:
        """Starts an action; see `act`. The operation gives what the action gives."""
        return Op._own(
            started(
                lib.ald_device_start_action,
                self._h,
                name_bytes(name, "action"),
                NULL if arguments is None else owned(arguments),
                timeout_ns(timeout),
            )
        )

    @waits
    def snapshot(self, timeout: float | None = None) -> dict[str, dict[str, Any]]:
        """Reads all readable properties of the device and its children.

        Args:
            timeout: Seconds for the whole; None is the device's default for each.

        Returns:
            From "path:property" to a dict with value, unit and t_wall_ns (UTC), or with error
            where reading failed.
        """
        result = finish(lib.ald_device_start_snapshot, self._h, timeout_ns(timeout))
        assert isinstance(result, dict)
        return result

    def _state(self) -> str:
        unit = self._unit_text()
        return (
            f"{text(lib.ald_device_path(self._h))!r}{f' [{unit}]' if unit else ''} "
            f"{state_name(self._h)}"
        )

    def _unit_text(self) -> str:
        return ""


def state_name(device: CData) -> str:
    """The state of a device in a word."""
    state = lib.ald_device_status(device)
    return DeviceState(state).name.lower() if state >= 0 else "stale"


class Reading(NamedTuple):
    """A number with its times.

    Attributes:
        value: The number, in `unit`.
        unit: UCUM unit.
        t_mono_ns: When it was measured, on the monotonic clock, in nanoseconds.
        t_wall_ns: When it was measured, UTC, in nanoseconds since 1970.
        t_hw_ns: When it was measured by the hardware's own count, in nanoseconds; 0 if it has none.
        clock_id: Id of the hardware's clock; 0 if it has none.
        uncertainty_ns: Half width within which `t_mono_ns` lies, in nanoseconds.
        quality: Flags that tell how good it is; 0 is good.
    """

    value: float
    unit: str
    t_mono_ns: int
    t_wall_ns: int
    t_hw_ns: int
    clock_id: int
    uncertainty_ns: int
    quality: ReadingFlags


def new_reading() -> CData:
    """A reading for the library to fill."""
    record = new(_READING)
    lib.ald_reading_init(record, _READING_SIZE)
    return record


class Readable(Device):
    """A device that gives a number."""

    __slots__ = ("_room",)
    # Where the library puts the last number: made once, because `value` is asked for often. Two
    # threads that use it at once both get a newest number.
    _room: CData

    @property
    def unit(self) -> str:
        """UCUM unit of the number, "1" for a plain one."""
        return text(lib.ald_readable_unit(self._h))

    @waits
    def read(self, timeout: float | None = None) -> float:
        """Reads the number from the instrument; `last` tells its times afterwards.

        Args:
            timeout: Seconds; None is the device's default.

        Returns:
            The number, in `unit`.

        Raises:
            StateError: The device is not open.
            TimedOutError: It did not answer in time.
        """
        return finish(lib.ald_readable_start_read, self._h, timeout_ns(timeout))  # type: ignore[no-any-return]

    def start_read(self, timeout: float | None = None) -> Op:
        """Starts to read the number; see `read`. The operation gives it."""
        return Op._own(started(lib.ald_readable_start_read, self._h, timeout_ns(timeout)))

    def last(self) -> Reading:
        """The last number that was read with its times, without I/O.

        Raises:
            StateError: Nothing was read yet.
        """
        record = new_reading()
        call(_readable_last, self._h, record)
        return Reading(
            record.value,
            self.unit,
            record.t_mono_ns,
            record.t_wall_ns,
            record.t_hw_ns,
            record.clock_id,
            record.uncertainty_ns,
            ReadingFlags(record.quality),
        )

    @property
    def value(self) -> float:
        """The last number that was read, in `unit`, without I/O.

        Raises:
            StateError: Nothing was read yet.
        """
        try:
            room = self._room
        except AttributeError:
            room = self._room = new_reading()
        if _readable_last(self._h, room, _NULL):
            call(_readable_last, self._h, room)  # again, for the description
        return room.value  # type: ignore[no-any-return]

    def _unit_text(self) -> str:
        return text(lib.ald_readable_unit(self._h))


class Movable(Device):
    """One axis.

    Positions are in the axis's unit; the verbs take another one by `unit` and convert. Two that
    measure different things are refused before anything moves.
    """

    __slots__ = ()

    @property
    def unit(self) -> str:
        """UCUM unit of the axis."""
        return text(lib.ald_movable_unit(self._h))

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the greatest position, in `unit`; infinite where there is no limit."""
        least, greatest = new(DOUBLE), new(DOUBLE)
        call(lib.ald_movable_limits, self._h, least, greatest)
        return least[0], greatest[0]

    @waits
    def move_abs(
        self, position: float, *, unit: str | None = None, timeout: float | None = None
    ) -> float:
        """Moves to a position. Returns when the motion has ended and settled.

        A move that times out or is interrupted stops the axis. To go on moving, use
        `start_move` and wait for its operation.

        Args:
            position: Where to, in `unit`.
            unit: UCUM unit of `position`; None is the axis's own.
            timeout: Seconds; None is the device's default for motions.

        Returns:
            The position reached, in the axis's unit.

        Raises:
            RangeError: Outside the limits; the message names limit and unit.
            InvalidError: NaN, or a unit that does not measure the same.
            BusyError: Another motion of this axis goes on.
            StateError: The device is not open.
            CancelledError: The axis was stopped.
            TimedOutError: It did not arrive in time.
        """
        return finish(  # type: ignore[no-any-return]
            lib.ald_movable_start_move_abs,
            self._h,
            _own_position(self, position, unit),
            timeout_ns(timeout),
        )

    @waits
    def move_rel(
        self, distance: float, *, unit: str | None = None, timeout: float | None = None
    ) -> float:
        """Moves by a distance from where the axis stands; see `move_abs`.

        Args:
            distance: How far, in `unit`; negative goes back.
            unit: UCUM unit of `distance`; None is the axis's own.
            timeout: Seconds; None is the device's default for motions.

        Returns:
            The position reached, in the axis's unit.

        Raises:
            Error: As `move_abs`.
        """
        return finish(  # type: ignore[no-any-return]
            lib.ald_movable_start_move_rel,
            self._h,
            _own_distance(self, distance, unit),
            timeout_ns(timeout),
        )

    @waits
    def home(self, *, timeout: float | None = None) -> float:
        """Goes to the home position; see `move_abs`.

        Args:
            timeout: Seconds; None is the device's default for motions.

        Returns:
            The position reached, in the axis's unit.

        Raises:
            UnsupportedError: The axis has no home.
            Error: As `move_abs`.
        """
        return finish(lib.ald_movable_start_home, self._h, timeout_ns(timeout))  # type: ignore[no-any-return]

    @waits
    def start_move(
        self, position: float, *, unit: str | None = None, timeout: float | None = None
    ) -> Op:
        """Starts to move to a position. Returns when the instrument has accepted the move.

        Args:
            position: Where to, in `unit`.
            unit: UCUM unit of `position`; None is the axis's own.
            timeout: Seconds for the motion; None is the device's default for motions.

        Returns:
            The operation; it gives the position reached, in the axis's unit.

        Raises:
            Error: As `move_abs`, as far as it is known when the move is accepted.
        """
        return Op._own(
            begun(
                lib.ald_movable_start_move_abs,
                self._h,
                _own_position(self, position, unit),
                timeout_ns(timeout),
            )
        )

    @waits
    def start_move_rel(
        self, distance: float, *, unit: str | None = None, timeout: float | None = None
    ) -> Op:
        """Starts to move by a distance; see `start_move` and `move_rel`."""
        return Op._own(
            begun(
                lib.ald_movable_start_move_rel,
                self._h,
                _own_distance(self, distance, unit),
                timeout_ns(timeout),
            )
        )

    @waits
    def start_home(self, *, timeout: float | None = None) -> Op:
        """Starts to go to the home position; see `start_move` and `home`."""
        return Op._own(begun(lib.ald_movable_start_home, self._h, timeout_ns(timeout)))

    @waits
    def stop(self, *, timeout: float | None = None) -> None:
        """Stops the axis and waits until it stands. Goes before all that is waiting.

        The motion that it ends raises CancelledError where it is waited for. This is no
        safety-rated stop.

        Args:
            timeout: Seconds; None is the device's default.

        Raises:
            TimedOutError: It does not come to stand.
        """
        finish(lib.ald_movable_start_stop, self._h, timeout_ns(timeout))

    @waits
    def wait_settled(self, *, timeout: float | None = None) -> None:
        """Waits until no motion of the axis goes on. An interrupt leaves the motion alone.

        Args:
            timeout: Seconds; None is the device's default for motions.

        Raises:
            TimedOutError: The motion goes on.
            Error: How the motion failed.
        """
        finish(lib.ald_movable_start_wait_settled, self._h, timeout_ns(timeout))

    @waits
    def position(self, *, timeout: float | None = None) -> float:
        """Reads the position from the instrument.

        Args:
            timeout: Seconds; None is the device's default.

        Returns:
            The position, in the axis's unit.

        Raises:
            StateError: The device is not open.
            TimedOutError: It did not answer in time.
        """
        return finish(lib.ald_movable_start_position, self._h, timeout_ns(timeout))  # type: ignore[no-any-return]

    def start_position(self, *, timeout: float | None = None) -> Op:
        """Starts to read the position; see `position`. The operation gives it."""
        return Op._own(started(lib.ald_movable_start_position, self._h, timeout_ns(timeout)))

    def _unit_text(self) -> str:
        return text(lib.ald_movable_unit(self._h))


class ReadableMovable(Readable, Movable):
    """A device that gives a number and moves; `unit` is that of the number."""

    __slots__ = ()


def new_device(name: str, driver: str, options: Mapping[str, object] | None) -> CData:
    """An owned device in a private lab; its reference is given back by itself."""
    return ffi.gc(
        output(
            lib.ald_device_new,
            name_bytes(name),
            name_bytes(driver, "driver"),
            NULL if options is None else owned(dict(options)),
            out=_DEVICE_OUT,
        ),
        lib.ald_device_unref,
    )


def device_of(pointer: CData) -> Device:
    """The Python object for an owned device, with the methods of its capabilities."""
    readable = lib.ald_device_can(pointer, b"readable", 1) == 1
    movable = lib.ald_device_can(pointer, b"movable", 1) == 1
    if readable and movable:
        return ReadableMovable._own(pointer)
    if readable:
        return Readable._own(pointer)
    return Movable._own(pointer) if movable else Device._own(pointer)


def _own_position(axis: Movable, position: float, unit: str | None) -> float:
    """A position in the axis's own unit; that is what `unit` None says it is."""
    x = number(position, "position")
    return x if unit is None else convert(x, unit, axis.unit)


def _own_distance(axis: Movable, distance: float, unit: str | None) -> float:
    """A distance in the axis's own unit; that is what `unit` None says it is."""
    x = number(distance, "distance")
    return x if unit is None else convert_difference(x, unit, axis.unit)
