"""`alidade info`."""

from __future__ import annotations

import platform
from importlib import metadata

PACKAGES = ("cffi", "numpy", "matplotlib", "rich", "tifffile")


def info() -> int:
    """Prints versions, features, drivers, and where the library is."""
    import alidade

    from .._call import text
    from .._library import lib

    rows = [
        ("alidade", alidade.__version__),
        ("library", alidade.get_library()),
        ("ABI version", str(lib.ald_abi_version())),
        ("features", text(lib.ald_feature_names())),
        ("drivers", ", ".join(driver["name"] for driver in alidade.drivers())),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        *((name, _version(name)) for name in PACKAGES),
        ("system", f"{platform.system()} {platform.release()}, {platform.machine()}"),
    ]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value}")
    return 0


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
