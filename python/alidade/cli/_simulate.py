"""`alidade simulate`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from .._waiting import sleep
from ..errors import InvalidError, NotFoundError
from ._amounts import typed
from ._streams import check

_IN_SECONDS = ("delay", "chunk_pause")
_FAULT_TYPES = {
    "delay": "double",
    "garble": "double",
    "truncate": "int64",
    "drop": "double",
    "silence": "bool",
    "echo": "bool",
    "chunk": "int64",
    "chunk_pause": "double",
    "unplug_after": "int64",
    "seed": "int64",
}
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def simulate(
    names: Sequence[str],
    *,
    listen: str,
    seed: int,
    options: Sequence[str],
    quantities: Sequence[str],
    faults: Sequence[str],
) -> int:
    """Starts simulated instruments on one bench and prints where they are, until Ctrl-C."""
    from ..simulation import Bench, Simulation, simulations

    known = {about["name"]: about for about in simulations()}
    wanted = list(names) or sorted(known)
    for name in wanted:
        if name not in known:
            raise NotFoundError(
                f"there is no simulated instrument {name!r}; there are {', '.join(sorted(known))}"
            )
    given = _options([known[name] for name in wanted], options)
    units = {about["name"]: about["unit"] for about in Bench().describe()["quantities"]}
    bench = Bench(
        seed=seed,
        quantities={k: typed(k, v, "double", units.get(k, "1")) for k, v in _pairs(quantities)},
    )
    wrong = {name: _fault(name, text) for name, text in _pairs(faults)}
    with ExitStack() as on:
        for name in wanted:
            mine = on.enter_context(Simulation(name, bench, listen=listen, **given[name]))
            mine.set_faults(**wrong)
            print(f"{name:<16}{mine.uri}")
            check()  # whoever reads this through a pipe waits for it
        while True:
            sleep(3600)


def show_instruments() -> int:
    """Prints the simulated instruments with their options, and the quantities of a bench."""
    from ..simulation import Bench, simulations

    for about in simulations():
        print(f"{about['name']:<16}{about['doc']}")
        for option in about["options"]:
            unit = f" [{option['unit']}]" if option["unit"] else ""
            initial = f" (default: {option['initial']})" if "initial" in option else ""
            print(f"  {option['name']}{unit}: {option['doc']}{initial}")
    about = Bench().describe()
    print(f"bench           quantities, for --quantity; axes: {', '.join(about['axes'])}")
    for quantity in about["quantities"]:
        print(f"  {quantity['name']} [{quantity['unit']}]: {quantity['doc']}")
    return 0


def _pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidError(f"{text!r} is not of the form NAME=VALUE")
        pairs.append((name, value))
    return pairs


def _options(
    instruments: Sequence[dict[str, Any]], texts: Sequence[str]
) -> dict[str, dict[str, object]]:
    """Options go to all instruments that have one of the name, or to the one named before a ":"."""
    given: dict[str, dict[str, object]] = {about["name"]: {} for about in instruments}
    for name, text in _pairs(texts):
        only, colon, option = name.rpartition(":")
        taken = False
        for about in instruments:
            for record in about["options"]:
                if record["name"] == option and (not colon or about["name"] == only):
                    given[about["name"]][option] = _typed(
                        name, text, record["type"], record["unit"] or "1"
                    )
                    taken = True
        if not taken:
            raise NotFoundError(
                f"none of the instruments has the option {name!r}; `alidade simulate --list` "
                "shows them"
            )
    return given


def _typed(name: str, text: str, kind: str, unit: str) -> object:
    if kind == "bool":
        if text.lower() not in _TRUTH:
            raise InvalidError(f"{name} is {text!r}, expected a value of type bool")
        return _TRUTH[text.lower()]
    return typed(name, text, kind, unit) if kind in ("double", "int64") else text


def _fault(name: str, text: str) -> Any:
    if name not in _FAULT_TYPES:
        raise NotFoundError(f"there is no fault {name!r}; there are {', '.join(_FAULT_TYPES)}")
    return _typed(name, text, _FAULT_TYPES[name], "s" if name in _IN_SECONDS else "1")
