"""What headers need not say: the words for `err`, and the version that a name came in."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from gen import cpp_kinds
from gen.headers import parse_library
from gen.model import Library
from gen.problems import HeaderError
from gen.standing import ERR


@pytest.fixture
def tree(tmp_path: Path, root: Path) -> Path:
    for folder in ("include", "docs"):
        shutil.copytree(root / folder, tmp_path / folder)
    (tmp_path / "meson.build").write_text("project('alidade', version: '0.3.1')\n", "utf-8")
    return tmp_path


def parsed(tree: Path) -> Library:
    return parse_library(tree / "include" / "alidade")


NEW = """\
/**
 * Tells the colour of a clock.
 *
 * @param clock borrowed for the call.
 * @param colour receives it.
 * @return ALD_OK.
 */
ALD_API ald_status ald_clock_colour(const ald_clock *clock, int32_t *colour,
                                    ald_error **err) ALD_NOEXCEPT;

/** Takes one more reference"""


def test_a_new_function_is_completed(tree: Path) -> None:
    header = tree / "include/alidade/clock.h"
    text = header.read_text("utf-8")
    text, count = re.subn(r"/\*\*\n \* Takes one more reference", NEW, text)
    assert count == 1
    header.write_text(text, "utf-8")
    functions = {function.name: function for function in parsed(tree).functions}
    assert functions["ald_clock_colour"].since == "0.3"
    assert functions["ald_clock_colour"].doc.params["err"] == ERR
    assert functions["ald_clock_observe"].since == "0.1", "it is in the table"


def test_another_version_than_in_the_table_is_told(tree: Path) -> None:
    header = tree / "include/alidade/clock.h"
    text = header.read_text("utf-8")
    at = text.index(" */\nALD_API int64_t ald_clock_mono_ns")
    header.write_text(text[:at] + " * @since 0.2\n" + text[at:], "utf-8")
    with pytest.raises(HeaderError, match=r"ald_clock_mono_ns: @since 0\.2, but .* has 0\.1"):
        parsed(tree)


def test_initial_records_are_those_of_the_header(root: Path, library: Library) -> None:
    skins = cpp_kinds.render(library, root)[cpp_kinds.SKINS]
    assert "void ald_queue_unref(const ald_queue *h) noexcept { drop_reference(h); }" in skins
    init = skins[skins.index("void ald_progress_init") :].split("}\n")[0]
    assert "defaults.total = -1;" in init
    assert "defaults.eta = std::numeric_limits<double>::quiet_NaN();" in init
    assert "defaults.done" not in init
    assert "ald_view_init" not in skins, "it stands in lib/abi/ by hand"
