"""The class of a device: of one capability, of several, of unknown ones, of a program's own."""

from __future__ import annotations

import asyncio
import copy
import inspect
import pickle
import subprocess
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

import alidade
from alidade import (
    Camera,
    Device,
    ExposureControl,
    FrameProducer,
    Lab,
    Movable,
    Readable,
    Settable,
    Shutter,
    Simulation,
    Triggerable,
    _capabilities,
    aio,
    errors,
    values,
)
from alidade._classes import CAPABILITIES
from support import ROOT, Process

# A driver whose devices have the capabilities that an option names, separated by blanks.
CAPABLE = r"""
#include <alidade/driver.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
static const ald_host *host;

static ald_schema record(const char *name, ald_type type, const char *unit) {
    ald_schema s;
    memset(&s, 0, sizeof s);
    s.struct_size = sizeof s;
    s.type = type;
    s.name = name;
    s.unit = unit;
    s.doc = "for tests";
    s.min = s.max = s.step = NAN;
    s.flags = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE;
    return s;
}

static ald_status capable(ald_node *node, char *names, ald_error **err) {
    ald_schema value = record("value", ALD_TYPE_DOUBLE, "V");
    ald_schema position = record("position", ALD_TYPE_DOUBLE, "mm");
    ald_schema exposure = record("exposure", ALD_TYPE_DOUBLE, "s");
    ald_schema setpoint = record("setpoint", ALD_TYPE_DOUBLE, "V");
    ald_schema readback = record("readback", ALD_TYPE_DOUBLE, "V");
    ald_schema shutter = record("shutter_state", ALD_TYPE_STRING, "");
    const char *actions[] = {"arm", "trigger", "disarm", "stop", "open_shutter", "close_shutter"};
    const size_t count = sizeof actions / sizeof *actions;
    ald_status status = host->add_property(node, &value, err);
    if (status == ALD_OK) status = host->add_property(node, &position, err);
    if (status == ALD_OK) status = host->add_property(node, &exposure, err);
    if (status == ALD_OK) status = host->add_property(node, &setpoint, err);
    if (status == ALD_OK) status = host->add_property(node, &readback, err);
    if (status == ALD_OK) status = host->add_property(node, &shutter, err);
    for (size_t i = 0; i < count && status == ALD_OK; ++i)
        status = host->add_action(node, actions[i], "for tests", 0, err);
    for (char *name = strtok(names, " "); name && status == ALD_OK; name = strtok(NULL, " "))
        status = host->add_capability(node, name, 1, err);
    return status;
}

static ald_status create(ald_node *node, const ald_value *options, void **instance,
                         ald_error **err) {
    ald_value *given = NULL;
    const char *text = NULL;
    size_t size = 0;
    *instance = &host;
    ald_status status = host->value_get(options, "capabilities", &given, err);
    if (status == ALD_OK) status = host->value_get_string(given, &text, &size, err);
    if (status == ALD_OK) {
        char *names = malloc(size + 1);
        memcpy(names, text, size);
        names[size] = '\0';
        status = capable(node, names, err);
        free(names);
    }
    host->value_unref(given);
    return status;
}
static void destroy(void *instance) { (void)instance; }
static void submit(void *instance, ald_request *request) {
    (void)instance;
    host->complete(request, ALD_OK, NULL, NULL);
}
static ald_driver driver;
static ald_schema option;
const ald_driver *ald_driver_v2(const ald_host *given) {
    host = given;
    option = record("capabilities", ALD_TYPE_STRING, "");
    driver.struct_size = sizeof driver;
    driver.abi = ALD_DRIVER_ABI;
    driver.name = "capable";
    driver.doc = "Has the capabilities that it is given.";
    driver.options = &option;
    driver.option_stride = sizeof option;
    driver.option_count = 1;
    driver.create = create;
    driver.destroy = destroy;
    driver.submit = submit;
    return &driver;
}
"""
ALL = ("exposure_control", "frame_producer", "movable", "readable", "triggerable")
CLASSES = {
    "exposure_control": ExposureControl,
    "frame_producer": FrameProducer,
    "movable": Movable,
    "readable": Readable,
    "settable": Settable,
    "shutter": Shutter,
    "triggerable": Triggerable,
}
# A device has one motion at a time, and one action that ends it: an axis and a shutter are two.
APART = {"movable", "shutter"}
Make = Callable[..., Device]


@pytest.fixture(scope="session")
def capable(tmp_path_factory: pytest.TempPathFactory, known_drivers: None) -> Path:
    """The driver, compiled and loaded."""
    folder = tmp_path_factory.mktemp("capable")
    (folder / "capable.c").write_text(CAPABLE, "utf-8")
    library = folder / "capable.so"
    command = ["cc", "-std=c99", "-Wall", "-Werror", "-fPIC", "-shared", f"-I{ROOT / 'include'}"]
    command += [str(folder / "capable.c"), "-o", str(library)]
    subprocess.run(command, check=True, timeout=60)
    alidade.load_driver(library)
    return library


@pytest.fixture
def make(capable: Path) -> Make:
    """Adds a device with some capabilities to a lab of its own."""

    def made(*names: str, lab: Lab | None = None) -> Device:
        where = Lab() if lab is None else lab  # an empty one is falsy
        return where.add("it", "capable", {"capabilities": " ".join(names)})

    return made


@pytest.mark.parametrize("count", range(len(CLASSES)))
def test_a_device_is_what_its_capabilities_are(make: Make, count: int) -> None:
    for names in combinations(CLASSES, count):
        if set(names) >= APART:
            with pytest.raises(errors.InvalidError, match="make that a child"):
                make(*names)
            continue
        device = make(*names)
        for name, cls in CLASSES.items():
            assert isinstance(device, cls) == (name in names) == device.can(name)
        is_camera = {"exposure_control", "frame_producer", "triggerable"} <= set(names)
        assert isinstance(device, Camera) == is_camera
        assert type(device) is type(make(*reversed(names)))
        if not names:
            assert type(device) is Device
        elif count == 1:
            assert type(device) is CLASSES[names[0]]
        elif count == 3 and is_camera:
            assert type(device) is Camera


def test_a_made_class_looks_like_one_that_was_written(make: Make) -> None:
    cls = type(make("movable", "readable"))
    assert (cls.__name__, cls.__qualname__) == ("ReadableMovable", "ReadableMovable")
    assert cls.__module__ == "alidade.readables"
    assert cls.__doc__ == "A device that is Readable and Movable at once."
    assert vars(cls)["__slots__"] == ()
    device = make("movable", "readable")
    assert repr(device) == "<ReadableMovable 'it' [V] new>"
    with pytest.raises(AttributeError):
        device.speed = 1  # type: ignore[attr-defined]  # misspelt properties are errors
    whole = type(make(*ALL))
    assert whole.__name__ == "ReadableCameraMovable"
    assert whole.__mro__[1:4] == (Readable, Camera, FrameProducer)


def test_devices_are_copied_as_other_handles_are_and_not_pickled(make: Make) -> None:
    for device in (make("movable"), make("movable", "readable"), make(*ALL)):
        again = copy.copy(device)
        assert again == device
        assert type(again) is type(device)
        with pytest.raises(TypeError, match="pickle"):
            pickle.dumps(device)
        assert pickle.loads(pickle.dumps(type(device))) is type(device)


def test_a_capability_without_a_class_adds_nothing(make: Make) -> None:
    device = make("levitating")
    assert device.can("levitating")
    assert type(device) is Device
    assert type(make("levitating", "movable")) is Movable


def test_a_triggerable_that_gives_no_frames_can_be_armed(make: Make) -> None:
    device = make("triggerable")
    assert isinstance(device, Triggerable)
    with device:
        device.arm()
        device.trigger()
        device.disarm()
    assert not hasattr(device, "next_frame")
    assert not hasattr(device, "exposure")


def test_of_names_that_two_have_those_of_the_reading_count(make: Make) -> None:
    # Whoever adds a capability whose names are another one's decides here which ones count.
    own = {
        cls: {name for base in cls.__mro__ if not issubclass(Device, base) for name in vars(base)}
        for cls in CLASSES.values()
    }
    common = {
        frozenset((one.__name__, other.__name__)): {
            name for name in own[one] & own[other] if not name.startswith("__")
        }
        for one, other in combinations(CLASSES.values(), 2)
    }
    shared = {pair: names - {"_precedence"} for pair, names in common.items()}
    assert {pair: names for pair, names in shared.items() if names} == {
        frozenset(("Readable", "Movable")): {"unit", "_unit_text"}
    }
    device = make("movable", "readable")
    assert isinstance(device, Movable)
    assert isinstance(device, Readable)
    assert device.unit == "V"
    assert make("movable").unit == "mm"  # type: ignore[attr-defined]


def test_devices_are_asked_for_as_what_they_must_be(make: Make) -> None:
    lab = Lab()
    make("movable", lab=lab)
    assert lab.device("it", Movable) == lab["it", Movable] == lab["it"] == lab.device("it")
    assert lab.device("it", Device) == lab["it"]
    told = "'it' is not camera; its capabilities: movable"
    for ask in (lambda: lab.device("it", Camera), lambda: lab["it", Camera]):
        with pytest.raises(errors.UnsupportedError, match=told):
            ask()
    for ask in (lambda: lab.device("that", Camera), lambda: lab["that", Camera]):
        with pytest.raises(errors.NotFoundError, match="that"):
            ask()
    for wrong in (int, Lab, aio.Movable):
        with pytest.raises(TypeError, match=rf"expected a class of alidade, .*{wrong.__name__}"):
            lab.device("it", wrong)  # type: ignore[type-var]
    with pytest.raises(TypeError):
        lab.device("it", "Movable")  # type: ignore[call-overload]
    nothing = make(lab=Lab("other"))
    with pytest.raises(errors.UnsupportedError, match="its capabilities: none"):
        nothing.lab.device("it", Movable)


def test_parts_are_asked_for_as_what_they_must_be() -> None:
    with Device("computer", "host") as computer:
        memory = computer.child("memory", Readable)
        assert memory.unit == "By"
        assert memory == computer.child("memory") == computer.lab["computer/memory", Readable]
        with pytest.raises(errors.UnsupportedError, match="'computer/memory' is not movable; its"):
            computer.child("memory", Movable)
        with pytest.raises(errors.NotFoundError, match="memory"):
            computer.child("memry", Readable)
        with pytest.raises(errors.NotFoundError, match="did you mean 'computer/memory'"):
            computer.lab.device("computr/memory")
        with pytest.raises(errors.UnsupportedError) as told:
            computer.lab.device("computer", Readable)
        assert "'computer' is not readable; its readable parts are " in str(told.value)
        assert "computer/memory" in str(told.value)


def test_what_is_not_movable_names_its_axes() -> None:
    with Simulation("esp300", axes=2) as instrument, Lab("l") as lab:
        lab.add("a", "esp300", {"uri": instrument.uri})
        lab.open()
        with pytest.raises(errors.UnsupportedError) as told:
            lab.device("a", Movable)
        assert "'a' is not movable; its axes are a/1, a/2" in str(told.value)


def test_asyncio_has_classes_of_its_own(make: Make) -> None:
    async def main() -> None:
        lab = aio.Lab()
        await asyncio.sleep(0)
        device = lab.add("it", "capable", {"capabilities": "movable readable"})
        assert isinstance(device, aio.Movable)
        assert isinstance(device, aio.Readable)
        assert type(device).__name__ == "ReadableMovable"
        assert type(device) is not type(make("movable", "readable"))
        assert inspect.iscoroutinefunction(device.read)
        assert type(lab.add("all", "capable", {"capabilities": " ".join(ALL[:2] + ALL[4:])})) is (
            aio.Camera
        )
        assert lab["it", aio.Movable] == device
        assert type(device.lab) is aio.Lab
        with pytest.raises(TypeError, match=r"expected a class of alidade\.aio, .*alidade\.mov"):
            lab.device("it", Movable)
        with pytest.raises(errors.UnsupportedError, match="'it' is not frame producer; its"):
            lab.device("it", aio.FrameProducer)

    asyncio.run(main())


def held(device: Device) -> Iterator[Any]:
    """What gives a device that a value held, in one way and another."""
    yield values.from_value(values.to_value([device]))[0]
    yield alidade.Callable(lambda x: x["a"]).call({"a": device})
    queue = alidade.Queue()
    queue.push(device)
    yield queue.next(timeout=10).payload


def test_a_value_that_holds_a_device_gives_its_class(make: Make) -> None:
    for names in ((), ("movable",), ("movable", "readable"), ALL):
        device = make(*names)
        for given in held(device):
            assert given == device
            assert type(given) is type(device)


def test_with_asyncio_a_value_gives_objects_of_asyncio(make: Make) -> None:
    async def main() -> None:
        device = aio.Lab().add("it", "capable", {"capabilities": "movable readable"})
        inside: list[type] = []

        def function(x: Any) -> Any:
            inside.append(type(x))
            return x

        queue = aio.Queue()
        await queue.push({"a": device})
        for given in (
            aio.values.from_value(values.to_value([device]))[0],
            await aio.Callable(function).call(device),
            (await queue.next(timeout=10)).payload["a"],
        ):
            assert given == device
            assert type(given) is type(device)
        # It runs on a thread of the library, without an event loop.
        assert inside == [type(make("movable", "readable"))]

    asyncio.run(main())


OWN = """
    import alidade
    from alidade import Device, Movable, aio, _capabilities

    class Levitating(Device, capability="levitating"):
        __slots__ = ()
        def height(self):
            return 2

    class Careful(Movable, capability="movable"):
        __slots__ = ()

    alidade.load_driver(LIBRARY)
    lab = alidade.Lab()
    def add(*names):
        options = {"capabilities": " ".join(names)}
        return lab.add("-".join(names), "capable", options)
    both = add("levitating", "movable")
    print(both.height(), type(both).__name__, isinstance(both, Careful), add("movable"))
    print(type(aio.Lab().add("it", "capable", {"capabilities": "levitating movable"})))

    class Levitating(Device, capability="levitating"):  # as a cell of a notebook that runs again
        __slots__ = ()
    print(type(add("levitating")) is Levitating)

    try:
        class Hovering(Device, capability="levitating"): ...
    except TypeError as error:
        print(error)
    try:
        class Axis(Device, capability="movable"): ...
    except TypeError as error:
        print(error)
"""


def test_programs_have_classes_of_their_own(capable: Path, python: Callable[..., Process]) -> None:
    done = python(OWN.replace("LIBRARY", repr(str(capable))))
    assert done.code == 0, done
    assert done.out.splitlines() == [
        "2 CarefulLevitating True <Careful 'movable' [mm] new>",
        "<class 'alidade.aio.movables.Movable'>",
        "True",
        "devices with the capability levitating are __main__.Levitating; __main__.Hovering must "
        "derive from it to take its place",
        "devices with the capability movable are __main__.Careful; __main__.Axis must derive from "
        "it to take its place",
    ]


def test_modules_of_capabilities_are_imported_when_a_device_has_them(
    python: Callable[..., Process],
) -> None:
    done = python(
        """
        import sys
        import alidade
        def loaded():
            names = ("movables", "readables", "cameras", "triggerables", "aio")
            return [name for name in names if f"alidade.{name}" in sys.modules]
        lab = alidade.Lab()
        print(loaded())
        lab.add("stage", "mock-movable")
        print(loaded())
        """
    )
    assert done.code == 0, done
    assert done.out.splitlines() == ["[]", "['movables']"]


def test_each_capability_of_the_library_has_a_class() -> None:
    # Those within another one, as "stop" within "movable", have their functions there.
    wholes = {one["name"] for one in alidade.capabilities() if one["within"] is None}
    assert wholes == {key[0] for key in CAPABILITIES if len(key) == 1} == set(CLASSES)


def test_the_table_names_every_class() -> None:
    for package in ("alidade", "alidade.aio"):
        for key in CAPABILITIES:
            cls = _capabilities._class(key, package)
            assert cls.__module__ == f"{package}.{CAPABILITIES[key]}"
            assert getattr(aio if package.endswith("aio") else alidade, cls.__name__) is cls
