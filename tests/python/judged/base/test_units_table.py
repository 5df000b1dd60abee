"""Sizes of units, with two judges: Pint's registry, and definitions from their own sources."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pint
import pytest

from alidade import convert, errors

PINT: Any = pint.UnitRegistry()

# Units of UCUM, in units of UCUM that are sums of SI alone, and what Pint calls them.
NAMES = {
    "[in_i]": ("m", "inch"), "[ft_i]": ("m", "foot"), "[yd_i]": ("m", "yard"),
    "[mi_i]": ("m", "mile"), "[fth_i]": ("m", "2 * yard"), "[hd_i]": ("m", "hand"),
    "[mil_i]": ("m", "thou"), "[nmi_i]": ("m", "nautical_mile"), "[kn_i]": ("m/s", "knot"),
    "[sin_i]": ("m2", "inch**2"), "[sft_i]": ("m2", "foot**2"), "[syd_i]": ("m2", "yard**2"),
    "[cin_i]": ("m3", "inch**3"), "[cft_i]": ("m3", "foot**3"), "[cyd_i]": ("m3", "yard**3"),
    "[cml_i]": ("m2", "circular_mil"), "[ft_us]": ("m", "survey_foot"),
    "[in_us]": ("m", "survey_foot / 12"), "[yd_us]": ("m", "3 * survey_foot"),
    "[rd_us]": ("m", "rod"), "[ch_us]": ("m", "chain"), "[fur_us]": ("m", "furlong"),
    "[mi_us]": ("m", "survey_mile"), "[acr_us]": ("m2", "acre"), "[gal_us]": ("m3", "gallon"),
    "[qt_us]": ("m3", "quart"), "[pt_us]": ("m3", "pint"), "[cup_us]": ("m3", "cup"),
    "[foz_us]": ("m3", "fluid_ounce"), "[tbs_us]": ("m3", "tablespoon"),
    "[tsp_us]": ("m3", "teaspoon"), "[bbl_us]": ("m3", "oil_barrel"),
    "[gal_br]": ("m3", "imperial_gallon"), "[pt_br]": ("m3", "imperial_pint"),
    "[foz_br]": ("m3", "imperial_fluid_ounce"), "[lb_av]": ("kg", "pound"),
    "[oz_av]": ("kg", "ounce"), "[dr_av]": ("kg", "dram"), "[gr]": ("kg", "grain"),
    "[stone_av]": ("kg", "stone"), "[ston_av]": ("kg", "short_ton"),
    "[lton_av]": ("kg", "long_ton"), "[oz_tr]": ("kg", "troy_ounce"),
    "[lb_tr]": ("kg", "troy_pound"), "[pwt_tr]": ("kg", "pennyweight"),
    "[car_m]": ("kg", "carat"), "t": ("kg", "tonne"), "gon": ("rad", "grade"),
    "deg": ("rad", "degree"), "circ": ("rad", "turn"), "wk": ("s", "week"), "a": ("s", "year"),
    "a_j": ("s", "year"), "a_t": ("s", "365.24219 * day"), "a_g": ("s", "365.2425 * day"),
    "mo": ("s", "month"), "mo_j": ("s", "month"), "[psi]": ("Pa", "psi"), "bar": ("Pa", "bar"),
    "atm": ("Pa", "atmosphere"), "att": ("Pa", "technical_atmosphere"),
    "m[H2O]": ("Pa", "9806.65 * pascal"), "[in_i'H2O]": ("Pa", "0.0254 * 9806.65 * pascal"),
    "[in_i'Hg]": ("Pa", "0.0254 * 133322 * pascal"), "m[Hg]": ("Pa", "133322 * pascal"),
    "gf": ("N", "gram * standard_gravity"), "[lbf_av]": ("N", "force_pound"),
    "dyn": ("N", "dyne"), "erg": ("J", "erg"), "cal": ("J", "calorie"), "cal_th": ("J", "calorie"),
    "cal_IT": ("J", "international_calorie"), "[Cal]": ("J", "kilocalorie"),
    "[Btu_IT]": ("J", "international_british_thermal_unit"), "[HP]": ("W", "horsepower"),
    "eV": ("J", "electron_volt"), "P": ("Pa.s", "poise"), "St": ("m2/s", "stokes"),
    "Gal": ("m/s2", "galileo"), "Ky": ("m-1", "1 / centimeter"), "[diop]": ("m-1", "1 / meter"),
    "G": ("T", "1e-4 * tesla"), "Mx": ("Wb", "1e-8 * weber"),
    "Oe": ("A/m", "79.57747154594767 A/m"),
    "Bi": ("A", "10 * ampere"), "Gb": ("A", "0.7957747154594768 * ampere"),
    "b": ("m2", "barn"), "Ao": ("m", "angstrom"), "ar": ("m2", "are"), "st": ("m3", "stere"),
    "L": ("m3", "liter"), "Bq": ("Hz", "becquerel"), "Ci": ("Hz", "curie"), "Gy": ("J/kg", "gray"),
    "Sv": ("J/kg", "sievert"), "RAD": ("J/kg", "rads"), "REM": ("J/kg", "rem"),
    "R": ("C/kg", "roentgen"), "kat": ("mol/s", "katal"), "U": ("mol/s", "enzyme_unit"),
    "Wb": ("V.s", "weber"), "H": ("V.s/A", "henry"), "mho": ("S", "mho"), "sb": ("cd/m2", "stilb"),
    "Lmb": ("cd/m2", "lambert"), "tex": ("kg/m", "tex"), "[c]": ("m/s", "speed_of_light"),
    "[g]": ("m/s2", "standard_gravity"), "[degR]": ("K", "5 / 9 * kelvin"),
    "u": ("kg", "1.6605390666e-27 * kilogram"), "[pi]": ("1", "pi"), "[ppth]": ("1", "1e-3"),
    "[ppm]": ("1", "ppm"), "[ppb]": ("1", "1e-9"), "[pptr]": ("1", "1e-12"), "10*": ("1", "10"),
    "10^": ("1", "10"), "%": ("1", "percent"), "Bd": ("Hz", "1 / second"), "eq": ("mol", "mole"),
    "osm": ("mol", "mole"), "ph": ("lx", "1e4 * lux"), "sph": ("sr", "12.566370614359172 sr"),
}  # fmt: skip

PINT_OF_SI = {
    "Pa.s": "Pa*s", "m2": "m**2", "m3": "m**3", "m2/s": "m**2/s", "m/s2": "m/s**2",
    "m-1": "1/m", "V.s": "V*s", "V.s/A": "V*s/A", "cd/m2": "cd/m**2", "1": "dimensionless",
    "Hz": "1/s",
}  # fmt: skip


@pytest.mark.parametrize("unit", NAMES)
def test_as_pint(unit: str) -> None:
    si, name = NAMES[unit]
    expected = PINT.Quantity(1, "dimensionless") * PINT.parse_expression(name)
    size = expected.to(PINT_OF_SI.get(si, si)).magnitude
    # Pint's own constants are products of doubles.
    assert convert(1, unit, si) == pytest.approx(size, rel=1e-13)


INCH, POUND, GRAVITY = Fraction("0.0254"), Fraction("0.45359237"), Fraction("9.80665")
# Exact by definition: the yard and pound of 1959 (Federal Register 24, 5445), NIST SP 811 (2008),
# appendix B; the bar, atmosphere and gravity of the BIPM's brochure; UCUM's own values of m[Hg]
# and m[H2O].
EXACT = {
    ("[in_i]", "m"): INCH,
    ("[ft_i]", "m"): 12 * INCH,
    ("[yd_i]", "m"): 36 * INCH,
    ("[mi_i]", "m"): 63360 * INCH,
    ("[nmi_i]", "m"): Fraction(1852),
    ("[mil_i]", "m"): INCH / 1000,
    ("[lb_av]", "kg"): POUND,
    ("[oz_av]", "kg"): POUND / 16,
    ("[gr]", "kg"): POUND / 7000,
    ("[ston_av]", "kg"): 2000 * POUND,
    ("[lton_av]", "kg"): 2240 * POUND,
    ("[stone_av]", "kg"): 14 * POUND,
    ("[oz_tr]", "kg"): 480 * POUND / 7000,
    ("[psi]", "Pa"): POUND * GRAVITY / INCH**2,
    ("[lbf_av]", "N"): POUND * GRAVITY,
    ("[HP]", "W"): 550 * 12 * INCH * POUND * GRAVITY,
    ("mm[Hg]", "Pa"): Fraction("133.322"),
    ("cm[H2O]", "Pa"): Fraction("98.0665"),
    ("[in_i'Hg]", "Pa"): INCH * 133322,
    ("mbar", "Pa"): Fraction(100),
    ("atm", "Pa"): Fraction(101325),
    ("att", "Pa"): 10000 * GRAVITY,
    ("[gal_us]", "m3"): 231 * INCH**3,
    ("[foz_us]", "m3"): 231 * INCH**3 / 128,
    ("[gal_br]", "L"): Fraction("4.54609"),
    ("[acr_us]", "m2"): 160 * (Fraction(33, 2) * Fraction(1200, 3937)) ** 2,
    ("gon", "deg"): Fraction(9, 10),
    ("wk", "s"): Fraction(604800),
    ("a", "s"): Fraction(31557600),
    ("a_g", "d"): Fraction("365.2425"),
    ("mo", "d"): Fraction("365.25") / 12,
    ("cal_th", "J"): Fraction("4.184"),
    ("cal_IT", "J"): Fraction("4.1868"),
    ("[Btu_IT]", "J"): Fraction("1055.05585262"),
    ("R", "C/kg"): Fraction("2.58e-4"),
    ("Ci", "Bq"): Fraction(37_000_000_000),
}


@pytest.mark.parametrize(("unit", "si"), EXACT)
def test_to_the_last_bit(unit: str, si: str) -> None:
    exact = EXACT[unit, si]
    assert convert(1, unit, si) == exact.numerator / exact.denominator
    assert convert(1, si, unit) == exact.denominator / exact.numerator
    for x in (0.1, 3.0, 7.7e-9):
        there = Fraction(x) * exact
        assert convert(x, unit, si) == there.numerator / there.denominator


def test_there_and_back() -> None:
    for unit, (si, _) in NAMES.items():
        for x in (1.0, math.pi, 4.2e-7):
            assert convert(convert(x, unit, si), si, unit) == pytest.approx(x, rel=4e-16)


def test_what_measures_something_else_is_refused() -> None:
    for a, b in (("[psi]", "[lbf_av]"), ("gon", "1"), ("dB", "1"), ("[lb_av]", "N"), ("wk", "m")):
        with pytest.raises(errors.InvalidError, match="cannot convert"):
            convert(1, a, b)
