"""Sizes of the library and of the wheel.

ALIDADE_LIBRARY names the library, ALIDADE_WHEELS the folder of the wheel where one was built.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from harness import Result, arguments, report


def stripped(library: Path) -> int:
    """Bytes of a library without its symbols for debuggers."""
    if not shutil.which("strip"):
        return library.stat().st_size
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run(["strip", "-o", file.name, str(library)], check=True)
        return Path(file.name).stat().st_size


def main() -> None:
    arguments(__doc__)
    library = Path(os.environ["ALIDADE_LIBRARY"]).resolve()
    results = [
        Result("the library", library.stat().st_size / 1e6, "MB"),
        Result("the library, stripped", stripped(library) / 1e6, "MB"),
    ]
    wheels = os.environ.get("ALIDADE_WHEELS", "build/wheel")
    for wheel in sorted(Path(wheels).glob("alidade-*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        results.append(Result("the wheel", wheel.stat().st_size / 1e6, "MB"))
        results.append(Result("the wheel, installed", unpacked / 1e6, "MB"))
    report("Sizes", results)


if __name__ == "__main__":
    main()
