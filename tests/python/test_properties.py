"""Functions for the properties of cameras: those that a camera has, as it has them."""

from __future__ import annotations

import inspect
from typing import Any, get_type_hints

import pytest

from alidade import Device, MockCamera, Roi, _properties, aio, errors
from alidade.schema import Type

TYPES = {Type.DOUBLE: float, Type.INT: int, Type.STRING: str, Type.BOOL: bool, Type.MAP: Roi}
UNITS = {"s": "in seconds", "Cel": "in degrees Celsius", "Hz": "in hertz"}
CLASSES = [
    cls for cls in vars(_properties).values() if isinstance(cls, type) and Device in cls.__bases__
]
READERS = {
    name: (cls, function)
    for cls in CLASSES
    for name, function in vars(cls).items()
    if inspect.isfunction(function) and not name.startswith("set_")
}


def quick() -> MockCamera:
    return MockCamera(pattern="gradient", width=32, height=16)


def choices(camera: MockCamera, name: str) -> list[Any]:
    """What a property can be; empty for one that is no choice."""
    known = {one["name"]: one for one in camera.describe()["properties"]}
    found: list[Any] = known[name].get("choices", [])
    return found


def test_there_are_functions() -> None:
    assert {"exposure", "roi", "gain", "trigger_mode", "cooling_target"} <= READERS.keys()


@pytest.mark.parametrize("name", READERS)
def test_a_function_fits_the_property_of_its_name(name: str) -> None:
    cls, reader = READERS[name]
    schema = quick().schema(name)
    writer = vars(cls).get(f"set_{name}")
    assert (writer is not None) == schema.writable
    given = get_type_hints(reader, vars(_properties))["return"]
    assert given is TYPES[schema.type]
    told = inspect.getdoc(reader) or ""
    for unit, words in UNITS.items():
        assert (words in told) == (unit == schema.unit)
    described = f"{told}\n{inspect.getdoc(writer)}"
    if given is str and "`describe` lists" not in described:
        named = [choice for choice in choices(quick(), name) if f'"{choice}"' in described]
        assert named == choices(quick(), name) != []


@pytest.mark.parametrize("name", READERS)
def test_a_function_reads_and_writes_the_property(name: str) -> None:
    cls, _ = READERS[name]
    camera = quick()
    now: Any = getattr(camera, name)()
    assert now == (Roi(**camera.get(name)) if name == "roi" else camera.get(name))
    assert isinstance(now, TYPES[camera.schema(name).type])
    if f"set_{name}" in vars(cls):
        write = getattr(camera, f"set_{name}")
        other: Any = next((choice for choice in choices(camera, name) if choice != now), now)
        if isinstance(now, bool):
            other = not now
        elif isinstance(now, float):
            other = now * 0.5 if now else -1.0
        elif name == "roi":
            other = (4, 2, 16, 8)
        set_to = write(*other) if name == "roi" else write(other)
        assert set_to == (Roi(*other) if name == "roi" else other)
        assert set_to != now
        assert getattr(camera, name)() == set_to


def test_what_is_set_is_refused_as_ever() -> None:
    camera = quick()
    with pytest.raises(errors.RangeError, match=r"exposure.*s"):
        camera.set_exposure(1e9)
    with pytest.raises(TypeError, match="seconds"):
        camera.set_exposure("long")  # type: ignore[arg-type]
    with pytest.raises(errors.RangeError):
        camera.set_cooling(True, target=500.0)
    assert camera.cooling() is False


def test_asyncio_has_the_same_as_coroutines() -> None:
    for name, (cls, _) in READERS.items():
        for function in (name, f"set_{name}"):
            if function in vars(cls):
                assert inspect.iscoroutinefunction(getattr(aio.Camera, function)), function
