"""Tests that could not fail are refused: those without an assertion, and `all` over nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
MODULES = sorted(p for p in TESTS.rglob("*.py") if "bench" not in p.relative_to(TESTS).parts[:1])

Function = ast.FunctionDef | ast.AsyncFunctionDef


def called(node: ast.AST) -> str:
    """The name of what is called or decorated with: `raises` for `pytest.raises(X)`."""
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def functions(tree: ast.AST) -> Iterator[Function]:
    return (n for n in ast.walk(tree) if isinstance(n, Function))


def asserts(function: ast.AST, helpers: set[str]) -> bool:
    return any(
        isinstance(n, ast.Assert) or (isinstance(n, ast.Call) and called(n) in helpers)
        for n in ast.walk(function)
    )


def asserting(trees: list[ast.Module]) -> set[str]:
    """The names of functions that assert something, by others of them too."""
    known = {"raises", "warns", "fail", "run_state_machine_as_test"}
    while True:
        more = {f.name for t in trees for f in functions(t) if asserts(f, known)} | {
            c.name for t in trees for c in ast.walk(t)
            if isinstance(c, ast.ClassDef) and asserts(c, known)
        }  # fmt: skip
        if more <= known:
            return known
        known |= more


def is_empty_too(call: ast.expr, negated: bool) -> bool:
    """Whether it is `all`, or `not any`, over what may be empty."""
    if not isinstance(call, ast.Call) or called(call) != ("any" if negated else "all"):
        return False
    over = call.args[0] if call.args else None
    if isinstance(over, ast.GeneratorExp | ast.ListComp):
        over = over.generators[0].iter
    return not (isinstance(over, ast.Tuple | ast.List) and over.elts)


def faults(tree: ast.Module, helpers: set[str]) -> Iterator[str]:
    """What is wrong, with the lines."""
    for function in functions(tree):
        if function.name.startswith("test_") and not asserts(function, helpers):
            yield f"{function.lineno}: {function.name} asserts nothing"
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assert):
            continue
        test = node.test
        negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        if negated:
            test = test.operand
        if is_empty_too(test, negated):
            yield f"{node.lineno}: holds for nothing too; use `every` of support.py"


TREES = {p: ast.parse(p.read_text(encoding="utf-8")) for p in MODULES}
HELPERS = asserting(list(TREES.values()))


@pytest.mark.parametrize("module", MODULES, ids=lambda p: str(p.relative_to(TESTS)))
def test_can_fail(module: Path) -> None:
    assert list(faults(TREES[module], HELPERS)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def test_it():\n    run()", "1: test_it asserts nothing"),
        ("assert all(row for row in rows)", "1: holds for nothing"),
        ("assert not any(row for row in rows)", "1: holds for nothing"),
        ("assert (differences > 0).all()", "1: holds for nothing"),
        ("assert all(name in told for name in (one, other))", ""),
        ("def test_it():\n    assert run()", ""),
        ("def test_it():\n    with pytest.raises(ValueError):\n        run()", ""),
        ("def look():\n    assert run()\ndef test_it():\n    look()", ""),
        ("assert not rows and every(rows)", ""),
    ],
)
def test_what_is_refused(text: str, found: str) -> None:
    tree = ast.parse(text)
    told = list(faults(tree, asserting([tree])))
    assert len(told) == bool(found)
    assert "".join(told).startswith(found)
