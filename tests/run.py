"""Builds the project in its variants and runs its tests, step by step.

Each step says what it does and how long it took, and logs to build/logs/NAME.log. The failed tests
are named at the end. The last line is ``N passed, N failed, N skipped``.
"""

from __future__ import annotations

import argparse
import sys

from runner.changed import Selection, changed_files, select
from runner.log import LOGS
from runner.schedule import Schedule
from runner.steps import Step, all_steps


def with_needs(steps: list[Step], wanted: set[str]) -> list[Step]:
    """The wanted steps and the builds that they need, in their order."""
    wanted = set(wanted)
    for step in reversed(steps):
        if step.name in wanted:
            wanted |= set(step.needs)
    return [s for s in steps if s.name in wanted]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="run the long tests too")
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="run this step and the builds it needs"
    )
    parser.add_argument(
        "--changed", nargs="?", const="", metavar="COMMIT",
        help="run what the changes since COMMIT can reach (without it: since main, or the last"
        " commit)",
    )  # fmt: skip
    arguments = parser.parse_args()
    known = [step.name for step in all_steps(arguments.full)]
    wanted = set(arguments.only or known)
    if not wanted <= set(known):
        parser.error(f"there is no step {wanted - set(known)}; known are {', '.join(known)}")
    selection = Selection()
    if arguments.changed is not None:
        files = changed_files(arguments.changed)
        selection = select(files)
        print(f"{len(files)} changed files reach: {selection}", flush=True)
        wanted &= set(known) if selection.steps is None else selection.steps
    LOGS.mkdir(parents=True, exist_ok=True)
    steps = all_steps(arguments.full, sorted(selection.python_files))
    total = Schedule(with_needs(steps, wanted)).run()
    for name in total.failures:
        print(f"FAILED {name}")
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
