"""Runs clang-tidy over source files, several at a time; fails if it says anything."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor


def tidy(build: str, source: str) -> str:
    ended = subprocess.run(
        [
            "clang-tidy-14",
            "--quiet",
            "--warnings-as-errors=*",
            "--extra-arg=-Wno-unknown-warning-option",  # the commands are those of gcc
            *("-p", build),
            source,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout if ended.returncode else ""


def main() -> int:
    build, *sources = sys.argv[1:]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = [text for text in pool.map(lambda s: tidy(build, s), sources) if text]
    print("\n".join(said))
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
