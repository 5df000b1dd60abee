"""A simulated optical bench, and simulated instruments that speak their vendors' protocols.

The bench: a laser, a half-wave plate on a rotator, a polarizer, a blade on a stage's axis x, a
shutter, a power meter; and a camera that sees a sample at the stage's place. Mocks and simulated
instruments of one bench see the same light.

Example:
    >>> bench = Bench(seed=7, quantities={"laser.power": 2e-3})
    >>> bench.set("shutter", 0)
    >>> bench.get("power") == bench.get("background")
    True
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from ._call import DOUBLE, NULL, call, name_bytes, told_text
from ._closing import Closable
from ._handle import Handle, number_of, output
from ._library import ffi, lib, require_room
from ._numbers import integer, number, plain
from ._values import to_native, value_of
from .errors import ExistsError

require_room("sim", "alidade.simulation")

__all__ = ["Bench", "Simulation", "simulations"]

_BENCH_OUT = ffi.typeof("ald_bench **")
_SIMULATION_OUT = ffi.typeof("ald_simulation **")

_numbers = itertools.count(1)


def simulations() -> list[dict[str, Any]]:
    """The simulated instruments that this process knows.

    Returns:
        For each: name, driver, doc, options (as in `drivers`).
    """
    return value_of(lib.ald_simulation_list, type=list)


class Bench(Handle, type="bench"):
    """A simulated optical bench.

    It stays as long as a mock or a simulated instrument uses it, and its name is known as long.
    What it does depends on its seed alone, and on what is done to it when.
    """

    __slots__ = ()

    def __init__(
        self,
        name: str | None = None,
        *,
        seed: int = 0,
        quantities: Mapping[str, float] | None = None,
    ) -> None:
        """Makes a bench.

        Args:
            name: What the option "bench" of mocks and "sim:" URIs call it; None makes a name up.
            seed: Of all noise: the same seed gives the same noise.
            quantities: Numbers by name, in the units that `describe` tells.

        Raises:
            ExistsError: The name is taken.
            NotFoundError: No such quantity; the message names the nearest.
            InvalidError: No number, or NaN.
            RangeError: A number outside its limits.
        """
        given = {key: number(x, key) for key, x in (quantities or {}).items()}
        options = to_native({"seed": integer(seed, "seed"), **given})
        self._h = _unnamed(options) if name is None else _named(name, options)

    @property
    def name(self) -> str:
        """Name of the bench."""
        return str(self.describe()["name"])

    def describe(self) -> dict[str, Any]:
        """Describes the quantities of the bench.

        Returns:
            name, seed, quantities (for each: name, type, unit, doc, writable, and min, max,
            initial where there are any), axes (their names).
        """
        return value_of(lib.ald_bench_describe, self._h, type=dict)

    def get(self, quantity: str) -> float:
        """A quantity now, as it really is: without the noise of an instrument.

        Args:
            quantity: One of `describe`, for instance "power" in W.

        Raises:
            NotFoundError: No such quantity; the message names the nearest.
        """
        name = name_bytes(quantity, "quantity")
        return float(number_of(lib.ald_bench_get, self._h, name, out=DOUBLE))

    def set(self, quantity: str, value: float) -> None:
        """Changes a quantity.

        Args:
            quantity: A writable one of `describe`, for instance "laser.power".
            value: The number, in the quantity's unit.

        Raises:
            NotFoundError: No such quantity; the message names the nearest.
            UnsupportedError: It follows from the rest of the bench.
            RangeError: The number is outside its limits.
        """
        call(lib.ald_bench_set, self._h, name_bytes(quantity, "quantity"), number(value, "value"))

    def _state(self) -> str:
        if lib.ald_handle_kind(self._h) == 0:
            return "given back"
        about = self.describe()
        return f"{about['name']!r} seed {about['seed']}"


def _named(name: str, options: Any) -> Any:
    return output(lib.ald_bench_new, name_bytes(name), options, out=_BENCH_OUT)


def _unnamed(options: Any) -> Any:
    """A bench with a name that nobody else has, so that mocks can be told of it."""
    while True:
        try:
            return _named(f"bench-{next(_numbers)}", options)
        except ExistsError:
            pass


class Simulation(Closable, Handle, type="simulation"):
    """A simulated instrument that is switched on, until it is closed.

    Any program can open it: with "pty" it is a serial port, with "tcp" and "rfc2217" a TCP port of
    this computer.

    Example:
        >>> with Simulation("esp300") as instrument:  # doctest: +SKIP
        ...     print(instrument.uri)
        serial:/dev/pts/4
    """

    __slots__ = ()

    def __init__(
        self,
        instrument: str,
        bench: Bench | None = None,
        *,
        listen: str = "pty",
        **options: object,
    ) -> None:
        """Switches an instrument on.

        Args:
            instrument: One of `simulations`.
            bench: What it stands on; None for a bench of its own.
            listen: "pty", "tcp" or "rfc2217".
            options: Those of the instrument.

        Raises:
            NotFoundError: No such instrument or option; the message names the nearest.
            InvalidError: A bad option.
            RangeError: An option outside its limits.
            LimitError: No pseudo-terminal can be had.
        """
        self._h = output(
            lib.ald_simulation_start,
            name_bytes(instrument, "instrument"),
            NULL if bench is None else bench._h,
            to_native({"listen": listen, **options}),
            out=_SIMULATION_OUT,
        )

    @property
    def uri(self) -> str:
        """URI for devices' option "uri"; another one after `plug`, perhaps."""
        return told_text(lib.ald_simulation_uri(self._h))

    @property
    def path(self) -> str:
        """Path for other programs: "/dev/pts/4" or "127.0.0.1:40001"."""
        return self.uri.partition(":")[2]

    def set_faults(
        self,
        *,
        delay: float | None = None,
        garble: float | None = None,
        truncate: int | None = None,
        drop: float | None = None,
        silence: bool | None = None,
        echo: bool | None = None,
        chunk: int | None = None,
        chunk_pause: float | None = None,
        unplug_after: int | None = None,
        seed: int | None = None,
    ) -> None:
        """Sets faults of the instrument's line. What is None stays as it is.

        Args:
            delay: Seconds before each reply.
            garble: Probability that a byte is changed.
            truncate: Bytes after which each reply is cut; -1 for none.
            drop: Probability that a reply is lost.
            silence: No reply at all.
            echo: What comes goes back first.
            chunk: Bytes per write; 0 for whole replies.
            chunk_pause: Seconds between writes.
            unplug_after: Bytes of replies until the line is cut; -1 for never.
            seed: Of what is garbled and lost.

        Raises:
            InvalidError: A bad number.
            RangeError: One outside its limits.
            ClosedError: The instrument is switched off.
        """
        numbers = {"delay": delay, "garble": garble, "drop": drop, "chunk_pause": chunk_pause}
        others = {
            "truncate": truncate,
            "silence": silence,
            "echo": echo,
            "chunk": chunk,
            "unplug_after": unplug_after,
            "seed": seed,
        }
        given: dict[str, object] = {
            key: number(x, key) for key, x in numbers.items() if x is not None
        }
        given.update({key: plain(x) for key, x in others.items() if x is not None})
        call(lib.ald_simulation_set_faults, self._h, to_native(given))

    def say(self, data: bytes) -> None:
        """Sends bytes as if the instrument had said them by itself.

        Raises:
            DisconnectedError: It is unplugged.
            ClosedError: It is switched off.
        """
        memory = ffi.from_buffer(data)
        call(lib.ald_simulation_say, self._h, memory, len(memory))

    def unplug(self) -> None:
        """Cuts the instrument's line: whoever has it open finds it gone.

        Raises:
            ClosedError: It is switched off.
        """
        call(lib.ald_simulation_unplug, self._h)

    def plug(self) -> None:
        """Connects it again; `uri` may be another one afterwards.

        Raises:
            ClosedError: It is switched off.
            LimitError: No pseudo-terminal can be had.
        """
        call(lib.ald_simulation_plug, self._h)

    def close(self) -> None:
        """Switches it off."""
        lib.ald_simulation_close(self._h)

    def _state(self) -> str:
        return self.uri or "given back"
