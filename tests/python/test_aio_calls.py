"""Awaited calls: the same semantics as the synchronous ones, and thousands of them at a time."""

from __future__ import annotations

import asyncio
import inspect
import math

import pytest

import alidade
from alidade import aio
from alidade.aio import _completions

pytestmark = pytest.mark.timeout(60)


def test_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        stage, sensor = aio.MockMovable(), aio.MockReadable()
        await stage.move_abs(10.0)
        print(await stage.position(), await sensor.read())

    asyncio.run(main())
    assert capsys.readouterr().out == "10.0 0.0\n"


def test_every_public_name_has_a_twin() -> None:
    assert set(aio.__all__) == set(alidade.__all__)
    for name in alidade.__all__:
        ours, theirs = getattr(aio, name), getattr(alidade, name)
        if inspect.isclass(theirs):
            assert ours is theirs or issubclass(ours, theirs)


def test_what_waits_is_awaited_and_the_rest_is_not() -> None:
    assert inspect.iscoroutinefunction(aio.MockMovable.move_abs)
    assert inspect.iscoroutinefunction(aio.Device.get)
    assert not inspect.iscoroutinefunction(aio.Op.cancel)
    assert inspect.isasyncgenfunction(aio.Op.updates)
    for name in ("move_abs", "position", "stop", "home", "wait_settled"):
        ours, theirs = getattr(aio.MockMovable, name), getattr(alidade.MockMovable, name)
        assert inspect.signature(ours) == inspect.signature(theirs)


def test_objects_of_the_twin_are_objects_of_the_package() -> None:
    stage = aio.MockMovable(unit="mm")
    assert isinstance(stage, alidade.Movable)
    assert stage.unit == "mm"
    assert stage.limits == (-100.0, 100.0)


def test_synchronous_protocols_are_refused() -> None:
    for made in (
        aio.Device("d", "mock-readable"),
        aio.MockMovable(),
        aio.Lab("bench"),
        aio.Callable(abs),
    ):
        kind = type(made).__name__
        with pytest.raises(TypeError, match=f"{kind} of alidade.aio needs `async with`"), made:
            pass
        with pytest.raises(TypeError, match=f"{kind} of alidade.aio needs `async with`"):
            made.__exit__(None, None, None)
    with pytest.raises(TypeError, match="async for"):
        iter(aio.Queue())


def test_units_are_converted_and_wrong_ones_refused_before_anything_moves() -> None:
    async def main() -> None:
        stage = aio.MockMovable()
        assert await stage.move_abs(1500, unit="um") == pytest.approx(1.5)
        assert await stage.move_rel(-500, unit="um") == pytest.approx(1.0)
        with pytest.raises(alidade.InvalidError, match="s"):
            await stage.move_abs(1, unit="s")
        assert await stage.position() == pytest.approx(1.0)

    asyncio.run(main())


@pytest.mark.parametrize("position", [math.nan, 1e6])
def test_bad_positions_raise_what_the_synchronous_verbs_raise(position: float) -> None:
    with pytest.raises(alidade.Error) as sync:
        alidade.MockMovable().move_abs(position)

    async def main() -> None:
        await aio.MockMovable().move_abs(position)

    with pytest.raises(type(sync.value)) as awaited:
        asyncio.run(main())
    assert str(awaited.value) == str(sync.value)


def test_values_that_are_no_scalars() -> None:
    async def main() -> None:
        sensor = aio.MockReadable(value=2.5, unit="Cel")
        snapshot = await sensor.snapshot()
        assert snapshot["sensor:value"]["value"] == 2.5
        assert snapshot["sensor:value"]["unit"] == "Cel"
        assert await sensor.get("noise") == 0.0
        assert await sensor.set("noise", 0.5) == 0.5
        stage = aio.MockMovable()
        assert await stage.get("settled") is True

    asyncio.run(main())


def test_a_move_is_accepted_then_watched_then_waited_for() -> None:
    async def main() -> None:
        stage = aio.MockMovable(velocity=50.0)
        op = await stage.start_move(10.0)
        assert isinstance(op, aio.Op)
        assert op.state.name == "RUNNING"
        done = [progress.done async for progress in op.updates()]
        assert done == sorted(done)
        assert len(done) > 1
        assert await op.wait() == 10.0
        assert await op.wait() == 10.0

    asyncio.run(main())


def test_a_refused_start_raises_at_once() -> None:
    async def main() -> None:
        stage = aio.MockMovable(velocity=1.0)
        op = await stage.start_move(50.0)
        with pytest.raises(alidade.BusyError):
            await stage.start_move(10.0)
        with pytest.raises(alidade.BusyError):
            await stage.move_abs(10.0)
        await stage.stop()
        with pytest.raises(alidade.CancelledError, match="stopped"):
            await op.wait()

    asyncio.run(main())


def test_exceptions_of_callables_come_back_as_the_same_object() -> None:
    # Not in the function's closure: it would keep itself alive by the exception's frames.
    failures: list[KeyError] = [KeyError("mine")]
    expected = id(failures[0])

    def fail(argument: object) -> object:
        raise failures.pop()

    async def main() -> None:
        with pytest.raises(KeyError) as caught:
            await aio.Callable(fail).call()
        assert id(caught.value) == expected
        assert await aio.Callable(lambda x: {"got": x}).call([1, 2.5]) == {"got": [1, 2.5]}

    asyncio.run(main())


@pytest.mark.parametrize("latency", [0.0, 0.0005])
def test_a_thousand_in_flight_on_one_object(latency: float) -> None:
    async def main() -> None:
        sensor = aio.MockReadable(value=4.0, latency=latency)
        values = await asyncio.gather(*(sensor.read() for _ in range(1000)))
        assert values == [4.0] * 1000
        assert not _completions.of_running_loop().waiting

    asyncio.run(main())


def test_a_thousand_in_flight_over_a_thousand_objects() -> None:
    async def main() -> None:
        sensors = [aio.MockReadable(value=i, latency=0.02) for i in range(1000)]
        values = await asyncio.gather(*(sensor.read() for sensor in sensors))
        assert values == [float(i) for i in range(1000)]

    asyncio.run(main())


def test_what_ended_in_one_turn_comes_in_one_batch() -> None:
    async def main() -> None:
        sensor = aio.MockReadable()
        await sensor.read()
        ends = _completions.of_running_loop()
        before = ends.batches
        await asyncio.gather(*(sensor.read() for _ in range(1000)))
        assert ends.batches - before == 1
        before = ends.batches
        await asyncio.gather(*(sensor.read() for _ in range(5000)))
        assert ends.batches - before <= 5

    asyncio.run(main())


def test_waiting_calls_need_a_running_loop() -> None:
    coroutine = aio.MockReadable().read()
    with pytest.raises(RuntimeError, match="no running event loop"):
        coroutine.send(None)
