"""The parser of the headers: what it understands, and what it refuses."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from gen.comments import parse_comment
from gen.headers import parse_library, parse_text
from gen.model import Alias, Callback, Enum, FunctionPointer, Handle, Library, Struct
from gen.problems import HeaderError

HEAD = """\
/**
 * @file
 * A header for tests.
 */
#ifndef ALIDADE_TEST_H
#define ALIDADE_TEST_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

"""
TAIL = """
#ifdef __cplusplus
}
#endif

#endif
"""
# The line that the text between head and tail begins on.
FIRST = HEAD.count("\n") + 1


def parse(text: str) -> Library:
    return parse_text(HEAD + textwrap.dedent(text) + TAIL)


def problems(text: str) -> list[str]:
    """What is wrong with a text: "line: text", the first line being 1."""
    with pytest.raises(HeaderError) as caught:
        parse(text)
    return [f"{p.place.line - FIRST + 1}: {p.text}" for p in caught.value.problems]


def function(declaration: str, doc: str = "") -> str:
    """A function with its comment; `doc` are whole lines."""
    return f"/** Does it.\n{doc}@since 0.1 */\n{declaration}"


# What it understands.


def test_function() -> None:
    library = parse(
        """\
        /** A thing. */
        typedef struct ald_x ald_x;

        /**
         * Reads things. Several
         * at once.
         *
         * More of it.
         *
         * @param x borrowed
         *   for the call.
         * @param names receives names.
         * @param done runs once.
         * @return how many; -1 for a bad handle.
         * @thread only one.
         * @since 0.2
         */
        ALD_API int64_t ald_x_read(const ald_x *x, const char *const **names,
                                   void (*done)(void *user_data, int32_t n)) ALD_NOEXCEPT;
        """
    )
    item = library.functions[0]
    assert item.c() == (
        "int64_t ald_x_read(const ald_x *x, const char *const **names, "
        "void (*done)(void *user_data, int32_t n));"
    )
    assert item.doc.brief == "Reads things."
    assert item.doc.text == "Reads things. Several\nat once.\n\nMore of it."
    assert item.doc.params["x"] == "borrowed for the call."
    assert item.doc.returns == "how many; -1 for a bad handle."
    assert (item.sentinel, item.thread, item.since) == ("-1", "only one.", "0.2")
    assert item.place.line == FIRST + 3 + 14
    names = item.params[1].type
    assert not isinstance(names, FunctionPointer)
    assert (names.base, names.const, names.pointers) == ("char", True, (True, False, False))
    done = item.params[2].type
    assert isinstance(done, FunctionPointer)
    assert [param.name for param in done.params] == ["user_data", "n"]


def test_thread_is_any_unless_told() -> None:
    library = parse(
        function("ALD_API void ald_a(void) ALD_NOEXCEPT;")
        + "\n"
        + function("ALD_API void ald_b(void) ALD_NOEXCEPT;", doc="@unsync\n")
    )
    first, second = library.functions
    assert first.thread == "any."
    assert first.doc.unsync is None
    assert second.thread == "one at a time."
    assert second.doc.unsync == ""


def test_types() -> None:
    library = parse(
        """\
        /** A number. */
        typedef int32_t ald_mode;

        /** Modes. */
        enum {
            /** The first. */
            ALD_MODE_ONE = 1,
            ALD_MODE_TWO = 0x2 /* no doc comment */
        };

        /** A handle. */
        typedef struct ald_x ald_x;

        struct ald_x;

        /** A record. */
        typedef struct ald_view {
            /** Its size. */
            uint32_t struct_size;
            /** A type. */
            ald_mode mode;
            /** Numbers. */
            int64_t shape[ALD_MODE_TWO << 2];
            /** Text. */
            char unit[16];
            /** A function. */
            const ald_x *(*get)(void);
        } ald_view;

        /** A hook. */
        typedef int (*ald_x_fn)(void *user_data, const struct ald_x *x);
        """
    )
    kinds = [type(item) for item in library.items()]
    assert kinds == [Alias, Enum, Handle, Struct, Callback]
    struct = library.structs[0]
    assert [member.c() for member in struct.fields] == [
        "uint32_t struct_size",
        "ald_mode mode",
        "int64_t shape[8]",
        "char unit[16]",
        "const ald_x *(*get)(void)",
    ]
    assert library.types["ald_x_fn"].c() == (
        "typedef int (*ald_x_fn)(void *user_data, const ald_x *x);"
    )


def test_struct_may_name_itself() -> None:
    library = parse(
        """\
        typedef struct ald_node ald_node;
        /** A list. */
        struct ald_node {
            /** Its size. */
            uint32_t struct_size;
            /** The next one. */
            const ald_node *next;
        };
        """
    )
    assert [type(item) for item in library.items()] == [Struct]
    assert library.structs[0].forward


def test_enums() -> None:
    library = parse(
        """\
        /** States. */
        typedef int32_t ald_op_state;
        /** States. */
        enum { ALD_OP_IDLE = 0, ALD_OP_BUSY = -1, };
        /** Flags of it. */
        enum { ALD_OP_FAST = 1, ALD_OP_SAFE = 1 << 1, ALD_OP_BOTH = ALD_OP_FAST | ALD_OP_SAFE };
        /** A limit. */
        enum { ALD_OP_MAX = 64 };
        /** Ways. */
        enum { ALD_WAY_IN = 1, ALD_WAY_INSIDE = 2 };
        """
    )
    states, flags, limit, ways = library.enums
    assert (states.class_name, states.prefix, states.is_flags) == ("OpState", "ALD_OP_", False)
    assert [constant.value for constant in states.constants] == [0, -1]
    assert (flags.class_name, flags.is_flags) == ("OpFlags", True)
    assert [constant.value for constant in flags.constants] == [1, 2, 3]
    assert limit.is_single
    assert limit.constants[0].doc.text == "A limit."
    assert limit.short_name(limit.constants[0]) == "OP_MAX"
    assert ways.class_name == "Way"
    assert [ways.short_name(constant) for constant in ways.constants] == ["IN", "INSIDE"]


def test_headers_come_after_what_they_include(tmp_path: Path) -> None:
    for name, includes in (("a", "b"), ("b", "c"), ("c", "")):
        guard = f"ALIDADE_{name.upper()}_H"
        include = f"#include <alidade/{includes}.h>\n" if includes else ""
        (tmp_path / f"{name}.h").write_text(
            f"/** @file\n * Header. */\n#ifndef {guard}\n#define {guard}\n{include}"
            f"/** A size. */\nenum {{ ALD_{name.upper()}_SIZE = 4 }};\n#endif\n",
            "utf-8",
        )
    assert [header.name for header in parse_library(tmp_path).headers] == ["c", "b", "a"]
    (tmp_path / "c.h").write_text("#include <alidade/a.h>\n#include <alidade/d.h>\n", "utf-8")
    with pytest.raises(HeaderError, match=r"itself(.|\n)*d\.h, which is not there"):
        parse_library(tmp_path)


def test_comment_keeps_lists() -> None:
    doc = parse_comment("/**\n * Words:\n * - one\n *   more\n * - two\n */", lambda *_: None)
    assert doc.text == "Words:\n- one\n  more\n- two"


# What it refuses.

REFUSED = {
    # What conventions forbid.
    "inline": (
        "static inline int32_t ald_f(void) { return 1; }",
        "static: no functions with a body",
    ),
    "body": (
        function("ALD_API int32_t ald_f(void) { return 1; }"),
        "ald_f has a body",
    ),
    "attribute": (
        function("ALD_API __attribute__((pure)) void ald_f(void) ALD_NOEXCEPT;"),
        "__attribute__: no attributes",
    ),
    "alignment": (
        "/** R. */ typedef struct ald_r { _Alignas(8) uint32_t struct_size; } ald_r;",
        "_Alignas: no attributes",
    ),
    "bit-field": (
        "/** R. */ typedef struct ald_r { uint32_t struct_size : 3; } ald_r;",
        "struct_size is a bit-field",
    ),
    "union": ("/** U. */ typedef union ald_u ald_u;", "union: plain C only"),
    "long": (
        function("ALD_API void ald_f(long x) ALD_NOEXCEPT;", "@param x it.\n"),
        "long: use the types of <stdint.h>",
    ),
    "unsigned": ("/** N. */ typedef unsigned ald_n;", "unsigned: use the types of <stdint.h>"),
    "wchar_t": (
        function("ALD_API void ald_f(wchar_t x) ALD_NOEXCEPT;", "@param x it.\n"),
        "wchar_t: text is char, in UTF-8",
    ),
    "bool": (
        function("ALD_API bool ald_f(void) ALD_NOEXCEPT;", "@return it.\n"),
        "bool: booleans are int32_t",
    ),
    "int": (
        function("ALD_API int ald_f(void) ALD_NOEXCEPT;", "@return it.\n"),
        "ald_f: int only as the result of a callback; use int32_t",
    ),
    "varargs": (
        function("ALD_API void ald_f(int32_t x, ...) ALD_NOEXCEPT;", "@param x it.\n"),
        "...: no variable arguments",
    ),
    "function-like macro": ("#define ALD_F(x) (x)", "ALD_F is a function-like macro"),
    "macro constant": ("#define ALD_F 1", "ALD_F is a macro; constants go into an enum"),
    "pragma": ("#pragma once", "#pragma is not allowed in a public header"),
    "include": (
        "#include <stdio.h>",
        "#include <stdio.h>: only <stddef.h>, <stdint.h> and <alidade/...>",
    ),
    "condition": (
        "#ifdef _WIN32\nenum { ALD_W = 1 };\n#endif",
        "a declaration must not depend on a condition",
    ),
    "C++": (
        "#ifdef __cplusplus\nstruct ald_r;\n#endif",
        'only extern "C" { and its } may be for C++ alone',
    ),
    "handle by value": (
        "/** H. */ typedef struct ald_h ald_h;\n"
        + function("ALD_API void ald_f(ald_h x) ALD_NOEXCEPT;", "@param x it.\n"),
        "ald_f: ald_h by value",
    ),
    "struct by value": (
        "/** R. */ typedef struct ald_r {\n/** S. */ uint32_t struct_size;\n} ald_r;\n"
        + function("ALD_API ald_r ald_f(void) ALD_NOEXCEPT;", "@return it.\n"),
        "ald_f: ald_r by value",
    ),
    "struct in a struct": (
        "/** R. */ typedef struct ald_r {\n/** S. */ uint32_t struct_size;\n} ald_r;\n"
        "/** Q. */ typedef struct ald_q {\n/** S. */ uint32_t struct_size;\n/** R. */ ald_r r;\n}"
        " ald_q;\n",
        "ald_q.r: ald_r by value",
    ),
    "struct by value to a callback": (
        "/** H. */ typedef struct ald_h ald_h;\n"
        "/** C. */ typedef void (*ald_fn)(void *user_data, ald_h x);",
        "ald_fn: ald_h by value",
    ),
    "array parameter": (
        function("ALD_API void ald_f(int64_t shape[8]) ALD_NOEXCEPT;", "@param shape it.\n"),
        "write shape as a pointer",
    ),
    "unnamed parameter": (
        function("ALD_API void ald_f(int64_t) ALD_NOEXCEPT;"),
        "expected a name before )",
    ),
    "unknown type": (
        function("ALD_API ald_z ald_f(void) ALD_NOEXCEPT;", "@return it.\n"),
        "ald_f: unknown type ald_z",
    ),
    "char by value": (
        function("ALD_API void ald_f(char x) ALD_NOEXCEPT;", "@param x it.\n"),
        "ald_f: char by value; use int32_t or uint8_t",
    ),
    "const behind": (
        function("ALD_API char const *ald_f(void) ALD_NOEXCEPT;", "@return it.\n"),
        "write const before the type",
    ),
    "named enum": ("/** E. */ enum ald_e { ALD_E_X = 1 };", "enums have no name; give"),
    "counted enum": ("/** E. */ enum { ALD_A_X, ALD_A_Y };", "ALD_A_X needs its number"),
    "enum beyond int": ("/** E. */ enum { ALD_A = 1 << 31 };", "ALD_A is no int"),
    "number twice": (
        "/** E. */ enum { ALD_A_X = 1, ALD_A_Y = 1 };",
        "ALD_A_Y has another constant's number",
    ),
    "no common prefix": (
        "/** E. */ enum { ALD_X = 1, ALD_Y = 2 };",
        "the constants of an enum must share a prefix",
    ),
    "two groups of one name": (
        "/** E. */ enum { ALD_A_X = 1, ALD_A_Y = 2 };\n"
        "/** E. */ enum { ALD_A_Z = 1, ALD_A_V = 2 };",
        "is A too",
    ),
    "name": ("/** E. */ enum { MAX = 1 };", "MAX is not of the form ALD_<X>"),
    "name in capitals": ("/** N. */ typedef int32_t ald_N;", "ald_N is not of the form ald_<x>"),
    "name twice": (
        "/** N. */ typedef int32_t ald_n;\n/** N. */ typedef struct ald_n ald_n;",
        "ald_n is declared in alidade/test.h",
    ),
    "struct without struct_size": (
        "/** R. */ typedef struct ald_r {\n/** X. */ int32_t x;\n} ald_r;",
        "ald_r must begin with uint32_t struct_size, not int32_t x",
    ),
    "alias of a pointer": (
        "/** N. */ typedef int32_t *ald_n;",
        "ald_n must be a number of <stdint.h>",
    ),
    "err not last": (
        "/** H. */ typedef struct ald_error ald_error;\n"
        + function(
            "ALD_API void ald_f(ald_error **err, int32_t x) ALD_NOEXCEPT;",
            "@param err it.\n@param x it.\n",
        ),
        "ald_f: err must be the last parameter",
    ),
    "no noexcept": (function("ALD_API void ald_f(void);"), "ald_f must end with ALD_NOEXCEPT"),
    "not exported": (
        function("void ald_f(void) ALD_NOEXCEPT;"),
        "expected a typedef, an enum or a function that begins with ALD_API",
    ),
    # What is undocumented.
    "no comment": (
        "ALD_API void ald_f(void) ALD_NOEXCEPT;",
        "ald_f has no doc comment",
    ),
    "no brief": (
        "/** @since 0.1 */\nALD_API void ald_f(void) ALD_NOEXCEPT;",
        "ald_f has no doc comment",
    ),
    "no @param": (
        function("ALD_API void ald_f(int32_t x) ALD_NOEXCEPT;"),
        "ald_f lacks @param x",
    ),
    "empty @param": (
        function("ALD_API void ald_f(int32_t x) ALD_NOEXCEPT;", "@param x\n"),
        "ald_f lacks @param x",
    ),
    "@param of nothing": (
        function("ALD_API void ald_f(void) ALD_NOEXCEPT;", "@param x it.\n"),
        "ald_f has no parameter x",
    ),
    "@param twice": (
        function("ALD_API void ald_f(int32_t x) ALD_NOEXCEPT;", "@param x it.\n@param x it.\n"),
        "@param x a second time",
    ),
    "@param in another order": (
        function(
            "ALD_API void ald_f(int32_t x, int32_t y) ALD_NOEXCEPT;", "@param y it.\n@param x it.\n"
        ),
        "ald_f: the @param lines are in another order",
    ),
    "no @return": (
        function("ALD_API int32_t ald_f(void) ALD_NOEXCEPT;"),
        "ald_f lacks @return",
    ),
    "@return of nothing": (
        function("ALD_API void ald_f(void) ALD_NOEXCEPT;", "@return it.\n"),
        "ald_f returns nothing, but has @return",
    ),
    "no default": (
        "/** It. \n@default 1 */\ntypedef int32_t ald_x;",
        "ald_x: @default is for members of structs",
    ),
    "@since of no version": (
        "/** Does it.\n@since now */\nALD_API void ald_f(void) ALD_NOEXCEPT;",
        "ald_f: @since now is not major.minor",
    ),
    "unknown tag": (
        function("ALD_API void ald_f(void) ALD_NOEXCEPT;", "@returns it.\n"),
        "unknown tag @returns",
    ),
    "comment of nothing": (
        "/** Lost. */\n/** N. */ typedef int32_t ald_n;",
        "this comment belongs to no declaration",
    ),
    "undocumented type": ("typedef int32_t ald_n;", "ald_n has no doc comment"),
    "undocumented enum": ("enum { ALD_A_X = 1, ALD_A_Y = 2 };", "the enum has no doc comment"),
    "undocumented field": (
        "/** R. */ typedef struct ald_r { uint32_t struct_size; } ald_r;",
        "ald_r.struct_size has no doc comment",
    ),
}


@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(text: str, said: str) -> None:
    found = problems(text)
    assert any(said in problem for problem in found), found


def test_says_where_and_goes_on() -> None:
    found = problems(
        """\
        /** R. */
        typedef struct ald_r {
            /** Size. */
            uint32_t struct_size;
            /** Bits. */
            int32_t bits : 3;
            /** More. */
            int32_t more;
        } ald_r;

        /** N. */
        typedef long ald_n;

        /** Fine. */
        typedef int32_t ald_fine;

        /**
         * Does it.
         *
         * @since 0.1
         * @brief it
         */
        ALD_API void ald_f(void) ALD_NOEXCEPT;
        """
    )
    assert found == [
        "6: bits is a bit-field",
        "12: long: use the types of <stdint.h>",
        "21: unknown tag @brief",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/** N. */ typedef int32_t ald_n;\n", "no include guard"),
        ("#ifndef ALIDADE_TEST_H\n#define ALIDADE_TEST_H\n", "an #if without its #endif"),
        ("#ifndef ALIDADE_TEST_H\n#define ALIDADE_TEST_H\n#endif\n", "no @file comment"),
        ("#ifndef TEST_H\n#endif\n", "expected the include guard"),
        ("#endif\n", "#endif without an #if"),
    ],
)
def test_refuses_files(text: str, said: str) -> None:
    with pytest.raises(HeaderError) as caught:
        parse_text(text)
    assert said in str(caught.value)
