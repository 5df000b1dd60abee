"""TAB in IPython and Jupyter: names that objects know, in `stage.set("` and `alidade.fit.`.

IPython completes what it finds by itself: attributes, and keys by `_ipython_key_completions_`. Here
is a matcher for the arguments of calls, and for modules, of which it lists what they import too. An
object is found without a call: names, attributes and keys of labs lead to it, none of which does
input or output.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from .._names import MODULES
from ..devices import Device, paths
from ..labs import Lab, capabilities, drivers
from ..simulation import Bench

__all__ = ["matches", "register"]

_OBJECT = r"(?P<object>[A-Za-z_]\w*(?:\.\w+|\[(?:\"[^\"]*\"|'[^']*'|\d+)\])*)"
_ARGUMENT = re.compile(_OBJECT + r"\.(?P<method>\w+)\(\s*(?P<quote>[\"'])(?P<begun>[^\"']*)$")
_ATTRIBUTE = re.compile(_OBJECT + r"\.(?P<begun>\w*)$")
_PACKAGE = "alidade"


def _readable(device: Device) -> Iterable[str]:
    return (name for name, schema in device.properties.items() if schema.readable)


def _writable(device: Device) -> Iterable[str]:
    return (name for name, schema in device.properties.items() if schema.writable)


def _actions(device: Device) -> Iterable[str]:
    return list(device.describe()["actions"])


def _capabilities(_: Device) -> Iterable[str]:
    return [*(known["name"] for known in capabilities()), "stop"]


def _parts(device: Device) -> Iterable[str]:
    return paths(device.children)


def _models() -> Iterable[str]:
    from ..fit import models

    return models()


def _quantities(bench: Bench) -> Iterable[str]:
    return (about["name"] for about in bench.describe()["quantities"])


# What the first argument of a method may be.
_ARGUMENTS: dict[type, dict[str, Callable[[Any], Iterable[str]]]] = {
    Device: {
        "act": _actions,
        "cached": _readable,
        "can": _capabilities,
        "child": _parts,
        "get": _readable,
        "schema": lambda device: device.properties,
        "set": _writable,
        "start_act": _actions,
        "start_get": _readable,
        "start_set": _writable,
    },
    Lab: {
        "apply": lambda lab: lab.groups,
        "current": lambda lab: lab.groups,
        "device": lambda lab: paths(lab.devices),
        "forget": lambda lab: lab.positions,
        "go_to": lambda lab: lab.positions,
        "remove_group": lambda lab: lab.groups,
        "start_apply": lambda lab: lab.groups,
        "start_go_to": lambda lab: lab.positions,
    },
    Bench: {"get": _quantities, "set": _quantities},
}
_FUNCTIONS: dict[str, Callable[[], Iterable[str]]] = {
    "probe": lambda: (about["name"] for about in drivers()),
    "curve": _models,
}


def matches(text: str, names: dict[str, Any]) -> tuple[str, list[str]] | None:
    """Completions of the word that a text ends with.

    Args:
        text: The line up to the cursor.
        names: The variables.

    Returns:
        What stands there already, and the words that begin so; None where nothing here knows any.
    """
    for pattern, known in ((_ARGUMENT, _arguments), (_ATTRIBUTE, _attributes)):
        found = pattern.search(text)
        thing = None if found is None else _found(names, found["object"])
        if found is not None and thing is not None:
            words = known(thing, found)
            if words is not None:
                return found["begun"], sorted(w for w in words if w.startswith(found["begun"]))
    return None


def _arguments(thing: Any, found: re.Match[str]) -> Iterable[str] | None:
    method = found["method"]
    if isinstance(thing, ModuleType):
        is_ours = _is_ours(thing) and hasattr(thing, method)
        return _FUNCTIONS[method]() if is_ours and method in _FUNCTIONS else None
    for cls, methods in _ARGUMENTS.items():
        if isinstance(thing, cls) and method in methods:
            return methods[method](thing)
    return None


def _attributes(thing: Any, found: re.Match[str]) -> Iterable[str] | None:
    is_module = isinstance(thing, ModuleType) and _is_ours(thing)
    if not is_module or found["begun"][:1] == "_" or thing.__name__ == f"{_PACKAGE}.aio":
        return None
    return [*thing.__all__, *(MODULES if thing.__name__ == _PACKAGE else ())]


def _is_ours(module: ModuleType) -> bool:
    return module.__name__.partition(".")[0] == _PACKAGE and hasattr(module, "__all__")


def _found(names: dict[str, Any], expression: str) -> Any:
    """The object that names, attributes and keys lead to; None if there is none."""
    try:
        return _value(ast.parse(expression, mode="eval").body, names)
    except Exception:  # a name that is not there, an object that is closed: nothing to complete
        return None


def _value(node: ast.expr, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return names[node.id]
    if isinstance(node, ast.Attribute):
        above = _value(node.value, names)
        is_plain = isinstance(above, (ModuleType, Device, Lab)) or node.attr in vars(above)
        return getattr(above, node.attr) if is_plain else None
    if isinstance(node, ast.Subscript):
        above, key = _value(node.value, names), ast.literal_eval(node.slice)
        return above[key] if isinstance(above, (Lab, dict, list)) else None
    return None


def register() -> None:
    """Adds the matcher to the IPython that this process runs in, once."""
    shell = sys.modules["IPython"].get_ipython()
    completer = getattr(shell, "Completer", None)
    if completer is None or not hasattr(completer, "custom_matchers"):
        return
    try:
        from IPython.core.completer import SimpleCompletion, context_matcher
    except ImportError:  # IPython before 8.6
        return

    @context_matcher(identifier=f"{_PACKAGE}.names", priority=200)  # type: ignore[untyped-decorator]
    def matcher(context: Any) -> Any:
        line = context.text_until_cursor
        found = matches(line, shell.user_ns)
        if found is None:
            return {"completions": [], "suppress": False}
        begun, words = found
        return {
            "completions": [SimpleCompletion(word, type="text") for word in words],
            "suppress": True,
            "matched_fragment": begun,
            "ordered": True,
        }

    known = [getattr(one, "matcher_identifier", "") for one in completer.custom_matchers]
    if f"{_PACKAGE}.names" not in known:
        completer.custom_matchers.append(matcher)
