from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from runner import schedule
from runner.log import Log
from runner.schedule import Schedule
from runner.steps import Kind, Step

WAIT_S = 20


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "LOGS", tmp_path)


def nothing(_: Log) -> None:
    pass


class Journal:
    """Steps in the order in which they began."""

    def __init__(self) -> None:
        self.began: list[str] = []

    def step(
        self,
        name: str,
        kind: Kind,
        needs: Sequence[str] = (),
        run: Callable[[Log], None] = nothing,
    ) -> Step:
        def noted(log: Log) -> None:
            self.began.append(name)
            run(log)

        return Step(name, "", noted, kind=kind, needs=needs)


def test_a_step_begins_after_what_it_needs() -> None:
    journal = Journal()
    total = Schedule(
        [
            journal.step("test", Kind.WAITS, ["build"]),
            journal.step("look", Kind.COMPUTES, ["test"]),
            journal.step("build", Kind.BUILDS),
        ]
    ).run()
    assert journal.began == ["build", "test", "look"]
    assert str(total) == "3 passed, 0 failed, 0 skipped"


def test_a_step_that_computes_runs_beside_one_that_waits() -> None:
    journal = Journal()
    met = threading.Barrier(2, timeout=WAIT_S)
    total = Schedule(
        [
            journal.step("test", Kind.WAITS, run=lambda _: met.wait() and None),
            journal.step("look", Kind.COMPUTES, run=lambda _: met.wait() and None),
        ]
    ).run()
    assert total.failed == 0
    assert sorted(journal.began) == ["look", "test"]


def test_steps_that_wait_run_one_after_another() -> None:
    journal = Journal()
    alone = threading.Lock()

    def run(_: Log) -> None:
        if not alone.acquire(blocking=False):
            raise OSError("two steps that wait at once")
        threading.Event().wait(0.02)
        alone.release()

    names = [f"test {i}" for i in range(4)]
    total = Schedule([journal.step(name, Kind.WAITS, run=run) for name in names]).run()
    assert total.failed == 0
    assert journal.began == names


def test_a_step_that_waits_goes_before_one_that_computes() -> None:
    journal = Journal()
    began = threading.Event()
    Schedule(
        [
            journal.step("build", Kind.BUILDS, run=lambda _: began.wait(WAIT_S) and None),
            journal.step("look", Kind.COMPUTES),
            journal.step("test", Kind.WAITS, run=lambda _: began.set()),
        ]
    ).run()
    assert journal.began.index("test") < journal.began.index("look")


def test_what_needs_a_failed_step_is_not_run() -> None:
    journal = Journal()

    def fail(_: Log) -> None:
        raise OSError("no compiler")

    total = Schedule(
        [
            journal.step("build", Kind.BUILDS, run=fail),
            journal.step("test", Kind.WAITS, ["build"]),
            journal.step("other", Kind.COMPUTES),
        ]
    ).run()
    assert "test" not in journal.began
    assert (total.passed, total.failed) == (1, 2)
    assert "test: not run, for build failed" in total.failures


def test_a_step_left_out_is_not_waited_for() -> None:
    journal = Journal()
    assert Schedule([journal.step("test", Kind.WAITS, ["build"])]).run().passed == 1
