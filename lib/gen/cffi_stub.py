"""Writes python/alidade/_ffi.pyi: what a type checker should know of the cffi module.

With it, a call with a misspelt name, a wrong number of arguments, None for a pointer or a str
for a `const char *` is found before it is made.
"""

from __future__ import annotations

import keyword

from .model import Function, FunctionPointer, Library, Named, Type
from .output import NOTICE

_HEAD = f'''\
# {NOTICE}
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar, overload

_F = TypeVar("_F", bound=Callable[..., Any])

class CData:
    """A C value that cffi holds: a pointer, an array, a record or a function."""

    def __getattr__(self, name: str) -> Any: ...
    def __setattr__(self, name: str, value: Any) -> None: ...
    def __getitem__(self, index: Any) -> Any: ...
    def __setitem__(self, index: Any, value: Any) -> None: ...
    def __call__(self, *args: Any) -> Any: ...
    def __add__(self, elements: int) -> CData: ...
    def __sub__(self, elements: int) -> CData: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
    def __int__(self) -> int: ...
    def __float__(self) -> float: ...
    def __bool__(self) -> bool: ...
    def __enter__(self) -> CData: ...
    def __exit__(self, *exception: object) -> None: ...

class CType:
    """A C type, as `ffi.typeof` gives it."""

    cname: str
    kind: str
    def __getattr__(self, name: str) -> Any: ...

class _Types:
    # Here, so that the names inside FFI mean the classes above.
    CData: type[Any]
    CType: type[Any]

class FFI(_Types):
    """The part of cffi's interface that an out-of-line module has."""

    NULL: CData
    buffer: Any
    error: type[Exception]
    errno: int
    def new(self, cdecl: str | CType, init: Any = ...) -> CData: ...
    def new_allocator(
        self, alloc: Any = ..., free: Any = ..., should_clear_after_alloc: bool = ...
    ) -> Callable[..., CData]: ...
    def cast(self, cdecl: str | CType, source: Any) -> CData: ...
    def gc(self, cdata: CData, destructor: Any, size: int = ...) -> CData: ...
    def release(self, cdata: CData) -> None: ...
    def string(self, cdata: CData, maxlen: int = ...) -> bytes: ...
    def unpack(self, cdata: CData, length: int) -> Any: ...
    @overload
    def from_buffer(self, source: Any, /, *, require_writable: bool = ...) -> CData: ...
    @overload
    def from_buffer(
        self, cdecl: str | CType, source: Any, /, require_writable: bool = ...
    ) -> CData: ...
    def memmove(self, dest: Any, src: Any, n: int) -> None: ...
    def addressof(self, cdata: Any, *fields_or_indexes: str | int) -> CData: ...
    def sizeof(self, cdecl: Any) -> int: ...
    def alignof(self, cdecl: Any) -> int: ...
    def offsetof(self, cdecl: str | CType, *fields_or_indexes: str | int) -> int: ...
    def typeof(self, cdecl: Any) -> CType: ...
    def getctype(self, cdecl: str | CType, extra: str = ...) -> str: ...
    def integer_const(self, name: str) -> int: ...
    def list_types(self) -> tuple[list[str], list[str], list[str]]: ...
    def new_handle(self, value: object) -> CData: ...
    def from_handle(self, handle: CData) -> Any: ...
    @overload
    def callback(
        self, cdecl: str | CType, *, error: Any = ..., onerror: Any = ...
    ) -> Callable[[_F], CData]: ...
    @overload
    def callback(
        self,
        cdecl: str | CType,
        python_callable: Callable[..., Any],
        error: Any = ...,
        onerror: Any = ...,
    ) -> CData: ...
    def init_once(self, func: Callable[[], Any], tag: object) -> Any: ...
    def dlopen(self, name: str | None, flags: int = ...) -> Library: ...
    def dlclose(self, lib: Library) -> None: ...

ffi: FFI

class Library(Protocol):
    """The functions of the library and the constants of its headers."""

'''


def render(library: Library) -> str:
    """The stub's text."""
    constants = "".join(
        f"    @property\n    def {constant.name}(self) -> int: ...\n"
        for constant in library.constants
    )
    return _HEAD + "".join(map(_Function(library).line, library.functions)) + constants


class _Function:
    def __init__(self, library: Library) -> None:
        self.types = library.types

    def line(self, item: Function) -> str:
        params = [f"{_identifier(param.name)}: {self.param(param.type)}" for param in item.params]
        params = ["self", *params, *(["/"] if params else [])]
        result = "None" if item.result.is_void else self.number(item.result) or "CData"
        text = f"    def {item.name}({', '.join(params)}) -> {result}: ...\n"
        if len(text) <= 100:
            return text
        listed = "".join(f"        {param},\n" for param in params)
        return f"    def {item.name}(\n{listed}    ) -> {result}: ...\n"

    def param(self, type_: Type) -> str:
        number = self.number(type_)
        if number:
            return number
        # cffi takes bytes where a pointer to constant text or bytes is wanted.
        reads_bytes = isinstance(type_, Named) and type_.c() in ("const char *", "const void *")
        return "CData | bytes" if reads_bytes else "CData"

    def number(self, type_: Type) -> str:
        """The Python number that a C number is; "" if it is no number."""
        if isinstance(type_, FunctionPointer) or type_.pointers:
            return ""
        known = self.types.get(type_.base)
        if known is not None:
            return self.number(known.target) if hasattr(known, "target") else ""
        return "float" if type_.base in ("float", "double") else "int"


def _identifier(name: str) -> str:
    return name + "_" if keyword.iskeyword(name) else name
