"""Tells which versioned symbols of a wheel's libraries set the tag of the wheel."""

from __future__ import annotations

import io
import sys
import zipfile
from collections import defaultdict

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection, GNUVerSymSection


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


def main() -> None:
    """Tells it of the wheels that the command line names."""
    for path in sys.argv[1:]:
        print(path)
        with zipfile.ZipFile(path) as wheel:
            for name in wheel.namelist():
                if ".so" not in name:
                    continue
                symbols = needed(wheel.read(name))
                newest: dict[str, str] = {}
                for version in sorted(symbols, key=rank):
                    newest[rank(version)[0]] = version
                for version in newest.values():
                    some = ", ".join(sorted(symbols[version])[:6])
                    print(f"  {name}: {version} for {some}")


if __name__ == "__main__":
    main()
