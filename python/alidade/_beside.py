"""Descriptions of tables: a JSON file beside each has settings of devices, versions and fits."""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._call import text
from ._library import lib

if TYPE_CHECKING:
    from .fit import Fit

__all__ = ["About", "fit_as_json", "path_beside", "read_beside", "versions"]

FORMAT = "alidade recording 1"


def path_beside(table: str | os.PathLike[str]) -> Path:
    """The name of the JSON file beside a table: "scan.json" for "scan.csv"."""
    path = Path(os.fsdecode(table))
    if path.suffix.lower() in ("", ".json"):
        return path.with_name(f"{path.name}.json")
    return path.with_suffix(".json")


def read_beside(table: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads the file beside a table; nothing where there is none.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no such file.
    """
    path = path_beside(table)
    if not path.exists():
        return {}
    found = json.loads(path.read_text("utf-8"))
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f"{path} is none of alidade's: its format is not {FORMAT!r}")
    return found


def versions() -> dict[str, str]:
    """Versions of all that has a part in numbers."""
    return {
        "alidade": text(lib.ald_version()),
        "abi": str(lib.ald_abi_version()),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
    }


class About:
    """A JSON file that is written whole each time."""

    __slots__ = ("content", "path")

    def __init__(self, table: str | os.PathLike[str]) -> None:
        self.path = path_beside(table)
        self.content: dict[str, Any] = {
            "format": FORMAT,
            "table": Path(os.fsdecode(table)).name,
            "versions": versions(),
        }

    def write(self, **more: Any) -> None:
        """Adds something, and writes the file.

        Raises:
            OSError: It cannot be written.
        """
        self.content.update(more)
        temporary = self.path.with_name(f"{self.path.name}.part")
        temporary.write_text(
            json.dumps(_plain(self.content), indent=1, ensure_ascii=False, default=str) + "\n",
            "utf-8",
        )
        os.replace(temporary, self.path)


def fit_as_json(
    fit: Fit, x: str, y: str, bounds: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A fit, with all that is needed to do it again."""
    return {
        "model": fit.model,
        "x": x,
        "y": y,
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "parameters": dict(fit),
        "errors": fit.errors,
        "covariance": fit.covariance.tolist(),
        "chi_squared": fit.chi_squared,
        "degrees_of_freedom": fit.degrees_of_freedom,
        "sigma": None if fit.sigma is None else fit.sigma.tolist(),
        "fixed": {name: fit[name] for name in fit.fixed},
        "bounds": {name: list(pair) for name, pair in (bounds or {}).items()},
        "at_bound": list(fit.at_bound),
    }


def _plain(x: Any) -> Any:
    """JSON has no numbers for NaN and infinities: they become texts, which `float` reads."""
    if isinstance(x, float) and not math.isfinite(x):
        return str(x)
    if isinstance(x, Mapping):
        return {str(key): _plain(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [_plain(value) for value in x]
    return x
