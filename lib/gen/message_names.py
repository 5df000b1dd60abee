"""Names of C in messages of the library, and what bindings and the command line call the same.

The library words its messages for callers of C. Python, Julia and the command replace these names,
so that nobody is sent to a function that is not there. tests/headers/test_message_names.py finds
names in messages that are missing here.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from .julia_kinds import SOURCES
from .output import NOTICE

PYTHON = "python/alidade/_message_names.py"
JULIA = f"{SOURCES}/message_names.jl"


class Name(NamedTuple):
    """Name of a function, a constant or a type in a message."""

    c: str
    python: str
    julia: str
    shell: str = ""
    """Command that people at a shell use in its place; "" where there is none."""


NAMES = (
    Name("ald_bench_describe", "Bench.describe()", "describe(bench)", "alidade simulate --list"),
    Name("ald_cancel_new", "Cancel()", "Cancel()"),
    Name("ald_clock_observe", "Clock.observe()", "Alidade.ald_clock_observe"),
    Name("ald_dtype", "dtype here", "element type here"),
    Name("ald_event_register", "alidade.queue.register_kind()", "register_event()"),
    Name("ald_op_new", "CompletableOp()", "Op()"),
    Name("ald_port_list", "alidade.ports()", "ports()", "alidade discover"),
    Name("ald_shutdown", "the end of the process", "the end of the process"),
    Name("ald_source_next", "Source.next()", "take!(source)"),
    Name("ALD_DTYPE_<X>", "the name of a Dtype", "an element type"),
    Name("ALD_EVENT_<X>", "a name as 'op.ended'", 'a name as "op.ended"'),
    Name("ALD_NDIM_MAX", "8", "8"),
)

# Names in messages that only callers of C can cause, by wrong records, flags and enumerators.
ONLY_IN_C = (
    "ALD_ACTION_MOVES",
    "ALD_ACTION_STARTS",
    "ALD_DRIVER_BLOCKING",
    "ALD_E_<X>",
    "ALD_E_CALLBACK",
    "ALD_FIT_<X>",
    "ALD_FRAME_<X>",
    "ALD_FRAME_STREAM_<X>",
    "ALD_FRAME_STREAM_SPARE",
    "ALD_JSON_PLAIN",
    "ALD_JSON_TAGGED",
    "ALD_LOG_<X>",
    "ALD_NOTATION_<X>",
    "ALD_NOTIFY_<X>",
    "ALD_OP_PAUSABLE",
    "ALD_POLICY_<X>",
    "ALD_SOURCE_<X>",
    "ALD_TYPE_<X>",
    "ald_driver",
    "ald_schema_init",
    "ald_view_init",
)


def render(root: Path) -> dict[str, str]:
    """The tables of Python and of Julia by their paths; nothing where there is no package."""
    files = {PYTHON: _python()} if (root / PYTHON).with_name("_wording.py").is_file() else {}
    if (root / SOURCES / "handles.jl").is_file():
        files[JULIA] = _julia()
    return files


def _python() -> str:
    in_python = "".join(f"    {_text(name.c)}: {_text(name.python)},\n" for name in NAMES)
    at_a_shell = "".join(
        f"    {_text(name.python)}: {_text(name.shell)},\n" for name in NAMES if name.shell
    )
    return (
        f'# {NOTICE}\n"""Names in messages: what C calls a thing, and what callers do."""\n'
        f"\nIN_PYTHON = {{\n{in_python}}}\n\nAT_A_SHELL = {{\n{at_a_shell}}}\n"
    )


def _julia() -> str:
    rows = "".join(f"    {_text(name.c)} => {_text(name.julia)},\n" for name in NAMES)
    return (
        f"# {NOTICE}\n# Names of C in messages of the library, and those of this package.\n"
        f"const IN_JULIA = Dict(\n{rows})\n"
    )


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
