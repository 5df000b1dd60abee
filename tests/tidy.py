"""Runs clang-tidy over source files; fails if it says anything.

``tidy.py [--analyze] BUILD SOURCE...`` takes the compile commands from the folder BUILD. Sources
whose preprocessed text was found clean before are skipped. The rest are looked at in batches (see
`runner.batches`); where a batch has something to say, each of its sources is looked at by itself,
and what is said then counts. With --analyze each source is looked at by itself, with the static
analyzer's checks (clang-analyzer-*), which take ten times as long as all others.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runner.batches import Batch, batches
from runner.clean_cache import CleanCache

ROOT = Path(__file__).resolve().parent.parent
TIDY = "clang-tidy-14"
CLANG = "clang++-14"
CONFIGURATION = ROOT / ".clang-tidy"
# Options of the compile command that say where its output goes, by how many words they take.
OUTPUT = {"-c": 1, "-MD": 1, "-o": 2, "-MQ": 2, "-MF": 2}
# A precompiled header would hide that a source lacks an include; this one is gcc's, besides.
PRECOMPILED = {"-fpch-preprocess": 1, "-include": 2}


def flags_of(command: str, source: str) -> tuple[str, ...]:
    """What a compile command says of the language, the macros and the include folders."""
    words = shlex.split(command)
    while not words[0].startswith("-"):  # ccache and the compiler
        words.pop(0)
    kept: list[str] = []
    dropped = {**OUTPUT, **PRECOMPILED}
    while words:
        count = dropped.get(words[0], 0)
        taken, words = words[: count or 1], words[count or 1 :]
        # The folder of the target's own objects, -I....p, holds nothing to include.
        if not count and taken[0] != source and not taken[0].endswith(".p"):
            kept += taken
    return (*kept, "-Wno-unknown-warning-option")  # the commands are those of gcc


class Tidy:
    """Clang-tidy with the project's checks, and the memory of what it found clean."""

    def __init__(self, build: Path, analyze: bool) -> None:
        self._build = build
        self._analyze = analyze
        self._checks = () if analyze else ("--checks=-clang-analyzer-*",)
        self._cache = CleanCache("tidy")
        version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
        self._fixed = (version, CONFIGURATION.read_bytes(), " ".join(self._checks))
        commands = json.loads((build / "compile_commands.json").read_text())
        self._commands = {
            str((build / c["file"]).resolve()): flags_of(c["command"], c["file"]) for c in commands
        }

    def _flags(self, path: str) -> tuple[str, ...]:
        """The flags of a source; of its nearest neighbour where options leave it out."""
        near = max(self._commands, key=lambda other: len(os.path.commonpath((other, path))))
        return self._commands.get(path, self._commands[near])

    def _key(self, source: str, flags: tuple[str, ...]) -> str | None:
        """Hashes what clang-tidy sees of a source, with comments (NOLINT) and macros."""
        text = subprocess.run(
            [CLANG, *flags, "-w", "-E", "-CC", "-dD", os.path.relpath(source, self._build)],
            cwd=self._build, check=False, capture_output=True,
        )  # fmt: skip
        if text.returncode:
            return None  # it does not compile: clang-tidy says why
        return CleanCache.key(*self._fixed, " ".join(flags), text.stdout)

    def _says(self, path: str, flags: tuple[str, ...]) -> str:
        ended = subprocess.run(
            [TIDY, "--quiet", "--warnings-as-errors=*", f"--config-file={CONFIGURATION}",
             *self._checks, path, "--", *flags],
            cwd=self._build, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return (ended.stdout or ended.stderr) if ended.returncode else ""

    def _is_clean_together(self, batch: Batch) -> bool:
        with tempfile.NamedTemporaryFile("w", suffix=".cpp") as together:
            for source in batch.sources:
                together.write(f'#include "{source}" // NOLINT(bugprone-suspicious-include)\n')
            together.flush()
            return not self._says(together.name, batch.flags)

    def _run_batch(self, batch: Batch, keys: dict[str, str | None]) -> str:
        """Looks at a batch at once, and at its sources one by one if that was not clean."""
        together = len(batch.sources) > 1 and self._is_clean_together(batch)
        all_said = ""
        for source in batch.sources:
            said = "" if together else self._says(source, batch.flags)
            all_said += said
            if not said and (key := keys[source]):
                self._cache.add(key)
        return all_said

    def run(self, sources: list[str]) -> str:
        """Looks at sources and gives what is to be said of them."""
        paths = [str(Path(s).resolve()) for s in sources]
        self._cache.prune()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            keys = dict(zip(paths, pool.map(lambda p: self._key(p, self._flags(p)), paths)))
            unclean = [p for p in paths if not (keys[p] and self._cache.has(keys[p]))]
            described = [(p, self._flags(p), Path(p).read_text()) for p in unclean]
            if self._analyze:
                todo = [Batch(flags, [p]) for p, flags, _ in described]
            else:
                todo = batches(described)
            print(f"{len(paths)} sources, {len(unclean)} to look at in {len(todo)} batches")
            return "".join(pool.map(lambda b: self._run_batch(b, keys), todo))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--analyze", action="store_true", help="run the static analyzer too")
    parser.add_argument("build", type=Path)
    parser.add_argument("sources", nargs="+")
    arguments = parser.parse_args()
    said = Tidy(arguments.build.resolve(), arguments.analyze).run(arguments.sources)
    print(said, end="")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
