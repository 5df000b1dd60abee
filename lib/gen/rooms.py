"""The rooms whose names every language knows: what a room's headers declare is called after it.

A room `compose` has the headers compose.h and compose_<x>.h with `ald_compose_<x>` and
`ALD_COMPOSE_<X>`, the Python package `alidade.compose` with its twin `alidade.aio.compose`, and the
Julia module `Alidade.Compose`. What belongs to no room has no prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .model import Enum, Header, Library
from .problems import Problem


@dataclass(frozen=True)
class Room:
    """Room whose nouns have its name in C, Python and Julia."""

    name: str
    """Name in C and Python: "compose"."""
    doc: str
    """Description for the docstrings of the package and the module."""
    julia: str = ""

    @property
    def module(self) -> str:
        """The module in Julia: "Compose"."""
        return self.julia or self.name.capitalize()

    def has_header(self, header: Header) -> bool:
        """Tells whether a header belongs to the room."""
        return header.name == self.name or header.name.startswith(f"{self.name}_")

    def has_name(self, name: str) -> bool:
        """Tells whether a name of C is one of the room's."""
        return name.lower().startswith((f"ald_{self.name}_", f"ald_kind_{self.name}_"))


ROOMS = (
    Room("acquire", "Plans, runs and their documents."),
    Room("compose", "Projects, layers, effects and what is rendered of them."),
    Room("md", "Molecular dynamics: topologies, simulations, trajectories.", julia="MD"),
    Room("peer", "Other machines: pairing, transfers, streams, remote devices."),
    Room("script", "Scripts and the engines that run them."),
    Room("store", "Recordings: written, recovered, read."),
)


def check_rooms(library: Library) -> Iterator[Problem]:
    """Checks that a room's headers declare its names, and no other header does."""
    for header in library.headers:
        own = next((room for room in ROOMS if room.has_header(header)), None)
        for item in header.items:
            named = item.constants if isinstance(item, Enum) else (item,)
            for name, place in ((one.name, one.place) for one in named):
                of = next((room for room in ROOMS if room.has_name(name)), None)
                if own and of is not own:
                    yield Problem(
                        place, f"{name} is in a header of {own.name}, not ald_{own.name}_"
                    )
                elif of and not own and not name.startswith("ALD_KIND_"):
                    yield Problem(place, f"{name} belongs into a header of the room {of.name}")
