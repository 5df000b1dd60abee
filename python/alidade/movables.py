"""Axes."""

from __future__ import annotations

from ._call import DOUBLE, call, new, text, timeout_ns, told_text
from ._handle import started
from ._library import lib
from ._numbers import number
from ._waiting import begun, finish, waits
from .devices import Device
from .op import Op
from .units import convert, convert_difference

__all__ = ["Movable"]


class Movable(Device, capability="movable"):
    """Axis that can be moved.

    Positions are in the axis's unit; the verbs take another one by `unit` and convert. Two that
    measure different things are refused before anything moves.
    """

    __slots__ = ()

    @property
    def unit(self) -> str:
        """UCUM unit of the axis."""
        return told_text(lib.ald_movable_unit(self._h))

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the greatest position, in `unit`; infinite where there is no limit."""
        least, greatest = new(DOUBLE), new(DOUBLE)
        call(lib.ald_movable_limits, self._h, least, greatest)
        return least[0], greatest[0]

    @waits
    def move_abs(
        self, position: float, *, unit: str | None = None, timeout: float | None = None
    ) -> float:
        """Moves to a position. Returns when the motion has ended and settled.

        A move that times out or is interrupted stops the axis. To go on moving, use
        `start_move` and wait for its operation. An axis that cannot be stopped (`can("stop")` is
        False) goes on to its goal; the call waits for that, and the error says where it stands.

        Args:
            position: Where to, in `unit`.
            unit: UCUM unit of `position`; None is the axis's own.
            timeout: Seconds; None is the device's default for motions.

        Returns:
            The position reached, in the axis's unit.

        Raises:
            RangeError: Outside the limits; the message names limit and unit.
            InvalidError: NaN, or a unit that does not measure the same.
            BusyError: Another motion of this axis goes on.
            StateError: The device is not open.
            CancelledError: The axis was stopped.
            TimedOutError: It did not arrive in time.
        """
        return finish(
            lib.ald_movable_start_move_abs,
            self._h,
            _own_position(self, position, unit),
            timeout_ns(timeout),
        )

    @waits
    def move_rel(
        self, distance: float, *, unit: str | None = None, timeout: float | None = None
    ) -> float:
        """Moves by a distance from where the axis stands; see `move_abs`.

        It begins at the position that the axis was sent to, as long as it stands there, so that
        steps add up exactly, whatever the instrument rounds readings to. After home, a stop, an
        action of the axis, a motion by others or a new opening it begins at the reading.

        Args:
            distance: How far, in `unit`; negative goes back.
            unit: UCUM unit of `distance`; None is the axis's own.
            timeout: Seconds; None is the device's default for motions.

        Returns:
            The position reached, in the axis's unit.

        Raises:
            RangeError: Less than the axis's resolution (`schema("position").step`), but for 0;
                or as `move_abs`.
            Error: As `move_abs`.
        """
        return finish(
            lib.ald_movable_start_move_rel,
            self._h,
            _own_distance(self, distance, unit),
            timeout_ns(timeout),
        )

    @waits
    def home(self, *, timeout: float | None = None) -> float:
        """Goes to the home position; see `move_abs`.

        Args:
            timeout: Seconds; None is the device's default for motions.

        Returns:
            The position reached, in the axis's unit.

        Raises:
            UnsupportedError: The axis has no home.
            Error: As `move_abs`.
        """
        return finish(lib.ald_movable_start_home, self._h, timeout_ns(timeout))

    @waits
    def start_move(
        self, position: float, *, unit: str | None = None, timeout: float | None = None
    ) -> Op:
        """Starts to move to a position. Returns when the instrument has accepted the move.

        Args:
            position: Where to, in `unit`.
            unit: UCUM unit of `position`; None is the axis's own.
            timeout: Seconds for the motion; None is the device's default for motions.

        Returns:
            The operation; it gives the position reached, in the axis's unit.

        Raises:
            Error: As `move_abs`, as far as it is known when the move is accepted.
        """
        return Op._own(
            begun(
                lib.ald_movable_start_move_abs,
                self._h,
                _own_position(self, position, unit),
                timeout_ns(timeout),
            )
        )

    @waits
    def start_move_rel(
        self, distance: float, *, unit: str | None = None, timeout: float | None = None
    ) -> Op:
        """Starts to move by a distance; see `start_move` and `move_rel`."""
        return Op._own(
            begun(
                lib.ald_movable_start_move_rel,
                self._h,
                _own_distance(self, distance, unit),
                timeout_ns(timeout),
            )
        )

    @waits
    def start_home(self, *, timeout: float | None = None) -> Op:
        """Starts to go to the home position; see `start_move` and `home`."""
        return Op._own(begun(lib.ald_movable_start_home, self._h, timeout_ns(timeout)))

    @waits
    def jog(self, direction: float, *, timeout: float | None = None) -> float:
        """Moves on and on in one direction, at the axis's velocity, until it is stopped.

        A jog that times out or is interrupted stops the axis, as `stop`, an emergency stop, a safe
        state, closing and the end of the program do. Nothing stops it when the process is killed:
        keep `timeout` as short as the jog may last.

        Args:
            direction: More than 0 toward greater positions, less than 0 toward smaller ones.
            timeout: Seconds; None is the device's default for motions.

        Returns:
            The position at the end of the travel, in the axis's unit, if it came to that.

        Raises:
            CancelledError: The axis was stopped.
            TimedOutError: The time was over; the axis was stopped.
            InvalidError: `direction` is 0.
            UnsupportedError: The axis cannot jog.
            Error: As `move_abs`.
        """
        return finish(lib.ald_movable_start_jog, self._h, _sense(direction), timeout_ns(timeout))

    @waits
    def start_jog(self, direction: float, *, timeout: float | None = None) -> Op:
        """Starts to move on and on in one direction; see `start_move` and `jog`.

        To let the operation go does not stop the axis: `stop`, its `cancel` and the timeout do.
        """
        return Op._own(
            begun(lib.ald_movable_start_jog, self._h, _sense(direction), timeout_ns(timeout))
        )

    @waits
    def set_zero(self, *, timeout: float | None = None) -> float:
        """Makes the present position 0, and reads it back. Nothing moves.

        The limits stay the same numbers, so they lie elsewhere on the instrument afterwards; so do
        positions that were remembered.

        Args:
            timeout: Seconds; None is the device's default.

        Returns:
            The position read back, in the axis's unit.

        Raises:
            BusyError: The axis moves.
            UnsupportedError: The instrument cannot change its zero.
            StateError: The device is not open.
            TimedOutError: It did not answer in time.
        """
        return finish(lib.ald_movable_start_set_zero, self._h, timeout_ns(timeout))

    def start_set_zero(self, *, timeout: float | None = None) -> Op:
        """Starts to make the present position 0; see `set_zero`. It gives the position."""
        return Op._own(started(lib.ald_movable_start_set_zero, self._h, timeout_ns(timeout)))

    @waits
    def stop(self, *, timeout: float | None = None) -> None:
        """Stops the axis and waits until it stands. Goes before all that is waiting.

        The motion that it ends raises CancelledError where it is waited for. This is no
        safety-rated stop. Not every axis can be stopped: `can("stop")` tells.

        Args:
            timeout: Seconds; None is the device's default.

        Raises:
            UnsupportedError: The axis cannot be stopped, or the instrument refused to: it moves on
                to its goal. `wait_settled` waits for that.
            TimedOutError: It does not come to stand.
        """
        finish(lib.ald_movable_start_stop, self._h, timeout_ns(timeout))

    @waits
    def wait_settled(self, *, timeout: float | None = None) -> None:
        """Waits until no motion of the axis goes on. An interrupt leaves the motion alone.

        Args:
            timeout: Seconds; None is the device's default for motions.

        Raises:
            TimedOutError: The motion goes on.
            Error: How the motion failed.
        """
        finish(lib.ald_movable_start_wait_settled, self._h, timeout_ns(timeout))

    @waits
    def position(self, *, timeout: float | None = None) -> float:
        """Reads the position from the instrument.

        Args:
            timeout: Seconds; None is the device's default.

        Returns:
            The position, in the axis's unit.

        Raises:
            StateError: The device is not open.
            TimedOutError: It did not answer in time.
        """
        return finish(lib.ald_movable_start_position, self._h, timeout_ns(timeout))

    def start_position(self, *, timeout: float | None = None) -> Op:
        """Starts to read the position; see `position`. The operation gives it."""
        return Op._own(started(lib.ald_movable_start_position, self._h, timeout_ns(timeout)))

    def _unit_text(self) -> str:
        return text(lib.ald_movable_unit(self._h))


def _own_position(axis: Movable, position: float, unit: str | None) -> float:
    """A position in the axis's own unit; that is what `unit` None says it is."""
    x = number(position, "position")
    return x if unit is None else convert(x, unit, axis.unit)


def _own_distance(axis: Movable, distance: float, unit: str | None) -> float:
    """A distance in the axis's own unit; that is what `unit` None says it is."""
    x = number(distance, "distance")
    return x if unit is None else convert_difference(x, unit, axis.unit)


def _sense(direction: float) -> int:
    """Sign of a direction."""
    x = number(direction, "direction")
    return (x > 0) - (x < 0)
