"""Counts the tests in JUnit files, and names those that failed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Counts:
    """How many tests ended how, and which failed."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures

    def fail(self, name: str) -> None:
        self.failed += 1
        self.failures.append(name)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def _name(suite: ET.Element, case: ET.Element) -> str:
    """The id of a test: its file or program, its class, its name."""
    group, name = case.get("classname") or "", case.get("name") or ""
    if group.startswith("tests."):  # pytest: the module
        return f"{group}::{name}"
    # Meson: the suite is "suites - project:program.class", or, where a program does not tell of
    # single tests, the test is "suites - project:program".
    if " - " in name:
        return name.rpartition(":")[2]
    program = suite.get("name", "").removesuffix(f".{group}").rpartition(":")[2]
    return "::".join((program, group, name)) if program != group else f"{group}::{name}"


def count(report: Path) -> Counts:
    """Counts the tests of a JUnit file."""
    counts = Counts()
    for suite in ET.parse(report).iter("testsuite"):
        for case in suite.findall("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                counts.fail(_name(suite, case))
            elif case.find("skipped") is not None or case.get("status") == "notrun":
                counts.skipped += 1
            else:
                counts.passed += 1
    return counts


def count_all(reports: Iterable[Path]) -> Counts:
    """Counts the tests of those JUnit files that exist."""
    counts = Counts()
    for report in reports:
        if report.exists():
            counts.add(count(report))
    return counts
