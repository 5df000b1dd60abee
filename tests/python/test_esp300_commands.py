"""What the simulated ESP300 does with commands, by the maker's manual. No driver is asked."""

from __future__ import annotations

import select
from collections.abc import Iterator

import pytest

from alidade import Bench, Simulation
from instruments import Wire
from support import eventually

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Simulation("esp300", Bench(), enabled=True, banner=True) as instrument:
        wire = Wire(instrument)
        yield wire
        wire.close()


def test_blanks_may_stand_after_the_number(wire: Wire) -> None:
    assert wire.ask("1 TP?") == wire.ask(" 1 TP ?") == wire.ask("1TP?")
    wire.tell("1 VA 7.5", "1 SN 3")
    assert (float(wire.ask("1VA?")), wire.ask("1 SN?")) == (7.5, "3")
    assert wire.ask("VE ?") == wire.ask("*IDN?") == "ESP300 Version 3.04 07/27/01"
    assert wire.error() == "NO ERROR DETECTED"


@pytest.mark.parametrize(
    ("command", "code", "text"),
    [
        ("1VA51", 110, "MAXIMUM VELOCITY EXCEEDED"),
        ("2OH51", 210, "MAXIMUM VELOCITY EXCEEDED"),
        ("1AC501", 111, "MAXIMUM ACCELERATION EXCEEDED"),
        ("1AG501", 111, "MAXIMUM ACCELERATION EXCEEDED"),
        ("3AE501", 311, "MAXIMUM ACCELERATION EXCEEDED"),
        ("1VA-1", 101, "PARAMETER OUT OF RANGE"),
        ("1SN12", 101, "PARAMETER OUT OF RANGE"),
        ("1PA26", 106, "POSITIVE SOFTWARE LIMIT DETECTED"),
        ("1PA-26", 107, "NEGATIVE SOFTWARE LIMIT DETECTED"),
        ("LC3", 7, "PARAMETER OUT OF RANGE"),
        ("1MVx", 101, "PARAMETER OUT OF RANGE"),
        ("1ZH", 38, "COMMAND PARAMETER MISSING"),
        ("MV+", 37, "AXIS NUMBER MISSING"),
        ("*XYZ?", 6, "COMMAND DOES NOT EXIST"),
    ],
)
def test_what_it_refuses(wire: Wire, command: str, code: int, text: str) -> None:
    before = wire.ask("1VA?"), wire.ask("1AC?"), wire.ask("1SN?"), wire.ask("1TP?")
    wire.tell(command)
    told = wire.ask("TB?").split(", ", 2)
    assert (int(told[0]), told[2]) == (code, text)
    assert (wire.ask("1VA?"), wire.ask("1AC?"), wire.ask("1SN?"), wire.ask("1TP?")) == before
    assert wire.ask("TE?") == "0"


def test_settings_that_it_keeps(wire: Wire) -> None:
    wire.tell("LC1", "1ZH 26H", "1AE300", "1SH2.5", "2VA9", "SM", "2VA11")
    assert (wire.ask("LC?"), wire.ask("1ZH?")) == ("1", "26H")
    assert (float(wire.ask("1AE?")), float(wire.ask("1SH?"))) == (300.0, 2.5)
    assert wire.ask("RS").startswith("ESP300 Version")
    assert float(wire.ask("2VA?")) == 9.0, "what was saved"
    assert wire.ask("LC?") == "0"
    assert float(wire.ask("1SH?")) == 2.5


def test_home_is_at_its_preset_and_home_0_where_the_counter_is_0(wire: Wire) -> None:
    wire.tell("1OH50", "1AC500", "1AG500", "1SH2.5", "1OR1")
    assert eventually(lambda: wire.ask("1MD?") == "1")
    assert float(wire.ask("1TP?")) == 2.5
    wire.tell("1OR0")
    assert eventually(lambda: wire.ask("1MD?") == "1")
    assert float(wire.ask("1TP?")) == 0.0


def test_dh_defines_where_it_is(wire: Wire) -> None:
    assert float(wire.ask("1DH?")) == 0.0
    wire.tell("1DH3.25")
    assert float(wire.ask("1DH?")) == float(wire.ask("1TP?")) == 3.25
    wire.tell("1 DH")
    assert float(wire.ask("1TP?")) == 0.0


@pytest.mark.parametrize(("sign", "code"), [("+", 106), ("-", 107)])
def test_mv_goes_to_the_limit(wire: Wire, sign: str, code: int) -> None:
    wire.tell("1SL-0.5", "1SR0.5", f"1 MV {sign}")
    assert wire.ask("1MV?") == "0"
    assert float(wire.ask("1TV?")) * (1 if sign == "+" else -1) >= 0
    assert eventually(lambda: wire.ask("1MV?") == "1")
    assert float(wire.ask("1TP?")) == float(sign + "0.5")
    assert int(wire.ask("TE?")) == code
    assert float(wire.ask("1TV?")) == 0.0


def test_later_commands_wait_for_a_position_or_a_time(wire: Wire) -> None:
    wire.tell("1PA1", "1WP0.5")
    there = float(wire.ask("1TP?"))
    assert there >= 0.5
    assert eventually(lambda: wire.ask("1MD?") == "1")
    wire.tell("1PA0", "1WP0.5")
    assert float(wire.ask("1TP?")) <= 0.5
    assert eventually(lambda: wire.ask("1MD?") == "1")
    wire.tell("1WP20")
    assert float(wire.ask("1TP?")) == 0.0, "it never comes there, and stands"
    wire.tell("2PA1", "WT60000")
    wire.tell("TE?")
    assert not eventually(lambda: select.select([wire.line], [], [], 0)[0], 0.2)
