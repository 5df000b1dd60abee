"""Where the marks of an axis stand and what is written at them."""

from __future__ import annotations

import math

_PREFIXES = {
    -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P",
}  # fmt: skip


def span(low: float, high: float) -> tuple[float, float]:
    """Widens the range of what is drawn a little; one value alone gets some room as well."""
    if low == high:
        room = abs(low) * 0.1 or 1.0
    else:
        room = (high - low) * 0.05
    return low - (0.0 if low == 0 and high > 0 else room), high + room


def marks(low: float, high: float, most: int) -> list[float]:
    """Round numbers in a range, at most so many: multiples of 1, 2 or 5 times a power of ten."""
    raw = (high - low) / max(1, most)
    power: float = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def labels(values: list[float]) -> list[str]:
    """The marks as text, all with the same prefix (k, M, G ...) and as many digits as they need."""
    largest = max((abs(value) for value in values), default=0.0)
    exponent = 3 * math.floor(math.log10(largest) / 3 + 1e-9) if largest > 0 else 0
    if -3 <= exponent < 0 and largest >= 0.01:
        exponent = 0
    exponent = min(max(exponent, min(_PREFIXES)), max(_PREFIXES))
    scaled = [value / 10.0**exponent for value in values]
    digits = 0
    while digits < 6 and any(abs(round(s, digits) - s) > 1e-6 * max(1, abs(s)) for s in scaled):
        digits += 1
    return [f"{s:.{digits}f}{_PREFIXES[exponent]}" if abs(s) > 1e-9 else "0" for s in scaled]
