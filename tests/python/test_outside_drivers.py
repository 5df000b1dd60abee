"""Drivers from outside the tree: found, loaded, refused with a reason, and at work."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support import ROOT, Process

Build = Callable[..., Path]
COMPILER = ["cc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-fPIC", "-shared"]

# A driver that is as small as can be. TABLE says more of its table, ENTRY more of its function.
SMALL = r"""
#include <alidade/driver.h>
static const ald_host *host;
static ald_status create(ald_node *node, const ald_value *options, void **instance,
                         ald_error **err) {
    (void)node; (void)options; (void)err;
    *instance = &host;
    return ALD_OK;
}
static void destroy(void *instance) { (void)instance; }
static void submit(void *instance, ald_request *request) {
    (void)instance;
    host->complete(request, ALD_OK, NULL, NULL);
}
static ald_driver driver;
const ald_driver *ald_driver_v2(const ald_host *given) {
    host = given;
    driver.struct_size = sizeof driver;
    driver.abi = ALD_DRIVER_ABI;
    driver.name = "small";
    driver.doc = "Does nothing.";
    driver.create = create;
    driver.destroy = destroy;
    driver.submit = submit;
    TABLE;
    return &driver;
}
"""


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Compiles a driver against the public headers alone."""

    def compiled(source: str | Path, name: str, table: str = "(void)0") -> Path:
        if isinstance(source, str):
            text, source = source.replace("TABLE;", f"{table};"), tmp_path / f"{name}.c"
            source.write_text(text, "utf-8")
        target = tmp_path / f"{name}.so"
        target.parent.mkdir(exist_ok=True)
        subprocess.run(
            [*COMPILER, f"-I{ROOT / 'include'}", str(source), "-o", str(target)],
            check=True,
            timeout=60,
        )
        return target

    return compiled


LOAD = """
    import sys
    import alidade
    try:
        alidade.load_driver(sys.argv[1])
    except alidade.Error as error:
        print(type(error).__name__, error, sep="|")
    else:
        alidade.load_driver(sys.argv[1])  # again: changes nothing
        with alidade.Device("it", sys.argv[2]) as device:
            print(device.state.name)
"""


def loaded(python: Callable[..., Process], library: Path, name: str = "small") -> list[str]:
    done = python(LOAD, str(library), name)
    assert done.code == 0, done
    return done.out.strip().split("|")


def test_loading(build: Build, python: Callable[..., Process]) -> None:
    assert loaded(python, build(SMALL, "small")) == ["OPEN"]


def test_no_function_of_the_host_is_missing(build: Build, python: Callable[..., Process]) -> None:
    whole = (
        "typedef void (*function)(void);"
        "const function *f = (const function *)&host->add_child;"
        "while ((const char *)f < (const char *)host + sizeof(ald_host)) if (!*f++) return NULL"
    )
    assert loaded(python, build(SMALL, "whole", whole)) == ["OPEN"]


def test_older_and_newer_tables(build: Build, python: Callable[..., Process]) -> None:
    # What an older header did not have is rubbish in memory, and must not be looked at.
    older = (
        "driver.struct_size = offsetof(ald_driver, discover);"
        "driver.discover = (ald_status (*)(ald_value **, ald_error **))1;"
        "driver.instruments = (const ald_instrument *)1; driver.instrument_count = 9"
    )
    source = "#include <stddef.h>\n" + SMALL
    assert loaded(python, build(source, "older", older)) == ["OPEN"]
    newer = (
        "static struct { ald_driver known; void *more[4]; } later; later.known = driver;"
        "later.known.struct_size = sizeof later; return &later.known"
    )
    assert loaded(python, build(SMALL, "newer", newer)) == ["OPEN"]
    small = "driver.struct_size = offsetof(ald_driver, submit)"
    kind, message = loaded(python, build(source, "stump", small))
    assert kind == "InvalidError"
    assert "struct_size" in message


@pytest.mark.parametrize(
    ("table", "expected", "words"),
    [
        ("driver.abi = 7", "VersionError", "built for driver ABI 7, this library expects 2"),
        ("driver.abi = 1", "VersionError", "built for driver ABI 1, this library expects 2"),
        ("return NULL", "VersionError", "does not work with this library, which has driver ABI 2"),
        ('driver.name = "host"', "ExistsError", "'host'"),
        ("driver.submit = NULL", "InvalidError", "lacks"),
    ],
)
def test_what_is_refused(
    build: Build, python: Callable[..., Process], table: str, expected: str, words: str
) -> None:
    kind, message = loaded(python, build(SMALL, "bad", table))
    assert kind == expected
    assert words in message


@pytest.mark.parametrize("abi", [1, 3])
def test_drivers_of_another_abi_are_not_called(
    build: Build, python: Callable[..., Process], abi: int
) -> None:
    """They would take one function of the table for another."""
    source = SMALL.replace("ald_driver_v2", f"ald_driver_v{abi}")
    kind, message = loaded(python, build(source, "other", "*(volatile int *)0 = 1"))
    assert kind == "VersionError"
    assert f"built for driver ABI {abi}, this library expects 2; build it anew" in message


def test_flags_of_actions(build: Build, python: Callable[..., Process]) -> None:
    """What begins a motion is refused while a stop holds; only one motion goes on at a time."""
    node = """
        const ald_schema where = {sizeof where, ALD_TYPE_DOUBLE, "position", "mm", "where it is",
                                  -1, 1, 0, NULL, NULL, ALD_SCHEMA_READ | ALD_SCHEMA_WRITE};
        (void)options;
        *instance = &host;
        if (host->add_action(node, "bad", "", 4, err) != ALD_E_INVALID) return ALD_E_INTERNAL;
        if (err && *err) { host->error_unref(*err); *err = NULL; }
        if (host->add_property(node, &where, err) || host->add_capability(node, "movable", 1, err))
            return ALD_E_INTERNAL;
        if (host->add_action(node, "light", "", 0, err)) return ALD_E_INTERNAL;
        if (host->add_action(node, "expose", "", ALD_ACTION_STARTS, err)) return ALD_E_INTERNAL;
        return host->add_action(node, "sweep", "", ALD_ACTION_MOVES, err);
    """
    source = SMALL.replace(
        "(void)node; (void)options; (void)err;\n    *instance = &host;\n    return ALD_OK;", node
    )
    assert node in source
    program = """
        import sys
        import alidade
        alidade.load_driver(sys.argv[1])
        with alidade.Lab() as lab:
            it = lab.add("it", "small")
            it.open()
            for action in ("light", "expose", "sweep"):
                it.act(action)
            lab.emergency_stop()
            for action in ("light", "expose", "sweep"):
                try:
                    it.act(action)
                    print(action)
                except alidade.StateError:
                    print(action, "refused")
    """
    done = python(program, str(build(source, "small")))
    assert done.out.split("\n") == ["light", "expose refused", "sweep refused", ""], done


def test_what_is_no_driver(build: Build, python: Callable[..., Process], tmp_path: Path) -> None:
    kind, message = loaded(python, build("int nothing;\n", "empty"))
    assert (kind, "ald_driver_v2" in message) == ("InvalidError", True)
    text = tmp_path / "text.so"
    text.write_text("no library")
    kind, message = loaded(python, text)
    assert (kind, str(text) in message) == ("InvalidError", True)
    kind, message = loaded(python, tmp_path / "missing.so")
    assert (kind, "missing.so" in message) == ("NotFoundError", True)


def test_the_environment_names_folders(
    build: Build, python: Callable[..., Process], tmp_path: Path
) -> None:
    build(SMALL, "small")
    (tmp_path / "broken.so").write_text("no library")
    done = python(
        "import alidade; print([d['name'] for d in alidade.drivers()])",
        ALIDADE_DRIVER_PATH=f"{tmp_path / 'nowhere'}::{tmp_path}",
    )
    assert "'small'" in done.out, done
    assert "'mock-movable'" in done.out
    assert "broken.so" in done.err
    assert "nowhere" in done.err


def test_a_lab_names_folders_and_files(
    build: Build, python: Callable[..., Process], tmp_path: Path
) -> None:
    (tmp_path / "drivers").mkdir()
    build(SMALL, "drivers/small")
    program = """
        import sys
        import alidade
        try:
            with alidade.Lab.from_toml(sys.argv[1]) as lab:
                print(lab["it"].state.name)
        except alidade.Error as error:
            print(type(error).__name__, error.where)
    """
    (tmp_path / "lab.toml").write_text('drivers.path = ["drivers"]\ndevices.it.driver = "small"\n')
    assert python(program, str(tmp_path / "lab.toml")).out == "OPEN\n"
    (tmp_path / "one.toml").write_text(
        'drivers.path = ["drivers/small.so"]\ndevices.it.driver = "small"\n'
    )
    assert python(program, str(tmp_path / "one.toml")).out == "OPEN\n"
    for path, kind, column in (("'nowhere'", "NotFoundError", 17), ("7", "InvalidError", 17)):
        bad = tmp_path / "bad.toml"
        bad.write_text(f"drivers.path = [{path}]\n")
        assert python(program, str(bad)).out == f"{kind} {bad}:1:{column}\n"


def test_the_example(build: Build, python: Callable[..., Process], tmp_path: Path) -> None:
    """A sensor in a file: read, written, made safe, lost and found again."""
    build(ROOT / "examples" / "driver" / "sysfs.c", "sysfs")
    sensor = tmp_path / "temp"
    sensor.write_text("21500\n")
    lab = tmp_path / "lab.toml"
    lab.write_text(f"""
        [devices.board]
        driver = "sysfs"
        file = "{sensor}"
        scale = 0.001
        unit = "Cel"
        writable = true
        safe = 20.0
        reopen = 0.01
    """)
    program = """
        import sys
        from pathlib import Path
        import alidade
        from alidade import Lab, Readable
        sensor = Path(sys.argv[2])
        with Lab.from_toml(sys.argv[1]) as lab:
            board = lab.device("board", Readable)
            print(board.read(), board.unit)
            print(board.set("output", 30.5), sensor.read_text())
            lab.safe_state()
            print(board.read())
            sensor.write_text("rubbish")
            try:
                board.read()
            except alidade.ProtocolError as error:
                print(error.domain)
            with board.events("device.opened", "device.disconnected") as events:
                sensor.unlink()
                try:
                    board.read()
                except alidade.DisconnectedError:
                    print("gone")
                sensor.write_text("1000")
                print([events.next(10).name for _ in range(2)])
            print(board.read())
        absent = alidade.Device("absent", "sysfs", {"file": "/nowhere"})
        try:
            absent.open()
        except alidade.NotFoundError as error:
            print(error.where)
        found = [c for c in alidade.discover() if c["driver"] == "sysfs"]
        print(all(c["options"]["unit"] == "Cel" for c in found))
    """
    done = python(program, str(lab), str(sensor), ALIDADE_DRIVER_PATH=str(tmp_path))
    assert done.out.splitlines() == [
        "21.5 Cel",
        "30.5 30500",
        "",
        "20.0",
        "sysfs",
        "gone",
        "['device.disconnected', 'device.opened']",
        "1.0",
        "absent",
        "True",
    ], done
