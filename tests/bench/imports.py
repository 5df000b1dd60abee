"""What `import alidade` takes beyond cffi, in fresh processes."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys

from harness import Result, Settings, arguments, report

# cffi's own module of compiled code comes first, so that what is left is ours.
PROGRAM = "import _cffi_backend, alidade"
LINE = re.compile(r"import time:\s*(\d+) \|\s*(\d+) \|(\s*)(\S+)")


def once(program: str, module: str) -> float:
    """Milliseconds that the import of a module takes, with what it imports itself."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program],
        check=True, capture_output=True, text=True,
    ).stderr  # fmt: skip
    for line in told.splitlines():
        match = LINE.match(line)
        if match and match[4] == module:
            return int(match[2]) / 1000
    raise AssertionError(f"{module} is not in:\n{told}")


def median(program: str, module: str, settings: Settings) -> float:
    runs = 3 * settings.repeats
    return statistics.median(once(program, module) for _ in range(runs))


def main() -> None:
    settings = arguments(__doc__)
    report(
        "Import, in fresh processes",
        [
            Result(
                "alidade beyond cffi", median(PROGRAM, "alidade", settings), "ms", goal=15
            ),
            Result("alidade.aio beyond alidade and asyncio", median(
                "import asyncio, alidade, alidade.aio", "alidade.aio", settings), "ms"),
            Result("cffi", median("import _cffi_backend", "_cffi_backend", settings), "ms"),
            Result("numpy, which alidade imports when it is needed",
                   median("import numpy", "numpy", settings), "ms"),
        ],
    )  # fmt: skip


if __name__ == "__main__":
    main()
