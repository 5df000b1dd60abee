"""The generator of the asyncio twin, on small samples."""

from __future__ import annotations

import ast
import textwrap

import pytest

from gen.aio import twin_of
from gen.problems import SourceError

PRIMITIVES = frozenset({"finish", "filled"})
WAITING = """
__all__ = ["finish", "filled", "deliver", "waits"]
def waits(function): return function
def finish(start): ...
def filled(queue): ...
def deliver(queue): ...
"""
HEAD = "from __future__ import annotations\nfrom ._waiting import filled, finish, waits\n"


def twin(source: str, **others: str) -> str:
    """The twin of a module, without what stands above its own code."""
    modules = {"_waiting": WAITING, "sample": HEAD + textwrap.dedent(source)}
    modules |= {name: HEAD + textwrap.dedent(text) for name, text in others.items()}
    made = twin_of(modules, PRIMITIVES)
    for text in made.values():
        ast.parse(text)
    return made["sample"]


def problem(source: str, **others: str) -> str:
    with pytest.raises(SourceError) as caught:
        twin(source, **others)
    return str(caught.value)


def test_functions_that_wait_become_coroutines_and_the_rest_is_imported() -> None:
    text = twin(
        '''
        def helper(x: int) -> int:
            return x

        @waits
        def read(x: int, *, y: float = 1.5) -> int:
            """Reads it."""
            # Why this is so.
            return helper(finish(x))  # the end
        '''
    )
    assert text.endswith(
        '''
async def read(x: int, *, y: float = 1.5) -> int:
    """Reads it."""
    # Why this is so.
    return helper(await finish(x))  # the end
'''
    )
    assert "from ..sample import helper\n" in text
    assert "from ._waiting import finish\n" in text
    assert '__all__ = ["helper", "read"]' in text
    assert "@waits" not in text


def test_awaits_are_put_in_parentheses_where_they_must_be() -> None:
    text = twin(
        """
        @waits
        def f(x):
            a = finish(x).real
            b = finish(x)[0]
            c = finish(x)(1)
            d = g(finish(x), finish(finish(x)))
            return -finish(x) ** 2
        def g(*x): ...
        """
    )
    assert "a = (await finish(x)).real" in text
    assert "b = (await finish(x))[0]" in text
    assert "c = (await finish(x))(1)" in text
    assert "d = g(await finish(x), await finish(await finish(x)))" in text
    assert "return -await finish(x) ** 2" in text


SENSOR = '''
class Base:
    __slots__ = ("_h",)

    @property
    def name(self) -> str:
        return "x"

    @waits
    def close(self) -> None:
        """Closes it."""
        finish(self)


class Sensor(Base):
    """Something to read.

    Example:
        >>> with Sensor() as sensor:
        ...     print(sensor.get())
        1.0
        >>> for value in sensor:
        ...     print(value)
    """

    __slots__ = ()

    @waits
    def get(self) -> float:
        return finish(self)

    @waits
    def close(self) -> None:
        super().close()

    def rename(self) -> str:
        return self.name

    def child(self) -> Sensor:
        return Sensor()

    @waits
    def __enter__(self) -> Sensor:
        return self

    @waits
    def __exit__(self, *exception: object) -> None:
        self.close()

    @waits
    def __next__(self) -> float:
        if not filled(self):
            raise StopIteration
        return self.get()

    def __iter__(self) -> Sensor:
        return self
'''


def test_twin_classes_derive_from_the_sync_ones_and_have_only_what_waits() -> None:
    text = twin(SENSOR)
    assert "class Base(_sync.Base):\n    __slots__ = ()\n" in text
    assert "class Sensor(_sync.Sensor, Base):" in text
    assert "    async def get(self) -> float:\n        return await finish(self)\n" in text
    assert "def name" not in text
    assert "def rename" not in text


def test_what_mentions_a_twin_is_made_anew() -> None:
    text = twin("from .sensors import Sensor\nKINDS = {1: Sensor}\n", sensors=SENSOR)
    assert "from .sensors import Sensor\n" in text
    assert "KINDS = {1: Sensor}" in text
    assert "    def child(self) -> Sensor:\n        return Sensor()\n" in twin(SENSOR)


def test_super_skips_the_sync_method() -> None:
    assert "        await Base.close(self)\n" in twin(SENSOR)
    text = twin(
        """
        class Base:
            def __init__(self): ...
        class Sensor(Base):
            def __init__(self, of: Sensor | None = None):
                super().__init__()
            @waits
            def get(self): return finish(self)
        """
    )
    assert "super(_sync.Sensor, self).__init__()" in text


def test_protocols_become_asynchronous_and_the_others_are_refused() -> None:
    text = twin(SENSOR)
    for name in ("__aenter__", "__aexit__", "__anext__"):
        assert f"    async def {name}(self" in text
    assert "    def __aiter__(self) -> Sensor:\n        return self\n" in text
    assert "raise StopAsyncIteration\n" in text
    for name in ("__enter__", "__exit__", "__next__", "__iter__"):
        assert f"    def {name}(self" in text
    assert text.count("-> NoReturn:") == 4


CLOSING = """
from typing import TypeVar
C = TypeVar("C", bound="Closable")
class Closable:
    @waits
    def close(self) -> None: ...
    @waits
    def __enter__(self: C) -> C:
        return self
    @waits
    def __exit__(self, *exception: object) -> None:
        self.close()
"""


def test_inherited_protocols_are_those_of_the_twin() -> None:
    text = twin(
        """
        from ._closing import Closable
        class Handle: ...
        class Lamp(Handle, Closable):
            '''Shines.

            >>> with Lamp() as lamp:
            ...     lamp.close()
            '''
            @waits
            def close(self) -> None:
                finish(self)
        @waits
        def flash() -> None:
            with Lamp() as lamp:
                lamp.close()
        """,
        _closing=CLOSING,
    )
    # Before the sync bases of the sync class, so that theirs are not found.
    assert "from ._closing import Closable\n" in text
    assert "class Lamp(_sync.Lamp, Closable):" in text
    assert "__enter__" not in text
    assert "    >>> async with Lamp() as lamp:\n    ...     await lamp.close()\n" in text
    assert "    async with Lamp() as lamp:\n        await lamp.close()\n" in text


def test_the_refusal_names_the_class_of_the_object() -> None:
    made = twin_of({"_waiting": WAITING, "_closing": HEAD + CLOSING}, PRIMITIVES)["_closing"]
    assert "    async def __aenter__(self: C) -> C:\n        return self\n" in made
    assert "        await self.close()\n" in made
    refused = 'raise TypeError(f"{type(self).__name__} of alidade.aio needs `async with`")'
    assert f"    def __enter__(self) -> NoReturn:\n        {refused}\n" in made
    assert f"    def __exit__(self, *exception: object) -> NoReturn:\n        {refused}\n" in made


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        (("@waits", ""), "close() overrides that of Base, which waits"),
        (("", "@waits"), "close() overrides that of Base, which does not wait"),
    ],
)
def test_what_overrides_waits_as_its_base_does(marks: tuple[str, str], said: str) -> None:
    base, own = (f"    {mark}\n    def close(self): ...\n" for mark in marks)
    assert said in problem(f"class Base:\n{base}class Own(Base):\n{own}")


def test_examples_in_docstrings_are_those_of_the_twin() -> None:
    text = twin(SENSOR)
    assert "        >>> async with Sensor() as sensor:\n" in text
    assert "        ...     print(await sensor.get())\n        1.0\n" in text
    assert "        >>> async for value in sensor:\n" in text


def test_with_and_for_over_what_waits() -> None:
    text = twin(
        """
        from .sensors import Sensor
        @waits
        def total(sensors: list[Sensor], lock) -> float:
            with lock:
                pass
            with Sensor() as first:
                x = first.get()
            for sensor in sensors:
                x += sensor.get()
            for value in sensors[0]:
                x += value
            return x + sum([s.get() for s in sensors]) + sum([v for v in sensors[0]])
        """,
        sensors=SENSOR,
    )
    assert "    with lock:\n" in text
    assert "    async with Sensor() as first:\n        x = await first.get()\n" in text
    assert "    for sensor in sensors:\n        x += await sensor.get()\n" in text
    assert "    async for value in sensors[0]:\n" in text
    assert "sum([await s.get() for s in sensors]) + sum([v async for v in sensors[0]])" in text


def test_generators() -> None:
    text = twin(
        """
        from collections.abc import Iterator
        @waits
        def numbers(q) -> Iterator[int]:
            while filled(q):
                yield 1
        @waits
        def total(q) -> int:
            n = 0
            for x in numbers(q):
                n += x
            return n
        """
    )
    assert "from collections.abc import AsyncIterator\n" in text
    assert "async def numbers(q) -> AsyncIterator[int]:" in text
    assert "    async for x in numbers(q):\n" in text


def test_receivers_are_found_by_annotations_attributes_and_constructors() -> None:
    text = twin(
        """
        from .sensors import Sensor
        class Holder:
            def __init__(self, sensor: Sensor, options: dict[str, int]):
                self._sensor = sensor
                self._options = options
                self._made = Sensor()
            @waits
            def work(self) -> None:
                self._sensor.get()
                self._made.get()
                self._options.get("x")
                self._sensor.child().get()
                found: Sensor = make()
                found.get()
                {}.get(1)
        def make(): ...
        """,
        sensors=SENSOR,
    )
    for call in ("self._sensor", "self._made", "self._sensor.child()", "found"):
        assert f"        await {call}.get()\n" in text
    for call in ('self._options.get("x")', "{}.get(1)"):
        assert f"        {call}\n" in text


def test_imports_within_functions_and_for_type_checkers() -> None:
    text = twin(
        """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            import numpy as np
            from ._ffi import CData
        @waits
        def f(x: CData | np.ndarray) -> None:
            from .sensors import Sensor
            from .plain import helper
            finish(helper(Sensor()))
        """,
        sensors=SENSOR,
        plain="def helper(x): ...",
    )
    assert "from typing import TYPE_CHECKING\n" in text
    assert "if TYPE_CHECKING:\n    import numpy as np\n\n    from .._ffi import CData\n" in text
    assert text.count("import numpy") == 1
    assert "    from .sensors import Sensor\n    from ..plain import helper\n" in text


def test_what_is_exported_by_the_waiting_module_is_the_twins_own() -> None:
    text = twin("from ._waiting import deliver\ndef subscribe(q):\n    return deliver(q)\n")
    assert "from ._waiting import deliver\n" in text
    assert "\ndef subscribe(q):\n    return deliver(q)\n" in text


def test_it_is_deterministic() -> None:
    assert twin(SENSOR) == twin(SENSOR)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(x):\n    return finish(x)\n", "sample.py:4: finish() waits, f() does not say so"),
        (
            "class A:\n    @waits\n    def get(self): finish(1)\n@waits\ndef f(x):\n    x.get()\n",
            "sample.py:8: cannot see whether x.get() waits; annotate x",
        ),
        (
            "class A:\n    @property\n    @waits\n    def a(self):\n        return finish(1)\n",
            "sample.py:6: a property cannot wait; make it a method",
        ),
        ("@waits\ndef f(x):\n    return [lambda: finish(x)]\n", "waits inside a nested function"),
        ("@waits\ndef f(x):\n    yield from finish(x)\n", "`yield from` has no asyncio form"),
        (
            "class A:\n    @waits\n    def __enter__(self): return self\n"
            "@waits\ndef f(x):\n    with A(), x:\n        pass\n",
            "one of these contexts waits and another does not",
        ),
    ],
)
def test_what_cannot_be_turned_is_refused_with_its_place(source: str, said: str) -> None:
    assert said in problem(source)


def test_what_asks_for_its_package_is_made_anew_with_all_that_uses_it() -> None:
    text = twin(
        """
        class Part:
            _package = __package__

            @classmethod
            def find(cls) -> str:
                return cls._package

        def look(name: str) -> object:
            return load(name, __package__)

        def use() -> object:
            return look("part")

        def other() -> None: ...
        """
    )
    assert "class Part(_sync.Part):\n    __slots__ = ()\n\n    _package = __package__\n" in text
    assert "def find" not in text
    assert "def look(name: str) -> object:\n    return load(name, __package__)" in text
    assert "def use() -> object:" in text
    assert "def other" not in text


def test_classes_of_the_twin_are_those_of_capabilities_too() -> None:
    text = twin(
        """
        class Axis(Base, type="axis", capability=("a", "b")):
            @waits
            def move(self) -> None:
                finish(self)

        class Base: ...
        """
    )
    assert 'class Axis(_sync.Axis, capability=("a", "b")):' in text


def test_modules_imported_by_functions_are_those_that_there_are() -> None:
    text = twin(
        """
        @waits
        def read() -> None:
            from . import _private, other
            finish(_private, other)
        """,
        _private="X = 1",
        other="Y = 1",
    )
    assert "    from .. import _private\n    from . import other\n" in text
