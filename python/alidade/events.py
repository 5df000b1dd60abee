"""Events of devices and labs: to iterate over, or handed to a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._call import NULL, call
from ._closing import WaitingClosable
from ._constants import Policy
from ._handle import Handle
from ._library import ffi, lib
from ._waiting import Delivery, join, waits
from .queue import Queue, Record, Records, kind_number

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["Events", "Subscription"]


class Events(Records):
    """Events as they happen. Iterate over it; close it, or use it in a `with` block.

    Example:
        >>> with stage.events("property.changed") as events:
        ...     speed = stage.set("velocity", 20.0)
        ...     print(events.next().payload)
        {'device': 'stage', 'property': 'velocity', 'value': 20.0}
    """

    __slots__ = ("__weakref__", "_end", "_of", "_unsubscribe", "queue")

    queue: Queue
    """Queue in which the events wait."""

    def __init__(
        self,
        of: CData,
        subscribe: Callable[..., int],
        unsubscribe: Callable[..., int],
        kinds: tuple[int | str, ...],
        policy: str | Policy,
        capacity: int,
    ) -> None:
        """Subscribes to the events of an object; `x.events(...)` is how to make one."""
        numbers = [kind_number(kind) for kind in kinds] or [0]
        self.queue = Queue(capacity, policy)
        # Nobody gets what comes when this object is gone, also if it never came to be.
        self._end = ffi.gc(self.queue._h, lib.ald_queue_close)
        self._of, self._unsubscribe = of, unsubscribe
        for number in numbers:
            call(subscribe, of, self.queue._h, number, 0)

    @waits
    def next(self, timeout: float | None = None) -> Record:
        """Waits for the next event.

        Args:
            timeout: Seconds; None or `math.inf` waits without limit.

        Raises:
            TimedOutError: None came in time.
            ClosedError: It is closed, and none is left.
        """
        return self.queue.next(timeout)

    def close(self) -> None:
        """Ends the subscription; a wait for the next event ends too."""
        self._unsubscribe(self._of, self.queue._h, NULL)
        self.queue.close()

    def __repr__(self) -> str:
        return f"<Events {self.queue._state()}>"


class Subscription(WaitingClosable):
    """Events handed to a function, until it is closed."""

    __slots__ = ("__weakref__", "_delivery", "_events")

    def __init__(self, events: Events, function: Callable[[Record], Any]) -> None:
        """Makes one; `x.subscribe(...)` is how to."""
        self._events = events
        self._delivery: Delivery = Delivery(events, function)

    def _begin(self) -> None:
        """Begins to hand events over."""
        try:
            self._delivery.begin()
        except BaseException:
            self._events.close()
            raise

    @property
    def exception(self) -> BaseException | None:
        """The last exception that the function raised; events go on coming."""
        return self._delivery.exception

    @waits
    def close(self) -> None:
        """Ends it. When this returns the function does not run any more.

        From inside the function itself it returns at once.
        """
        self._events.close()
        join(self._delivery)

    def __repr__(self) -> str:
        return f"<Subscription {self._events.queue._state()}>"


class EventSource(Handle):
    """An object of the library that has events."""

    __slots__ = ()

    # How its events are got and given up.
    _subscribe: Callable[..., int]
    _unsubscribe: Callable[..., int]

    def events(
        self,
        *kinds: int | str,
        policy: str | Policy = Policy.DROP_OLDEST,
        capacity: int = 1024,
    ) -> Events:
        """Events to iterate over: of a device and its children; of all devices of a lab.

        A lab gives those of devices that are added later, too.

        Args:
            *kinds: For example "property.changed"; none for all.
            policy: What is lost when nobody takes them: see `alidade.Queue`.
            capacity: So many may wait.

        Raises:
            NotFoundError: No such kind; the message names the nearest.
        """
        return Events(self._h, self._subscribe, self._unsubscribe, kinds, policy, capacity)

    def subscribe(self, kind: int | str, function: Callable[[Record], Any]) -> Subscription:
        """Calls a function for each event of a kind, until the token is closed.

        Args:
            kind: For example "property.changed".
            function: Is given the `Record`; one call at a time, on a thread of its own (in
                `alidade.aio` in the event loop). What it raises goes to the log.

        Returns:
            The token, with `close()`.

        Raises:
            NotFoundError: No such kind; the message names the nearest.
        """
        subscription = Subscription(self.events(kind), function)
        subscription._begin()  # no call after it: an interrupt would leave it to nobody
        return subscription
