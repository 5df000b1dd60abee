"""Messages fit their caller: no name of C in Python, commands at a shell; states are words."""

from __future__ import annotations

import pytest

import alidade
from alidade import aio
from alidade._constants import ReadingFlags, Status
from alidade._wording import in_python, reworded
from command import refused, run

NOWHERE = "serial:/dev/ttyNowhere"


def test_messages_name_functions_of_python() -> None:
    device = alidade.Device("meter", "newport-1830c", {"uri": NOWHERE})
    with pytest.raises(alidade.NotFoundError, match=r"`alidade\.ports\(\)` tells what there is"):
        device.open()
    with pytest.raises(alidade.NotFoundError, match=r"Bench\.describe\(\) lists them"):
        alidade.MockMovable(axis="nowhere").position()
    with pytest.raises(alidade.StateError, match=r"call Clock\.observe\(\) first"):
        alidade.clocks.Clock("camera").to_mono(0)


def test_so_do_messages_in_values() -> None:
    lab = alidade.Lab()
    lab.add("meter", "newport-1830c", {"uri": NOWHERE})
    told = lab.open()["meter"]
    assert told is not None
    assert "`alidade.ports()`" in told["message"]
    lab.close()


def test_a_name_that_is_not_known_stays_and_kinds_become_classes() -> None:
    assert in_python("expected an ald_frame_stream, not ald_nothing") == (
        "expected a FrameStream, not ald_nothing"
    )
    found = {"a": [{"error": "ald_port_list", "value": "ald_port_list"}], "error": {"b": "ald_op"}}
    assert reworded(found, "error") == {
        "a": [{"error": "alidade.ports()", "value": "ald_port_list"}],
        "error": {"b": "Op"},
    }


def test_people_at_a_shell_are_told_commands() -> None:
    failed = run("read", "--driver", "newport-1830c", "--uri", NOWHERE, "newport-1830c")
    refused(failed, "`alidade discover` tells what there is")
    failed = run("jog", "--driver", "mock-movable", "--option", "axis=no", "mock-movable", "1")
    refused(failed, "alidade simulate --list")
    listed = run("simulate", "--list")
    assert "laser.power [W]" in listed.stdout


def test_states_print_as_words() -> None:
    axis = alidade.MockMovable()
    assert f"{axis.state}" == str(axis.state) == "open"
    assert f"{axis.state:>6}|{axis.state:d}" == "  open|2"
    op = axis.start_position()
    op.wait()
    assert str(op.state) == "done"
    assert str(aio.MockMovable().state) == "open"
    axis.close()
    assert str(axis.state) == "closed"
    assert str(Status.NOT_FOUND) == "not_found"


def test_flags_print_as_words() -> None:
    assert str(ReadingFlags(0)) == "none"
    assert str(ReadingFlags.OVERRANGE | ReadingFlags.UNSETTLED) == "overrange|unsettled"
    assert f"{ReadingFlags.OVERRANGE} {ReadingFlags.OVERRANGE:#x}" == "overrange 0x1"
    unknown = ReadingFlags(1 << 20 | 1)
    assert str(unknown) == "overrange|0x100000"


def test_states_of_a_table_are_words_too() -> None:
    settled = alidade.MockReadable()
    settled.read()
    assert str(settled.last().quality) == "none"
