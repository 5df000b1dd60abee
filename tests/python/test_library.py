"""Finding the library, and refusing what does not fit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alidade._library import lib
from support import ROOT, run_python

IMPORT = "import alidade; print(alidade.__version__)"


def test_it_says_where_it_looked(tmp_path: Path) -> None:
    missing = tmp_path / "nothing.so"
    done = run_python(IMPORT, ALIDADE_LIBRARY=str(missing))
    assert done.code == 1, done
    assert "ImportError: the library of alidade was not found" in done.err
    assert f"{missing}: no such file" in done.err
    assert "ALIDADE_LIBRARY" in done.err


def test_beside_the_package(tmp_path: Path) -> None:
    """As in a wheel; without ALIDADE_LIBRARY."""
    package = tmp_path / "alidade"
    shutil.copytree(
        ROOT / "python" / "alidade", package, ignore=shutil.ignore_patterns("__pycache__")
    )
    alone = run_python(IMPORT, ALIDADE_LIBRARY="", PYTHONPATH=str(tmp_path))
    assert alone.code == 1, alone
    assert f"{package}/lib/libalidade.so.0.1: no such file" in alone.err
    assert "libalidade.so.0.1: cannot open shared object file" in alone.err
    (package / "lib").mkdir()
    shutil.copy(os.environ["ALIDADE_LIBRARY"], package / "lib" / "libalidade.so.0.1")
    found = run_python(IMPORT, ALIDADE_LIBRARY="", PYTHONPATH=str(tmp_path))
    assert found.code == 0, found
    assert found.out.strip() == "0.1.0"


def compiled(folder: Path, source: str) -> Path:
    code, library = folder / "other.c", folder / "libother.so"
    code.write_text(source)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(code)], check=True)
    return library


def test_another_abi_version_is_refused_with_both_versions(tmp_path: Path) -> None:
    other = compiled(
        tmp_path,
        "int ald_abi_version(void) { return 99; }\n"
        'const char *ald_version(void) { return "7.8.9"; }\n',
    )
    done = run_python(IMPORT, ALIDADE_LIBRARY=str(other))
    assert done.code == 1, done
    assert f"ImportError: this package is for ABI version {lib.ALD_ABI}" in done.err
    assert "(version 7.8.9) has ABI version 99" in done.err


def test_another_library_is_refused(tmp_path: Path) -> None:
    other = compiled(tmp_path, "int other(void) { return 1; }")
    done = run_python(IMPORT, ALIDADE_LIBRARY=str(other))
    assert done.code == 1, done
    assert "ImportError" in done.err
    assert f"{other} is not libalidade" in done.err


def test_a_file_that_is_no_library(tmp_path: Path) -> None:
    text = tmp_path / "text.so"
    text.write_text("text")
    done = run_python(IMPORT, ALIDADE_LIBRARY=str(text))
    assert done.code == 1, done
    assert "ImportError" in done.err
    assert str(text) in done.err


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="the module is named otherwise")
def test_sub_interpreters_are_refused() -> None:
    done = run_python(
        """
        import _xxsubinterpreters as interpreters
        number = interpreters.create(isolated=False)
        interpreters.run_string(number, '''
        try:
            import alidade
        except ImportError as error:
            print("refused:", error)
        '''.replace("\\n        ", "\\n"))
        interpreters.destroy(number)
        import alidade
        print(alidade.MockReadable(value=2).read())
        """
    )
    assert done.code == 0, done
    assert "refused: alidade cannot be imported in a sub-interpreter" in done.out
    assert done.out.endswith("2.0\n")


def test_importing_starts_no_thread_and_no_numpy() -> None:
    done = run_python(
        """
        import os, sys, threading
        import alidade
        print(threading.active_count(), len(os.listdir("/proc/self/task")))
        print(*(name for name in ("numpy", "asyncio", "ctypes") if name in sys.modules))
        """
    )
    assert done.out.split("\n")[:2] == ["1 1", ""], done


def test_names() -> None:
    import alidade
    from alidade._library import ffi, lib

    for name in alidade.__all__:
        assert getattr(alidade, name) is not None
    assert alidade.__version__ == "0.1.0"
    assert lib.ald_has_feature(b"toml") == 1
    assert lib.ald_has_feature(b"nothing") == 0
    assert b"toml" in ffi.string(lib.ald_feature_names()).split()


def test_modules_are_imported_when_they_are_asked_for() -> None:
    done = run_python(
        """
        import sys, alidade
        print("alidade.log" in sys.modules, alidade.log.level().name, alidade.values.to_json([1]))
        print(alidade.aio.MockMovable.__module__)
        try:
            alidade.nothing
        except AttributeError as error:
            print(error)
        """
    )
    assert done.out.splitlines() == [
        "False WARNING [1]",
        "alidade.aio.mocks",
        "module 'alidade' has no attribute 'nothing'",
    ], done
