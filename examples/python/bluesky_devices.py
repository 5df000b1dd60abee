"""Devices for bluesky's RunEngine, made of an axis and of a sensor: a scan by one of its plans.

bluesky takes whatever has the methods of its protocols, and calls them without arguments of ours:
`set(value)` gives a status, `read()` a dict. Needs the package bluesky.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from alidade import MockMovable, MockReadable, Movable, Op, Readable


class OpStatus:
    """Status of bluesky for an operation: tells whoever asks when it has ended, and how."""

    def __init__(self, op: Op) -> None:
        self._op, self._ended = op, threading.Event()
        self._callbacks: list[Callable[[Any], None]] = []
        self.done, self.success = False, False
        self._lock = threading.Lock()
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        try:
            self._op.wait()
            self.success = True
        except Exception as error:
            self._error: Exception | None = error
        else:
            self._error = None
        with self._lock:
            self.done = True
            told = list(self._callbacks)
        self._ended.set()
        for callback in told:
            callback(self)

    def add_callback(self, callback: Callable[[Any], None]) -> None:
        with self._lock:
            if not self.done:
                self._callbacks.append(callback)
                return
        callback(self)

    def exception(self, timeout: float | None = 0.0) -> Exception | None:
        self._ended.wait(timeout)
        return self._error if self.done else None


class Sensor:
    """Readable of bluesky: the number of a sensor with its time."""

    parent = None

    def __init__(self, device: Readable) -> None:
        self.device, self.name = device, device.path.replace("/", "_")

    def read(self) -> dict[str, dict[str, Any]]:
        return {self.name: {"value": self._value(), "timestamp": time.time()}}

    def describe(self) -> dict[str, dict[str, Any]]:
        about = {"source": f"alidade:{self.device.path}", "dtype": "number", "shape": []}
        return {self.name: {**about, "units": self.device.unit}}

    def _value(self) -> float:
        return self.device.read()


class Axis(Sensor):
    """Movable of bluesky: an axis whose moves are statuses."""

    device: Movable  # type: ignore[assignment]

    def set(self, value: float) -> OpStatus:
        return OpStatus(self.device.start_move(value))

    def stop(self, *, success: bool = False) -> None:  # noqa: ARG002 - of the protocol
        self.device.stop()

    def _value(self) -> float:
        return self.device.position()

    @property
    def position(self) -> float:
        return self._value()

    @property
    def hints(self) -> dict[str, list[str]]:
        return {"fields": [self.name]}


if __name__ == "__main__":
    from bluesky import RunEngine
    from bluesky.plans import scan

    with MockMovable() as stage, MockReadable("meter", value=2.5, unit="V") as meter:
        rows: list[dict[str, float]] = []

        def keep(name: str, document: dict[str, Any]) -> None:
            if name == "event":
                rows.append(document["data"])

        RunEngine({})(scan([Sensor(meter)], Axis(stage), 0, 2, 3), keep)
        for row in rows:
            print(row)
