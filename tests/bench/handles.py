"""Prints what bench_handles measured, the check alone without the call around it.

Usage: handles.py FILE, the JSON that `bench_handles --benchmark_out=FILE` writes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from harness import Result, report


def main() -> None:
    measured = json.loads(Path(sys.argv[1]).read_text())
    times = {run["name"]: run["cpu_time"] for run in measured["benchmarks"]}
    empty = times["empty_call"]
    report(
        "Handles, from C",
        [
            Result("the check, one handle", times["check/1/threads:1"] - empty, "ns", goal=5),
            Result("the check, 1024 handles", times["check/1024/threads:1"] - empty, "ns", goal=5),
            Result("the check, of garbage", times["check_of_garbage"] - empty, "ns", goal=5),
            Result(
                "a getter: check, pin, read, unpin", times["whole_call/threads:1"] - empty, "ns"
            ),
            Result("one reference more and less", times["reference"], "ns"),
            Result("a value made and given back", times["make_and_give_back"], "ns"),
            Result("an empty call, not counted in the first four", empty, "ns"),
        ],
    )


if __name__ == "__main__":
    main()
