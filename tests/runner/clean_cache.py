"""Remembers which texts a check found nothing wrong with, across builds and clones.

Only clean results are kept, as empty files named by the hash of all that the result depends on:
whoever loses the folder loses time and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

# Texts that nobody had for this long have changed since.
KEPT_S = 30 * 24 * 3600


def cache_folder() -> Path:
    """The folder beside the compiler's cache: outside of the build and of the clone."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(home) / "alidade"


class CleanCache:
    """The hashes of texts that are known to be clean."""

    def __init__(self, name: str) -> None:
        self._folder = cache_folder() / name

    @staticmethod
    def key(*parts: str | bytes) -> str:
        """Hashes everything that the result of a check depends on."""
        hashed = hashlib.blake2b(digest_size=20)
        for part in parts:
            data = part.encode() if isinstance(part, str) else part
            hashed.update(len(data).to_bytes(8, "little") + data)
        return hashed.hexdigest()

    def has(self, key: str) -> bool:
        """Looks a hash up; what is found stays for another month."""
        try:
            os.utime(self._folder / key)
        except OSError:
            return False
        return True

    def add(self, key: str) -> None:
        """Remembers a hash as clean."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / key).touch()

    def prune(self) -> None:
        """Forgets the hashes that nobody asked for in a month."""
        limit = time.time() - KEPT_S
        for entry in self._folder.glob("*"):
            if entry.stat().st_mtime < limit:
                entry.unlink(missing_ok=True)
