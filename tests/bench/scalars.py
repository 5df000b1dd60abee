"""A scalar getter through the Python class, against cffi alone, ctypes and a PyO3 module.

ALIDADE_PEER names the PyO3 module's file, as tests/bench/run.sh builds it; without it that peer is
left out.
"""

from __future__ import annotations

import ctypes
import importlib.machinery
import importlib.util
import os
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

import alidade
from alidade import _library
from harness import Result, Settings, arguments, per_call, report


class _Reading(ctypes.Structure):
    _fields_ = (
        ("struct_size", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("value", ctypes.c_double),
        ("t_mono_ns", ctypes.c_int64),
        ("t_wall_ns", ctypes.c_int64),
        ("t_hw_ns", ctypes.c_int64),
        ("clock_id", ctypes.c_uint64),
        ("uncertainty_ns", ctypes.c_int64),
        ("quality", ctypes.c_uint64),
    )


def load_peer(path: str) -> ModuleType:
    loader = importlib.machinery.ExtensionFileLoader("alidade_peer", path)
    spec = importlib.util.spec_from_file_location("alidade_peer", path, loader=loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def attribute(name: str, thing: Any) -> Callable[[int], None]:
    """Reads an attribute so many times; the loop and the reading are compiled alike for all."""
    scope: dict[str, Any] = {}
    exec(f"def loop(n, x):\n for _ in range(n):\n  x.{name}", scope)
    loop = scope["loop"]
    return lambda n: loop(n, thing)


def class_over_cffi(handle: Any) -> Any:
    """What a class of three lines over cffi would be: the least that ours can cost."""
    ffi, last, null = _library.ffi, _library.lib.ald_readable_last, _library.ffi.NULL
    record = ffi.new("ald_reading *")
    record.struct_size = ffi.sizeof("ald_reading")

    class Sensor:
        @property
        def value(self) -> float:
            if last(handle, record, null):
                raise RuntimeError
            return record.value  # type: ignore[no-any-return]

    return Sensor()


def class_over_ctypes(address: int) -> Any:
    library = ctypes.CDLL(_library.path)
    last = library.ald_readable_last
    last.argtypes = (ctypes.c_void_p, ctypes.POINTER(_Reading), ctypes.c_void_p)
    last.restype = ctypes.c_int32
    record = _Reading(ctypes.sizeof(_Reading))
    place = ctypes.byref(record)

    class Sensor:
        @property
        def value(self) -> float:
            if last(address, place, None):
                raise RuntimeError
            return record.value

    return Sensor()


def getter(sensor: alidade.Readable, settings: Settings) -> list[Result]:
    address = int(_library.ffi.cast("uintptr_t", sensor._h))
    peers = {
        "cffi alone": class_over_cffi(sensor._h),
        "ctypes": class_over_ctypes(address),
    }
    compiled = os.environ.get("ALIDADE_PEER")
    if compiled:
        peers["PyO3"] = load_peer(compiled).Sensor(_library.path, address)
    for peer in peers.values():
        assert peer.value == sensor.value
    ours = per_call(attribute("value", sensor), settings, time.thread_time) * 1e9
    results = [Result("the Python class", ours, "ns", goal=700)]
    for name, peer in peers.items():
        taken = per_call(attribute("value", peer), settings, time.thread_time) * 1e9
        results.append(Result(f"{name}", taken, "ns"))
        results.append(Result(f"the Python class against {name}", ours / taken, "x"))
    return results


def many(settings: Settings) -> list[Result]:
    sensors = [alidade.MockReadable(f"sensor{i}") for i in range(1000)]
    for sensor in sensors:
        sensor.read()
    group = alidade.ReadableSet(sensors)
    out = np.empty(len(sensors))

    def all_at_once(n: int) -> None:
        for _ in range(n):
            group.last(out)

    all_at_once(1)
    assert np.isfinite(out).all()
    single = per_call(attribute("value", sensors[0]), settings, time.thread_time) * 1e9
    together = per_call(all_at_once, settings, time.thread_time) * 1e9
    return [
        Result("one single call", single, "ns"),
        Result("1000 into an array", together, "ns"),
        Result("1000 into an array, in single calls", together / single, "calls", goal=20),
    ]


def main() -> None:
    settings = arguments(__doc__)
    with alidade.MockReadable() as sensor:
        sensor.read()
        report("The last number of a sensor, without I/O", getter(sensor, settings))
    report("The last numbers of 1000 sensors", many(settings))


if __name__ == "__main__":
    main()
