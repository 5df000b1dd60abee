from __future__ import annotations

from pathlib import Path

from runner.report import count

MESON = """<?xml version='1.0' encoding='utf-8'?>
<testsuites tests="3" errors="0" failures="1">
  <testsuite name="alidade.ci+sanitize - alidade:unit_base_queue.In/Queue" tests="2" failures="1">
    <testcase name="Wakes/Late" status="run" classname="In/Queue"><failure>no</failure></testcase>
    <testcase name="IsOff" status="notrun" classname="In/Queue" />
  </testsuite>
  <testsuite name="alidade" tests="1">
    <testcase name="fuzz - alidade:fuzz cbor" classname="alidade"><error>no</error></testcase>
  </testsuite>
</testsuites>"""
PYTEST = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" tests="3">
  <testcase classname="tests.python.test_queue" name="test_wakes[late]"><failure/></testcase>
  <testcase classname="tests.python.test_queue" name="test_is_off"><skipped/></testcase>
  <testcase classname="tests.python.test_queue" name="test_is_empty"/>
</testsuite></testsuites>"""


def written(folder: Path, text: str) -> Path:
    path = folder / "report.xml"
    path.write_text(text)
    return path


def test_tests_of_programs(tmp_path: Path) -> None:
    counts = count(written(tmp_path, MESON))
    assert str(counts) == "0 passed, 2 failed, 1 skipped"
    assert counts.failures == ["unit_base_queue::In/Queue::Wakes/Late", "fuzz cbor"]


def test_tests_of_python(tmp_path: Path) -> None:
    counts = count(written(tmp_path, PYTEST))
    assert str(counts) == "1 passed, 1 failed, 1 skipped"
    assert counts.failures == ["tests.python.test_queue::test_wakes[late]"]
