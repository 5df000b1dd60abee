"""Numbers of NumPy, `decimal` and `fractions` go wherever a number goes."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alidade
from alidade import aio, clocks, queue, scans, schema, tables, units, values
from alidade._numbers import integer, number, plain

# Forms of a number, of which each is the same number: eighths of a moderate size are exact in all.
FORMS: dict[str, Callable[[float], Any]] = {
    "numpy.float64": np.float64,
    "numpy.float32": np.float32,
    "numpy.float16": np.float16,
    "0-d array": np.array,
    "0-d array of float32": lambda x: np.array(x, np.float32),
    "Decimal": Decimal,
    "Fraction": Fraction,
}
WHOLE: dict[str, Callable[[int], Any]] = {
    "numpy.int64": np.int64,
    "numpy.uint8": np.uint8,
    "0-d array": lambda x: np.array(x, np.int32),
    "Decimal": Decimal,
    "Fraction": Fraction,
}
NO_NUMBERS = ("1", b"1", None, [1.0], 1j, np.array([1.0]), np.array([[1.0]]), np.array("1"),
              np.complex128(1), object)  # fmt: skip


class Things:
    """What the entry points are called on, made once."""

    def __init__(self) -> None:
        self.axis = alidade.MockMovable(velocity=1e6, settle_time=0, acceleration=1e9)
        self.output = alidade.MockSettable(min=-100, max=100)
        self.sensor = alidade.MockReadable(value=2)
        self.camera = alidade.MockCamera(width=64, height=48)
        for device in (self.axis, self.output, self.sensor, self.camera):
            assert str(device.state) == "open"  # mocks open when they are first used
        self.bench = alidade.Bench()
        self.source = alidade.Source.of_array(
            np.arange(80, dtype=np.uint8).reshape(20, 4), rate=4.0
        )
        self.clock = clocks.Clock("camera")
        self.clock.observe(5, 5, 5)
        self.queue = queue.Queue()
        self.lab = alidade.Lab()
        self.lab.add("axis", "mock-movable").open()


@pytest.fixture(scope="module")
def things() -> Iterator[Things]:
    made = Things()
    yield made
    for thing in (made.axis, made.output, made.sensor, made.camera, made.lab):
        thing.close()


def _moved(op: alidade.Op) -> Any:
    return op.wait()


def _jogging(t: Things, x: Any) -> Any:
    t.axis.start_jog(x)
    t.axis.stop()


def _asked(t: Things, x: Any) -> Any:
    op = alidade.CompletableOp()
    op.advance(x, x)
    told = op.progress()
    op.finish()
    return told.done, told.total


def _pushed(t: Things, x: Any) -> Any:
    t.queue.push(value=x)
    return t.queue.next(1).value


def _positioned(t: Things, x: Any) -> Any:
    t.lab.set_position("there", {"axis": x})
    return t.lab.positions["there"]


def _scanned(t: Things, x: Any) -> Any:
    return scans.Scan(t.axis, [x, 0], [t.sensor], settle=0)._positions


def _option(t: Things, x: Any) -> Any:
    with alidade.Device("axis", "mock-movable", {"position": x}) as axis:
        return axis.get("position")


def _safe(t: Things, x: Any) -> Any:
    t.axis.set_safe_state([{"set": "position", "to": x}])


def _grouped(t: Things, x: Any) -> Any:
    t.lab.set_group("g", {"a": {"axis:velocity": x}}, {"axis:velocity": x})
    return t.lab.groups["g"]


# Every way in for a floating-point number, by the name of what takes it.
DOUBLES: dict[str, Callable[[Things, Any], Any]] = {
    "Movable.move_abs(position)": lambda t, x: t.axis.move_abs(x),
    "Movable.move_rel(distance)": lambda t, x: (t.axis.move_abs(0), t.axis.move_rel(x)),
    "Movable.start_move(position)": lambda t, x: _moved(t.axis.start_move(x)),
    "Movable.start_move_rel(distance)": lambda t, x: (
        t.axis.move_abs(0),
        _moved(t.axis.start_move_rel(x, unit="mm")),
    ),
    "Movable.jog(direction)": lambda t, x: t.axis.jog(x),
    "Movable.start_jog(direction)": _jogging,
    "Settable.set_output(setpoint)": lambda t, x: t.output.set_output(x),
    "Settable.start_set_output(setpoint)": lambda t, x: _moved(t.output.start_set_output(x)),
    "Device.set(value)": lambda t, x: t.axis.set("position", x),
    "Device.set(value, unit)": lambda t, x: t.axis.set("position", x, unit="um"),
    "Device.start_set(value)": lambda t, x: _moved(t.axis.start_set("position", x)),
    "Device.__init__(options)": _option,
    "Device.set_safe_state(steps)": _safe,
    "Camera.set_exposure(seconds)": lambda t, x: t.camera.set_exposure(x),
    "Camera.set_gain(gain)": lambda t, x: t.camera.set_gain(x),
    "Camera.set_offset(offset)": lambda t, x: t.camera.set_offset(x),
    "Camera.set_frame_rate(rate)": lambda t, x: t.camera.set_frame_rate(x),
    "Bench.set(value)": lambda t, x: (
        t.bench.set("laser.power", x),
        t.bench.get("laser.power"),
    )[1],
    "Bench.__init__(quantities)": lambda t, x: alidade.Bench(quantities={"laser.power": x}).get(
        "laser.power"
    ),
    "convert(x)": lambda t, x: units.convert(x, "um", "mm"),
    "convert_difference(x)": lambda t, x: units.convert_difference(x, "Cel", "K"),
    "CompletableOp.advance(done, total)": _asked,
    "Queue.push(value)": _pushed,
    "Source.find(seconds)": lambda t, x: t.source.find(x),
    "Source.of_array(rate)": lambda t, x: alidade.Source.of_array(np.zeros((2, 2)), x).info.rate,
    "Lab.set_position(axes)": _positioned,
    "Lab.set_group(presets, tolerances)": _grouped,
    "Scan.__init__(positions)": _scanned,
    "scans.linear(begin, end)": lambda t, x: scans.linear(x, x, 1),
    "Schema.__new__(min, max, step)": lambda t, x: schema.Schema("x", float, min=x, max=x, step=x),
    "Schema.check(value)": lambda t, x: schema.Schema("x", float, min=0, max=1e3).check(x),
    "MockReadable.__init__(value)": lambda t, x: alidade.MockReadable(value=x).read(),
    "Op.wait(timeout)": lambda t, x: t.axis.start_position().wait(x),
    "Device.get(timeout)": lambda t, x: t.sensor.get("value", timeout=x),
    "Device.set_reopen(interval)": lambda t, x: t.axis.set_reopen(x),
    "Series.record(interval, duration)": lambda t, x: alidade.Series([t.sensor]).record(
        x, duration=x, count=1
    ),
    "end_on_signals(grace)": lambda t, x: alidade.end_on_signals(grace=x).close(),
    "values.to_value(x)": lambda t, x: (
        float(values.from_value(values.to_value(x))) if not isinstance(x, np.ndarray) else float(x)
    ),
}

INTEGERS: dict[str, Callable[[Things, Any], Any]] = {
    "Camera.set_binning(binning)": lambda t, i: t.camera.set_binning(i),
    "Camera.set_bit_depth(bits)": lambda t, i: t.camera.set_bit_depth(i),
    "Camera.set_roi(x, y, width, height)": lambda t, i: t.camera.set_roi(i, i, i, i),
    "Device.set(value)": lambda t, i: t.camera.set("binning", i),
    "Device.can(version)": lambda t, i: t.axis.can("movable", i),
    "Device.__init__(options)": lambda t, i: alidade.Device("c", "mock-camera", {"seed": i}).path,
    "Queue.__init__(capacity)": lambda t, i: queue.Queue(i).stats().capacity,
    "Queue.push(tag, source)": lambda t, i: (t.queue.push(tag=i, source=i), t.queue.next(1).tag)[1],
    "Queue.push(value)": lambda t, i: (t.queue.push(value=i), t.queue.next(1).value)[1],
    "Queue.read_array(max_count)": lambda t, i: len(t.queue.read_array(i, timeout=0)),
    "Buffer.__init__(size)": lambda t, i: len(alidade.Buffer(i).array("uint8", i).to_numpy()),
    "Source.at(index)": lambda t, i: t.source.at(i).to_numpy().tolist(),
    "Clock.observe(t_hw_ns, before_mono_ns, after_mono_ns)": lambda t, i: clocks.Clock("x").observe(
        i, i, i
    ),
    "Clock.to_mono(t_hw_ns)": lambda t, i: t.clock.to_mono(i),
    "clocks.wall_from_mono(t_mono_ns)": lambda t, i: clocks.wall_from_mono(i),
    "tables.iso_time(t_wall_ns)": lambda t, i: tables.iso_time(i),
    "Bench.__init__(seed)": lambda t, i: alidade.Bench(seed=i).describe()["seed"],
    "MockCamera.__init__(width, height ...)": lambda t, i: (
        alidade.MockCamera(width=i * 8, height=i * 8, seed=i).path
    ),
    "Series.record(count)": lambda t, i: alidade.Series([t.sensor]).record(0, count=i),
    "Scan.__init__(averages)": lambda t, i: (
        scans.Scan(t.axis, [0], [t.sensor], averages=i)._averages
    ),
    "scans.linear(points)": lambda t, i: scans.linear(0, 1, i),
    "Camera.stream(capacity, lease_cap)": lambda t, i: t.camera.stream(
        capacity=i, lease_cap=i
    ).close(),
    "values.to_json(indent)": lambda t, i: values.to_json([1], indent=i),
    "values.to_value(x)": lambda t, i: float(
        values.from_value(values.to_value(i)) if not isinstance(i, np.ndarray) else i
    ),
}


def outcome(ask: Callable[[Things, Any], Any], things: Things, x: Any) -> tuple[Any, type | None]:
    """What a call gives, or which error it raises."""
    try:
        return ask(things, x), None
    except alidade.Error as error:
        return re.sub(r"is \S+", "is ...", error.message), type(error)


@pytest.mark.parametrize("name", DOUBLES)
@settings(max_examples=6, deadline=None)
@given(eighths=st.integers(1, 400), form=st.sampled_from(sorted(FORMS)))
def test_a_number_of_any_form_does_what_a_float_does(
    name: str, things: Things, eighths: int, form: str
) -> None:
    x = eighths / 8
    assert outcome(DOUBLES[name], things, FORMS[form](x)) == outcome(DOUBLES[name], things, x)


@pytest.mark.parametrize("name", INTEGERS)
@settings(max_examples=6, deadline=None)
@given(i=st.integers(1, 16), form=st.sampled_from(sorted(WHOLE)))
def test_a_whole_number_of_any_form_does_what_an_int_does(
    name: str, things: Things, i: int, form: str
) -> None:
    assert outcome(INTEGERS[name], things, WHOLE[form](i)) == outcome(INTEGERS[name], things, i)


def public() -> Iterator[tuple[str, Callable[..., Any]]]:
    """All functions and methods that users call, by their names."""
    for module in {name: getattr(alidade, name) for name in alidade._names.MODULES}.values():
        if not isinstance(module, ModuleType) or module is aio:
            continue
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if getattr(thing, "__module__", "") != module.__name__:
                continue
            if inspect.isfunction(thing):
                yield f"{module.__name__.removeprefix('alidade.')}.{name}", thing
            elif inspect.isclass(thing):
                for key, own in vars(thing).items():
                    own = own.__func__ if isinstance(own, (classmethod, staticmethod)) else own
                    if inspect.isfunction(own) and (key[0] != "_" or key == "__init__"):
                        yield f"{name}.{key}", own


# Numbers that are checked elsewhere, or that are no numbers of a user's.
ELSEWHERE = re.compile(
    r"timeout$|^(Error|Ended|Ending|FrameInfo|Record|Reading)\b"
    r"|^Mock\w+\.__init__|^Simulation\.set_faults|^(fit|images|log)\.|^(Events|Frame\b)"
    r"|options$|arguments$|^values\.|kind$|kinds$|signals?$|progress$|about$|^Callable\."
    r"|CompletableOp.finish|max_count|^Buffer\.array|capacity$|lease_cap$|EventSource"
    r"|^FrameProducer\.frames|CsvFile.write|^series\.record|Queue\.push\(payload"
    r"|^Source\.of_function|^Scan\.__init__\(settle|^Scan\.fit\(|^Frame\.|^ImageStack|^queue\.kind_name"
)


def test_every_number_that_is_taken_is_tested() -> None:
    tested = {
        (entry.partition("(")[0], argument)
        for entry in [*DOUBLES, *INTEGERS]
        for argument in re.split(r"\W+", entry.partition("(")[2])
    }
    tested |= {(name.rpartition(".")[2], argument) for name, argument in tested}
    found = 0
    for name, function in public():
        for argument, parameter in inspect.signature(function).parameters.items():
            if not re.search(r"\b(float|int)\b", str(parameter.annotation)):
                continue
            found += 1
            if ELSEWHERE.search(f"{name}({argument}") or ELSEWHERE.search(argument):
                continue
            known = {(name, argument), (name.rpartition(".")[2], argument)} & tested
            assert known, f"{name}({argument}) takes a number; call it in this file"
    assert found > 60, "the search finds nothing any more"


@pytest.mark.parametrize("bad", NO_NUMBERS, ids=repr)
def test_what_is_no_number_is_refused(things: Things, bad: Any) -> None:
    with pytest.raises(TypeError, match="position must be a number, not"):
        things.axis.move_abs(bad)
    with pytest.raises(TypeError, match="binning must be a whole number, not"):
        things.camera.set_binning(bad)
    if bad is not None:
        with pytest.raises(TypeError, match="timeout must be a number"):
            things.sensor.read(timeout=bad)


@pytest.mark.parametrize("bad", [2.0, np.float32(2.7), np.float64(2)], ids=repr)
def test_a_floating_point_number_is_no_whole_one(bad: Any) -> None:
    with pytest.raises(TypeError, match="size must be a whole number, not float"):
        alidade.Buffer(bad)


@pytest.mark.parametrize("bad", [Decimal("2.5"), Fraction(5, 2), Decimal("NaN"),
                                 Decimal("sNaN"), Decimal("inf")], ids=repr)  # fmt: skip
def test_nothing_is_cut_off_from_what_is_not_whole(bad: Any) -> None:
    with pytest.raises(alidade.InvalidError, match="expected a whole number"):
        integer(bad, "count")


def test_numbers_beyond_the_machine_s_are_told() -> None:
    with pytest.raises(alidade.RangeError, match="beyond the floating-point numbers"):
        number(Fraction(10**400), "x")
    with pytest.raises(alidade.RangeError, match="does not fit into 64 bits"):
        integer(2**63, "x")
    with pytest.raises(alidade.RangeError, match="does not fit into 64 bits"):
        integer(Decimal(10) ** 30, "x")
    with pytest.raises(alidade.InvalidError, match="expected a number"):
        number(Decimal("sNaN"), "x")
    assert math.isnan(number(Decimal("NaN"), "x"))
    assert plain(Decimal(10) ** 30) == 1e30
    assert plain({"a": [Fraction(1, 2), np.array(3)]}) == {"a": [0.5, 3]}
    assert plain(np.bool_(True)) is True


def test_properties_take_units(things: Things) -> None:
    assert things.axis.set("position", 1500, unit="um") == 1.5
    assert things.axis.start_set("position", Fraction(1, 4), unit="cm").wait() == 2.5
    assert things.camera.set("exposure", 100, unit="ms") == 0.1
    with pytest.raises(alidade.InvalidError, match="cannot convert"):
        things.camera.set("exposure", 1, unit="mm")
    with pytest.raises(alidade.InvalidError, match="which has no unit"):
        things.camera.set("trigger_mode", "software", unit="s")
    with pytest.raises(TypeError, match="exposure must be a number"):
        things.camera.set("exposure", "1", unit="s")


def test_a_whole_property_with_a_unit_gets_a_whole_number(things: Things) -> None:
    assert things.camera.schema("bit_depth").type == schema.Type.INT
    assert things.camera.set("bit_depth", np.float64(10), unit="1") == 10
    with pytest.raises(alidade.InvalidError, match="bit_depth is of type double"):
        things.camera.set("bit_depth", 10.5, unit="1")


async def _twin(form: str) -> None:
    async with aio.MockMovable() as axis:
        assert await axis.set("position", FORMS[form](1500), unit="um") == 1.5
        assert await axis.move_abs(FORMS[form](2)) == 2.0


def test_the_twin_takes_them_too() -> None:
    import asyncio

    for form in FORMS:
        asyncio.run(_twin(form))
