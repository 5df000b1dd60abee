"""Drivers that do wrong: each fault is an error or a line of the log that names the driver."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import alidade
from alidade import Device, Readable, log
from support import ROOT

SOURCE = Path(__file__).with_name("faulty_driver.c")


def built(folder: Path, name: str, table: str = "(void)0") -> Path:
    """Compiles the driver against the public headers; `table` changes its table of functions."""
    source, target = folder / f"{name}.c", folder / f"{name}.so"
    source.write_text(SOURCE.read_text("utf-8").replace("TABLE;", f"{table};"), "utf-8")
    command = ["cc", "-std=c99", "-D_POSIX_C_SOURCE=199309L", "-Wall", "-Wextra", "-Werror",
               "-fPIC", "-shared", f"-I{ROOT / 'include'}"]  # fmt: skip
    subprocess.run([*command, str(source), "-o", str(target)], check=True, timeout=60)
    return target


@pytest.fixture(scope="module", autouse=True)
def faulty(tmp_path_factory: pytest.TempPathFactory) -> None:
    alidade.load_driver(built(tmp_path_factory.mktemp("faulty"), "faulty"))
    alidade.drivers()  # makes the values of its options, which stay


@contextmanager
def told() -> Iterator[list[str]]:
    """The lines that the log gets meanwhile, once it is left."""
    found: list[str] = []
    with log.lines("warning") as lines:
        yield found
        lines.close()
        found += [record.payload["message"] for record in lines]


DECLARED = {
    "property-null": "add_property refused: the schema record is NULL",
    "property-small": "add_property refused: a schema record says it has 8 bytes",
    "property-no-name": "add_property refused: a schema record needs a name",
    "property-empty-name": "add_property refused: a schema record needs a name",
    "property-type": "add_property refused: bad: 77 is no type",
    "child-null": "add_child refused: .*name of the child.* NULL",
    "child-empty": "add_child refused: '' is no name of a device",
    "child-failed-null": "child_failed refused: .*name of the child.* NULL",
    "action-null": "add_action refused: .*name of the action.* NULL",
    "action-empty": "add_action refused: the name of an action is empty",
    "action-text": "add_action refused: .*description of the action.*UTF-8",
    "capability-null": "add_capability refused: .*name of the capability.* NULL",
    "capability-empty": "add_capability refused: the name of a capability is empty",
    "capability-version": "add_capability refused: the version of the capability 'meter' is 0",
    "identity-text": "set_identity refused: .*vendor.*UTF-8",
    "timeouts": "set_timeouts refused: a timeout of 'it' is -5 ns; expected more than 0",
}


@pytest.mark.parametrize("fault", DECLARED)
def test_what_a_device_is_made_of(fault: str) -> None:
    with told() as lines, pytest.raises(alidade.Error) as refused:
        Device("it", "faulty", {"fault": fault})
    words = f"the driver 'faulty' of 'it': {DECLARED[fault]}"
    assert re.search(words, str(refused.value)), refused.value
    assert any(re.search(words, line) for line in lines), "a driver may keep it to itself"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("node-null", "the node that add_child was given is NULL"),
        ("view-null", "NULL"),
        ("create-status", "reported the status 17; expected one of ALD_E_"),
    ],
)
def test_what_names_no_node(fault: str, words: str) -> None:
    with pytest.raises(alidade.Error, match=words):
        Device("it", "faulty", {"fault": fault})


@contextmanager
def opened(fault: str) -> Iterator[Readable]:
    with Readable("it", "faulty", {"fault": fault}) as device:
        device.open()
        yield device


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("text", "the driver 'faulty' of 'it' gave no value that fits: value is of type string"),
        ("null", "the driver 'faulty' of 'it' gave no value that fits: value is of type null"),
        ("status", "the driver of 'it' reported the status 17; expected one of ALD_E_"),
        ("status-negative", "reported the status -900; expected one of ALD_E_"),
        ("reading-null", "NULL or its struct_size is not set"),
        ("reading-small", "NULL or its struct_size is not set"),
    ],
)
def test_answers_against_the_interface(fault: str, words: str) -> None:
    with opened(fault) as device, pytest.raises(alidade.Error, match=words):
        device.read()


def test_answers_that_fit() -> None:
    with opened("good") as device:
        assert device.read() == 3.0
        assert type(device.get("value")) is float
    with opened("nan") as device:
        assert device.read() != device.read(), "an instrument without a number now says NaN"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("published", "gave no value that fits: value is of type string"),
        ("published", "published a property that it does not have"),
        ("late", "add_property refused: what 'it' is made of is told during create and open alone"),
        ("late", "add_child refused: what 'it' is made of is told during create and open alone"),
        ("progress", "told a progress that is NaN, or whose unit or phase is not UTF-8"),
        ("twice", "completed a request that is NULL"),
    ],
)
def test_what_the_log_tells(fault: str, words: str) -> None:
    with told() as lines, opened(fault) as device:
        assert device.read() == 1.0
        assert list(device.properties) == ["value"]
        assert not device.children
    assert any(words in line for line in lines), lines


def test_a_driver_that_blocks_is_named() -> None:
    with told() as lines, opened("slow") as device:
        assert device.read() == 1.0
        assert device.read() == 1.0
    named = [line for line in lines if "ALD_DRIVER_BLOCKING" in line]
    assert len(named) == 1, "once a minute is enough"
    assert "the driver 'faulty' of 'it' held its caller up" in named[0]


def test_a_request_that_is_never_completed_is_given_up() -> None:
    with told() as lines, opened("never") as device:
        begun = time.monotonic()
        with pytest.raises(alidade.TimedOutError, match="its driver 'faulty' did not end it"):
            device.read(timeout=0.05)
        assert time.monotonic() - begun >= 2, "the driver has two seconds for it"
        with pytest.raises(alidade.TimedOutError):  # the device is not occupied for ever
            device.read(timeout=0.05)
    assert any("the driver 'faulty' of 'it' has not ended" in line for line in lines), lines


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('driver.name = ""', "empty name"),
        ("driver.option_count = -1", "-1 records"),
        ("driver.option_stride = 0", "1 records 0 bytes apart"),
        ("driver.options = NULL", "at NULL"),
        ("option.struct_size = 4", "a schema record says it has 4 bytes"),
    ],
)
def test_tables(table: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(alidade.Error, match=words):
        alidade.load_driver(built(tmp_path, "bad", f'driver.name = "bad"; {table}'))
