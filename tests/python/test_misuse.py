"""What users get wrong: types, objects without the capability, loops of others; each is told."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import alidade
from alidade import aio, fit
from command import COMMAND, absent, refused, run

JUNK = (None, object(), "junk", -1, 3.5, b"junk", [], {}, ["junk"], {"junk": object()}, int, "\0")
# Calls that take what is not handed to users, wait for what never comes, or import matplotlib.
LEFT_OUT = {
    "Series.record",
    "Series.write_png",
    "Subscription",
    "Fit",
    "series.record",
    "callables.Callable",
}


def things() -> dict[str, Callable[[], Any]]:
    """Makers of an object of each public class that junk is thrown at."""
    return {
        "MockMovable": lambda: alidade.MockMovable(velocity=1e6, acceleration=1e9),
        "MockReadable": alidade.MockReadable,
        "MockSettable": alidade.MockSettable,
        "MockShutter": alidade.MockShutter,
        "MockCamera": lambda: alidade.MockCamera(width=16, height=8),
        "Lab": alidade.Lab,
        "Bench": alidade.Bench,
        "Queue": alidade.Queue,
        "Cancel": alidade.Cancel,
        "CompletableOp": alidade.CompletableOp,
        "Clock": lambda: alidade.Clock("clock"),
        "Buffer": lambda: alidade.Buffer(8),
        "Settings": lambda: alidade.Settings.parse("a = 1"),
        "Schema": lambda: alidade.Schema("x"),
        "Series": lambda: alidade.Series([alidade.MockReadable()]),
    }


def calls() -> Iterator[tuple[str, Callable[[], Callable[..., Any]]]]:
    """Makers of functions and methods that take at least one argument without a default."""
    for name in alidade._names.MODULES:
        module = getattr(alidade, name)
        for key in module.__all__ if module is not aio else ():
            thing = getattr(module, key)
            if getattr(thing, "__module__", "") != module.__name__:
                continue
            if inspect.isfunction(thing):
                yield f"{name}.{key}", lambda thing=thing: thing
            elif inspect.isclass(thing) and not issubclass(thing, (BaseException, tuple)):
                yield key, lambda thing=thing: thing
    for name, make in things().items():
        made = type(make())
        for key in dir(made):
            if key[0] != "_" and inspect.isfunction(inspect.getattr_static(made, key)):
                yield f"{name}.{key}", lambda make=make, key=key: getattr(make(), key)


def required(function: Callable[..., Any]) -> list[str]:
    """The arguments that must be given."""
    first = function.__init__ if inspect.isclass(function) else function
    parameters = [one for one in inspect.signature(first).parameters.values() if one.name != "self"]
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [one.name for one in parameters if one.default is one.empty and one.kind in kinds]


CALLS = {name: make for name, make in calls() if name not in LEFT_OUT and required(make()) != []}


@pytest.mark.parametrize("name", CALLS)
def test_wrong_types_raise_no_attribute_error(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # "junk" is a good name of a file
    function = CALLS[name]()
    of = getattr(function, "__self__", None)
    for junk in JUNK:
        try:
            made = function(**dict.fromkeys(required(function), junk))
        except (TypeError, ValueError, OSError, alidade.Error):
            continue
        if hasattr(made, "close") and made is not junk:
            made.close()
    if isinstance(of, (alidade.Device, alidade.Lab)):
        of.close()


def test_the_walk_reaches_the_interface() -> None:
    assert len(CALLS) > 80
    for name in ("Device", "fit.curve", "units.convert", "MockMovable.move_abs", "Lab.add",
                 "Scan", "images.write_image", "MockCamera.set_roi"):  # fmt: skip
        assert name in CALLS, name


def test_a_device_without_the_capability_says_what_it_can() -> None:
    stage = alidade.MockMovable()
    with pytest.raises(alidade.UnsupportedError) as told:
        stage.read()  # type: ignore[attr-defined]
    assert "'stage' has no 'read', which Readable has" in str(told.value)
    assert "its capabilities: movable" in str(told.value)
    assert isinstance(told.value, AttributeError)
    assert not hasattr(stage, "read")
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        stage.nonsense()  # type: ignore[attr-defined]
    with pytest.raises(alidade.UnsupportedError, match="'computer' has no 'move_abs', which Mov"):
        alidade.Device("computer", "host").move_abs(1)  # type: ignore[attr-defined]
    with pytest.raises(alidade.UnsupportedError, match="'stage' has no 'arm'"):
        aio.MockMovable().arm()  # type: ignore[attr-defined]


def test_a_device_by_its_driver_is_of_the_class_of_its_capabilities() -> None:
    with alidade.Device("sensor", "mock-readable", {"value": 2.5}) as sensor:
        assert isinstance(sensor, alidade.Readable)
        assert sensor.read() == 2.5
    assert isinstance(aio.Device("axis", "mock-movable"), aio.Movable)


def test_set_with_a_value_alone_is_what_bluesky_does() -> None:
    stage = alidade.MockMovable()
    for value in (1.0, "position"):
        with pytest.raises(TypeError, match=r"bluesky.*examples/python/bluesky_devices\.py"):
            stage.set(value)  # type: ignore[arg-type]
    assert stage.position() == 0


def test_the_twin_outside_asyncio_says_so() -> None:
    waiting = aio.MockMovable().move_abs(1)
    with pytest.raises(alidade.StateError, match=r"runs under asyncio.*asyncio\.run"):
        waiting.send(None)


def test_under_trio_it_names_the_way() -> None:
    import trio

    async def move() -> None:
        await aio.MockMovable().move_abs(1)

    async def by_a_thread() -> float:
        place: float = await trio.to_thread.run_sync(alidade.MockMovable().move_abs, 1)
        return place

    with pytest.raises(alidade.StateError, match=r"trio\.to_thread\.run_sync"):
        trio.run(move)
    assert trio.run(by_a_thread) == 1


def test_a_fifo_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lab.toml")
    with pytest.raises(alidade.InvalidError, match="it is a FIFO"):
        alidade.Lab.from_toml(tmp_path / "lab.toml")
    refused(run("run", tmp_path / "lab.toml"), "it is a FIFO", "into a file first")


def test_a_closed_output_is_told(tmp_path: Path) -> None:
    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, "demo", "computer", "--seconds", "0.1",
         "--interval", "0.05", "--output", str(tmp_path)],
        env={**os.environ, **absent("matplotlib", tmp_path / "without")}, stderr=subprocess.PIPE,
        text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 0, ended
    assert "standard output is closed; nothing is printed there" in ended.stderr
    assert (tmp_path / "computer.csv").is_file()


def test_a_star_brings_fit() -> None:
    names: dict[str, Any] = {}
    exec("from alidade import *", names)
    assert names["fit"] is fit
    assert "fit" in aio.__all__
    assert sys.modules["alidade.fit"] is fit
