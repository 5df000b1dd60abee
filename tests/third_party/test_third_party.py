"""Libraries of others, built by `.ci/third_party.sh` from pinned sources into a cache."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LUA = Path(__file__).with_name("lua")
BIN = Path(sys.executable).parent

pytestmark = pytest.mark.timeout(900)  # a fetch and a build on a busy machine

# An sdist whose build backend tells when it runs: pip must compare the sum before.
BACKEND = """
import os, pathlib
def _ran():
    pathlib.Path(os.environ["BACKEND_RAN"]).touch()
def get_requires_for_build_wheel(config_settings=None):
    _ran()
    return []
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    about = pathlib.Path(folder, "answer-1.0.dist-info")
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\\nName: answer\\nVersion: 1.0\\n")
    (about / "WHEEL").write_text("Wheel-Version: 1.0\\nTag: py3-none-any\\n")
    return about.name
def build_wheel(folder, config_settings=None, metadata_directory=None):
    raise NotImplementedError
"""
SDIST = {
    "answer.c": "int answer(void);\nint answer(void) { return 42; }\n",
    "answer.h": "int answer(void);\n",
    "COPYING": "Do what you like.\n",
    "PKG-INFO": "Metadata-Version: 2.1\nName: answer\nVersion: 1.0\n",
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\n'
    'backend-path = ["."]\n[project]\nname = "answer"\nversion = "1.0"\n',
    "backend.py": BACKEND,
}
RECIPE = """
version=1.0
origin='pypi answer'
sha256={sum}
licence=COPYING
build() {{
    $CC $CFLAGS -c answer.c
    $AR rcs "$out/lib/libanswer.a" answer.o
    cp answer.h "$out/include"
}}
"""
PATCH = """
--- a/answer.c
+++ b/answer.c
@@ -1,2 +1,2 @@
 int answer(void);
-int answer(void) { return 42; }
+int answer(void) { return 43; }
"""


@dataclass
class ThirdParty:
    """A copy of `.ci` with recipes to change, and the cache that it fills."""

    ci: Path
    cache: Path
    environment: dict[str, str]

    @property
    def script(self) -> Path:
        return self.ci / "third_party.sh"

    def start(self, name: str, variant: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["sh", self.script, name, variant],
            env={
                **os.environ, "ALIDADE_CACHE": str(self.cache), **self.environment, **environment,
            },
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def folder(self, name: str, variant: str) -> tuple[Path, str]:
        """The folder that was built or found, and what was told meanwhile."""
        process = self.start(name, variant)
        out, told = process.communicate(timeout=800)
        assert process.returncode == 0, told
        return Path(out.strip()), told

    def refused(self, name: str, variant: str, **environment: str) -> str:
        """The complaint; nothing may be left that a later call would take for a build."""
        process = self.start(name, variant, **environment)
        out, told = process.communicate(timeout=800)
        assert process.returncode == 1, told
        assert out == ""
        assert [p.name for p in (self.cache / "third_party").glob("work-*")] == []
        return told

    def recipe(self, name: str) -> Path:
        return self.ci / "third_party" / name / "recipe.sh"

    def builds(self, name: str) -> list[str]:
        return [p.name for p in (self.cache / "third_party").glob(f"{name}-*")]

    def patch(self, name: str, text: str) -> None:
        patches = self.ci / "third_party" / name / "patches"
        patches.mkdir(exist_ok=True)
        (patches / "0002-of-the-test.patch").write_text(text)


def copied(folder: Path, cache: Path, **environment: str) -> ThirdParty:
    ci = folder / ".ci"
    ci.mkdir(parents=True)
    for name in ("setup.sh", "third_party.sh"):
        shutil.copy(ROOT / ".ci" / name, ci)
    shutil.copytree(ROOT / ".ci" / "third_party", ci / "third_party")
    return ThirdParty(ci, cache, environment)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empty at first, so that each run fetches and builds."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def third_party(tmp_path: Path, cache: Path) -> ThirdParty:
    return copied(tmp_path / "copy", cache)


@pytest.fixture
def answer(tmp_path: Path, cache: Path) -> ThirdParty:
    """A library of one function from an sdist in a folder; nothing is built of it yet."""
    index = tmp_path / "index"
    index.mkdir()
    sdist = index / "answer-1.0.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        for name, text in SDIST.items():
            entry = tarfile.TarInfo(f"answer-1.0/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    for left in (
        (cache / "third_party").glob("*/answer-*"),
        (cache / "third_party").glob("answer-*"),
    ):
        for path in left:
            shutil.rmtree(path)
    made = copied(
        tmp_path / "copy", cache,
        PIP_NO_INDEX="1", PIP_FIND_LINKS=str(index), BACKEND_RAN=str(tmp_path / "ran"),
    )  # fmt: skip
    made.recipe("answer").parent.mkdir()
    digest = hashlib.sha256(sdist.read_bytes()).hexdigest()
    made.recipe("answer").write_text(RECIPE.format(sum=digest))
    return made


def returned(folder: Path, work: Path) -> int:
    """What `answer` of the archive in a folder returns."""
    (work / "main.c").write_text('#include "answer.h"\nint main(void) { return answer(); }\n')
    program = work / "main"
    subprocess.run(
        ["gcc", f"-I{folder}/include", work / "main.c", folder / "lib/libanswer.a", "-o", program],
        check=True,
    )
    return subprocess.run([program], check=False).returncode


def symbols(*words: str | Path) -> str:
    return subprocess.run(["nm", *words], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    ("compiler", "sanitizer", "variant"),
    [("gcc", "none", "gcc"), ("clang-14", "address", "clang-address")],
)
def test_lua_of_debian_in_two_variants(
    third_party: ThirdParty, tmp_path: Path, compiler: str, sanitizer: str, variant: str
) -> None:
    build = tmp_path / "build"
    subprocess.run(
        [
            BIN / "meson", "setup", build, LUA, f"-Dthird_party={third_party.script}",
            f"-Db_sanitize={sanitizer}", "-Db_lundef=false",
        ],
        env={**os.environ, "CC": compiler, "ALIDADE_CACHE": str(third_party.cache)},
        check=True,
    )  # fmt: skip
    subprocess.run([BIN / "ninja", "-C", build], check=True)

    def evaluated(expression: str) -> str:
        return subprocess.run(
            [build / "evaluate", expression], check=True, capture_output=True, text=True
        ).stdout

    assert evaluated("return _VERSION .. ' ' .. (function(a, ...) return a * ... end)(6, 7)") == (
        "Lua 5.4 42\n"
    )
    assert evaluated("return package.path .. package.cpath") == "\n", "our patch was not applied"

    # Found again at once, with nothing touched.
    folder, told = third_party.folder("lua", variant)
    archive = folder / "lib" / "liblua.a"
    before = archive.stat()
    again, told_again = third_party.folder("lua", variant)
    assert told == told_again == ""
    assert again == folder
    after = archive.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert third_party.cache in folder.parents

    assert ("__asan_" in symbols(archive)) is (sanitizer == "address")
    offered = symbols("-D", "--defined-only", build / "libevaluator.so")
    assert "evaluate" in offered
    assert "lua_" not in offered, "symbols of what is linked in are seen outside"
    assert "PUC-Rio" in (folder / "licence.txt").read_text()


def test_a_wrong_sum_of_a_debian_source(third_party: ThirdParty) -> None:
    recipe = third_party.recipe("lua")
    (right,) = [x for x in recipe.read_text().splitlines() if x.startswith("sha256=")]
    recipe.write_text(recipe.read_text().replace(right, f"sha256={'0' * 64}"))
    told = third_party.refused("lua", "gcc")
    assert right.partition("=")[2] in told
    assert "0" * 64 in told
    assert str(recipe) in told


def test_a_version_that_debian_has_not(third_party: ThirdParty) -> None:
    recipe = third_party.recipe("lua")
    recipe.write_text(recipe.read_text().replace("version=5.4", "version=5.99"))
    told = third_party.refused("lua", "gcc")
    assert "could not fetch the source of lua5.4 5.99" in told
    assert f"raise version and sha256 in {recipe}" in told


def test_an_sdist(answer: ThirdParty, tmp_path: Path) -> None:
    folder, told = answer.folder("answer", "gcc")
    assert "fetching answer 1.0" in told
    assert returned(folder, tmp_path) == 42
    assert (folder / "licence.txt").read_text() == SDIST["COPYING"]
    other, told = answer.folder("answer", "clang")
    assert other != folder
    assert "fetching" not in told
    assert "building answer 1.0 for clang" in told


def test_a_wrong_sum_of_an_sdist(answer: ThirdParty, tmp_path: Path) -> None:
    index = Path(answer.environment["PIP_FIND_LINKS"])
    (sdist,) = index.iterdir()
    sdist.write_bytes(sdist.read_bytes() + b"\0")
    told = answer.refused("answer", "gcc")
    assert hashlib.sha256(sdist.read_bytes()).hexdigest() in told
    assert str(answer.recipe("answer")) in told
    assert not (tmp_path / "ran").exists(), "what was fetched has run before its sum was compared"
    assert answer.builds("answer") == []


def test_a_source_that_was_changed_in_the_cache(answer: ThirdParty) -> None:
    answer.folder("answer", "gcc")
    (sdist,) = (answer.cache / "third_party" / "sources" / "answer-1.0").iterdir()
    sdist.write_bytes(sdist.read_bytes() + b"\0")
    told = answer.refused("answer", "clang")
    assert "answer-1.0.tar.gz of answer has SHA-256" in told
    assert len(answer.builds("answer")) == 1


def test_patches(answer: ThirdParty, tmp_path: Path) -> None:
    plain, _ = answer.folder("answer", "gcc")
    answer.patch("answer", PATCH)
    patched, _ = answer.folder("answer", "gcc")
    assert patched != plain
    assert returned(patched, tmp_path) == 43
    assert returned(plain, tmp_path) == 42
    answer.patch("answer", PATCH.replace("return 42", "return 41"))
    told = answer.refused("answer", "gcc")
    assert "0002-of-the-test.patch does not apply to answer 1.0" in told
    assert sorted(answer.builds("answer")) == sorted([plain.name, patched.name])


def test_a_build_that_fails_in_the_middle(answer: ThirdParty) -> None:
    recipe = answer.recipe("answer")
    text = recipe.read_text()
    recipe.write_text(text.replace("    cp answer.h", "    false\n    cp answer.h"))
    for _ in range(2):
        told = answer.refused("answer", "gcc")
        assert "answer 1.0 could not be built with ccache gcc" in told or (
            "answer 1.0 could not be built with gcc" in told
        )
        assert answer.builds("answer") == []
    recipe.write_text(text)
    answer.folder("answer", "gcc")


def test_no_network(answer: ThirdParty, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    told = answer.refused("answer", "gcc", PIP_FIND_LINKS=str(empty))
    assert "pip could not fetch the sdist of answer 1.0" in told
    by_hand = answer.cache / "third_party" / "sources" / "answer-1.0"
    assert f"put the source into {by_hand}" in told
    # As it says.
    shutil.copytree(answer.environment["PIP_FIND_LINKS"], by_hand)
    folder, told = answer.folder("answer", "gcc")
    assert "fetching" not in told
    assert (folder / "lib" / "libanswer.a").exists()


def test_two_at_once_build_once(answer: ThirdParty) -> None:
    processes = [answer.start("answer", "gcc") for _ in range(3)]
    ended = [process.communicate(timeout=800) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], ended
    assert len({out for out, _ in ended}) == 1
    assert sum(told.count("building answer") for _, told in ended) == 1


def test_what_is_asked_for_must_be_known(third_party: ThirdParty) -> None:
    assert "there is no recipe for 'luna'; known are: lua" in third_party.refused("luna", "gcc")
    told = third_party.refused("lua", "gcc-memory")
    assert "there is no variant 'gcc-memory'; known are gcc and clang" in told
    third_party.recipe("lua").write_text("version=1\n")
    assert "does not set origin" in third_party.refused("lua", "gcc")
