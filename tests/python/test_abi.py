"""The forms of the C interface that the classes do not use, called from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from alidade import (
    Callable,
    Cancel,
    Clock,
    CompletableOp,
    Device,
    Lab,
    MockMovable,
    MockReadable,
    Queue,
    Settings,
    Source,
    as_array,
    errors,
    values,
)
from alidade._library import ffi, lib
from alidade._unsplit import clear
from alidade._values import borrowed

if TYPE_CHECKING:
    from alidade._ffi import CData

NULL = ffi.NULL
DEFAULT = -2


def taken(place: CData) -> Any:
    """What an owned value is, which is given back."""
    try:
        return borrowed(place[0])
    finally:
        clear(place)


def test_blocking_forms_of_motions() -> None:
    stage = MockMovable(velocity=1e4, home=2)
    h = stage._h
    position = ffi.new("double *")
    assert lib.ald_movable_move_abs(h, 5, DEFAULT, NULL, NULL) == 0
    assert lib.ald_movable_move_rel(h, -1, DEFAULT, NULL, NULL) == 0
    assert lib.ald_movable_position(h, DEFAULT, NULL, position, NULL) == 0
    assert position[0] == 4
    assert lib.ald_movable_home(h, DEFAULT, NULL, NULL) == 0
    assert lib.ald_movable_wait_settled(h, DEFAULT, NULL, NULL) == 0
    assert lib.ald_movable_stop(h, DEFAULT, NULL) == 0
    assert stage.position() == 2


def test_a_cancel_ends_blocking_calls_before_they_begin() -> None:
    stage, sensor, cancel = MockMovable(), MockReadable(latency=20), Cancel()
    cancel.trigger()
    value = ffi.new("ald_value **")
    cancelled = errors.CancelledError.code
    assert lib.ald_movable_move_abs(stage._h, 5, -1, cancel._h, NULL) == cancelled
    assert lib.ald_device_get(sensor._h, b"value", -1, cancel._h, value, NULL) == cancelled
    assert value[0] == NULL
    assert stage.position() == 0


def test_blocking_forms_of_devices_and_labs() -> None:
    lab = Lab()
    lab.add("sensor", "mock-readable", {"value": 3.0})
    value = ffi.new("ald_value **")
    assert lib.ald_lab_open(lab._h, DEFAULT, NULL, value, NULL) == 0
    assert taken(value) == {"sensor": None}
    h = lab["sensor"]._h
    assert lib.ald_device_get(h, b"value", DEFAULT, NULL, value, NULL) == 0
    assert taken(value) == 3.0
    assert lib.ald_device_set(h, b"level", values.to_value(4.0)._h, -1, NULL, value, NULL) == 0
    assert taken(value) == 4.0
    reading = ffi.new("ald_reading *")
    lib.ald_reading_init(reading, ffi.sizeof("ald_reading"))
    assert lib.ald_readable_read(h, DEFAULT, NULL, reading, NULL) == 0
    assert reading.value == 4.0
    lab.close()


def test_blocking_forms_of_callables_and_sources() -> None:
    value = ffi.new("ald_value **")
    function = Callable(lambda x: [x])
    assert lib.ald_callable_call(function._h, values.to_value(1)._h, -1, NULL, value, NULL) == 0
    assert taken(value) == [1]
    source = Source.of_array(as_array(memory_of(b"abc")))
    frame, view = ffi.new("ald_frame **"), ffi.new("ald_view *")
    lib.ald_view_init(view, ffi.sizeof("ald_view"))
    assert lib.ald_source_next(source._h, -1, NULL, frame, NULL) == 0
    assert lib.ald_frame_get_view(frame[0], view, NULL) == 0
    assert view.ndim == 0
    assert ffi.cast("char *", view.data)[0] == b"a"
    lib.ald_frame_unref(frame[0])


def memory_of(data: bytes) -> object:
    from alidade import Buffer

    return Buffer.wrap(data).array()


def test_references() -> None:
    """One reference more keeps an object alive when its Python object goes."""
    kinds = [
        ("op", CompletableOp, lib.ald_op_ref, lib.ald_op_unref),
        ("queue", lambda: Queue(3), lib.ald_queue_ref, lib.ald_queue_unref),
        ("clock", lambda: Clock("c"), lib.ald_clock_ref, lib.ald_clock_unref),
        ("settings", lambda: Settings.parse(""), lib.ald_settings_ref, lib.ald_settings_unref),
        ("lab", Lab, lib.ald_lab_ref, lib.ald_lab_unref),
        ("device", lambda: Device("a", "host"), lib.ald_device_ref, lib.ald_device_unref),
        ("cancel", Cancel, lib.ald_cancel_ref, lib.ald_cancel_unref),
    ]
    for name, make, ref, unref in kinds:
        thing = make()
        h = ffi.cast(f"ald_{name} *", int(ffi.cast("intptr_t", thing._h)))
        ref(h)
        del thing
        assert lib.ald_handle_kind(h) != 0, name
        lib.ald_handle_ref(h)
        unref(h)
        assert lib.ald_handle_kind(h) != 0, name
        unref(h)
        assert lib.ald_handle_kind(h) == 0, name


def test_wake() -> None:
    woken: list[int] = []

    @ffi.callback("int(void *)")
    def wake(user_data: object) -> int:
        woken.append(1)
        return 0

    queue = Queue(3)
    assert lib.ald_queue_set_wake(queue._h, wake, NULL, NULL) == 0
    queue.push()
    queue.push()
    assert woken == [1]  # once, when it was empty
    queue.drain()
    queue.push()
    assert woken == [1, 1]
    assert lib.ald_queue_set_wake(queue._h, NULL, NULL, NULL) == 0
    queue.drain()
    queue.push()
    assert woken == [1, 1]


@pytest.mark.parametrize("status", [0, -5, -26, -999, 7])
def test_status_names(status: int) -> None:
    name = str(ffi.string(lib.ald_status_name(status)), "ascii")
    assert name.startswith("ALD_")
    assert (name == "ALD_E_UNKNOWN") == (status in (-999, 7))
