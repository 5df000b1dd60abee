"""Letters made of strokes, for plots without a font library.

A letter is a list of strokes; a stroke joins points. Points stand on a grid: x from 0 to the
right, y from 0 (below the line) over 2 (the line on which letters stand) and 6 (the height of small
letters) to 8 (the height of capitals). One point is written as its two digits, so `"0208"` is a
line from (0, 2) up to (0, 8). A stroke of one point is a dot.
"""

from __future__ import annotations

from collections.abc import Iterator

ASCENT = 6
"""Height of capitals, in units of the grid."""

_BASELINE = 2
_GAP = 1.6
_SPACE = 2.6

_STROKES = {
    "0": "120307183847433212",
    "1": "072822 0242",
    "2": "07183847460242",
    "3": "071838474635 1535 354443321203",
    "4": "32380444",
    "5": "480805354443321203",
    "6": "473818070312324344351504",
    "7": "084812",
    "8": "15060718384746351504031232434435",
    "9": "031232434738180706153546",
    "A": "022842 1535",
    "B": "02083847463505 3544433202",
    "C": "4738180703123243",
    "D": "02082846442202",
    "E": "48080242 0535",
    "F": "480802 0535",
    "G": "47381807031232434525",
    "H": "0208 4248 0545",
    "I": "0222 0828 1218",
    "J": "4843321203",
    "K": "0208 4804 1542",
    "L": "080242",
    "M": "0208254842",
    "N": "02084248",
    "O": "120307183847433212",
    "P": "02083847463505",
    "Q": "120307183847433212 2442",
    "R": "02083847463505 2542",
    "S": "473818070615354443321203",
    "T": "0848 2822",
    "U": "080312324348",
    "V": "082248",
    "W": "0812253248",
    "X": "0248 0842",
    "Y": "082548 2522",
    "Z": "08480242",
    "a": "16364542 441403123243",
    "b": "0208 0516364543321203",
    "c": "4536160503123243",
    "d": "4248 4536160503123243",
    "e": "04444536160503123243",
    "f": "38281712 0636",
    "g": "4536160503123243 4641301001",
    "h": "0208 0516364542",
    "i": "0206 08",
    "j": "161100 18",
    "k": "0208 3603 1432",
    "l": "0802",
    "m": "0206 0516263532 3546566562",
    "n": "0206 0516364542",
    "o": "120305163645433212",
    "p": "0600 0516364543321203",
    "q": "4640 4536160503123243",
    "r": "0206 051636",
    "s": "45361605143443321203",
    "t": "18132232 0636",
    "u": "0603123243 4642",
    "v": "062246",
    "w": "0612253246",
    "x": "0246 0642",
    "y": "0622 46221000",
    "z": "06460242",
    "!": "0804 02",
    '"': "0807 2827",
    "#": "1218 3238 0444 0646",
    "$": "473818070615354443321203 2921",
    "%": "0248 0708181707 3233434232",
    "&": "42071827260403123244",
    "'": "0807",
    "(": "18070312",
    ")": "08171302",
    "*": "2327 0446 0644",
    "+": "0545 2327",
    ",": "1201",
    "-": "0535",
    ".": "02",
    "/": "0148",
    ":": "02 05",
    ";": "1201 15",
    "<": "370533",
    "=": "0444 0646",
    ">": "073503",
    "?": "07183847462524 22",
    "@": "32120307183847443323263646",
    "[": "18080212",
    "\\": "0842",
    "]": "08181202",
    "^": "062846",
    "_": "0141",
    "`": "0817",
    "{": "28171605141322",
    "|": "0901",
    "}": "08171625141302",
    "~": "05163445",
    "°": "0708181707",
    "µ": "0600 03123243 4642",
    "…": "02 22 42",
}
_UNKNOWN = "0208484202"


def _parse(text: str) -> list[list[tuple[int, int]]]:
    return [
        [(int(stroke[i]), int(stroke[i + 1]) - _BASELINE) for i in range(0, len(stroke), 2)]
        for stroke in text.split()
    ]


_LETTERS = {letter: _parse(text) for letter, text in _STROKES.items()}
_BOX = _parse(_UNKNOWN)


def _letter(letter: str) -> list[list[tuple[int, int]]]:
    return _LETTERS.get(letter, _BOX)


def _advance(letter: str) -> float:
    if letter == " ":
        return _SPACE
    return max(x for stroke in _letter(letter) for x, _ in stroke) + _GAP


def width(text: str) -> float:
    """Width of a line of text, in units of the grid."""
    return max(0.0, sum(_advance(letter) for letter in text) - _GAP)


def strokes(text: str) -> Iterator[list[tuple[float, float]]]:
    """The strokes of a line of text: points with x from its begin and y up from where it stands."""
    begin = 0.0
    for letter in text:
        if letter != " ":
            for stroke in _letter(letter):
                yield [(begin + x, float(y)) for x, y in stroke]
        begin += _advance(letter)
