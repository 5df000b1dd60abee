"""`alidade jog`: moves an axis and shows where it is."""

from __future__ import annotations

import sys

from ..errors import TimedOutError
from ..movables import Movable
from ..op import Op
from ._amounts import Amount
from ._ending import ENDED, exit_code
from ._messages import warn
from ._opening import Instruments

_LOOK_S = 0.1


def jog(where: Instruments, path: str, by: Amount | None, to: Amount | None) -> int:
    """Moves an axis by a distance, to a position, or home if neither is given.

    Ctrl-C and other signals stop the axis, or wait until one that cannot be stopped has come to
    its goal.
    """
    with where.opened([path]) as lab:
        axis = lab.device(path, Movable)
        try:
            if by is not None:
                move = axis.start_move_rel(by.number, unit=by.unit)
            elif to is not None:
                move = axis.start_move(to.number, unit=to.unit)
            else:
                move = axis.start_home()
            _watch(axis, move)
        except ENDED as ended:
            if axis.can("stop"):
                axis.stop()
            else:
                warn(f"{path} cannot be stopped; it goes on to its goal")
                axis.wait_settled()
            print(f"{path} stopped at {_position(axis)}")
            return exit_code(ended)
        move.wait()
        print(f"{path} is at {_position(axis)}")
    return 0


def _watch(axis: Movable, move: Op) -> None:
    """Waits for the end of a motion; on a terminal it shows the position meanwhile."""
    terminal = sys.stderr.isatty()
    while True:
        try:
            move.wait(_LOOK_S if terminal else None)
            break
        except TimedOutError:
            print(f"\r{axis.path} {_position(axis)} ", end="", file=sys.stderr, flush=True)
    if terminal:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _position(axis: Movable) -> str:
    return f"{axis.position():.6g} {axis.unit}"
