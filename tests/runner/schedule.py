"""Runs steps on two threads: tests on one, builds on the other.

Tests wait more than they compute. The builds take what the tests leave of the processors, at the
lowest priority, so that they disturb no test; a test step begins when its build has ended. While
no test can run the builds have the machine for themselves.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Sequence

from runner.log import LOGS, Log, end_all, say
from runner.report import Counts, count_all
from runner.steps import Step


def run_step(step: Step) -> Counts:
    """Runs a step and says how it went."""
    for report in step.reports:
        report.unlink(missing_ok=True)
    log = Log(LOGS / f"{step.name}.log", nice=step.is_build)
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
    """Steps of a run, builds on one thread and tests on another."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._ended = {step.name: threading.Event() for step in steps}
        self._bad: set[str] = set()
        self._total = Counts()
        self._lock = threading.Lock()

    def _run(self, step: Step) -> None:
        for name in step.needs:
            self._ended[name].wait()
        if bad := self._bad.intersection(step.needs):
            counts = Counts()
            counts.fail(f"{step.name}: not run, for {' and '.join(sorted(bad))} failed")
        else:
            counts = run_step(step)
        with self._lock:
            self._total.add(counts)
            if counts.failed:
                self._bad.add(step.name)
        self._ended[step.name].set()

    def _run_steps(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self._run(step)

    def run(self) -> Counts:
        """Runs all steps and counts their tests; Ctrl-C ends all that was started."""
        builds = [s for s in self._steps if s.is_build]
        thread = threading.Thread(target=self._run_steps, args=(builds,), daemon=True)
        try:
            thread.start()
            self._run_steps([s for s in self._steps if not s.is_build])
            thread.join()
        finally:
            end_all()
        return self._total
