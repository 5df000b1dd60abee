"""Names: of the C types that headers may use, and names made from other names."""

from __future__ import annotations

NUMBERS = (
    *(f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    "size_t",
    "intptr_t",
    "uintptr_t",
    "float",
    "double",
)
# Only behind a pointer or in an array.
TEXT = "char"
# Only as the result of a callback, so that libuv's and others' functions fit as they are.
INT = "int"


def common_prefix(names: list[str]) -> str:
    """The beginning that all names share, up to an underscore: "ALD_KIND_"."""
    shared = 0
    for letters in zip(*names, strict=False):
        if len(set(letters)) > 1:
            break
        shared += 1
    return names[0][: names[0].rfind("_", 0, shared) + 1]


def class_name(name: str) -> str:
    """`ald_op_state` and `ALD_OP_STATE` to "OpState"."""
    return "".join(part.capitalize() for part in name.split("_")[1:])
