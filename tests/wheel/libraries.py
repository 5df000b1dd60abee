"""What the wheel may carry and what it may ask of the machine; everything else is refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile

OURS = "alidade/lib/libalidade.so.0.1"

# Libraries that auditwheel may put beside ours: begin of the file's name, and its licence file.
# A new one needs a licence of the list below, and that file in docs/licences.
GRAFTED = {"libserialport": "libserialport.txt"}

# Libraries whose headers are compiled in.
COMPILED_IN = {"expected.txt", "fmt.txt", "tomlplusplus.txt"}

LICENCES = {
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT with an exception",
    "Zlib",
}

# What every machine of the tag has.
OF_THE_SYSTEM = {
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "libstdc++.so.6",
}


def is_library(name: str) -> bool:
    return ".so" in PurePosixPath(name).suffixes


def licence_files(wheel: zipfile.ZipFile) -> dict[str, str]:
    """The licences of others that the wheel carries: file name and text."""
    return {
        PurePosixPath(name).name: wheel.read(name).decode()
        for name in wheel.namelist()
        if ".dist-info/licenses/docs/licences/" in name and not name.endswith("/")
    }


def dynamic(library: bytes) -> tuple[list[str], list[str], list[str]]:
    """The libraries that a library needs, its search paths, and the symbols that it offers."""
    elf = ELFFile(io.BytesIO(library))
    section = elf.get_section_by_name(".dynamic")
    assert isinstance(section, DynamicSection)
    needed = [tag.needed for tag in section.iter_tags("DT_NEEDED")]
    paths = [tag.runpath for tag in section.iter_tags("DT_RUNPATH")]
    paths += [tag.rpath for tag in section.iter_tags("DT_RPATH")]
    symbols = elf.get_section_by_name(".dynsym")
    offered = [
        symbol.name
        for symbol in symbols.iter_symbols()
        if symbol["st_shndx"] != "SHN_UNDEF" and symbol["st_info"]["bind"] != "STB_LOCAL"
    ]
    return needed, paths, offered


def problems(wheel: zipfile.ZipFile) -> list[str]:
    """What a wheel carries or needs that nobody has allowed."""
    found = []
    licences = licence_files(wheel)
    carried = {PurePosixPath(n).name for n in wheel.namelist() if is_library(n)}
    for name in filter(is_library, wheel.namelist()):
        needed, _, _ = dynamic(wheel.read(name))
        for other in needed:
            if other not in OF_THE_SYSTEM and other not in carried:
                found.append(f"{name} needs {other}, which is neither carried nor of every system")
        if name == OURS:
            continue
        stem = PurePosixPath(name).name
        licence = next((file for begin, file in GRAFTED.items() if stem.startswith(begin)), None)
        if licence is None:
            found.append(f"{name} is not in the list of libraries that may be carried")
        elif licence not in licences:
            found.append(f"{name} is carried without its licence, docs/licences/{licence}")
    for file in sorted(COMPILED_IN - licences.keys()):
        found.append(f"the licence of what is compiled in is missing: docs/licences/{file}")
    for file, text in licences.items():
        declared = [line for line in text.splitlines() if line.startswith("Licence: ")]
        if len(declared) != 1 or declared[0].partition(": ")[2] not in LICENCES:
            found.append(f"docs/licences/{file} declares no allowed licence: {declared}")
    return found
