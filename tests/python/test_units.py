from __future__ import annotations

import math

import pytest

from alidade import convert, errors
from alidade.units import convert_difference


@pytest.mark.parametrize(
    ("x", "unit", "to", "result"),
    [
        (10, "um", "mm", 0.01),
        (20, "Cel", "K", 293.15),
        (180, "deg", "rad", math.pi),
        (1, "h", "s", 3600),
        (3, "mm/s", "um/ms", 3),
        (50, "%", "1", 0.5),
    ],
)
def test_convert(x: float, unit: str, to: str, result: float) -> None:
    assert convert(x, unit, to) == pytest.approx(result)


def test_differences() -> None:
    assert convert_difference(10, "Cel", "K") == pytest.approx(10)
    assert convert_difference(5, "um", "mm") == pytest.approx(0.005)


def test_refused() -> None:
    with pytest.raises(errors.InvalidError, match="'K' \\(temperature\\) to 'mm' \\(length\\)"):
        convert(1, "K", "mm")
    with pytest.raises(errors.InvalidError, match="furlongs"):
        convert(1, "furlongs", "mm")
    with pytest.raises(TypeError, match="unit must be a str, not None"):
        convert(1, None, "mm")
    with pytest.raises(TypeError):
        convert("1", "mm", "mm")
