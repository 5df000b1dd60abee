"""Scans and series that are stopped: in every phase, by whom ever, with what was measured kept.

And emergency stops: they latch, and nothing starts until they are reset.
"""

from __future__ import annotations

import asyncio
import csv
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tifffile import TiffFile

import alidade
from alidade import Camera, Lab, Movable, Outcome, Readable, Scan, Series, aio
from support import eventually

pytestmark = pytest.mark.timeout(120)

# What nobody waits for in a test.
LONG_S = 1000.0

PHASES = ("moving", "settling", "reading", "waiting for a frame", "between points")
CAUSES = {
    "emergency stop": Outcome.EMERGENCY_STOPPED,
    "stop": Outcome.STOPPED,
    "stop of the axis": Outcome.AXIS_STOPPED,
}


@contextmanager
def bench(phase: str) -> Iterator[Lab]:
    """A lab whose sensor takes its time where that is what the test waits for."""
    latency = 1.0 if phase == "reading" else 0.0
    lab = Lab("bench")
    lab.add("stage", "mock-movable", {"velocity": 20.0, "settle_time": 0.0})
    lab.add("sensor", "mock-readable", {"latency": latency})
    lab.add("camera", "mock-camera", {"pattern": "gradient", "width": 32, "height": 24})
    lab.open()
    try:
        yield lab
    finally:
        lab.close()


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def pages(path: Path) -> int:
    with TiffFile(path) as file:
        return len(file.pages)


class Stopped:
    """A scan of two points that is ended in the second one, in a certain phase."""

    def __init__(self, lab: Lab, phase: str, cause: str, folder: Path, kind: type[Scan]) -> None:
        twin = kind is not Scan
        axis = lab.device("stage", Movable)
        self.lab, self.phase, self.cause, self.axis = lab, phase, cause, axis
        self.csv, self.tiff = folder / "scan.csv", folder / "scan.tiff"
        self.camera = lab.device("camera", Camera) if "frame" in phase else None
        # The same devices; the asyncio twin has classes of its own for them.
        own = (lambda d, cls: cls._own(_shared(d))) if twin else (lambda d, cls: d)
        self.scan = kind(
            own(axis, aio.Movable),
            [1.0, 90.0 if phase == "moving" else 2.0],
            [own(lab.device("sensor", Readable), aio.Readable)],
            camera=None if self.camera is None else own(self.camera, aio.Camera),
        )
        self.second = threading.Event()

    @property
    def files(self) -> dict[str, Path | None]:
        return {"csv_file": self.csv, "frames_file": self.tiff if self.camera else None}

    def progress(self, point: alidade.scans.Point) -> None:
        """After the first point: what comes now takes as long as one likes."""
        if self.phase == "settling":
            self.scan._settle = LONG_S
        if self.camera is not None:
            self.camera.set_exposure(LONG_S)
        if self.phase == "between points":
            self.end()
        self.second.set()

    def end_in_phase(self) -> None:
        """Ends it from another thread, once it is where it has to be."""
        assert self.second.wait(60)
        if self.phase == "moving":
            assert eventually(lambda: self.axis.position() > 2.5)
        elif self.phase != "between points":
            assert eventually(lambda: self.axis.position() == 2.0 and self.axis.get("settled"))
        if self.phase != "between points":
            self.end()

    def end(self) -> None:
        if self.cause == "emergency stop":
            self.lab.emergency_stop()
        elif self.cause == "stop":
            self.scan.stop()
        else:
            self.axis.stop()

    @contextmanager
    def raises(self) -> Iterator[None]:
        """What `record` raises."""
        with ExitStack() as stack:
            told = None
            if self.cause == "emergency stop":
                told = stack.enter_context(
                    pytest.raises(alidade.StateError, match=r"1 row until then.*reset_stop")
                )
            elif self.cause == "stop of the axis":
                told = stack.enter_context(
                    pytest.raises(alidade.CancelledError, match=r"the axis was stopped.*1 row")
                )
            yield
        if told is not None:
            assert "point 2 of 2" in told.value.where

    def check(self) -> None:
        """The axis stands, and all that was measured is there and whole."""
        assert self.scan.ended is CAUSES[self.cause]
        first = self.axis.position()
        assert self.axis.get("settled")
        assert self.axis.position() == first < 90.0
        assert self.scan.column("stage").tolist() == [1.0]
        assert [row[2] for row in rows(self.csv)] == ["stage [mm]", "1.0"]
        if self.camera is not None:
            assert pages(self.tiff) == 1
            self.camera.set_exposure(0.001)
        self.scan._settle = 0.0


def _shared(device: alidade.Device) -> object:
    """One more reference to the handle of a device."""
    from alidade._library import ffi, lib

    lib.ald_device_ref(device._h)
    return ffi.gc(ffi.cast("ald_device *", device._h), lib.ald_device_unref)


def quick(stopped: Stopped) -> None:
    """The same scan anew, with nothing in it that takes long."""
    assert not stopped.lab.stopped
    again = Scan(stopped.axis, [0.0, 0.5], [stopped.lab.device("sensor", Readable)])
    again.record(csv_file=stopped.csv)
    assert again.ended is Outcome.COMPLETED
    assert len(rows(stopped.csv)) == 3


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("thread", ["main", "other"])
def test_a_scan_ends_in_every_phase(phase: str, cause: str, thread: str, tmp_path: Path) -> None:
    with bench(phase) as lab:
        stopped = Stopped(lab, phase, cause, tmp_path, Scan)

        def record() -> None:
            with stopped.raises():
                stopped.scan.record(**stopped.files, progress=stopped.progress)

        if thread == "main":
            ends = threading.Thread(target=stopped.end_in_phase)
            ends.start()
            record()
            ends.join()
        else:
            failure: list[BaseException] = []

            def run() -> None:
                try:
                    record()
                except BaseException as error:
                    failure.append(error)

            records = threading.Thread(target=run)
            records.start()
            stopped.end_in_phase()
            records.join(60)
            assert not records.is_alive()
            assert not failure, failure
        stopped.check()
        held_down(stopped)
        quick(stopped)


def held_down(stopped: Stopped) -> None:
    """After an emergency stop no further scan begins, and leaves the files of the last alone."""
    if stopped.cause != "emergency stop":
        return
    assert stopped.lab.stopped
    kept = stopped.csv.read_bytes()
    again = Scan(stopped.axis, [0.0], [stopped.lab.device("sensor", Readable)])
    with pytest.raises(alidade.StateError, match=r"emergency stop holds.*reset_stop"):
        again.record(csv_file=stopped.csv)
    assert again.ended is Outcome.EMERGENCY_STOPPED
    assert stopped.csv.read_bytes() == kept
    stopped.lab.reset_stop()


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("phase", PHASES)
def test_an_awaited_scan_ends_in_every_phase(phase: str, cause: str, tmp_path: Path) -> None:
    async def main(stopped: Stopped) -> None:
        ends = asyncio.get_running_loop().run_in_executor(None, stopped.end_in_phase)
        with stopped.raises():
            await stopped.scan.record(**stopped.files, progress=stopped.progress)  # type: ignore[func-returns-value, misc]
        await ends

    with bench(phase) as lab:
        stopped = Stopped(lab, phase, cause, tmp_path, aio.Scan)
        asyncio.run(main(stopped))
        stopped.check()
        held_down(stopped)
        quick(stopped)


def test_a_task_ends_a_scan_and_a_cancelled_task_is_an_interruption() -> None:
    async def main() -> None:
        async with aio.MockMovable("stage", velocity=5.0) as stage, aio.MockReadable() as sensor:
            scan = aio.Scan(stage, [0.0, 90.0], [sensor])
            measuring = asyncio.ensure_future(scan.record())
            while await stage.position() < 0.1:
                await asyncio.sleep(0.01)
            assert scan.ended is None
            with pytest.raises(alidade.StateError, match="is being recorded"):
                await scan.record()
            scan.stop()
            await measuring
            assert scan.ended is Outcome.STOPPED
            assert await stage.get("settled")
            measuring = asyncio.ensure_future(scan.record())
            await asyncio.sleep(0.1)
            measuring.cancel()
            with pytest.raises(asyncio.CancelledError):
                await measuring
            assert scan.ended is Outcome.INTERRUPTED
            assert await stage.get("settled")

    asyncio.run(main())


def test_a_signal_handler_stops_a_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    with alidade.MockMovable(velocity=5.0) as stage, alidade.MockReadable() as sensor:
        scan = Scan(stage, [0.0, 90.0], [sensor])
        before = signal.signal(signal.SIGUSR1, lambda *_: scan.stop())
        try:
            timer = threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGUSR1])
            timer.start()
            scan.record()
            timer.join()
        finally:
            signal.signal(signal.SIGUSR1, before)
        assert scan.ended is Outcome.STOPPED
        assert len(scan) == 1
        assert stage.get("settled")


def test_how_other_scans_ended() -> None:
    with alidade.MockMovable() as stage, alidade.MockReadable() as sensor:
        scan = Scan(stage, [0.0, 1.0], [sensor])
        assert scan.ended is None
        scan.stop()  # nothing goes on
        scan.record()
        assert scan.ended is Outcome.COMPLETED

        def fail(point: object) -> None:
            raise OSError("no more")

        with pytest.raises(OSError, match="no more"):
            scan.record(progress=fail)
        assert scan.ended is Outcome.FAILED

        def interrupt(point: object) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            scan.record(progress=interrupt)
        assert scan.ended is Outcome.INTERRUPTED


def test_a_failure_is_not_mistaken_for_a_stop() -> None:
    """The scan itself stops the axis when something fails."""
    with alidade.MockMovable("stage") as stage, alidade.MockReadable() as sensor:
        scan = Scan(stage, [1.0, 2.0], [sensor])

        def lose(point: object) -> None:
            stage.close()

        with pytest.raises(alidade.ClosedError):
            scan.record(progress=lose)
        assert scan.ended is Outcome.FAILED


def test_a_scan_of_devices_without_a_lab() -> None:
    """Each has a lab of its own; a stop of any of them ends the scan."""
    with alidade.MockMovable() as stage, alidade.MockReadable() as sensor:
        scan = Scan(stage, [1.0, 2.0], [sensor], settle=LONG_S)
        threading.Timer(0.2, sensor.lab.emergency_stop).start()
        with pytest.raises(alidade.StateError, match="reset_stop"):
            scan.record()
        assert scan.ended is Outcome.EMERGENCY_STOPPED
        assert stage.move_abs(3.0) == 3.0, "of another lab"
        sensor.lab.reset_stop()


def series_of(kind: type[Series], lab: Lab) -> Series:
    sensor, stage = lab.device("sensor", Readable), lab.device("stage", Movable)
    if kind is Series:
        return Series([sensor, (stage, "position")])
    own = (aio.Readable._own(_shared(sensor)), aio.Movable._own(_shared(stage)))  # type: ignore[arg-type]
    return kind([own[0], (own[1], "position")])


@pytest.mark.parametrize("skip_failures", [False, True])
@pytest.mark.parametrize("cause", ["emergency stop", "stop"])
@pytest.mark.parametrize("phase", ["waiting", "reading", "between rows"])
@pytest.mark.parametrize("form", ["sync", "asyncio"])
def test_a_series_ends_in_every_phase(
    phase: str, cause: str, form: str, skip_failures: bool, tmp_path: Path
) -> None:
    path = tmp_path / "series.csv"
    with bench(phase) as lab:
        series = series_of(Series if form == "sync" else aio.Series, lab)
        first = threading.Event()

        def end() -> None:
            if cause == "stop":
                series.stop()
            else:
                lab.emergency_stop()

        def progress(done: int, _: int) -> None:
            if phase == "between rows":
                end()
            first.set()

        def end_in_phase() -> None:
            assert first.wait(60)
            if phase != "between rows":
                lab.device("stage", Movable).stop()  # a series moves nothing: it goes on
                threading.Event().wait(0.2)
                assert series.ended is None
                end()

        def record() -> object:
            return series.record(
                0.0 if phase == "reading" else LONG_S,
                skip_failures=skip_failures,
                csv_file=path,
                progress=progress,
            )

        async def main() -> None:
            ends = asyncio.get_running_loop().run_in_executor(None, end_in_phase)
            await record()  # type: ignore[misc]
            await ends

        ends = threading.Thread(target=end_in_phase)
        with ExitStack() as stack:
            if cause == "emergency stop":
                stack.enter_context(
                    pytest.raises(alidade.StateError, match=r"1 row until then.*reset_stop")
                )
            if form == "sync":
                ends.start()
                record()
            else:
                asyncio.run(main())
        if form == "sync":
            ends.join()
        assert series.ended is CAUSES[cause]
        assert len(series) == 1
        assert series.missed == 0
        assert len(rows(path)) == 2
        if cause == "emergency stop":
            lab.reset_stop()


REFUSED: dict[str, Callable[[Lab], object]] = {
    "move_abs": lambda lab: lab.device("stage", Movable).move_abs(1.0),
    "move_rel": lambda lab: lab.device("stage", Movable).move_rel(1.0),
    "start_move": lambda lab: lab.device("stage", Movable).start_move(1.0),
    "home": lambda lab: lab.device("stage", Movable).home(),
    "set": lambda lab: lab["stage"].set("position", 1.0),
    "start_set": lambda lab: lab["stage"].start_set("position", 1.0),
    "act": lambda lab: lab["stage"].act("home"),
    "arm": lambda lab: lab.device("camera", Camera).arm(),
    "trigger": lambda lab: lab.device("camera", Camera).trigger(),
    "act trigger": lambda lab: lab["camera"].act("trigger"),
    "jog": lambda lab: lab.device("stage", Movable).jog(1),
    "start_jog": lambda lab: lab.device("stage", Movable).start_jog(-1),
    "act jog_forward": lambda lab: lab["stage"].act("jog_forward"),
    "preset": lambda lab: lab.apply("group", "there"),
    "position": lambda lab: lab.go_to("there"),
}


def test_whatever_starts_something_is_refused_until_the_stop_is_reset() -> None:
    with bench("") as lab:
        lab.set_group("group", {"there": {"sensor:level": 3.0, "stage:position": 3.0}})
        lab.set_position("there", {"stage": 3.0})
        with lab.events("stop.latched", "stop.reset", "step.skipped") as events:
            assert not lab.stopped
            lab.emergency_stop()
            assert lab.stopped
            for what, call in REFUSED.items():
                with pytest.raises(alidade.StateError, match="reset_stop") as told:
                    call(lab)
                assert told.value.domain == "emergency_stop", what
            assert lab.device("stage", Movable).position() == 0.0
            assert lab["sensor"].get("level") == 0.0
            lab["stage"].set("velocity", 30.0)
            assert lab.device("sensor", Readable).read() == 0.0
            lab.device("stage", Movable).stop()

            lab["stage"].set_safe_state(
                [{"act": "home"}, {"set": "velocity", "to": 7.0}, {"act": "stop"}]
            )
            assert lab.safe_state() == ["stage: act home"]
            assert lab["stage"].safe_state() == ["stage: act home"]
            assert lab["stage"].get("velocity") == 7.0
            lab.reset_stop()
            assert not lab.stopped
            assert lab.safe_state() == []
            kinds = [next(events).name for _ in range(4)]
        assert kinds == ["stop.latched", "step.skipped", "step.skipped", "stop.reset"]
        lab.device("camera", Camera).arm()
        lab.apply("group", "there")
        lab.go_to("there")
        assert lab.device("stage", Movable).move_rel(1.0) == 4.0


def test_an_emergency_stop_and_then_a_safe_state_drives_nothing_home() -> None:
    with bench("") as lab:
        stage = lab.device("stage", Movable)
        stage.set_safe_state([{"act": "home", "timeout": 30.0}])
        motion = stage.start_move(90.0)
        assert eventually(lambda: stage.position() > 1.0)
        lab.emergency_stop()
        with pytest.raises(alidade.CancelledError):
            motion.wait(30)
        where = stage.position()
        lab.safe_state()
        assert stage.position() == where > 0
        lab.reset_stop()
        lab.safe_state()
        assert stage.position() == 0


def test_a_frame_is_not_waited_for_any_longer() -> None:
    with bench("") as lab:
        camera = lab.device("camera", Camera)
        camera.set_exposure(LONG_S)
        camera.arm()
        camera.trigger()
        threading.Timer(0.2, lab.emergency_stop).start()
        with pytest.raises(alidade.StateError, match=r"no frame .*reset_stop"):
            camera.next_frame()
        lab.reset_stop()


JOGS = ("jog_forward", "jog_backward")


def test_what_starts_something_is_listed() -> None:
    with bench("") as lab:
        assert lab["stage"].describe()["starting"] == ["home", *JOGS, "position"]
        assert lab["camera"].describe()["starting"] == ["arm", "trigger"]
        assert lab["sensor"].describe()["starting"] == []


def test_drivers_declare_what_starts_something() -> None:
    with (
        alidade.Simulation("elliptec") as bus,
        alidade.Device("bus", "elliptec", {"uri": bus.uri}) as turns,
    ):
        motor = turns.children[0]
        assert motor.describe()["starting"] == [
            "home", *JOGS, "optimize_motors", "clean_mechanics", "search_frequency", "position",
        ]  # fmt: skip
        turns.lab.emergency_stop()
        with pytest.raises(alidade.StateError, match=r"'search_frequency'.*emergency stop"):
            motor.act("search_frequency")
        motor.stop()  # which an emergency stop does not wait for
        motor.act("save")
        turns.lab.reset_stop()
    with (
        alidade.Simulation("esp300") as stage,
        alidade.Device("stage", "esp300", {"uri": stage.uri}) as controller,
    ):
        assert controller.children[0].describe()["starting"] == ["home", *JOGS, "position"]
