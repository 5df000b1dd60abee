"""Writes all that is made of the public headers, or checks that it is up to date.

python3 lib/gen            writes
python3 lib/gen --check    compares with what is there and fails if anything is stale
python3 lib/gen --new NOUN [--room ROOM]
                           makes the files of a new noun, which build and pass, and writes
"""

from __future__ import annotations

import argparse
import difflib
import itertools
import sys
from pathlib import Path

if not __package__:  # run as a folder: Python has put the folder itself on the path
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from gen import (
    aio,
    capabilities,
    cffi_module,
    cffi_stub,
    constants,
    cpp_header,
    cpp_kinds,
    function_rows,
    julia_includes,
    julia_kinds,
    julia_module,
    julia_properties,
    kind_numbers,
    layout,
    message_names,
    property_table,
    python_classes,
    python_names,
    python_properties,
    reference,
    scaffold,
    source_lists,
    symbols,
    umbrella,
)
from gen.headers import parse_library
from gen.problems import HeaderError, SourceError

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = "docs/reference"
# Limit of the lines shown of a stale file's difference.
DIFF_LINES = 20


def generate(root: Path) -> dict[str, str]:
    """The text of every generated file, by its path from the root."""
    include = root / "include"
    library = parse_library(include / "alidade")
    if new := kind_numbers.missing(library):
        raise SourceError(f"{kind_numbers.FILE}: no kind for {', '.join(new)}: run python3 lib/gen")
    return {
        "python/alidade/_ffi.py": cffi_module.render(library),
        "python/alidade/_ffi.pyi": cffi_stub.render(library),
        "python/alidade/_constants.py": constants.render(library),
        "examples/julia/Alidade/src/generated.jl": julia_module.render(library),
        "lib/alidade.map": symbols.render_map(library),
        "docs/symbols-in-versions": symbols.render_table(library),
        "tests/abi/layout.golden": layout.render(library, include),
        **{f"{REFERENCE}/{name}": text for name, text in reference.render(library).items()},
        **umbrella.render(library, root),
        **cpp_kinds.render(library, root),
        **capabilities.render(root),
        **source_lists.render(root, (cpp_kinds.SKINS,)),
        **cpp_header.render(library),
        **function_rows.render(library),
        **julia_includes.render(library, root),
        **julia_kinds.render(library, root),
        **julia_properties.render(root),
        **message_names.render(root),
        **python_classes.render(library, root),
        **python_names.render(root),
        **python_properties.render(root),
        **property_table.render(root),
        **aio.render(root),
    }


def leftover(root: Path, files: dict[str, str]) -> list[str]:
    """Pages of headers, and twins of modules, that are no more."""
    made = [*(root / REFERENCE).glob("*.md")]
    made += [path for path in (root / aio.TWIN).rglob("*.py") if not aio.is_by_hand(path)]
    names = (path.relative_to(root).as_posix() for path in made)
    return sorted(name for name in names if name not in files)


def number_kinds(root: Path) -> None:
    """Gives new nouns their numbers, which all else is made with."""
    library = parse_library(root / "include" / "alidade")
    if kind_numbers.missing(library):
        text = kind_numbers.numbered(library, root)
        (root / kind_numbers.FILE).write_text(text, "utf-8")
        print(f"wrote {kind_numbers.FILE}")


def write(root: Path, files: dict[str, str]) -> None:
    """Writes the files that differ, so that the others keep their times."""
    for name, text in files.items():
        path = root / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote {name}")
    for name in leftover(root, files):
        (root / name).unlink()
        print(f"removed {name}")


def stale(root: Path, files: dict[str, str]) -> list[str]:
    """Compares with what is there: for each stale file its name and the head of the difference."""
    reports = [f"{name}: is made of nothing that is there" for name in leftover(root, files)]
    for name, text in files.items():
        path = root / name
        if not path.exists():
            reports.append(f"{name}: missing")
            continue
        old = path.read_text("utf-8")
        if old != text:
            lines = difflib.unified_diff(
                old.splitlines(), text.splitlines(), "committed", "generated", n=1, lineterm=""
            )
            head = "\n".join(f"    {line[:100]}" for line in itertools.islice(lines, DIFF_LINES))
            reports.append(f"{name}: stale\n{head}")
    return reports


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="lib/gen", description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--new", metavar="NOUN", help="make the files of a new noun first")
    parser.add_argument(
        "--room", default="base", help="where it goes in lib/ (default: %(default)s)"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the source tree")
    options = parser.parse_args(arguments)
    try:
        if options.new:
            for path in scaffold.scaffold(options.root, options.new, options.room):
                print(f"by hand from now on: {path}")
        if not options.check:
            number_kinds(options.root)
        files = generate(options.root)
    except (HeaderError, SourceError) as error:
        print(error, file=sys.stderr)
        return 1
    if not options.check:
        write(options.root, files)
        return 0
    reports = stale(options.root, files)
    if reports:
        print("\n".join(reports), file=sys.stderr)
        print("generated files are stale: run python3 lib/gen and commit", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
