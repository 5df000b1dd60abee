"""Tests against judges: packages and instruments' clients that others wrote.

They need the judges of their room, in a virtual environment of the room's name that holds
`tests/requirements/ROOM.txt`: `build/venvs/ROOM/bin/python -m pytest tests/python/judged/ROOM`.
Any other Python leaves them out.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leaves rooms out whose judges are not in this environment."""
    if collection_path.parent == HERE and collection_path.is_dir():
        return collection_path.name != Path(sys.prefix).name or None
    return None
