"""Devices without an instrument, for trying programs out and for tests.

They are made in a private lab and open themselves at their first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ._call import NULL, WAIT_DEFAULT, call, text
from ._library import lib
from ._numbers import number
from .cameras import Camera
from .devices import Device, new_device, state_name
from .errors import ClosedError
from .movables import Movable
from .readables import Readable
from .settables import Settable
from .shutters import Shutter
from .simulation import Bench

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["MockCamera", "MockMovable", "MockReadable", "MockSettable", "MockShutter"]


class _Mock(Device):
    """Opens itself when its handle is asked for the first time: the slot is empty until then."""

    __slots__ = ()
    _made: CData

    def __getattr__(self, name: str) -> CData:
        if name != "_h":
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        made = self._made
        try:
            # A mock has no instrument to wait for.
            call(lib.ald_device_open, made, WAIT_DEFAULT, NULL)
        except ClosedError:
            pass  # on another thread meanwhile; whatever is asked for says so
        self._h = made
        return made

    def _state(self) -> str:
        try:
            made = self._made
        except AttributeError:
            return "not made"
        unit = text(lib.ald_movable_unit(made)) or text(lib.ald_readable_unit(made))
        path = text(lib.ald_device_path(made))
        return f"{path!r}{f' [{unit}]' if unit else ''} {state_name(made)}"


def _new(name: str, driver: str, numbers: Mapping[str, float], **others: object) -> CData:
    """Makes a mock; the driver wants floating point for `numbers` and is given that."""
    options: dict[str, object] = {key: number(x, key) for key, x in numbers.items()}
    return new_device(name, driver, {**options, **others})


def _bench_name(bench: Bench | str | None) -> str:
    """Value for the driver's option "bench"."""
    return bench.name if isinstance(bench, Bench) else bench or ""


class MockMovable(_Mock, Movable):
    """An axis that moves at constant velocity.

    Example:
        >>> stage = MockMovable()
        >>> stage.move_abs(10.0)
        10.0
        >>> stage.move_rel(-500, unit="um")
        9.5
    """

    __slots__ = ("_made",)

    def __init__(
        self,
        name: str = "stage",
        *,
        unit: str = "mm",
        min: float = -100.0,
        max: float = 100.0,
        position: float = 0.0,
        home: float = 0.0,
        velocity: float = 100.0,
        settle_time: float = 0.01,
        latency: float = 0.0,
        bench: Bench | str | None = None,
        axis: str = "",
        acceleration: float = 1000.0,
    ) -> None:
        """Makes one, without opening it.

        Args:
            name: Its path.
            unit: UCUM unit of the axis; one of a bench has its own.
            min: Least position, in `unit`.
            max: Greatest position, in `unit`.
            position: Where it is at the start, in `unit`.
            home: Where home is, in `unit`.
            velocity: In `unit` per second.
            settle_time: Seconds from arriving to standing.
            latency: Seconds that an answer takes.
            bench: The simulated bench, or its name; None for one of its own.
            axis: Axis of the bench that it moves, for instance "stage/x"; "" for one that moves
                nothing.
            acceleration: In `unit` per second squared, of an axis of a bench.

        Raises:
            NotFoundError: No such bench or axis.
            InvalidError: A bad option.
            RangeError: An option outside its limits.
        """
        self._made = _new(
            name,
            "mock-movable",
            {
                "min": min,
                "max": max,
                "position": position,
                "home": home,
                "velocity": velocity,
                "settle_time": settle_time,
                "latency": latency,
                "acceleration": acceleration,
            },
            unit=unit,
            axis=axis,
            bench=_bench_name(bench),
        )


class MockReadable(_Mock, Readable):
    """A sensor with a value, noise and a delay of one's choice.

    Example:
        >>> sensor = MockReadable(value=21.5, unit="Cel")
        >>> sensor.read()
        21.5
    """

    __slots__ = ("_made",)

    def __init__(
        self,
        name: str = "sensor",
        *,
        unit: str = "1",
        value: float = 0.0,
        noise: float = 0.0,
        seed: int = 0,
        latency: float = 0.0,
        bench: Bench | str | None = None,
        quantity: str = "",
    ) -> None:
        """Makes one, without opening it.

        Args:
            name: Its path.
            unit: UCUM unit of the number; a quantity of a bench has its own.
            value: What it reads without noise, in `unit`.
            noise: Standard deviation of the noise, in `unit`.
            seed: Of the noise: the same seed gives the same numbers.
            latency: Seconds that an answer takes.
            bench: The simulated bench, or its name; None for one of its own.
            quantity: What of the bench it reads instead of `value`, for instance "power".

        Raises:
            NotFoundError: No such bench or quantity.
            InvalidError: A bad option.
            RangeError: An option outside its limits.
        """
        numbers = {"value": value, "noise": noise, "latency": latency}
        self._made = _new(
            name,
            "mock-readable",
            numbers,
            unit=unit,
            seed=seed,
            quantity=quantity,
            bench=_bench_name(bench),
        )


class MockSettable(_Mock, Settable):
    """An output with limits, lag and a noisy read-back, or a quantity of a simulated bench.

    Example:
        >>> supply = MockSettable(unit="V", max=5.0)
        >>> supply.set_output(1500, unit="mV")
        1.5
        >>> supply.readback()
        1.5
    """

    __slots__ = ("_made",)

    def __init__(
        self,
        name: str = "output",
        *,
        unit: str = "V",
        min: float = 0.0,
        max: float = 10.0,
        value: float = 0.0,
        resolution: float = 0.0,
        noise: float = 0.0,
        lag: float = 0.0,
        seed: int = 0,
        bench: Bench | str | None = None,
        quantity: str = "",
    ) -> None:
        """Makes one, without opening it.

        Args:
            name: Its path.
            unit: UCUM unit of the output; a quantity of a bench has its own.
            min: Least set-point, in `unit`.
            max: Greatest set-point, in `unit`.
            value: What it is at the start, in `unit`.
            resolution: Step of the set-points, in `unit`; 0 for any.
            noise: Standard deviation of the read-back, in `unit`.
            lag: Time constant in seconds with which the output follows its set-point.
            seed: Of the noise: the same seed gives the same numbers.
            bench: The simulated bench, or its name; None for one of its own.
            quantity: What of the bench it sets, for instance "laser.power".

        Raises:
            NotFoundError: No such bench or quantity.
            InvalidError: A bad option.
            RangeError: An option outside its limits, or `min` above `max`.
        """
        self._made = _new(
            name,
            "mock-settable",
            {
                "min": min,
                "max": max,
                "value": value,
                "resolution": resolution,
                "noise": noise,
                "lag": lag,
            },
            unit=unit,
            seed=seed,
            quantity=quantity,
            bench=_bench_name(bench),
        )


class MockShutter(_Mock, Shutter):
    """A shutter with a travel time of one's choice, or that of a simulated bench.

    Example:
        >>> shutter = MockShutter()
        >>> shutter.open_shutter()
        >>> shutter.shutter_state()
        'open'
    """

    __slots__ = ("_made",)

    def __init__(
        self,
        name: str = "shutter",
        *,
        travel_time: float = 0.01,
        bench: Bench | str | None = None,
        quantity: str = "",
    ) -> None:
        """Makes one, without opening it.

        Args:
            name: Its path.
            travel_time: Seconds that it takes to open and to close.
            bench: The simulated bench, or its name; None for one of its own.
            quantity: What of the bench it drives, "shutter"; "" for one that blocks nothing.

        Raises:
            NotFoundError: No such bench or quantity.
            RangeError: An option outside its limits.
        """
        self._made = _new(
            name,
            "mock-shutter",
            {"travel_time": travel_time},
            quantity=quantity,
            bench=_bench_name(bench),
        )


class MockCamera(_Mock, Camera):
    """A camera that sees the simulated bench, or a moving gradient.

    Example:
        >>> camera = MockCamera(width=320, height=240, pattern="gradient")
        >>> camera.arm()
        >>> camera.trigger()
        >>> camera.next_frame().shape
        (240, 320)
    """

    __slots__ = ("_made",)

    def __init__(
        self,
        name: str = "camera",
        *,
        width: int = 640,
        height: int = 480,
        bit_depth: int = 16,
        pattern: str = "optics",
        bench: Bench | str | None = None,
        seed: int = 0,
        exposure: float = 0.01,
        gain: float = 0.5,
        offset: float = 100.0,
        read_noise: float = 2.0,
        dark_current: float = 0.5,
        full_well: float = 30000.0,
        frame_rate: float = 20.0,
        readout_time: float = 0.0,
        cooling_time: float = 20.0,
        trigger_mode: str = "software",
        external_rate: float = 10.0,
        waits: bool = True,
        lose: int = 0,
        garble: int = 0,
        disconnect_after: int = 0,
        metadata: Mapping[str, object] | None = None,
    ) -> None:
        """Makes one, without opening it.

        Args:
            name: Its path.
            width: Of the sensor, in pixels.
            height: Of the sensor, in pixels.
            bit_depth: 8, 10, 12, 14 or 16 bits of a pixel.
            pattern: "optics" is what the simulated bench shows; "gradient" is a moving gradient,
                which takes no time to compute.
            bench: The simulated bench, or its name; None for one of its own.
            seed: Of the noise: the same seed gives the same noise.
            exposure: In seconds.
            gain: Counts per electron.
            offset: Counts without light.
            read_noise: Standard deviation of the read noise, in electrons.
            dark_current: Electrons per second and pixel at 20 degrees Celsius.
            full_well: Electrons that a pixel holds.
            frame_rate: Most frames per second, where it runs freely.
            readout_time: Seconds that reading out a frame takes.
            cooling_time: Time constant of the cooling, in seconds.
            trigger_mode: "internal" runs freely while it is armed, "software" waits for `trigger`,
                "external" for the signal on its input.
            external_rate: How often that signal comes, in Hz.
            waits: Whether it can wait for a lossless stream; a real camera that runs freely
                cannot.
            lose: Every n-th frame is lost in the camera; 0 for none.
            garble: Every n-th frame is not whole; 0 for none.
            disconnect_after: It goes away after so many frames; 0 for never.
            metadata: What each frame carries beside its pixels, by name.

        Raises:
            InvalidError: A bad option.
            RangeError: An option outside its limits.
        """
        self._made = _new(
            name,
            "mock-camera",
            {
                "exposure": exposure,
                "gain": gain,
                "offset": offset,
                "read_noise": read_noise,
                "dark_current": dark_current,
                "full_well": full_well,
                "frame_rate": frame_rate,
                "readout_time": readout_time,
                "cooling_time": cooling_time,
                "external_rate": external_rate,
            },
            width=width,
            height=height,
            bit_depth=bit_depth,
            pattern=pattern,
            bench=_bench_name(bench),
            seed=seed,
            trigger_mode=trigger_mode,
            waits=waits,
            lose=lose,
            garble=garble,
            disconnect_after=disconnect_after,
            metadata={} if metadata is None else dict(metadata),
        )
