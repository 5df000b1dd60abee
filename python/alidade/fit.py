"""Curves fitted to points: weighted least squares, with errors and covariance.

Example:
    >>> import numpy as np
    >>> angle = np.arange(0, 180, 10.0)
    >>> power = 2 * np.cos(np.radians(angle - 25)) ** 2 + 0.1
    >>> found = curve("malus", angle, power)
    >>> print(f"{found['angle']:.3f} deg")
    25.000 deg
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import errors
from ._call import NULL, call, report, text
from ._callbacks import callback
from ._constants import FIT_PARAMETERS_MAX, FitModel
from ._library import ffi, lib, require_room
from ._numbers import number
from ._waiting import blocking, waits

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ._ffi import CData

require_room("kernels", "alidade.fit")

__all__ = ["Fit", "curve", "function", "models"]

_FIT = ffi.typeof("ald_fit *")
_FIT_SIZE = ffi.sizeof("ald_fit")
# Weights change by a fraction of the errors, and their effect by its square: two rounds are plenty.
_REWEIGHTED = 2


class Fit(Mapping[str, float]):
    """Result of a fit: a mapping from names of parameters to their values.

    It can be called: `fit(x)` gives the fitted curve at `x`.
    """

    __slots__ = (
        "_evaluate",
        "best",
        "chi_squared",
        "covariance",
        "degrees_of_freedom",
        "errors",
        "iterations",
        "model",
        "names",
    )

    model: str
    """Name of the curve or function."""
    names: tuple[str, ...]
    """The parameters, in their order."""
    best: np.ndarray[Any, Any]
    """Values of the parameters: float64, shape (n,), in the units of the points."""
    errors: dict[str, float]
    """Standard deviations of the parameters."""
    covariance: np.ndarray[Any, Any]
    """Covariance of the parameters: float64, shape (n, n)."""
    chi_squared: float
    """Sum of the squares of residuals over sigma; of residuals, if sigma was not given."""
    degrees_of_freedom: int
    """Points less parameters."""
    iterations: int
    """Steps that it took."""

    def __init__(
        self,
        model: str,
        names: Sequence[str],
        record: CData,
        evaluate: Callable[[np.ndarray[Any, Any], np.ndarray[Any, Any]], Any],
    ) -> None:
        """Takes over what the library found; `evaluate(parameters, x)` gives the curve."""
        import numpy as np

        count = record.parameter_count
        self.model = model
        self.names = tuple(names)
        self.best = np.array(list(record.parameters)[:count])
        self.errors = dict(zip(names, record.errors))
        whole = np.array(list(record.covariance)).reshape(FIT_PARAMETERS_MAX, FIT_PARAMETERS_MAX)
        self.covariance = whole[:count, :count].copy()
        self.chi_squared = record.chi_squared
        self.degrees_of_freedom = record.degrees_of_freedom
        self.iterations = record.iterations
        self._evaluate = evaluate

    def __getitem__(self, name: str) -> float:
        try:
            return float(self.best[self.names.index(name)])
        except ValueError:
            raise KeyError(f"{name!r}; there are {', '.join(self.names)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __call__(self, x: npt.ArrayLike) -> np.ndarray[Any, Any]:
        """The fitted curve at `x`, in the shape of `x`."""
        import numpy as np

        at = np.asarray(x, np.float64)
        flat = np.ascontiguousarray(at).reshape(-1)
        result: np.ndarray[Any, Any] = np.empty(flat.shape)
        result[:] = self._evaluate(self.best, flat)
        return result.reshape(at.shape)

    def __repr__(self) -> str:
        found = ", ".join(f"{name} = {self[name]:.6g} ± {self.errors[name]:.2g}" for name in self)
        return f"<Fit {self.model!r}: {found}>"


def models() -> dict[str, tuple[str, ...]]:
    """The curves that there are, and the names of their parameters.

    Example:
        >>> models()["line"]
        ('offset', 'slope')
    """
    return {text(lib.ald_fit_model_name(model)): _parameter_names(model) for model in FitModel}


@waits
def curve(
    model: str,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    sigma: npt.ArrayLike | Callable[[np.ndarray[Any, Any]], npt.ArrayLike] | None = None,
    *,
    start: Mapping[str, float] | Sequence[float] | None = None,
) -> Fit:
    """Fits a curve to points.

    Args:
        model: One of `models`: "line" (offset + slope x); "malus" (amplitude cos^2(x - angle) +
            offset, in degrees, for a turned polarizer) and "malus-half-wave" (cos^2(2 (x -
            angle)), for a turned half-wave plate); "edge" (offset + amplitude / 2 (1 + erf(sqrt(2)
            (x - center) / radius)), a knife edge in a Gaussian beam of that 1/e^2 radius);
            "gaussian" (offset + amplitude exp(-(x - center)^2 / (2 sigma^2))).
        x: Shape (n,), in any order.
        y: Shape (n,).
        sigma: Standard deviations of `y`, shape (n,) or one for all; None if they are not known:
            then the errors follow from the scatter of the points about the curve. Or a function
            that gives them for values of y, as an instrument's noise depends on what it reads: it
            is asked for the fitted curve, since points that noise has made small would weigh too
            much.
        start: Where to begin, by name or in the order of the parameters; None lets the points
            tell.

    Returns:
        Parameters, errors, covariance, chi squared, and the curve itself.

    Raises:
        InvalidError: NaN, an unknown curve, or points that do not determine a parameter.
        RangeError: Too few points.
        StateError: No minimum was found.
    """
    which = _model(model)
    names = _parameter_names(which)
    begin = NULL if start is None else _start(start, names)
    if not callable(sigma):
        return _fitted(which, names, _Points(x, y, sigma), begin)
    found = _fitted(which, names, _Points(x, y, sigma(_column(y, "y"))), begin)
    for _ in range(_REWEIGHTED):
        points = _Points(x, y, sigma(found(x)))
        found = _fitted(which, names, points, _start(found, names))
    return found


@waits
def _fitted(which: FitModel, names: Sequence[str], points: _Points, begin: CData) -> Fit:
    found = _empty()
    blocking(lambda cancel: call(lib.ald_fit_curve, which, *points.memory, begin, cancel, found))
    return Fit(text(lib.ald_fit_model_name(which)), names, found, _evaluator(which))


@waits
def function(
    f: Callable[..., npt.ArrayLike],
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    sigma: npt.ArrayLike | None = None,
    *,
    start: Mapping[str, float],
) -> Fit:
    """Fits a function of Python to points.

    Example:
        >>> import numpy as np
        >>> decay = function(
        ...     lambda t, height, rate: height * np.exp(-rate * t),
        ...     [0, 1, 2, 3],
        ...     [8, 4, 2, 1],
        ...     start={"height": 5, "rate": 1},
        ... )
        >>> print(f"{decay['rate']:.6f}")
        0.693147

    Args:
        f: Is given all `x` as an array and then the parameters, and gives all `y`. Runs on a
            thread of the package; what it raises is raised again here.
        x: Shape (n,), in any order.
        y: Shape (n,).
        sigma: Standard deviations of `y`, shape (n,) or one for all; None if they are not known.
        start: Where to begin: a number of the right order of magnitude for each parameter, by
            the names that `f` gives them; where it gives none, in the order in which it takes
            them. At most 8.

    Returns:
        Parameters, errors, covariance, chi squared, and the curve itself.

    Raises:
        Error: As `curve`.
        ValueError: Names that are not those of the function's parameters.
        BaseException: What the function raised, the same object.
    """
    if not callable(f):
        raise TypeError(f"{f!r} cannot be called")
    names = _ordered(f, start)
    points = _Points(x, y, sigma)
    begin = _start(start, names)
    found = _empty()
    told = ffi.new_handle((f, points.x))
    blocking(
        lambda cancel: call(
            lib.ald_fit_function,
            _run,
            told,
            len(names),
            ",".join(names).encode(),
            *points.memory,
            begin,
            cancel,
            found,
        )
    )
    name = getattr(f, "__qualname__", type(f).__name__)
    return Fit(name, names, found, lambda at, x: f(x, *at.tolist()))


def _ordered(f: Callable[..., Any], start: Mapping[str, float]) -> tuple[str, ...]:
    """The names of the parameters, in the order in which the function takes them."""
    import inspect

    names = tuple(start)
    try:
        taken = list(inspect.signature(f).parameters.values())[1:]
    except ValueError:  # one of C that tells nothing
        return names
    positional = [p.name for p in taken if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if set(names) == set(positional):
        return tuple(positional)
    if any(name in positional for name in names):
        raise ValueError(
            f"start has {', '.join(names)}; the function takes {', '.join(positional)}"
        )
    return names


class _Points:
    """Points in the form that the library takes; keeps their memory alive."""

    __slots__ = ("memory", "x")

    def __init__(self, x: npt.ArrayLike, y: npt.ArrayLike, sigma: npt.ArrayLike | None) -> None:
        import numpy as np

        self.x = _column(x, "x")
        all_y = _column(y, "y")
        if all_y.shape != self.x.shape:
            raise ValueError(f"x has {self.x.size} points, y has {all_y.size}; give as many")
        known: CData = NULL
        if sigma is not None:
            given = np.asarray(sigma, np.float64)
            try:
                given = np.broadcast_to(given, self.x.shape)
            except ValueError:
                raise ValueError(
                    f"sigma has shape {given.shape}; give one for all, or for each of the "
                    f"{self.x.size} points"
                ) from None
            known = _memory(np.ascontiguousarray(given))
        self.memory = (_memory(self.x), _memory(all_y), known, self.x.size)


def _column(x: npt.ArrayLike, what: str) -> np.ndarray[Any, Any]:
    import numpy as np

    column = np.ascontiguousarray(x, np.float64)
    if column.ndim != 1:
        raise ValueError(f"{what} has {column.ndim} dimensions, expected one")
    return column


def _memory(column: np.ndarray[Any, Any]) -> CData:
    return ffi.from_buffer("double[]", column)


def _model(name: str) -> FitModel:
    for model in FitModel:
        if text(lib.ald_fit_model_name(model)) == name:
            return model
    raise errors.InvalidError(f"there is no curve {name!r}; there are {', '.join(models())}")


def _parameter_names(model: FitModel) -> tuple[str, ...]:
    names = (text(lib.ald_fit_parameter_name(model, i)) for i in range(FIT_PARAMETERS_MAX))
    return tuple(name for name in names if name)


def _start(start: Mapping[str, float] | Sequence[float], names: Sequence[str]) -> CData:
    if isinstance(start, Mapping):
        if set(start) != set(names):
            raise ValueError(f"start has {', '.join(start)}; expected {', '.join(names)}")
        start = [start[name] for name in names]
    if len(start) != len(names):
        raise ValueError(f"start has {len(start)} numbers; expected {', '.join(names)}")
    return ffi.new("double[]", [number(x, name) for x, name in zip(start, names)])


def _empty() -> CData:
    record = ffi.new(_FIT)
    lib.ald_fit_init(record, _FIT_SIZE)
    return record


def _evaluator(
    model: FitModel,
) -> Callable[[np.ndarray[Any, Any], np.ndarray[Any, Any]], np.ndarray[Any, Any]]:
    def evaluate(at: np.ndarray[Any, Any], x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        import numpy as np

        y = np.empty(x.shape)
        call(lib.ald_fit_evaluate, model, _memory(at), _memory(x), x.size, _memory(y))
        return y

    return evaluate


@callback(
    "ald_status(void *, double const *, int32_t, double const *, double *, int64_t, ald_error **)"
)
def _run(
    user_data: CData, at: CData, parameters: int, x: CData, y: CData, count: int, err: CData
) -> int:
    import numpy as np

    try:
        f, all_x = ffi.from_handle(user_data)
        values = np.frombuffer(ffi.buffer(y, 8 * count))
        values[:] = f(all_x, *ffi.unpack(at, parameters))
    except BaseException as error:
        return report(error, err)
    return 0
