"""Numbers have points whatever the locale: instruments, drivers, examples, sources."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from alidade import _library
from support import ROOT

# German writes decimal commas; so does Turkish, whose small I has no dot.
LOCALES = ["de_DE.UTF-8", "tr_TR.UTF-8"]
EXPERIMENTS = ROOT / "examples" / "experiments"


@pytest.fixture(scope="module")
def example_driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("driver") / "sysfs.so"
    source = ROOT / "examples" / "driver" / "sysfs.c"
    command = ["cc", "-std=c99", f"-I{ROOT / 'include'}", "-fPIC", "-shared", source, "-o", target]
    subprocess.run(command, check=True, timeout=60)
    return target


def tried_in(name: str, driver: Path, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("in_locale.py"), name, driver, folder],
        capture_output=True, text=True, timeout=120, env={**os.environ, "LC_ALL": name},
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.fixture(scope="module")
def plain(example_driver: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is said in the locale that every program begins with."""
    said = tried_in("C", example_driver, tmp_path_factory.mktemp("C"))
    assert said["point"] == "."
    return said


def shape(text: str) -> str:
    """A text without its digits and signs: noise may change them, a locale the rest."""
    return re.sub(r"[-+]?\d+", "#", text)


@pytest.mark.parametrize("name", LOCALES)
def test_instruments_drivers_and_mocks(
    name: str, plain: dict[str, Any], example_driver: Path, tmp_path: Path
) -> None:
    said = tried_in(name, example_driver, tmp_path)
    assert said["point"] == ","
    assert set(plain["simulated"]) <= set(said), "in_locale.py asks not all"
    for instrument in plain["simulated"]:
        assert list(map(shape, said[instrument])) == list(map(shape, plain[instrument]))
    assert re.fullmatch(r"[+]\d\.\d{4}E-\d\d\n", said["newport-1830c"][0])
    assert re.fullmatch(r"\d\.\d{9}E-\d\d\n", said["mock-meter"][1])
    assert "1.25\r\n" in said["esp300"]
    assert said["drivers"] == plain["drivers"]
    assert said["held fast"] == plain["held fast"]
    assert "stands at 0 mm instead of 1.5 mm" in said["held fast"]
    assert said["example"] == ["0.0205", "0.0125", "12.5\n", "holds no number; give another file"]
    for told in said["transcripts"].values():
        assert re.search(r"\d\.\d", told)
        assert not re.search(r"\d,\d", told)


# The C examples, as parts of a program that has set its locale.

ARGUMENTS: dict[str, list[str | Path]] = {
    "camera_stream": [],
    "computer_series": [EXPERIMENTS / "computer.toml", "table.csv", "3", "0.05"],
    "gradient_source": [],
    "half_wave_plate": [],
    "malus": [EXPERIMENTS / "malus.toml", "table.csv", "5"],
    "move_and_read": [],
    "presets": [EXPERIMENTS / "microscope.toml"],
    "stop_on_signal": ["15"],
    "watch_events": [EXPERIMENTS / "changes.toml", "10"],
}
EXAMPLES = sorted(path.stem for path in (ROOT / "examples" / "c").glob("*.c"))

MAIN = """
#include <locale.h>
int example_main(); /* some take no arguments */
int main(int argc, char **argv) {
    if (setlocale(LC_ALL, "") == 0 || *localeconv()->decimal_point != ',') return 99;
    return example_main(argc, argv);
}
"""


@pytest.mark.parametrize("example", EXAMPLES)
def test_c_examples(example: str, tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text(MAIN)
    source = ROOT / "examples" / "c" / f"{example}.c"
    flags = ["-std=c99", f"-I{ROOT / 'include'}"]
    library = Path(_library.path)
    for command in (
        ["cc", *flags, "-Dmain=example_main", "-c", source, "-o", "example.o"],
        ["cc", *flags, "main.c", "example.o", library, f"-Wl,-rpath,{library.parent}", "-o",
         "example"],
    ):  # fmt: skip
        subprocess.run(command, check=True, timeout=60, cwd=tmp_path)
    for name in LOCALES:
        done = subprocess.run(
            [tmp_path / "example", *ARGUMENTS[example]], capture_output=True, text=True, timeout=60,
            cwd=tmp_path, env={**os.environ, "LC_ALL": name}, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done
        assert not re.search(r"\d,\d", done.stdout), done.stdout
        for table in tmp_path.glob("*.csv"):
            header, *rows = csv.reader(table.open(encoding="utf-8"))
            assert rows
            assert {len(row) for row in rows} == {len(header)}, table.read_text()
            table.unlink()


# The sources, and what was made of them.

# Functions of C and C++ that look at the locale of the program for numbers or letters.
FORBIDDEN = re.compile(
    r"\b(strto(d|f|ld)|atof|v?[sf]?w?scanf|sto(d|f|ld)|to(upper|lower)|strn?casecmp|strcoll"
    r"|is(alpha|alnum|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit)"
    r"|setlocale|uselocale|newlocale|localeconv|nl_langinfo|mbs?r?towcs?|wcs?r?tombs?)\s*\("
    r"|#include <(cctype|ctype\.h|clocale|locale\.h|sstream|strstream|iomanip|regex|format)>"
)
# Streams are for the one example of C++, which gives them the locale that has points.
STREAMS = re.compile(r"#include <(iostream|fstream|iomanip|locale|ostream|istream|sstream)>")
PRINTS = re.compile(r"\bv?(f|s|sn|d|as)?printf\w*\s*\(")
NUMBER = re.compile(r"(?<!%)%[-+ #0']*[\d*]*(\.[\d*]+)?[lL]?[aefgAEFG]")
LOCAL_FORMAT = re.compile(r'"[^"\n]*\{[^{}"\n]*:[^{}"\n]*L\}[^"\n]*"')


@cache
def sources() -> dict[str, str]:
    files = [
        path.relative_to(ROOT)
        for folder in ("lib", "drivers", "examples", "include")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".c", ".h", ".cpp", ".hpp", ".in") and "build" not in path.parts
    ]
    assert len(files) > 150
    return {str(file): (ROOT / file).read_text("utf-8") for file in files}


def without_comments(text: str) -> str:
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)


def calls(text: str, function: re.Pattern[str]) -> Iterator[str]:
    """The calls of a function, from its name to the parenthesis that closes it."""
    for found in function.finditer(text):
        depth, end = 1, found.end()
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield text[found.start() : end]


def offences(text: str) -> list[str]:
    """What of a source follows the locale of the program."""
    code = without_comments(text)
    found = [match.group() for match in FORBIDDEN.finditer(code)]
    found += [call for call in calls(code, PRINTS) if NUMBER.search(call)]
    found += LOCAL_FORMAT.findall(code)
    if "imbue(std::locale::classic())" in code:
        found = [each for each in found if not STREAMS.match(each)]
    else:
        found += [match.group() for match in STREAMS.finditer(code)]
    return found


def test_no_source_follows_the_locale() -> None:
    found = {file: offences(text) for file, text in sources().items()}
    assert {file: each for file, each in found.items() if each} == {}


@pytest.mark.parametrize(
    "text",
    [
        'snprintf(text, sizeof text, "%s %+.4E", name, x);',
        'fprintf(file, "%.15g\\n",\n        number / scale);',
        "x = strtod(text, &end);",
        "const double x = std::stod(text);",
        "if (std::isalpha(c)) {",
        "std::transform(b, e, b, ::tolower(c));",
        "#include <sstream>",
        "#include <iostream>\nstd::cout << 1.5;",
        'fmt::format("{:L}", x)',
    ],
)
def test_the_guard_sees_it(text: str) -> None:
    assert offences(text)


def test_the_guard_lets_pass() -> None:
    assert not offences('fprintf(stderr, "%s: %-4d of 5 %%f\\n", name, n); // strtod("%g")')
    assert not offences("std::isfinite(x) && host->number_parse(text, size, &x, NULL, NULL)")


def test_the_library_calls_nothing_that_follows_the_locale() -> None:
    """Also what no source shows: std::to_string of a double calls vsnprintf."""
    listed = subprocess.run(
        ["nm", "-D", "--undefined-only", _library.path], capture_output=True, text=True, check=True
    ).stdout
    names = {line.split()[-1].partition("@")[0] for line in listed.splitlines()}
    assert "pthread_create" in names or "memcpy" in names, listed
    follow = re.compile(
        r"_*(isoc\d+_)?(v(sn|s|as)printf(_chk)?|strto(d|f|ld)(_l)?|v?s?scanf|ato[f]|to(upper|lower)"
        r"|ctype_\w+_loc|setlocale|localeconv|newlocale|uselocale)|_ZNS(o|t).*(ostream|istream).*"
    )
    assert sorted(name for name in names if follow.fullmatch(name)) == []
