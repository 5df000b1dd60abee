"""Labs: the devices and events of one experiment set-up, from a TOML file or made in code."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ._arrangements import Arrangements, load_driver
from ._call import NULL, call, name_bytes, timeout_ns, told, told_text
from ._closing import Openable
from ._handle import output
from ._library import ffi, lib
from ._numbers import plain
from ._values import to_native, value_of
from ._waiting import blocking, finish, waits
from ._wording import reworded
from .devices import DEVICE_OUT, D, Device, checked, paths
from .events import EventSource
from .settings import Settings

if TYPE_CHECKING:
    from .simulation import Bench

__all__ = ["Lab", "capabilities", "discover", "drivers", "load_driver", "ports", "probe"]

L = TypeVar("L", bound="Lab")

_LAB_OUT = ffi.typeof("ald_lab **")


def drivers() -> list[dict[str, Any]]:
    """The drivers that this process knows.

    Returns:
        For each: name, doc, options (for each: name, type, unit, doc, required, and min, max,
        choices, initial where there are any).
    """
    return value_of(lib.ald_driver_list, type=list)


def capabilities() -> list[dict[str, Any]]:
    """Describes the capabilities of devices, and what each asks of those that have it.

    Returns:
        For each: name, version, doc, within (the capability that brings it by itself, or None),
        properties (for each: name, type, doc, readable, writable, effect) and actions (for each:
        name, doc, required, effect). An emergency stop carries out what "stops" and what "ends",
        and refuses what "starts" and what "moves".
    """
    return value_of(lib.ald_capability_list, type=list)


@waits
def discover(timeout: float | None = None) -> list[dict[str, Any]]:
    """Asks the drivers what is connected, without writing to unknown instruments.

    Args:
        timeout: Seconds; None is 5 s.

    Returns:
        For each: driver, name, description, options.

    Raises:
        TimedOutError: It took too long.
    """
    return finish(lib.ald_driver_start_discover, timeout_ns(timeout))


def ports() -> list[dict[str, Any]]:
    """The serial ports of this computer, which are not opened.

    Returns:
        For each: uri, path, description, and where known vendor_id, product_id, manufacturer,
        product, serial_number (of the USB adapter).

    Raises:
        InputOutputError: The system does not tell.
    """
    return value_of(lib.ald_port_list, type=list)


@waits
def probe(driver: str, uri: str, timeout: float | None = None) -> dict[str, Any]:
    """Asks whether an instrument of a driver is at the end of a line.

    It is opened, asked who it is, and closed. What is there gets bytes of that driver's protocol,
    whatever it is.

    Args:
        driver: One of `drivers` with the option "uri".
        uri: The line, as in "serial:/dev/ttyUSB0".
        timeout: Seconds; None is the driver's default.

    Returns:
        driver, uri, vendor, model, serial_number, firmware.

    Raises:
        NotFoundError: There is no such driver or no such line.
        TimedOutError: Nothing answered.
        UnsupportedError: The driver has no lines.
    """
    return finish(
        lib.ald_driver_start_probe, name_bytes(driver), name_bytes(uri), timeout_ns(timeout)
    )


class Lab(Arrangements, EventSource, Openable, type="lab"):
    """The devices of one experiment set-up.

    The constructors do no I/O; `open` or `with` does.

    Example:
        >>> with Lab.from_toml("lab.toml") as lab:
        ...     lab["computer/memory"].get("value") > 0
        True
    """

    __slots__ = ()
    _subscribe = lib.ald_lab_subscribe
    _unsubscribe = lib.ald_lab_unsubscribe

    def __init__(self, name: str = "lab") -> None:
        """Makes an empty lab."""
        self._h = output(lib.ald_lab_new, name_bytes(name), out=_LAB_OUT)

    @classmethod
    def from_toml(cls: type[L], path: str | os.PathLike[str]) -> L:
        """Makes a lab with the devices that a file declares, without opening them.

        Args:
            path: The file.

        Raises:
            NotFoundError: There is no such file, driver or option, or a table's name is misspelt;
                the message names the nearest.
            CorruptError: It is no TOML; the message names line and column.
            InvalidError: A bad option; `where` of the error is "file:line:column".
            RangeError: An option outside its limits.
        """
        return cls.from_settings(Settings.load(path))

    @classmethod
    def from_text(cls: type[L], text: str, name: str = "settings") -> L:
        """The same from text.

        Args:
            text: TOML.
            name: What errors call the text.
        """
        return cls.from_settings(Settings.parse(text, name))

    @classmethod
    def from_settings(cls: type[L], settings: Settings) -> L:
        """The same from settings."""
        return cls._own(output(lib.ald_lab_from_settings, settings._h, out=_LAB_OUT))

    @property
    def name(self) -> str:
        """Name of the lab."""
        return told_text(lib.ald_lab_name(self._h))

    def add(self, name: str, driver: str, options: Mapping[str, object] | None = None) -> Device:
        """Adds a device, without opening it.

        Args:
            name: Letters, digits, "_", "-" and ".".
            driver: One of `drivers()`.
            options: The driver's options by name.

        Raises:
            ExistsError: The name is taken.
            NotFoundError: No such driver or option; the message names the nearest.
            InvalidError: A bad name or a bad option.
            RangeError: An option outside its limits.
        """
        return Device._own(
            output(
                lib.ald_lab_add,
                self._h,
                name_bytes(name),
                name_bytes(driver, "driver"),
                NULL if options is None else to_native(plain(options)),
                out=DEVICE_OUT,
            )
        )

    @waits
    def open(self, timeout: float | None = None) -> dict[str, dict[str, str] | None]:
        """Opens all devices at the same time; absent ones are reported and the rest work.

        Then all that the lab declares (safe states, presets, positions) is checked against what
        the devices turned out to be; see `check`. When something does not fit, the devices stay
        open until the lab is closed, as a `with` block does by itself.

        Args:
            timeout: Seconds for each device; None is the device's default.

        Returns:
            For each device by its name: None, or status and message where opening failed, and
            unchecked: the keys of what is declared for it, if there are any. Status and message
            also under "device/child" for a part that cannot be used of a device that is open.

        Raises:
            NotFoundError: A safe state, preset or position names a part, property or action that
                a device does not have. The message names all that does not fit and the nearest
                known names; `where` is the first one's place in the file.
            RangeError: One has a value outside the limits.
            InvalidError: One has a value of the wrong type, or no choice of the property.
            UnsupportedError: One has a property that cannot be written, or an axis that is none.
        """
        opened: dict[str, dict[str, str] | None] = reworded(
            finish(lib.ald_lab_start_open, self._h, timeout_ns(timeout)), "message"
        )
        return opened

    @waits
    def __enter__(self: L) -> L:
        # Who gets no lab cannot close it: instruments would stay open as long as the traceback.
        try:
            self.open()
        except BaseException:
            self.close()
            raise
        return self

    def check(self) -> dict[str, list[dict[str, str]]]:
        """Checks what the lab declares against what its devices turned out to be.

        Looks at names of parts, properties and actions, at types, limits and choices, and whether
        a property can be written. Asks no instrument and moves nothing. A device that is opened
        later, by itself too, tells what does not fit by the event "declaration.refused".

        Returns:
            findings: a dict for each thing that does not fit, with key (as in TOML), where (the
            place in the file; "" for what was declared in code), device, status and message.
            unchecked: the same without status and message, of devices that were never open and
            of parts that cannot be used.

        Example:
            >>> lab = Lab()
            >>> sensor = lab.add("sensor", "mock-readable")
            >>> lab.set_position("load", {"sensor": 1.0})
            >>> [part["key"] for part in lab.check()["unchecked"]]
            ['positions.load.sensor']
        """
        found: dict[str, list[dict[str, str]]] = reworded(
            value_of(lib.ald_lab_check, self._h, type=dict), "message"
        )
        return found

    @waits
    def close(self) -> None:
        """Closes the lab and all its devices for good."""
        h = self._h
        blocking(lambda cancel: lib.ald_lab_close(h), h, urgent=True)

    @property
    def bench(self) -> Bench:
        """The simulated bench of its mocks and "sim:" URIs, those that name no other."""
        from .simulation import _BENCH_OUT, Bench

        return Bench._own(output(lib.ald_lab_bench, self._h, out=_BENCH_OUT))

    @property
    def devices(self) -> list[Device]:
        """Lists the devices, without their children."""
        return [
            Device._own(output(lib.ald_lab_device_at, self._h, index, out=DEVICE_OUT))
            for index in range(told(lib.ald_lab_device_count(self._h)))
        ]

    @overload
    def device(self, path: str) -> Device: ...
    @overload
    def device(self, path: str, kind: type[D]) -> D: ...
    def device(self, path: str, kind: type[Device] | None = None) -> Device:
        """A device or a child by its path: "stage" or "stage/x".

        Args:
            path: Its path.
            kind: What it must be, for example `Movable`; None takes what it is.

        Raises:
            NotFoundError: No such device; the message names the nearest.
            UnsupportedError: It is not of that kind; the message tells what it can.
        """
        found = Device._own(
            output(lib.ald_lab_device, self._h, name_bytes(path, "path"), out=DEVICE_OUT)
        )
        return found if kind is None else checked(found, kind)

    @overload
    def __getitem__(self, path: str) -> Device: ...
    @overload
    def __getitem__(self, path: tuple[str, type[D]]) -> D: ...
    def __getitem__(self, path: str | tuple[str, type[Device]]) -> Device:
        """A device or a child: `lab["stage/x"]`, or `lab["stage/x", Movable]` as `device` does."""
        return self.device(*path) if isinstance(path, tuple) else self.device(path)

    def _ipython_key_completions_(self) -> list[str]:
        """Lists the paths of its devices and their parts, for TAB in `lab["`."""
        return list(paths(self.devices))

    def __iter__(self) -> Iterator[Device]:
        return iter(self.devices)

    def __len__(self) -> int:
        return max(told(lib.ald_lab_device_count(self._h)), 0)

    @waits
    def snapshot(self, timeout: float | None = None) -> dict[str, dict[str, Any]]:
        """Reads all readable properties of all open devices, devices at the same time.

        Args:
            timeout: Seconds for each device; None is the device's default.

        Returns:
            From "path:property" to a dict with value, unit and t_wall_ns (UTC), or with error
            where reading failed.
        """
        found: dict[str, dict[str, Any]] = reworded(
            finish(lib.ald_lab_start_snapshot, self._h, timeout_ns(timeout)), "error"
        )
        return found

    def emergency_stop(self) -> None:
        """Stops every axis of every open device, before all that is waiting; ends exposures.

        Does not wait until they stand. This is no safety-rated stop.

        It latches: until `reset_stop` whatever starts a motion or an exposure is refused with
        StateError, also when it was asked for before; scans and series end. Reading, stopping and
        all that starts nothing goes on as ever.

        Raises:
            UnsupportedError: Axes are in motion that cannot be stopped and go on to their goals;
                the message names them. All others are stopped.
            Error: The first failure; the others are still stopped, and it latches in any case.
        """
        call(lib.ald_lab_emergency_stop, self._h)

    def reset_stop(self) -> None:
        """Lets motions and exposures be started again after `emergency_stop`; starts nothing."""
        call(lib.ald_lab_reset_stop, self._h)

    @property
    def stopped(self) -> bool:
        """True while an emergency stop holds."""
        return told(lib.ald_lab_is_stopped(self._h)) == 1

    def _state(self) -> str:
        count = lib.ald_lab_device_count(self._h)
        return f"{self.name!r} {count} device{'' if count == 1 else 's'}"
