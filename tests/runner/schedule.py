"""Runs steps on two threads: builds on one, tests on the other.

Tests that wait, for motions, timeouts and processes, are one thread's alone, one step after
another, so that no two of them make each other late. The other thread builds at the lowest
priority, and then takes the steps that compute: they hold, whatever runs beside them. A thread
without a step of its own that is ready takes one of those too.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Sequence

from runner.log import LOGS, Log, end_all, say
from runner.report import Counts, count_all
from runner.steps import Kind, Step


def run_step(step: Step) -> Counts:
    """Runs a step and says how it went."""
    for report in step.reports:
        report.unlink(missing_ok=True)
    log = Log(LOGS / f"{step.name}.log", nice=step.kind is Kind.BUILDS)
    say(f"{step.name:>14}: {step.about}")
    began = time.monotonic()
    succeeded = False
    try:
        step.run(log)
        succeeded = True
    except (subprocess.SubprocessError, OSError) as failure:
        log.note(failure)
    counts = count_all(step.reports)
    counts.failures = [f"{step.name}: {name}" for name in counts.failures]
    if succeeded and not step.reports:
        counts.passed += 1
    # A step that ran no test has not shown anything.
    if (not succeeded and not counts.failed) or (succeeded and not counts.passed):
        counts.fail(f"{step.name}: see {log.path}")
    say(f"{step.name:>14}: {counts} in {time.monotonic() - began:.0f} s")
    if not succeeded:
        say(log.tail())
    return counts


class Schedule:
    """Steps of a run, on two threads.

    Each thread takes the steps of its own kind first, in their order, and then those that compute.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._waiting = list(steps)
        self._names = {step.name for step in steps}
        self._ended: set[str] = set()
        self._bad: set[str] = set()
        self._total = Counts()
        self._changed = threading.Condition()

    def _take(self, kind: Kind) -> Step | None:
        """The next step of a thread, as soon as what it needs has ended; None at the end."""
        with self._changed:
            while True:
                mine = [s for k in (kind, Kind.COMPUTES) for s in self._waiting if s.kind is k]
                if not mine:
                    return None
                for step in mine:
                    if self._ended.issuperset(self._names.intersection(step.needs)):
                        self._waiting.remove(step)
                        return step
                self._changed.wait()

    def _run(self, step: Step) -> None:
        if bad := self._bad.intersection(step.needs):
            counts = Counts()
            counts.fail(f"{step.name}: not run, for {' and '.join(sorted(bad))} failed")
        else:
            counts = run_step(step)
        with self._changed:
            self._total.add(counts)
            if counts.failed:
                self._bad.add(step.name)
            self._ended.add(step.name)
            self._changed.notify_all()

    def _run_all(self, kind: Kind) -> None:
        while step := self._take(kind):
            self._run(step)

    def run(self) -> Counts:
        """Runs all steps and counts their tests; Ctrl-C ends all that was started."""
        builds = threading.Thread(target=self._run_all, args=(Kind.BUILDS,), daemon=True)
        try:
            builds.start()
            self._run_all(Kind.WAITS)
            builds.join()
        finally:
            end_all()
        return self._total
