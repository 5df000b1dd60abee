"""File descriptors: none are left (`LimitError`), and those that are back after a shutdown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support import Process

# Takes all descriptors but `left`; what needs more says so.
WITHOUT = """
    import os, resource, sys
    import alidade
    from alidade import Bench, Device, Simulation
    PREPARE
    taken = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
    try:
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    for _ in range(int(sys.argv[1])):
        os.close(taken.pop())
    try:
        CALL
    except alidade.Error as error:
        print(type(error).__name__, error)
    else:
        print("done")
"""

# What is there before, and what is asked for without descriptors.
CALLS = {
    "a simulated instrument on TCP": ("", "Simulation('esp300', listen='tcp')"),
    "a simulated instrument on a terminal": ("", "Simulation('esp300')"),
    "a queue's descriptor": ("queue = alidade.Queue()", "queue.fileno()"),
    "a line to a terminal": (
        "there = Simulation('esp300'); it = Device('it', 'esp300', {'uri': there.uri})",
        "it.open(timeout=5)",
    ),
    "a line over TCP": (
        "there = Simulation('esp300', listen='tcp')\n"
        "    it = Device('it', 'esp300', {'uri': there.uri})",
        "it.open(timeout=5)",
    ),
    "a driver's library": (
        "alidade.Lab().close()",
        "alidade.load_driver('/usr/lib/x86_64-linux-gnu/libm.so.6')",
    ),
}


@pytest.mark.parametrize("left", [0, 1])
@pytest.mark.parametrize("name", CALLS)
def test_descriptors_run_out(python: Callable[..., Process], name: str, left: int) -> None:
    prepare, call = CALLS[name]
    program = WITHOUT.replace("PREPARE", prepare or "pass").replace("CALL", call)
    done = python(program, str(left))
    assert done.code == 0, done
    kind = done.out.split(" ", 1)[0].strip()
    if left:  # enough for some, and then they find another fault
        assert kind in ("LimitError", "done", "InvalidError"), done
    else:
        assert kind == "LimitError", done


def test_all_are_back_after_a_shutdown(python: Callable[..., Process]) -> None:
    """Handles and descriptors: what stays is for the next use, and does not grow."""
    done = python(
        """
        import gc, os
        import alidade
        from alidade import Device, Lab, MockCamera, MockMovable, Simulation
        from alidade._library import ffi, lib

        def use():
            alidade.drivers(), alidade.simulations(), alidade.capabilities()
            there = Simulation("esp300")
            with Device("it", "esp300", {"uri": there.uri}) as it:
                it.open()
            with Lab() as lab, MockMovable() as stage, MockCamera() as camera:
                stage.move_abs(1.0)
                camera.arm()
                camera.trigger()
                camera.next_frame()
                camera.disarm()
            with alidade.Queue() as queue:
                queue.fileno()
            there.close()

        def left():
            gc.collect()
            assert lib.ald_shutdown(20_000_000_000, ffi.NULL) == 0
            gc.collect()
            return lib.ald_handle_count(), len(os.listdir("/proc/self/fd"))

        bare = len(os.listdir("/proc/self/fd"))
        use()
        first = left()
        for _ in range(3):
            use()
            assert left() == first, (left(), first)
        print(first[1] - bare)
        """
    )
    assert done.code == 0, done
    assert int(done.out) == 0, "the library has closed its own"
