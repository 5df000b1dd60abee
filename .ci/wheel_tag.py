"""Tells what a wheel weighs, and which versioned symbols of its libraries set its tag."""

from __future__ import annotations

import io
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection, GNUVerSymSection

# What the systems have that docs/install.md names: the oldest are RHEL 9 and Fedora 35.
NEWEST = {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13)}


def needed(library: bytes) -> dict[str, list[str]]:
    """The symbols that a library imports, by their version."""
    elf = ELFFile(io.BytesIO(library))
    versions: dict[int, str] = {}
    symbols = elf.get_section_by_name(".dynsym")
    numbers = None
    for section in elf.iter_sections():
        if isinstance(section, GNUVerNeedSection):
            for _, auxiliaries in section.iter_versions():
                for auxiliary in auxiliaries:
                    versions[auxiliary["vna_other"]] = auxiliary.name
        elif isinstance(section, GNUVerSymSection):
            numbers = section
    found: dict[str, list[str]] = defaultdict(list)
    if numbers is None or symbols is None:
        return found
    for i in range(symbols.num_symbols()):
        number = numbers.get_symbol(i)["ndx"]
        if isinstance(number, int) and number in versions:
            found[versions[number]].append(symbols.get_symbol(i).name)
    return found


def rank(version: str) -> tuple[str, tuple[int, ...]]:
    """The family of a version, and its number to compare with others of the family."""
    family, _, number = version.rpartition("_")
    return family, tuple(int(part) for part in number.split(".") if part.isdigit())


def libraries(wheel: zipfile.ZipFile) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The libraries in a wheel, each with the symbols that it imports."""
    for name in wheel.namelist():
        if ".so" in name:
            yield name, needed(wheel.read(name))


def too_new(wheel: zipfile.ZipFile, newest: Mapping[str, tuple[int, ...]] = NEWEST) -> list[str]:
    """The symbols in a wheel that the systems of its tag do not have."""
    return [
        f"{name} needs {symbol} of {version}; "
        f"the newest allowed is {family}_{'.'.join(map(str, newest[family]))}"
        for name, symbols in libraries(wheel)
        for version in symbols
        for family, number in [rank(version)]
        if family in newest and number > newest[family]
        for symbol in symbols[version]
    ]


def main() -> None:
    """Tells it of the wheels that the command line names."""
    for path in sys.argv[1:]:
        print(f"{path}: {Path(path).stat().st_size / 1e6:.2f} MB")
        with zipfile.ZipFile(path) as wheel:
            for name, symbols in libraries(wheel):
                print(f"  {name}: {wheel.getinfo(name).file_size / 1e6:.2f} MB unpacked")
                newest: dict[str, str] = {}
                for version in sorted(symbols, key=rank):
                    newest[rank(version)[0]] = version
                for version in newest.values():
                    some = ", ".join(sorted(symbols[version])[:6])
                    print(f"  {name}: {version} for {some}")


if __name__ == "__main__":
    main()
