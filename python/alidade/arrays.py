"""Arrays in memory that several owners share.

A `Buffer` is a block of memory with a fixed address, an `Array` a way to read one. Both keep the
memory alive; so does every NumPy array made of them, and every slice of that. Arrays go to other
libraries and come from them without a copy, through DLPack.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from . import errors
from ._call import NULL, call, forked, told
from ._callbacks import hook, registering, release
from ._constants import NDIM_MAX, Dtype, ViewFlags
from ._handle import Handle, output
from ._library import ffi, lib
from ._numbers import integer
from ._unsplit import kept, place

if TYPE_CHECKING:
    import numpy as np

    from ._ffi import CData

__all__ = ["Array", "Buffer", "as_array", "from_dlpack"]

_BUFFER_OUT = ffi.typeof("ald_buffer **")
_VIEW = ffi.typeof("ald_view *")
_VIEW_SIZE = ffi.sizeof("ald_view")

_ORDER = "<" if sys.byteorder == "little" else ">"
# Codes of the element types in NumPy's array interface.
_TYPESTR = {
    Dtype.BOOL: "|b1",
    Dtype.INT8: "|i1",
    Dtype.UINT8: "|u1",
    **{
        Dtype[name]: f"{_ORDER}{letter}{size}"
        for name, letter, size in (
            ("INT16", "i", 2),
            ("INT32", "i", 4),
            ("INT64", "i", 8),
            ("UINT16", "u", 2),
            ("UINT32", "u", 4),
            ("UINT64", "u", 8),
            ("FLOAT16", "f", 2),
            ("FLOAT32", "f", 4),
            ("FLOAT64", "f", 8),
            ("COMPLEX64", "c", 8),
            ("COMPLEX128", "c", 16),
        )
    },
}
_DTYPE_OF_TYPESTR = {typestr: dtype for dtype, typestr in _TYPESTR.items()}
_DTYPE_OF_NAME = {dtype.name.lower(): dtype for dtype in Dtype}


def new_view() -> CData:
    """An empty view for the library to fill."""
    view = ffi.new(_VIEW)
    lib.ald_view_init(view, _VIEW_SIZE)
    return view


def interface_of(view: CData) -> dict[str, object]:
    """Entries of NumPy's array interface for a view, without its address."""
    return {
        "version": 3,
        "shape": tuple(view.shape[0 : view.ndim]),
        "strides": tuple(view.strides[0 : view.ndim]),
        "typestr": _TYPESTR[view.dtype],
    }


class Buffer(Handle, type="buffer"):
    """A block of memory with a fixed address, aligned to 64 bytes or more.

    Example:
        >>> pixels = Buffer(2 * 3 * 4).array("uint16", (3, 4)).to_numpy()
        >>> pixels[:] = 7
    """

    __slots__ = ()

    def __init__(self, size: int) -> None:
        """Makes a buffer of zero bytes.

        Args:
            size: Bytes.

        Raises:
            NoMemoryError: There is not so much memory.
        """
        size = integer(size, "size")
        if size < 0:
            raise errors.RangeError(f"size is {size} bytes, expected 0 or more")
        self._h = output(lib.ald_buffer_new, size, out=_BUFFER_OUT)

    @classmethod
    def wrap(cls, memory: Any, *, readonly: bool = False) -> Buffer:
        """Makes a buffer of somebody else's memory, without a copy.

        Args:
            memory: An object with the buffer protocol, C-contiguous: bytes, bytearray, memoryview,
                array, NumPy array. It is kept alive as long as the buffer is.
            readonly: Whether nobody may write through the buffer; always so for read-only memory.
        """
        flat = memoryview(memory).cast("B")
        data = ffi.from_buffer("char[]", flat)
        return cls._wrap(data, len(data), readonly or flat.readonly, flat)

    @classmethod
    def _wrap(cls, data: CData, size: int, readonly: bool, owner: object) -> Buffer:
        user_data = hook((owner, data))
        pointer = output(
            registering(lib.ald_buffer_wrap, user_data),
            data if size else NULL,
            size,
            int(readonly),
            release,
            user_data,
            out=_BUFFER_OUT,
        )
        return cls._own(pointer)

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return told(lib.ald_buffer_size(self._h), 0)

    @property
    def address(self) -> int:
        """The address of its first byte; 0 if it is empty."""
        return told(int(ffi.cast("intptr_t", lib.ald_buffer_data(self._h))), 0)

    @property
    def readonly(self) -> bool:
        """True if it may only be read."""
        return told(lib.ald_buffer_is_readonly(self._h)) != 0

    def array(
        self,
        dtype: str | Dtype = "uint8",
        shape: Sequence[int] | int | None = None,
        offset: int = 0,
    ) -> Array:
        """Reads its bytes as an array, last index fastest, without a copy.

        Args:
            dtype: Element type, named as NumPy does: "float64".
            shape: Number of elements along each dimension; None is one dimension with all.
            offset: Bytes to skip.

        Raises:
            RangeError: The array does not fit in the buffer, or the offset is not a multiple of
                the element size.
            InvalidError: A bad type or shape.
        """
        number, offset = dtype_of(dtype), integer(offset, "offset")
        if shape is None:
            lengths = [max(self.nbytes - offset, 0) // lib.ald_dtype_size(number)]
        else:
            given = (
                shape
                if getattr(shape, "shape", None) != () and isinstance(shape, Iterable)
                else (shape,)
            )
            lengths = [integer(length, "shape") for length in given]
        view = new_view()
        sizes = ffi.new("int64_t[]", lengths) if lengths else NULL
        call(lib.ald_buffer_get_view, self._h, offset, number, sizes, len(lengths), view)
        return Array._of(self, view)

    def __bytes__(self) -> bytes:
        return bytes(ffi.buffer(lib.ald_buffer_data(self._h), self.nbytes)) if self.nbytes else b""

    def __len__(self) -> int:
        return self.nbytes

    def _state(self) -> str:
        return f"{self.nbytes} bytes{', read-only' if self.readonly else ''}"


def dtype_of(dtype: Any) -> Dtype:
    """The element type for a name, a `Dtype`, or a dtype of NumPy."""
    if isinstance(dtype, Dtype):
        return dtype
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None)
    if name is None:
        name = getattr(dtype, "__name__", str(dtype))  # numpy.float64, float
        name = {"float": "float64", "int": "int64", "complex": "complex128"}.get(name, name)
    found = _DTYPE_OF_NAME.get(name)
    if found is None:
        raise errors.InvalidError(
            f"element type {name!r} is unknown; expected one of {', '.join(_DTYPE_OF_NAME)}"
        )
    return found


class Array:
    """A way to read a buffer as an array, which it keeps alive.

    `numpy.asarray(array)` and `array.to_numpy()` give a NumPy array of the same memory, which may
    be written only if the buffer may. `__dlpack__` lends it to any other array library.
    """

    __slots__ = ("__weakref__", "_view", "buffer")

    buffer: Buffer
    """The memory."""

    _view: CData

    @classmethod
    def _of(cls, buffer: Buffer, view: CData) -> Array:
        self = cls.__new__(cls)
        self.buffer = buffer
        self._view = view
        return self

    @classmethod
    def _of_value(cls, value: CData) -> Array:
        """The array in a borrowed value of the library."""
        out, view = place(_BUFFER_OUT), new_view()
        call(lib.ald_value_get_array, value, out, view)
        return cls._of(Buffer._own(kept(out[0], out)), view)

    @property
    def dtype(self) -> str:
        """Element type, named as NumPy does: "float64"."""
        return str(ffi.string(lib.ald_dtype_name(self._view.dtype)), "ascii")

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return lib.ald_dtype_size(self._view.dtype)

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return int(self._view.ndim)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of elements along each dimension."""
        return tuple(self._view.shape[0 : self._view.ndim])

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes between neighbours along each dimension; may be negative or 0."""
        return tuple(self._view.strides[0 : self._view.ndim])

    @property
    def size(self) -> int:
        """Number of elements."""
        count = 1
        for length in self.shape:
            count *= length
        return count

    @property
    def readonly(self) -> bool:
        """True if it may only be read; so in a forked child, whose buffers tell nothing."""
        return bool(self._view.flags & ViewFlags.READONLY) or forked() or self.buffer.readonly

    def as_readonly(self) -> Array:
        """The same array, which may only be read."""
        view = new_view()
        ffi.memmove(view, self._view, _VIEW_SIZE)
        view.flags |= int(ViewFlags.READONLY)
        return Array._of(self.buffer, view)

    @property
    def __array_interface__(self) -> dict[str, object]:
        return {
            **interface_of(self._view),
            "data": (int(ffi.cast("intptr_t", self._view.data)), self.readonly),
        }

    def to_numpy(self) -> np.ndarray[Any, Any]:
        """A NumPy array of the same memory, without a copy."""
        import numpy as np

        if self.size == 0:  # NumPy takes no NULL
            empty = np.empty(self.shape, _TYPESTR[self._view.dtype])
            empty.flags.writeable = not self.readonly
            return empty
        return np.asarray(Memory(self.buffer, self.__array_interface__))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        result = self.to_numpy()
        if dtype is not None and result.dtype != dtype:
            if copy is False:
                raise ValueError(f"a copy is needed to go from {result.dtype} to {dtype}")
            return result.astype(dtype)
        return result.copy() if copy else result

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)  # kDLCPU

    def __dlpack__(
        self,
        *,
        stream: object = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> object:
        from . import _dlpack

        if stream is not None:
            raise BufferError("memory of the CPU has no streams; pass stream=None")
        if dl_device is not None and tuple(dl_device) != (1, 0):
            raise BufferError(f"the array is in the CPU's memory (1, 0), not on {dl_device}")
        array = self.copy() if copy else self
        versioned = max_version is not None and max_version[0] >= 1
        return _dlpack.lent(array.buffer._h, array._view, versioned)

    def copy(self) -> Array:
        """A copy in memory of its own, last index fastest, which may be written."""
        result = Buffer(self.size * self.itemsize).array(Dtype(self._view.dtype), self.shape)
        if self.size:
            result.to_numpy()[...] = self.to_numpy()
        return result

    def tolist(self) -> Any:
        """Returns the elements as nested lists of Python numbers."""
        return self.to_numpy().tolist()

    def __len__(self) -> int:
        if self._view.ndim == 0:
            raise TypeError("an array without dimensions has no length")
        return int(self._view.shape[0])

    def __getitem__(self, index: Any) -> Any:
        return self.to_numpy()[index]

    def __repr__(self) -> str:
        return f"<Array {self.dtype} {self.shape}{' read-only' if self.readonly else ''}>"


class Memory:
    """Base of a NumPy array, which asks it once and keeps it alive."""

    __slots__ = ("__array_interface__", "_owner")

    def __init__(self, owner: object, interface: dict[str, object]) -> None:
        """Keeps the owner of the elements alive."""
        self._owner = owner
        self.__array_interface__ = interface


def as_array(x: Any) -> Array:
    """Any array as an `Array`, without a copy.

    Args:
        x: An `Array`, an array of NumPy or of another library with `__array_interface__` or
            `__dlpack__`. It shares its memory: whoever writes the one writes the other.

    Raises:
        UnsupportedError: Its element type or its byte order is none that the library knows.
    """
    if isinstance(x, Array):
        return x
    interface = getattr(x, "__array_interface__", None)
    if interface is not None:
        return _of_interface(x, interface)
    if hasattr(x, "__dlpack__"):
        return from_dlpack(x)
    raise TypeError(f"{type(x).__name__} is no array: it has no __array_interface__ or __dlpack__")


def _of_interface(x: object, interface: dict[str, Any]) -> Array:
    dtype = _DTYPE_OF_TYPESTR.get(interface["typestr"])
    if dtype is None or interface.get("mask") is not None:
        raise errors.UnsupportedError(
            f"arrays of {interface['typestr']!r} cannot be shared; expected plain numbers in the "
            f"machine's byte order ({', '.join(_DTYPE_OF_NAME)}); convert with astype"
        )
    shape = tuple(interface["shape"])
    if len(shape) > NDIM_MAX:
        raise errors.UnsupportedError(
            f"the array has {len(shape)} dimensions, at most {NDIM_MAX} are possible"
        )
    address, readonly = interface["data"]
    itemsize = lib.ald_dtype_size(dtype)
    strides = interface.get("strides") or _contiguous(shape, itemsize)
    low, high = _extent(shape, strides, itemsize)
    buffer = Buffer._wrap(ffi.cast("char *", address + low), high - low, bool(readonly), x)
    view = new_view()
    view.dtype, view.ndim = dtype, len(shape)
    view.data = ffi.cast("void *", address) if high > low else NULL
    view.flags = int(ViewFlags.READONLY) if readonly else 0
    view.shape[0 : len(shape)] = list(shape)
    view.strides[0 : len(shape)] = list(strides)
    call(lib.ald_buffer_check_view, buffer._h, view)
    return Array._of(buffer, view)


def _contiguous(shape: Sequence[int], itemsize: int) -> tuple[int, ...]:
    strides: list[int] = []
    step = itemsize
    for length in reversed(shape):
        strides.insert(0, step)
        step *= length
    return tuple(strides)


def _extent(shape: Sequence[int], strides: Iterable[int], itemsize: int) -> tuple[int, int]:
    """The bytes that an array reaches, from the element with all indices 0."""
    if 0 in shape:
        return 0, 0
    low, high = 0, itemsize
    for length, stride in zip(shape, strides):
        reach = (length - 1) * stride
        low, high = low + min(reach, 0), high + max(reach, 0)
    return low, high


def from_dlpack(x: Any) -> Array:
    """Takes an array of another library, without a copy.

    Args:
        x: An object with `__dlpack__`. It shares its memory: whoever writes the one writes the
            other.

    Raises:
        UnsupportedError: It is not in the CPU's memory, or its element type is unknown.
    """
    from . import _dlpack

    try:
        capsule = x.__dlpack__(max_version=(1, 0))
    except TypeError:  # written before DLPack 1.0
        capsule = x.__dlpack__()
    out, view = place(_BUFFER_OUT), new_view()
    _dlpack.take(capsule, out, view)
    return Array._of(Buffer._own(kept(out[0], out)), view)
