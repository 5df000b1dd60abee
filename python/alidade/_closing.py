"""Context managers: `with` closes the object at its end, and maybe opens it at its begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ._waiting import waits

if TYPE_CHECKING:
    from types import TracebackType

C = TypeVar("C", bound="Closable")
W = TypeVar("W", bound="WaitingClosable")
N = TypeVar("N", bound="Openable")


class Closable:
    """Closed at the end of a `with` block, without waiting."""

    __slots__ = ()

    def close(self) -> None:
        """Closes it."""
        raise NotImplementedError

    def __enter__(self: C) -> C:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        place: TracebackType | None,
    ) -> None:
        self.close()


class WaitingClosable:
    """Closed at the end of a `with` block, which may wait for that."""

    __slots__ = ()

    @waits
    def close(self) -> None:
        """Closes it."""
        raise NotImplementedError

    @waits
    def __enter__(self: W) -> W:
        return self

    @waits
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        place: TracebackType | None,
    ) -> None:
        self.close()


class Openable(WaitingClosable):
    """Opened at the begin of a `with` block and closed at its end."""

    __slots__ = ()

    @waits
    def open(self) -> object:
        """Opens it."""
        raise NotImplementedError

    @waits
    def __enter__(self: N) -> N:
        self.open()
        return self
