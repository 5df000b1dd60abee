"""TAB in IPython and Jupyter, asked of IPython's own completer."""

from __future__ import annotations

import json
import sys

import pytest

import alidade
from alidade._ipython.completion import matches
from support import run_python

ASK = """
import json, sys
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell('''
import alidade
from alidade import aio, fit
stage, camera, twin = alidade.MockMovable(), alidade.MockCamera(), aio.MockMovable()
lab = alidade.Lab()
lab.add("computer", "host").open()
lab.add("load", "mock-movable")
lab.set_group("speed", {"slow": {"load:velocity": 1.0}})
lab.set_position("there", {"load": 1.0})
bench = alidade.Bench()
''')
found = {}
for text in json.loads(sys.argv[1]):
    with provisionalcompleter():
        found[text] = [one.text for one in shell.Completer.completions(text, len(text))]
print(json.dumps(found))
"""
TEXTS: dict[str, tuple[list[str], bool]] = {
    # what is there, and whether that is all
    'lab["computer"].child(\'': (["cpu", "memory", "cpu/0"], False),
    "lab['computer'].child(\"mem": (["memory"], True),
    "stage.set('": (["position", "velocity"], True),
    "twin.set('v": (["velocity"], True),
    "x = stage.get('": (["position", "settled", "velocity"], True),
    "camera.start_set( 'exp": (["exposure"], True),
    "stage.act('": (["home"], False),
    "stage.can('mov": (["movable"], True),
    "lab['": (["computer", "computer/cpu", "load"], False),
    "lab.device('lo": (["load"], True),
    "lab.apply('": (["speed"], True),
    "lab.go_to('": (["there"], True),
    "bench.set('laser.po": (["laser.power"], True),
    "fit.curve('mal": (["malus", "malus-half-wave"], True),
    "alidade.probe('esp": (["esp300"], True),
    "alidade.fit.": (sorted(alidade.fit.__all__), True),
    "fit.cu": (["curve"], True),
    "alidade.Mock": (
        ["MockCamera", "MockMovable", "MockReadable", "MockSettable", "MockShutter"],
        True,
    ),
    "alidade.f": (["fit", "from_dlpack", "frames", "frame_producers"], False),
}


def test_ipython_completes() -> None:
    done = run_python(ASK, json.dumps(list(TEXTS)))
    assert done.code == 0, done
    found = json.loads(done.out.splitlines()[-1])
    for text, (words, is_all) in TEXTS.items():
        assert set(words) <= set(found[text]), (text, found[text])
        assert not is_all or sorted(found[text]) == sorted(words), (text, found[text])


def test_nothing_is_called_to_find_an_object() -> None:
    called = []

    class Trap:
        @property
        def stage(self) -> alidade.MockMovable:
            called.append(True)
            return alidade.MockMovable()

    for text in ("trap.stage.set('", "f().set('", "gone.set('", "x['a'].set('", "set('"):
        assert matches(text, {"trap": Trap(), "x": {}}) is None
    assert not called


@pytest.mark.parametrize("closed", [True, False])
def test_objects_that_know_nothing_are_no_error(closed: bool) -> None:
    device = alidade.Device("computer", "host")
    if closed:
        device.close()
    assert matches("device.child('", {"device": device}) in (None, ("", []))


def test_nothing_is_registered_outside_of_ipython() -> None:
    done = run_python("import sys, alidade; print([m for m in sys.modules if 'ipython' in m])")
    assert done.out.strip() == "[]", done
    assert sys.modules["alidade"] is alidade
