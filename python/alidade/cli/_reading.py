"""`alidade read`: numbers of instruments, once or again and again."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Sequence

from .._waiting import sleep
from ..errors import NotFoundError
from ..series import Series
from ..tables import iso_time
from ._messages import warn
from ._opening import Instruments
from ._quantities import choose, quantities
from ._streams import check


def read(
    where: Instruments, paths: Sequence[str], every: float, count: int | None, as_json: bool
) -> int:
    """Prints readings with units and times.

    Args:
        where: Where the instruments are.
        paths: Devices that give a number, "device:property", or patterns.
        every: Seconds from one reading to the next.
        count: How many times; None for ever.
        as_json: Whether a line is a JSON object.
    """
    with where.opened(paths) as lab:
        chosen, unmatched = choose(paths, quantities(lab), [])
        for name in unmatched:
            warn(f'nothing fits "{name}"')
        if not chosen:
            raise NotFoundError("nothing is left to read")
        wanted = [quantity.read_as() for quantity in chosen]
        width = max(len(quantity.name) for quantity in chosen)
        begun = time.monotonic()
        for i in itertools.count() if count is None else range(count):
            sleep(max(0.0, begun + i * every - time.monotonic()))
            row = Series(wanted)
            row.read_row()
            at = iso_time(int(row.t_wall_ns[0]))
            for name, unit, value in zip(row.names, row.units, row.values[0].tolist()):
                if as_json:
                    number = None if value != value else value
                    print(json.dumps({"time": at, "path": name, "value": number, "unit": unit}))
                else:
                    shown = "" if unit in ("", "1") else f" {unit}"
                    print(f"{at}  {name:<{width}}  {value:.10g}{shown}")
            check()  # a pipe has each reading when it was taken
    return 0
