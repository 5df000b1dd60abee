from __future__ import annotations

import math

import pytest

from alidade import MockMovable, Schema, errors
from alidade._constants import SchemaFlags, Type


def test_numbers() -> None:
    exposure = Schema("exposure", float, unit="s", min=0, max=10, step=0.1, doc="how long")
    exposure.check(0.5)
    exposure.check(3)  # a double also takes an int
    with pytest.raises(errors.RangeError, match="exposure is 11 s, allowed are 0 s to 10 s"):
        exposure.check(11)
    with pytest.raises(errors.InvalidError, match="NaN"):
        exposure.check(math.nan)
    with pytest.raises(errors.InvalidError, match="string"):
        exposure.check("1")
    with pytest.raises(errors.InvalidError):
        Schema("n", int).check(1.5)
    assert (exposure.type, exposure.step, exposure.doc) == (Type.DOUBLE, 0.1, "how long")


def test_units_are_those_of_ucum() -> None:
    for unit in ("", "1", "%", "[in_i]", "10*-6.[in_i]/s2", "dB", "Cel", "{count}"):
        Schema("x", float, unit=unit).check(1.0)
    with pytest.raises(errors.InvalidError, match=r"x: unknown unit 'inch'.*'.in_i.'"):
        Schema("x", float, unit="inch").check(1.0)


def test_choices() -> None:
    mode = Schema("mode", str, choices=["fast", "slow"], initial="fast")
    mode.check("slow")
    with pytest.raises(errors.InvalidError, match="fast"):
        mode.check("medium")
    with pytest.raises(errors.InvalidError, match="not a string"):
        Schema("mode", str, choices="fast")


def test_flags_and_types() -> None:
    schema = Schema("x", writable=True, required=True, constant=True)
    assert schema.flags == SchemaFlags(15)
    assert schema.type is Type.ANY
    assert (schema.readable, schema.writable, schema.required) == (True, True, True)
    assert Schema("x", readable=False).flags == SchemaFlags(0)
    for kind, number in ((bool, 1), (bytes, 5), (list, 6), (dict, 7)):
        assert Schema("x", kind).type == number
    with pytest.raises(errors.InvalidError, match="expected a Type or one of bool, int"):
        Schema("x", complex)


def test_properties_of_a_device() -> None:
    stage = MockMovable(min=-5, max=7, unit="um")
    position = stage.schema("position")
    assert repr(position) == repr(stage.properties["position"])
    assert (position.min, position.max, position.unit) == (-5, 7, "um")
    assert position.type is Type.DOUBLE
    assert position.writable
    assert not stage.schema("settled").writable
    assert list(stage.properties) == ["position", "velocity", "settled"]
    assert math.isnan(stage.schema("velocity").max)
    with pytest.raises(KeyError, match="did you mean 'velocity'"):
        stage.schema("velocty")
