"""The tables of kinds, on a small library: handles, their classes and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gen import function_rows, julia_kinds, python_classes, umbrella
from gen.headers import parse_text
from gen.model import Library
from gen.nouns import nouns
from gen.problems import HeaderError, SourceError

REF = """
/**
 * Counts.
 * @param {name} borrowed for the call; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_{noun}_{verb}(const ald_{noun} *{name}) ALD_NOEXCEPT;
"""
HEADER = """\
/** @file
 * Tables. */
#ifndef ALIDADE_TEST_H
#define ALIDADE_TEST_H
#include <stdint.h>
#ifdef __cplusplus
extern "C" {{
#endif
/** Kinds. */
typedef int32_t ald_kind;
/** Kinds. */
enum {{
    /** None. */
    ALD_KIND_NONE = 0,
    /** An error. */
    ALD_KIND_ERROR = 1,
    /** A table of frames. */
    ALD_KIND_FRAME_TABLE = 2
}};
/** What went wrong. */
typedef struct ald_error ald_error;
/** A table of frames. */
typedef struct ald_frame_table ald_frame_table;
{functions}
#ifdef __cplusplus
}}
#endif
#endif
"""


def library(*left_out: str) -> Library:
    functions = [
        REF.format(noun=noun, verb=verb, name=name)
        for noun, name in (("error", "error"), ("frame_table", "table"))
        for verb in ("ref", "unref")
        if f"ald_{noun}_{verb}" not in left_out
    ]
    return parse_text(HEADER.format(functions="".join(functions)))


def test_kinds_are_nouns() -> None:
    error, table = nouns(library())
    assert (error.handle, error.constant.value, error.with_article) == (
        "ald_error",
        1,
        "an ald_error",
    )
    assert (table.handle, table.behind, table.class_name) == (
        "ald_frame_table", "frame_table", "FrameTable",
    )  # fmt: skip


@pytest.mark.parametrize("missing", ["ald_frame_table_ref", "ald_error_unref"])
def test_a_kind_needs_both_functions_that_count(missing: str) -> None:
    with pytest.raises(
        HeaderError, match=rf"test\.h:\d+: ALD_KIND_.*no header declares.*{missing}"
    ):
        library(missing)


def python(tmp_path: Path, **modules: str) -> dict[str, str]:
    folder = tmp_path / python_classes.PACKAGE
    folder.mkdir(parents=True)
    for name, text in modules.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    (folder / "_handle.py").write_text("class Handle: ...\n", "utf-8")
    return python_classes.render(library(), tmp_path)


def test_python_classes_are_found(tmp_path: Path) -> None:
    text = 'class Table(Base, Handle, type="frame_table"):\n    pass\n'
    made = python(tmp_path, compose__tables=text, aio__tables="class Table(_sync.Table): ...\n")
    assert '\n    2: ("compose.tables", "Table"),\n' in made[python_classes.FILE]


def test_a_kind_without_a_python_class_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r'no class for ald_frame_table; .*type="frame_table"'):
        python(tmp_path, tables="class Table(Handle): ...\n")


def test_a_python_class_of_no_kind_is_told(tmp_path: Path) -> None:
    text = 'class Table(Handle, type="frame_table"): ...\nclass Tabel(Handle, type="tabel"): ...\n'
    with pytest.raises(SourceError, match=r"tables: Tabel is of no kind: there is no ald_tabel"):
        python(tmp_path, tables=text)


TABLE = 'class Table(Handle, type="frame_table"): ...\n'


def test_classes_of_capabilities_are_found(tmp_path: Path) -> None:
    both = 'class Camera(Exposing, Moving, capability=("movable", "exposing")): ...\n'
    text = f'class Moving(Device, capability="movable"): ...\n{both}'
    made = python(tmp_path, tables=TABLE, lab__axes=text, aio__axes=text)[python_classes.FILE]
    assert made.endswith(
        """= {
    ("exposing", "movable"): "lab.axes",
    ("movable",): "lab.axes",
}
"""
    )


def test_a_capability_has_one_class(tmp_path: Path) -> None:
    text = 'class Moving(Device, capability="movable"): ...\n'
    with pytest.raises(SourceError, match=r"b: Moving: a has the class for movable"):
        python(tmp_path, tables=TABLE, a=text, b=text)


def test_julia_types_are_found_or_made(tmp_path: Path) -> None:
    source = tmp_path / julia_kinds.SOURCES / "tables.jl"
    source.parent.mkdir(parents=True)
    source.with_name("handles.jl").write_text("abstract type Object end\n", "utf-8")
    plain = julia_kinds.render(library(), tmp_path)[julia_kinds.FILE]
    assert '"""A table of frames."""\nmutable struct FrameTable <: Object\n' in plain
    source.write_text(
        "mutable struct Table <: Object\n    at::Int\n    handle::Ptr{ald_frame_table}\nend\n",
        "utf-8",
    )
    found = julia_kinds.render(library(), tmp_path)[julia_kinds.FILE]
    assert "struct" not in found
    assert "ALD_KIND_FRAME_TABLE && return Table(Ptr{ald_frame_table}(handle))" in found
    assert "unref(handle::Ptr{ald_frame_table}) = ald_frame_table_unref(handle)" in found


GETTER = """
/**
 * Tells how many frames.
 * @param table borrowed for the call.
 * @return {returns}
 * @since 0.1
 */
ALD_API int64_t ald_frame_table_count(const ald_frame_table *table) ALD_NOEXCEPT;
"""


def with_getter(returns: str) -> Library:
    functions = "".join(
        REF.format(noun=noun, verb=verb, name="it")
        for noun in ("error", "frame_table")
        for verb in ("ref", "unref")
    )
    return parse_text(HEADER.format(functions=functions + GETTER.format(returns=returns)))


def test_rows_hold_getters_to_what_their_comments_say() -> None:
    rows = function_rows.render(with_getter("the number; -1 for a bad handle."))[function_rows.ROWS]
    assert 'getter("ald_frame_table_count", ald_frame_table_count, -1),\n' in rows
    assert 'lenient("ald_frame_table_ref", ald_frame_table_ref),\n' in rows


@pytest.mark.parametrize("returns", ["the number.", "the number; something for a bad handle."])
def test_a_getter_must_tell_its_answer_for_a_bad_handle(returns: str) -> None:
    with pytest.raises(HeaderError, match="ald_frame_table_count does not tell in @return"):
        with_getter(returns)


BEGIN = "/* lib/gen writes the list of headers from here */"


def test_lists_of_headers(tmp_path: Path) -> None:
    umbrella_path = tmp_path / umbrella.FILE
    umbrella_path.parent.mkdir()
    umbrella_path.write_text(
        f"/* Mine. */\n{BEGIN}\nold\n/* to here */\nend\n",
        "utf-8",
    )
    texts = umbrella.render(library(), tmp_path)
    assert texts[umbrella.FILE].splitlines()[1:4] == [
        BEGIN,
        "#include <alidade/test.h>",
        "/* to here */",
    ]
    assert texts[umbrella.FILE].startswith("/* Mine. */\n")
    assert texts[umbrella.FILE].endswith("end\n")
    assert "'test.h'" in texts[umbrella.INSTALLED]
    umbrella_path.write_text("no region\n", "utf-8")
    with pytest.raises(SourceError, match=r"alidade\.h: needs the lines"):
        umbrella.render(library(), tmp_path)
