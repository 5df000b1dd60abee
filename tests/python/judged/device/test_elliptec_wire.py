"""The simulated bus of Elliptec motors on the wire, by the maker's protocol manual, issue 10.

Pages are in brackets; no driver and no client is between.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import serial

from alidade import Simulation
from support import eventually

pytestmark = pytest.mark.timeout(60)


class Wire:
    def __init__(self, path: str) -> None:
        self._line = serial.Serial(path, 9600, timeout=5)

    def send(self, text: str) -> None:
        self._line.write(text.encode())

    def read(self) -> str:
        return self._line.readline().decode().rstrip("\r\n")

    def ask(self, text: str) -> str:
        self.send(text)
        return self.read()

    def is_silent_to(self, text: str, witness: str) -> bool:
        """A motor answers nothing if the answer to what another is asked afterwards comes first."""
        self.send(text)
        return self.ask(f"{witness}gs") == f"{witness}GS00"

    def position(self, address: str) -> int:
        answer = self.ask(f"{address}gp")
        assert answer[:3] == f"{address}PO"
        return int.from_bytes(bytes.fromhex(answer[3:]), "big", signed=True)

    def close(self) -> None:
        self._line.close()


@contextmanager
def at(models: str, **options: object) -> Iterator[Wire]:
    addresses = ",".join("0123456789ABCDEF"[: models.count(",") + 1])
    with Simulation("elliptec", addresses=addresses, models=models, **options) as bus:
        wire = Wire(bus.path)
        try:
            yield wire
        finally:
            wire.close()


@pytest.mark.parametrize("motor", ["1", "2"])
def test_periods_are_set_and_told(motor: str) -> None:
    with at("14") as wire:
        assert wire.ask(f"0i{motor}") == f"0I{motor}100428FFFFFFFF00BD008B"  # (14)
        assert wire.ask(f"0f{motor}804E") == "0GS00"  # (15)
        assert wire.ask(f"0b{motor}806D") == "0GS00"  # (16)
        assert wire.ask(f"0i{motor}") == f"0I{motor}100428FFFFFFFF004E006D"
        other = "21"[int(motor) - 1]
        assert wire.ask(f"0i{other}")[-8:] == "00BD008B"
        assert wire.ask(f"0f{motor}004E") == "0GS04"  # the first digit must be 8 (15)
        assert wire.ask("0gs") == "0GS04"
        assert wire.ask("0gs") == "0GS00"
        assert wire.ask(f"0f{motor}8FFF") == "0GS00"  # that of the factory
        assert wire.ask(f"0i{motor}")[-8:] == "00BD006D"


@pytest.mark.parametrize(
    ("models", "refused"),
    [
        ("16", ["f1804E", "b1804E", "f2804E", "b2804E"]),  # (15, 16, 23, 24)
        ("21", ["f1804E", "b1804E", "f2804E", "b2804E"]),
        ("9", ["om", "cm", "st", "sj00000000", "ho0"]),  # (38, 45, 46)
        ("15", ["cm", "st"]),
        ("17", ["st"]),
    ],
)
def test_what_a_model_does_not_know_it_refuses(models: str, refused: list[str]) -> None:
    with at(models) as wire:
        for command in refused:
            assert wire.ask(f"0{command}") == "0GS03", command
            assert wire.ask("0gs") == "0GS03"
            assert wire.ask("0gs") == "0GS00"


def test_skipping_the_search_at_its_start_is_taken() -> None:
    with at("14") as wire:
        assert wire.ask("0sk") == "0GS00"  # (37)


def test_half_a_command_is_discarded_after_two_seconds() -> None:
    with at("14,17") as wire:  # (5)
        wire.send("0g")
        time.sleep(0.2)
        assert wire.ask("p") == "0PO00000000"
        wire.send("0g")
        time.sleep(2.2)
        assert wire.is_silent_to("p\r", "1")
        wire.send("0g\r")
        assert wire.is_silent_to("p\r", "1")
        assert wire.ask("0gp") == "0PO00000000"


def test_an_isolated_motor_does_not_answer() -> None:
    with at("14,17", minute=0.2) as wire:  # (20)
        assert wire.is_silent_to("0is02", "1")
        assert wire.is_silent_to("0gs", "1")

        def is_back() -> bool:
            wire.send("0gp1gs")
            answer = wire.read()
            return answer == "0PO00000000" and wire.read() == "1GS00"

        assert eventually(is_back)


def test_a_group_moves_as_one_and_falls_apart_afterwards() -> None:
    with at("9,17,9") as wire:  # (44)
        assert wire.ask("2ga0") == "0GS00"
        assert wire.is_silent_to("2gs", "1")
        wire.send("0fw")
        assert sorted((wire.read(), wire.read())) == ["0PO0000001F", "2PO0000001F"]
        assert wire.ask("2gs") == "2GS00"
        assert wire.ask("0gs") == "0GS00"


def test_an_ell14_runs_on_after_a_jog_step_of_zero() -> None:
    with at("14,18") as wire:  # (34 to 38)
        assert wire.ask("0sv32") == "0GS00"
        assert wire.ask("0sj00000000") == "0GS00"
        wire.send("0fw")
        turn = 143360
        assert eventually(lambda: wire.position("0") > 1.5 * turn)
        assert wire.ask("0gs") == "0GS09"
        assert wire.ask("0fw") == "0GS09"
        assert wire.ask("0st") in ("0GS00", "0GS09")
        assert eventually(lambda: wire.ask("0gs") == "0GS00")
        stood = wire.position("0")
        # One that the manual does not name goes no way at all.
        assert wire.ask("1sj00000000") == "1GS00"
        assert wire.ask("1fw") == "1PO00000000"
        assert wire.position("0") == stood


@pytest.mark.parametrize("command", ["0ma00007001", "0maFFFFFFFF", "0mr00007001", "0bw"])
def test_beyond_its_travel_is_status_twelve(command: str) -> None:
    with at("17") as wire:  # (11): 28 mm are 0x7000 pulses
        assert wire.ask(command) == "0GS0C"
        assert wire.ask("0gs") == "0GS0C"
        assert wire.ask("0gs") == "0GS00"
        assert wire.position("0") == 0


@pytest.mark.parametrize(
    ("model", "command", "ends"),
    [
        (14, "om", True),
        (14, "cm", True),
        (20, "cm", True),
        (15, "om", True),
        (16, "cm", True),
        (16, "om", False),
        (21, "om", False),
    ],
)
def test_optimizing_and_cleaning_are_aborted_by_stop(model: int, command: str, ends: bool) -> None:
    with at(str(model)) as wire:  # (45 to 47)
        assert wire.ask(f"0{command}") == "0GS09"
        assert wire.ask("0gs") == "0GS09"
        assert wire.ask("0gp") == "0GS09"
        assert wire.ask("0st") == ("0GS00" if ends else "0GS09")
        if ends:
            assert eventually(lambda: wire.ask("0gs") == "0GS00")
        else:
            assert wire.ask("0gs") == "0GS09"


@pytest.mark.parametrize("command", ["om", "cm"])
def test_optimizing_and_cleaning_say_when_they_have_ended(command: str) -> None:
    with at("18", service_time=0.3) as wire:
        assert wire.ask(f"0{command}") == "0GS09"
        assert wire.read() == "0GS00"
        assert wire.ask("0gs") == "0GS00"
