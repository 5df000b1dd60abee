"""Devices that give frames."""

from __future__ import annotations

from collections.abc import Iterator

from ._constants import Policy
from ._properties import FrameProducerProperties
from ._waiting import waits
from .frames import Frame
from .streams import FrameStream, open_stream

__all__ = ["FrameProducer"]

_CAPACITY = 16
_LEASE_CAP = 64


class FrameProducer(FrameProducerProperties, capability="frame_producer"):
    """A device that gives frames.

    What it does not have raises NotFoundError; `properties` tells what it has. Frames carry the
    values that were in force when they were exposed.
    """

    __slots__ = ()

    @waits
    def next_frame(self, timeout: float | None = None) -> Frame:
        """Gives the next frame, without a copy.

        They come by a stream of the camera's own, which begins with the first `arm` or
        `next_frame` and keeps the newest 16; where other streams are open, it keeps the
        newest one alone. Being interrupted loses none.

        Args:
            timeout: Seconds; None is the exposure, the period of the frames and 10 s, or without
                limit where what triggers the camera comes from outside; `math.inf` waits without
                limit.

        Raises:
            TimedOutError: None came in time.
            LimitError: 64 frames are in use; release some.
            DisconnectedError: The camera has gone away.
            ClosedError: It is closed.
        """
        frames = self._frames()
        return frames.next(timeout)

    @waits
    def frames(
        self,
        count: int | None = None,
        *,
        policy: str | Policy = Policy.DROP_OLDEST,
        capacity: int = _CAPACITY,
        lease_cap: int = _LEASE_CAP,
        timeout: float | None = None,
    ) -> Iterator[Frame]:
        """Gives frame after frame, by a stream of its own that ends with the loop.

        Args:
            count: How many; None goes on until the camera is closed.
            policy: See `stream`.
            capacity: See `stream`.
            lease_cap: See `stream`.
            timeout: Seconds for each frame, as `next_frame` takes them.

        Raises:
            TimedOutError: A frame did not come in time.
        """
        with self.stream(policy=policy, capacity=capacity, lease_cap=lease_cap) as stream:
            given = 0
            while count is None or given < count:
                yield stream.next(timeout)
                given += 1

    def stream(
        self,
        *,
        policy: str | Policy = Policy.DROP_OLDEST,
        capacity: int = _CAPACITY,
        lease_cap: int = _LEASE_CAP,
    ) -> FrameStream:
        """Opens one more stream of the camera's frames. It gives those from now on.

        Args:
            policy: What happens when `capacity` frames wait: "latest" keeps only the newest one,
                "drop_oldest" and "drop_newest" throw one away, "lossless" makes a camera wait that
                can; one that cannot loses frames at the source, which every stream sees.
            capacity: Most frames that wait.
            lease_cap: Most frames that may be in use at the same time; beyond that, `next` raises
                LimitError, for this stream alone.

        Raises:
            InvalidError: A bad policy, or a number below 1.
            ClosedError: The camera is closed.
        """
        return FrameStream._own(open_stream(self._h, policy, capacity, lease_cap))

    def _frames(self) -> FrameStream:
        """The stream of `next_frame`."""
        frames: FrameStream | None = self._memory.get("frames")
        if frames is None:
            # Open just in case: beside other streams it needs no memory of its own.
            frames = self._memory["frames"] = FrameStream._own(
                open_stream(self._h, Policy.DROP_OLDEST, _CAPACITY, _LEASE_CAP, spare=True)
            )
        return frames
