"""What the tests of the headers and of all that is made of them share."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "lib"))
sys.path.insert(0, str(Path(__file__).parent))

from gen.headers import parse_library  # noqa: E402 (the path comes first)
from gen.model import Library  # noqa: E402


@pytest.fixture(scope="session")
def root() -> Path:
    """The source tree."""
    return ROOT


@pytest.fixture(scope="session")
def library() -> Library:
    """The headers, parsed."""
    return parse_library(ROOT / "include" / "alidade")


@pytest.fixture(scope="session")
def built_library() -> Path:
    """The built shared library."""
    path = os.environ.get("ALIDADE_LIBRARY", "")
    if not Path(path).is_file():
        pytest.fail("set ALIDADE_LIBRARY to the built libalidade.so; it is " + (path or "not set"))
    return Path(path).resolve()


@pytest.fixture(scope="session")
def julia() -> str:
    """The Julia to test with: $JULIA, or the one on the path."""
    command = os.environ.get("JULIA", "julia")
    path = shutil.which(command)
    if path is None:
        pytest.fail(f"{command} is not installed; .ci/setup.sh gets it")
    # Julia 1.5 dies of any exception if it finds a newer libunwind than it was built with.
    throw = "f(x) = error(x); try f(1) catch end"
    probe = subprocess.run([path, "--startup-file=no", "-e", throw], check=False)
    if probe.returncode != 0:
        pytest.fail(f"{path} cannot throw exceptions (status {probe.returncode})")
    return path


@pytest.fixture(scope="session")
def load_module() -> Callable[[str], ModuleType]:
    """Loads one file of the Python package, without the package around it."""
    parent = ModuleType("generated")
    parent.__path__ = [str(ROOT / "python" / "alidade")]
    sys.modules.setdefault(parent.__name__, parent)

    def load(name: str) -> ModuleType:
        path = ROOT / "python" / "alidade" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(f"generated.{name}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
