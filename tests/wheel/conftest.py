"""The wheel under test: the one in the folder that ALIDADE_WHEELS names."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def wheel() -> Path:
    folder = os.environ.get("ALIDADE_WHEELS")
    if not folder:
        pytest.fail("ALIDADE_WHEELS must name the folder that `sh .ci/wheel.sh FOLDER` filled")
    found = sorted(Path(folder).glob("alidade-*.whl"))
    assert len(found) == 1, f"expected one wheel in {folder}, found {[f.name for f in found]}"
    return found[0].resolve()


@pytest.fixture(scope="session")
def archive(wheel: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(wheel) as opened:
        yield opened
