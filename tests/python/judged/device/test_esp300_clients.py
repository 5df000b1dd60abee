"""A public client at the simulated Newport ESP300."""

from __future__ import annotations

import pytest
from pymeasure.adapters import SerialAdapter
from pymeasure.instruments.newport import ESP300

from alidade import Bench, Simulation
from support import eventually

pytestmark = pytest.mark.timeout(90)


def test_pymeasure_finds_an_esp300() -> None:
    """PyMeasure's driver is the judge of the simulated instrument."""
    bench = Bench()
    with Simulation("esp300", bench, min=-10.0, max=10.0) as instrument:
        adapter = SerialAdapter(
            instrument.path,
            baudrate=19200,
            timeout=1,
            read_termination="\r\n",
            write_termination="\r",
        )
        stage = ESP300(adapter)
        assert stage.ask("VE?").startswith("ESP300 Version")
        stage.clear_errors()
        assert not stage.x.enabled
        stage.x.position = 1  # with its motor off
        errors = stage.errors
        assert [str(e) for e in errors] == [
            "Newport ESP300 axis 1 reported the error: MOTOR NOT ENABLED"
        ]
        stage.enable()
        stage.clear_errors()  # looking for its axes it has asked for what no ESP300 knows
        assert stage.x.enabled
        assert stage.phi.enabled
        assert stage.x.units == "millimeter"
        assert (stage.x.left_limit, stage.x.right_limit) == (-10.0, 10.0)
        stage.x.position = 0.5
        assert not stage.x.motion_done
        stage.x.wait_for_stop()
        assert stage.x.position == pytest.approx(0.5, abs=1e-4)
        assert bench.get("stage/x") == pytest.approx(0.5, abs=1e-9)
        stage.x.position = 11
        assert "POSITIVE SOFTWARE LIMIT DETECTED" in str(stage.errors[0])
        assert stage.ask("*IDN?") == stage.ask("VE?")
        assert float(stage.x.ask(" TP ?")) == stage.x.position
        stage.x.write("VA51")
        stage.x.write("AC501")
        assert [str(e).rpartition(": ")[2] for e in stage.errors] == [
            "MAXIMUM VELOCITY EXCEEDED",
            "MAXIMUM ACCELERATION EXCEEDED",
        ]
        stage.x.define_position(3.25)
        assert stage.x.position == float(stage.x.ask("DH?")) == 3.25
        stage.x.write("DH0.5")
        stage.x.units = "gradient"
        assert stage.x.units == "gradient"
        stage.x.units = "millimeter"
        stage.x.write("MV+")
        assert not stage.x.motion_done
        assert eventually(lambda: stage.x.position > 0.6)
        stage.x.write("ST")
        stage.x.wait_for_stop()
        assert stage.x.position < 10
        assert stage.errors == []
        stage.x.zero()
        assert stage.x.position == float(stage.x.ask("DH?")) == 0.0
        stage.write("XX")
        assert "COMMAND DOES NOT EXIST" in str(stage.errors[0])
        stage.write("4MO")
        assert "AXIS NUMBER OUT OF RANGE" in str(stage.errors[0])
        stage.x.home()
        stage.x.wait_for_stop()
        assert bench.get("stage/x") == pytest.approx(0.0, abs=1e-9)
        stage.shutdown()
