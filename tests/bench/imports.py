"""What `import alidade` takes beyond cffi, in fresh processes.

Processor time is counted, not the time on the clock: what else runs on the machine does not matter.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

from harness import Result, Settings, arguments, report

# The compiled part of cffi is all that the package imports of it.
CFFI = "import _cffi_backend"


def once(program: str) -> float:
    """Milliseconds that a process with this program computes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-I", "-c", f"import sys; {program}"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def beyond(program: str, base: str, settings: Settings) -> float:
    """Milliseconds that a program takes more than another; runs of both take turns."""
    runs = 1 if settings.repeats == 1 else 4 * settings.repeats
    pairs = [(once(program), once(base)) for _ in range(runs)]
    return statistics.median(a for a, _ in pairs) - statistics.median(b for _, b in pairs)


def main() -> None:
    settings = arguments(__doc__)
    # -I leaves PYTHONPATH out, so that a user's own start-up files do not count.
    paths = f"sys.path[:0] = {sys.path!r}; "
    ours = f"{paths}{CFFI}; import alidade"
    results = [
        Result("alidade beyond cffi", beyond(ours, paths + CFFI, settings), "ms", goal=15),
        Result("alidade.aio beyond alidade and asyncio", beyond(
            f"{ours}, asyncio, alidade.aio", f"{ours}, asyncio", settings), "ms"),
        Result("cffi", beyond(paths + CFFI, paths, settings), "ms"),
        Result("numpy, which alidade imports when it is needed",
               beyond(f"{paths}import numpy", paths, settings), "ms"),
    ]  # fmt: skip
    report("Import, in fresh processes", results)


if __name__ == "__main__":
    main()
