"""A public client at the simulated Newport 1830-C."""

from __future__ import annotations

import pytest
import pyvisa
from instrumental.drivers.powermeters.newport import Newport_1830_C

from alidade import Simulation
from instruments import steady

pytestmark = pytest.mark.timeout(90)


def test_another_client_gets_on_with_the_simulated_meter() -> None:
    """Instrumental's driver: what it reads. Its `set_units` has dB and dBm the other way round."""
    bench = steady(2e-6)
    with Simulation("newport-1830c", bench, noise=0.0, noise_floor=0.0) as instrument:
        visa = pyvisa.ResourceManager("@py")
        line = visa.open_resource(f"ASRL{instrument.path}::INSTR")
        try:
            client = Newport_1830_C._create({"visa_address": line.resource_name}, _rsrc=line)
            client._initialize()
            client.set_no_filter()
            assert client.get_filter() == client.NO_FILTER
            assert client.power.to("W").magnitude == pytest.approx(2e-6, rel=1e-3)
            for command, name, shown in (("U2", "db", 0.0), ("U3", "dbm", -26.990)):
                client.store_reference()
                client.write(command)
                assert client.get_units() == name
                assert float(client.query("D?")) == pytest.approx(shown, abs=2e-3)
                assert client.power.to("W").magnitude == pytest.approx(2e-6, rel=1e-3)
            client.enable_hold()
            assert client.hold_enabled()
            assert client.is_measurement_valid()
            assert client.get_valid_power().to("W").magnitude == pytest.approx(2e-6, rel=1e-3)
            client.enable_zero()
            assert client.zero_enabled()
            client.local_lockout = True
            client.wavelength = before = client.wavelength
            assert before.to("nm").magnitude == 633
            assert client.status_byte & 3 == 0, "it understood all"
        finally:
            line.close()
            visa.close()
