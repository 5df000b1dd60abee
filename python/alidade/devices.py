"""Devices: properties, children, actions. What else they can do is in modules of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from math import isclose, isfinite
from typing import TYPE_CHECKING, Any, TypeVar, overload

from . import errors
from ._arrangements import Safety
from ._call import (
    INT64,
    NULL,
    VALUE_OUT,
    call,
    check_not_forked,
    name_bytes,
    new,
    text,
    timeout_ns,
    told,
    told_text,
)
from ._capabilities import class_of, register
from ._closing import Openable
from ._constants import DeviceState, Type
from ._handle import output, started
from ._library import ffi, lib
from ._numbers import integer, number, plain
from ._unsplit import place
from ._values import borrowed, to_native, value_of, wrapped
from ._waiting import blocking, finish, waits
from ._wording import reworded
from .events import EventSource
from .op import Op
from .schema import Schema, empty_record, from_native
from .units import convert

if TYPE_CHECKING:
    from ._ffi import CData
    from .labs import Lab

__all__ = ["Device"]

S = TypeVar("S", bound="Device")

DEVICE_OUT = ffi.typeof("ald_device **")
_LAB_OUT = ffi.typeof("ald_lab **")


class Device(Safety, EventSource, Openable, type="device"):
    """An instrument, or a part of one.

    The constructor does no I/O; `open` or `with` does. Devices of a lab come from
    `alidade.Lab`. Every verb that talks to the instrument takes a `timeout` in seconds: None is
    the device's own default, `math.inf` waits without limit. Ctrl-C ends it.

    Example:
        >>> with Device("computer", "host") as computer:
        ...     computer.child("memory").get("value") > 0
        True
    """

    # Memory of capabilities, each under a name of its own: as slots of their classes it would
    # forbid classes that combine them.
    __slots__ = ("_memory",)
    _memory: dict[str, Any]

    # Where the classes of capabilities are: here, or in the asyncio twin.
    _package = __package__
    # The class of a device with several capabilities derives from theirs in this order, so that
    # names that two of them have mean those of the first one.
    _precedence = 1

    _subscribe = lib.ald_device_subscribe
    _unsubscribe = lib.ald_device_unsubscribe

    def __init_subclass__(cls, capability: str | tuple[str, ...] = (), **rest: Any) -> None:
        """Makes a class that of the devices with a capability, or with all of several."""
        super().__init_subclass__(**rest)
        if capability:
            register(cls, capability)

    @classmethod
    def _own(cls: type[S], pointer: CData) -> S:
        """Takes a handle over; gives an object of the class that the capabilities make."""
        made: type[S] = class_of(pointer, cls)
        self = made.__new__(made)
        self._h = pointer
        return self

    def __new__(cls: type[S], *_: Any, **__: Any) -> S:
        """Makes an object that remembers nothing yet, however it is made ready."""
        self = super().__new__(cls)
        self._memory = {}
        return self

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
    def lab(self) -> Lab:
        """The lab that it belongs to; one that was made alone has a lab of its own."""
        lab: Lab = wrapped(output(lib.ald_device_lab, self._h, out=_LAB_OUT))
        return lab

    @property
    def path(self) -> str:
        """Path: the name, or "parent/child"."""
        return told_text(lib.ald_device_path(self._h))

    @property
    def state(self) -> DeviceState:
        """State of the device."""
        number = lib.ald_device_status(self._h)
        if number < 0:
            check_not_forked()
        return DeviceState(number)

    @property
    def id(self) -> int:
        """Number, as the `source` of its records."""
        return told(lib.ald_device_id(self._h), 0)

    def can(self, capability: str, version: int = 1) -> bool:
        """Tells whether the device has a capability.

        Args:
            capability: "readable", "movable", "frame_producer", "triggerable" ...; "stop" for an
                axis that can be stopped in mid-motion.
            version: The least version wanted.
        """
        name = name_bytes(capability, "capability")
        return told(lib.ald_device_can(self._h, name, integer(version, "version"))) == 1

    def describe(self) -> dict[str, Any]:
        """Describes the device.

        Returns:
            path, driver, state, vendor, model, serial_number, firmware, capabilities (an axis
            without "stop" among them cannot be stopped), children, properties, actions,
            failed_children (from the name of a part that could not be used to why).
        """
        described = value_of(lib.ald_device_describe, self._h, type=dict)
        result: dict[str, Any] = reworded(described, "failed_children")
        return result

    @property
    def children(self) -> list[Device]:
        """Lists the parts, which are known when the device is open."""
        return [
            Device._own(output(lib.ald_device_child_at, self._h, index, out=DEVICE_OUT))
            for index in range(told(lib.ald_device_child_count(self._h)))
        ]

    @overload
    def child(self, path: str) -> Device: ...
    @overload
    def child(self, path: str, kind: type[D]) -> D: ...
    def child(self, path: str, kind: type[Device] | None = None) -> Device:
        """A part by its path below the device: "x" or "axes/x".

        Args:
            path: Its path.
            kind: What it must be, for example `Movable`; None takes what it is.

        Raises:
            NotFoundError: No such part; the message names the nearest.
            UnsupportedError: It is not of that kind; the message tells what it can.
        """
        found = Device._own(
            output(lib.ald_device_child, self._h, name_bytes(path, "path"), out=DEVICE_OUT)
        )
        return found if kind is None else checked(found, kind)

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
    def set(
        self, name: str, value: object, timeout: float | None = None, *, unit: str | None = None
    ) -> Any:
        """Writes a property and reads it back.

        Args:
            name: The property.
            value: Checked against the property's limits and choices before anything is sent.
            timeout: Seconds; None is the device's default.
            unit: UCUM unit of `value`, a number; None is the property's own.

        Returns:
            What the instrument has now, in the property's unit.

        Raises:
            InvalidError: A wrong type, NaN, none of the choices, or a unit that does not measure
                the same.
            RangeError: Outside the limits; the message names limit and unit.
            UnsupportedError: It cannot be written.
        """
        return finish(
            lib.ald_device_start_set,
            self._h,
            name_bytes(name, "property"),
            to_native(_own(self, name, value, unit)),
            timeout_ns(timeout),
        )

    def start_get(self, name: str, timeout: float | None = None) -> Op:
        """Starts to read a property; see `get`. The operation gives the value."""
        return Op._own(
            started(
                lib.ald_device_start_get, self._h, name_bytes(name, "property"), timeout_ns(timeout)
            )
        )

    def start_set(
        self, name: str, value: object, timeout: float | None = None, *, unit: str | None = None
    ) -> Op:
        """Starts to write a property; see `set`. The operation gives what the instrument has."""
        return Op._own(
            started(
                lib.ald_device_start_set,
                self._h,
                name_bytes(name, "property"),
                to_native(_own(self, name, value, unit)),
                timeout_ns(timeout),
            )
        )

    def cached(self, name: str) -> tuple[Any, float]:
        """The last known value of a property and its age in seconds, without I/O.

        Raises:
            NotFoundError: No such property; the message names the nearest.
            StateError: It was never read.
        """
        out, age = place(VALUE_OUT), new(INT64)
        call(lib.ald_device_get_cached, self._h, name_bytes(name, "property"), out, age)
        return borrowed(out[0]), age[0] / 1e9

    @property
    def properties(self) -> dict[str, Schema]:
        """Describes its properties: by name type, unit, limits."""
        result = {}
        for index in range(told(lib.ald_device_property_count(self._h))):
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
            NULL if arguments is None else to_native(plain(arguments)),
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
                NULL if arguments is None else to_native(plain(arguments)),
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
        found: dict[str, dict[str, Any]] = reworded(
            finish(lib.ald_device_start_snapshot, self._h, timeout_ns(timeout)), "error"
        )
        return found

    def _state(self) -> str:
        unit = self._unit_text()
        return (
            f"{text(lib.ald_device_path(self._h))!r}{f' [{unit}]' if unit else ''} "
            f"{state_name(self._h)}"
        )

    def _unit_text(self) -> str:
        return ""


def _own(device: Device, name: str, value: object, unit: str | None) -> object:
    """The value of a property in its own unit; that is what `unit` None says it is."""
    if unit is None:
        return plain(value)
    schema = device.schema(name)
    if schema.type not in (Type.DOUBLE, Type.INT):
        raise errors.InvalidError(
            f"{name} is of type {schema.type}, which has no unit; leave `unit` away",
            where=f"{device.path}: {name}",
        )
    converted = convert(number(value, name), unit, schema.unit or "1")
    whole = round(converted) if schema.type is Type.INT and isfinite(converted) else converted
    return whole if isclose(whole, converted, rel_tol=1e-12) else converted


def paths(devices: Iterable[Device], above: str = "") -> Iterator[str]:
    """Paths of devices and of all of their parts, below a path or from the lab on."""
    for device in devices:
        path = above + device.path.rpartition("/")[2]
        yield path
        yield from paths(device.children, f"{path}/")


D = TypeVar("D", bound=Device)


def checked(device: Device, kind: type[D]) -> D:
    """Gives a device that must be of a class.

    Raises:
        UnsupportedError: It is not.
        TypeError: `kind` is no class of devices of the device's package.
    """
    if not issubclass(kind, Device) or kind._package != device._package:
        raise TypeError(
            f"expected a class of {device._package}, for example {device._package}.Movable, "
            f"not {kind.__module__}.{kind.__qualname__}"
        )
    if not isinstance(device, kind):
        can = ", ".join(device.describe()["capabilities"]) or "none"
        wanted = re.sub("(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()
        raise errors.UnsupportedError(f"{device.path!r} is not {wanted}; its capabilities: {can}")
    return device


def state_name(device: CData) -> str:
    """The state of a device in a word."""
    state = lib.ald_device_status(device)
    return DeviceState(state).name.lower() if state >= 0 else "stale"


def new_device(name: str, driver: str, options: Mapping[str, object] | None) -> CData:
    """A device in a private lab; its reference is given back by itself."""
    return output(
        lib.ald_device_new,
        name_bytes(name),
        name_bytes(driver, "driver"),
        NULL if options is None else to_native(plain(options)),
        out=DEVICE_OUT,
    )
