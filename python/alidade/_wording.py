"""Words messages of the library for callers of Python: names of C become those of Python."""

from __future__ import annotations

import re
from typing import Any

from ._message_names import IN_PYTHON

__all__ = ["in_python", "reworded"]

_NAME = re.compile(r"\b(?P<article>an? )?(?P<name>ald_\w+|ALD_[A-Z_]+(?:<X>)?)")


def in_python(message: str) -> str:
    """A message of the library, with what Python calls the things that it names."""
    if "ald_" not in message and "ALD_" not in message:
        return message
    return _NAME.sub(_called, message)


def reworded(found: Any, key: str) -> Any:
    """A value of the library in which all that stands under a key are such messages."""
    if isinstance(found, list):
        return [reworded(item, key) for item in found]
    if not isinstance(found, dict):
        return found
    return {
        name: _all_in_python(item) if name == key else reworded(item, key)
        for name, item in found.items()
    }


def _all_in_python(found: Any) -> Any:
    """The same of a message, or of a map to messages."""
    if isinstance(found, dict):
        return {name: _all_in_python(item) for name, item in found.items()}
    return in_python(found) if isinstance(found, str) else found


def _called(found: re.Match[str]) -> str:
    name = found["name"]
    called = IN_PYTHON.get(name) or _classes().get(name, name)
    if not found["article"]:
        return called
    return f"an {called}" if called[0] in "AEIOaeio" else f"a {called}"


def _classes() -> dict[str, str]:
    """The classes of handles by their names in C: "ald_frame_stream" is a FrameStream."""
    from ._classes import CLASSES

    names = (name for _, name in CLASSES.values())
    return {"ald" + re.sub("([A-Z])", r"_\1", name).lower(): name for name in names}
