"""DLPack capsules: how array libraries hand tensors to each other in Python.

A capsule owns its tensor until somebody takes it and renames the capsule.
See https://dmlc.github.io/dlpack/latest/python_spec.html.
"""

from __future__ import annotations

import ctypes
from functools import partial
from typing import TYPE_CHECKING

from ._call import ERROR_OUT, taken
from ._library import ffi, lib
from ._unsplit import place, together

if TYPE_CHECKING:
    from ._ffi import CData

__all__ = ["lent", "take"]

# By "is it versioned". Capsules keep the addresses of these names.
_FRESH = {False: b"dltensor", True: b"dltensor_versioned"}
_USED = {False: b"used_dltensor", True: b"used_dltensor_versioned"}

_Destructor = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)
_api = ctypes.pythonapi
_new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, _Destructor)(
    ("PyCapsule_New", _api)
)
_is_valid = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)(
    ("PyCapsule_IsValid", _api)
)
_pointer = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", _api)
)
_rename = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_SetName", _api)
)


def _drop(capsule: int) -> None:
    """Runs with the capsule's last reference; a tensor that was taken is not ours any more."""
    for versioned, name in _FRESH.items():
        if _is_valid(capsule, name):
            lib.ald_dlpack_delete(ffi.cast("void *", _pointer(capsule, name)), versioned)


_destroy = _Destructor(_drop)
# Capsules may be destroyed after this module was torn down at exit.
ctypes.pythonapi.Py_IncRef(ctypes.py_object(_destroy))


def lent(buffer: CData, view: CData, versioned: bool) -> object:
    """A capsule that lends a view of a buffer."""
    tensor, err = ffi.new("void **"), place(ERROR_OUT)
    address = ctypes.c_void_p.from_buffer(ffi.buffer(tensor))  # looked at when it is there
    # In a variable: what an exception finds on the stack is destroyed while it is raised, and
    # `_drop` would clear it.
    made: list[object] = []
    try:
        together(
            partial(lib.ald_dlpack_export, buffer, view, int(versioned), tensor, err),
            partial(_new, address, _FRESH[versioned], _destroy),
            into=made,
        )
    except ValueError:  # there is none
        raise taken(err) from None
    return made[1]


def take(capsule: object, buffer: CData, view: CData) -> None:
    """Takes the tensor of a capsule: fills an output for an owned buffer, and a view."""
    for versioned, name in _FRESH.items():
        if _is_valid(id(capsule), name):
            tensor = ffi.cast("void *", _pointer(id(capsule), name))
            err = place(ERROR_OUT)
            # Together, or the capsule and the buffer would both give the tensor back.
            status, _ = together(
                partial(lib.ald_dlpack_import, tensor, int(versioned), buffer, view, err),
                partial(_rename, capsule, _USED[versioned]),
            )
            if status:
                _rename(capsule, name)
                raise taken(err)
            return
    raise TypeError(f"{capsule!r} is no fresh DLPack capsule; each can be taken only once")
