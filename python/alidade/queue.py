"""Queues of records: events, ends of operations, log lines. They are pulled, never pushed."""

from __future__ import annotations

from collections import deque
from functools import partial
from operator import setitem
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from . import errors
from ._call import ERROR_OUT, INT32, INT64, NULL, call, member, new, taken, text, timeout_ns
from ._closing import Closable
from ._constants import Event, Kind, Policy, Status, Type
from ._executor import elsewhere
from ._handle import Handle, number_of, output
from ._library import ffi, lib
from ._numbers import integer, number, plain
from ._unsplit import another, place, rooms, together
from ._values import to_native, wrapped
from ._waiting import blocking, filled, waits

if TYPE_CHECKING:
    import numpy as np

    from ._ffi import CData

__all__ = ["Queue", "QueueStats", "Record", "kind_name", "kind_number", "register_kind"]

R = TypeVar("R", bound="Records")

_QUEUE_OUT = ffi.typeof("ald_queue **")
_RECORD = ffi.typeof("ald_record *")
_RECORD_SIZE = ffi.sizeof("ald_record")
_STATS = ffi.typeof("ald_queue_stats *")
# Number of records that are drained at once when they are iterated over.
_BATCH = 256


class Record(NamedTuple):
    """Record of a queue.

    Attributes:
        kind: What happened, as a number.
        name: What happened: "property.changed".
        seq: Place in the queue: the first is 0, each further one more, the lost ones counted.
        lost_before: How many records were lost just before this one.
        source: Who made it; a device's is `device.id`; 0 for this program.
        t_mono_ns: When it was made, on the monotonic clock, in nanoseconds.
        tag: What was asked to be put here.
        payload: What it carries, or None.
        status: How an operation ended; OK otherwise.
        value: The number or bool that it carries, or None.
    """

    kind: int
    name: str
    seq: int
    lost_before: int
    source: int
    t_mono_ns: int
    tag: int
    payload: Any
    status: int
    value: bool | int | float | None


class QueueStats(NamedTuple):
    """Counters of a queue.

    Attributes:
        pushed: Records that were put in or should have been.
        lost: Records lost by the policy.
        waiting: Records waiting now.
        capacity: Most records that it holds.
    """

    pushed: int
    lost: int
    waiting: int
    capacity: int


class Records(Closable):
    """Gives record after record; a loop over it waits for them, and ends when it is closed."""

    __slots__ = ()

    @waits
    def next(self, timeout: float | None = None) -> Record:
        """Waits for the next record."""
        raise NotImplementedError

    @waits
    def __next__(self) -> Record:
        try:
            return self.next()
        except errors.ClosedError:
            raise StopIteration from None

    def __iter__(self: R) -> R:
        return self


class Queue(Handle, Records, type="queue"):
    """A queue of records with one consumer and any number of producers.

    Iterating over it waits for records and ends when it is closed and empty.

    Example:
        >>> with Queue(100) as queue:
        ...     queue.push(value=1.5)
        ...     queue.next().value
        1.5
    """

    __slots__ = ("_clearing", "_count", "_ready", "_room")
    _ready: deque[Record]
    # Batch that was drained and is no `Record` yet, and how many records are in it.
    _room: CData | None
    _clearing: list[partial[None]]
    _count: CData

    def __init__(self, capacity: int = 1024, policy: str | Policy = Policy.DROP_OLDEST) -> None:
        """Makes a queue.

        Args:
            capacity: Most records that it holds, 1 to 2**24.
            policy: What it does when it is full: "latest" keeps only the newest record,
                "drop_oldest" and "drop_newest" lose one, "lossless" holds the producer back.

        Raises:
            RangeError: A capacity out of range.
        """
        most = integer(capacity, "capacity")
        self._h = output(lib.ald_queue_new, most, policy_of(policy), out=_QUEUE_OUT)
        self._ready, self._room, self._count = deque(), None, new(INT64)

    @classmethod
    def _own(cls, pointer: CData) -> Queue:
        self = super()._own(pointer)
        self._ready, self._room, self._count = deque(), None, new(INT64)
        return self

    @waits
    def push(
        self,
        payload: object = None,
        *,
        kind: int | str = Event.USER,
        value: bool | float | None = None,
        tag: int = 0,
        source: int = 0,
        timeout: float | None = None,
    ) -> None:
        """Puts a record into the queue. A full lossless queue holds the caller back.

        Args:
            payload: What it carries; None for nothing.
            kind: What happened; see `register_kind`.
            value: A number or a bool that it carries; None for none.
            tag: Any number of 64 bits.
            source: Who made it; 0 is this program.
            timeout: Seconds to wait for room; None or `math.inf` waits without limit, 0 not at all.

        Raises:
            WouldBlockError: A lossless queue is full, and `timeout` is 0.
            TimedOutError: It stayed full.
            ClosedError: It is closed.
        """
        ns, h = timeout_ns(timeout, -1), self._h
        record = new(_RECORD)
        lib.ald_record_init(record, _RECORD_SIZE)
        record.kind = kind_number(kind)
        record.tag = integer(tag, "tag", is_signed=False)
        record.source = integer(source, "source", is_signed=False)
        record.value_type, record.integer, record.real = _scalar(value)
        carried = to_native(payload) if payload is not None else NULL
        record.payload = carried
        err = place(ERROR_OUT)
        status = lib.ald_queue_push(h, record, 0, NULL, err)
        if status == Status.WOULD_BLOCK and ns != 0:
            blocking(lambda cancel: call(lib.ald_queue_push, h, record, ns, cancel), h)
        elif status:
            raise taken(err)

    @waits
    def next(self, timeout: float | None = None) -> Record:
        """Takes the oldest record, waiting for it.

        Args:
            timeout: Seconds; None or `math.inf` waits without limit.

        Raises:
            TimedOutError: There was none in time.
            ClosedError: The queue is closed and empty.
        """
        ns = timeout_ns(timeout, -1)
        while not self._ready and not self._drain():
            if not filled(self._h, ns):
                raise errors.TimedOutError(f"no record came within {timeout} s", domain="queue")
        record = self._ready[0]
        del self._ready[0]  # no call: no interrupt comes before `return`
        return record

    def drain(self) -> list[Record]:
        """Takes all records that there are, oldest first, without waiting.

        Raises:
            ClosedError: The queue is closed and empty.
        """
        while self._drain():
            pass
        ready, self._ready = self._ready, deque()
        return list(ready)

    def _drain(self) -> int:
        """Moves a batch of records to `_ready`; gives their number."""
        if self._room is None:
            room, self._clearing = rooms(_BATCH)
            self._room = room
        room, waiting = self._room, self._count
        if not waiting[0]:  # an interrupt may have left a batch
            err = place(ERROR_OUT)
            status = lib.ald_queue_drain(self._h, room, _RECORD_SIZE, _BATCH, waiting, err)
            if status:
                if self._ready and status == Status.CLOSED:
                    return 0
                raise taken(err)
        count: int = waiting[0]
        records = [_record(room[index]) for index in range(count)]
        together(
            partial(self._ready.extend, records),
            partial(setitem, waiting, 0, 0),
            *self._clearing[:count],
        )
        return count

    @waits
    def read_array(
        self, max_count: int = 65536, timeout: float | None = None
    ) -> np.ndarray[Any, Any]:
        """Waits for records and takes them as a structured NumPy array, oldest first.

        This is the fast way: no Python object is made for a record. Payloads are thrown away.

        Args:
            max_count: Take at most so many.
            timeout: Seconds; None or `math.inf` waits without limit, 0 only looks.

        Returns:
            Fields kind, seq, lost_before, source, t_mono_ns, tag, flags, status, value_type,
            integer and real; shape (n,), empty if none came in time.

        Raises:
            ClosedError: The queue is closed and empty.
        """
        ns = timeout_ns(timeout, -1)
        if not filled(self._h, ns):
            return self._records(0)
        return self._records(integer(max_count, "max_count"))

    def _records(self, max_count: int) -> np.ndarray[Any, Any]:
        import numpy as np

        waiting = self.stats().waiting if max_count else 0
        result = np.empty(min(max_count, waiting), _dtype())
        # On a thread that no interrupt keeps from giving the payloads back.
        count = elsewhere(partial(_drain_into, self._h, result)) if result.size else 0
        return result[:count][_FIELDS]

    def fileno(self) -> int:
        """A file descriptor that is readable as long as there are records or it is closed.

        Poll it, with `select` or an event loop; never read, write or close it.

        Raises:
            LimitError: The process has no descriptor left.
        """
        return int(number_of(lib.ald_queue_fd, self._h, out=INT32))

    def stats(self) -> QueueStats:
        """Counters of the queue."""
        stats = new(_STATS)
        lib.ald_queue_stats_init(stats, ffi.sizeof("ald_queue_stats"))
        call(lib.ald_queue_get_stats, self._h, stats)
        return QueueStats(stats.pushed, stats.lost, stats.waiting, stats.capacity)

    def close(self) -> None:
        """Closes it: nothing goes in any more, what is in can be drained, waits end."""
        lib.ald_queue_close(self._h)

    def _state(self) -> str:
        try:
            stats = self.stats()
        except errors.Error as error:
            return error.code.name.lower()
        return f"{stats.waiting} of {stats.capacity}, {stats.lost} lost"


_FIELDS = [
    "kind",
    "seq",
    "lost_before",
    "source",
    "t_mono_ns",
    "tag",
    "flags",
    "status",
    "value_type",
    "integer",
    "real",
]
_dtypes: list[Any] = []


def _dtype() -> Any:
    """The NumPy type of a record; made when it is needed."""
    if not _dtypes:
        import numpy as np

        names, formats, offsets = [], [], []
        for name, field in ffi.typeof("ald_record").fields:
            names.append(name)
            kind = {"float": "f", "pointer": "u"}.get(
                field.type.kind, "i" if field.type.cname.startswith("int") else "u"
            )
            kind = "f" if field.type.cname == "double" else kind
            formats.append(f"{kind}{ffi.sizeof(field.type)}")
            offsets.append(field.offset)
        _dtypes.append(
            np.dtype(
                {
                    "names": names,
                    "formats": formats,
                    "offsets": offsets,
                    "itemsize": _RECORD_SIZE,
                }
            )
        )
    return _dtypes[0]


def _drain_into(queue: CData, result: np.ndarray[Any, Any]) -> int:
    """Fills an array with records without their payloads; gives their number."""
    import numpy as np

    room, count = ffi.cast("ald_record *", ffi.from_buffer(result)), new(INT64)
    call(lib.ald_queue_drain, queue, room, _RECORD_SIZE, result.size, count)
    payloads = result["payload"][: count[0]]
    held = np.ascontiguousarray(payloads[payloads != 0])
    if held.size:
        lib.ald_handle_unref_many(ffi.cast("void **", ffi.from_buffer(held)), held.size)
    return int(count[0])


def _record(record: CData) -> Record:
    """A Python object for a drained record, whose payload is borrowed."""
    payload = record.payload
    value_type = record.value_type
    value: bool | int | float | None = None
    if value_type == Type.DOUBLE:
        value = record.real
    elif value_type == Type.INT:
        value = record.integer
    elif value_type == Type.BOOL:
        value = bool(record.integer)
    kind = record.kind
    return Record(
        kind,
        kind_name(kind),
        record.seq,
        record.lost_before,
        record.source,
        record.t_mono_ns,
        record.tag,
        _payload(payload) if payload else None,
        record.status,
        value,
    )


def _payload(handle: CData) -> Any:
    if lib.ald_handle_kind(handle) in (Kind.VALUE, Kind.ERROR):
        return wrapped(handle)
    return wrapped(another(handle))


def _scalar(value: bool | float | None) -> tuple[int, int, float]:
    if value is None:
        return Type.NULL, 0, 0.0
    if isinstance(value, bool):
        return Type.BOOL, int(value), 0.0
    value = plain(value)
    if isinstance(value, int):
        return Type.INT, value, 0.0
    return Type.DOUBLE, 0, number(value, "value")


def policy_of(policy: str | Policy) -> Policy:
    """The policy for a name."""
    return policy if isinstance(policy, Policy) else member(Policy, policy, "policy")


_names: dict[int, str] = {}


def kind_name(kind: int) -> str:
    """The name of a kind of record: "op.ended"; "" for an unknown one."""
    name = _names.get(kind)
    if name is None:
        name = text(lib.ald_event_name(kind))
        if name:
            _names[kind] = name
    return name


def kind_number(kind: int | str) -> int:
    """The number of a kind of record.

    Raises:
        NotFoundError: No such kind; the message names the nearest.
    """
    if not isinstance(kind, str):
        return integer(kind, "kind")
    known = _known_kinds()
    found = known.get(kind)
    if found is None:
        import difflib

        nearest = difflib.get_close_matches(kind, known, 1)
        hint = f" (did you mean {nearest[0]!r}?)" if nearest else ""
        raise errors.NotFoundError(
            f"there is no kind of record {kind!r}{hint}; register_kind makes new ones"
        )
    return found


def _known_kinds() -> dict[str, int]:
    numbers = [int(kind) for kind in Event if kind < Event.FIRST_REGISTERED]
    result = {kind_name(number): number for number in numbers}
    number = int(Event.FIRST_REGISTERED)
    while name := kind_name(number):
        result[name] = number
        number += 1
    return result


def register_kind(name: str) -> int:
    """Makes a new kind of record, for the life of the process.

    Args:
        name: "<noun>.<past participle>" in lower-case letters, digits and "_".

    Returns:
        Its number; the same for the same name.

    Raises:
        InvalidError: A malformed name.
    """
    from ._call import name_bytes

    return int(number_of(lib.ald_event_register, name_bytes(name), out=INT32))
