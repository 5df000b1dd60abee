"""A forked child may give things back, and nothing else."""

from __future__ import annotations

import pytest

from support import run_python

# AddressSanitizer of g++ 12 lets a child inherit the locks of its allocator (GCC 14 takes them
# around a fork): a thread of the parent that allocates just then stops the child for good.
pytestmark = pytest.mark.forks


def test_a_forked_child() -> None:
    done = run_python(
        """
        import gc, os, sys, threading
        import alidade
        from alidade import *

        sensor, stage, queue = MockReadable(value=2), MockMovable(velocity=1), Queue(10)
        sensor.read()
        op = stage.start_move(50)
        function = Callable(lambda x: x)
        lab = Lab()
        array = Buffer(8).array()
        token = sensor.subscribe("property.changed", print)

        child = os.fork()
        if child == 0:
            for refused in (
                sensor.read, stage.position, op.result, op.wait, queue.push, queue.drain,
                lambda: function.call(1), lab.open, lambda: Queue(3), sensor.describe,
                lambda: alidade.convert(1, "mm", "um"), lambda: Buffer(8),
            ):
                try:
                    refused()
                except ForkedError as error:
                    assert "fork" in str(error), error
                else:
                    print("not refused", refused)
                    os._exit(3)
            # These do nothing, and return at once.
            sensor.close(), stage.close(), queue.close(), lab.close(), function.close()
            del sensor, stage, queue, lab, function, array, op
            gc.collect()
            sys.exit(0)

        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0, status
        # The parent does not notice.
        assert sensor.read() == 2
        assert op.state is OpState.RUNNING
        queue.push(value=1)
        assert queue.next().value == 1
        op.cancel()
        token.close()
        print("END")
        """
    )
    assert done.code == 0, done
    assert done.out == "END\n", done
    assert done.err == "", done


def test_getters_and_reprs_in_a_forked_child() -> None:
    """Of every class of handle: ForkedError or the truth; reprs raise nothing."""
    done = run_python(
        """
        import os
        import alidade
        from alidade import *
        from alidade._handle import Handle

        def below(cls):
            return {cls}.union(*(below(sub) for sub in cls.__subclasses__()))

        lab = Lab("bench")
        computer = lab.add("computer", "host")
        computer.open()
        camera = MockCamera()
        camera.exposure()
        stage, sensor = MockMovable(velocity=1), MockReadable(value=2)
        output = alidade.MockSettable()
        output.setpoint()
        sensor.read()
        stage.position()
        bench = Bench()
        stream = camera.stream()
        buffer = Buffer(8)
        objects = [
            lab, computer, *computer.children, camera, stage, sensor, output, bench, stream, buffer,
            stage.start_move(50), CompletableOp(), Queue(10), Cancel(), Clock("x"),
            Callable(lambda x: x), Simulation("mock-meter"), Settings.parse("a = 1"),
            Source.of_array(buffer.array("float64", 1)), stream.source(),
            alidade.values.to_value([1]),
        ]
        camera.arm(), camera.trigger()
        records = [buffer.array(), stream.next(timeout=20)]  # which hold what they tell
        records[1].shape
        seen = {cls for x in objects + records for cls in type(x).__mro__}
        def tells(cls):
            return "_state" in vars(cls) or any(isinstance(w, property) for w in vars(cls).values())

        print("not looked at:", sorted(c.__name__ for c in below(Handle) - seen if tells(c)))

        def getters(x):
            for cls in type(x).__mro__:
                for name, what in vars(cls).items():
                    if isinstance(what, property) and not name.startswith("_"):
                        yield name

        child = os.fork()
        if child == 0:
            status = 0
            for x in objects + records:
                told_by_handle = isinstance(x, Handle) and x not in records
                if "forked" not in repr(x) and isinstance(x, Handle):
                    print("a repr that does not say it:", repr(x), flush=True)
                    status = 3
                for name in sorted(set(getters(x))):
                    try:
                        told = getattr(x, name)
                    except ForkedError:
                        continue
                    except Exception as error:
                        print(type(x).__name__, name, repr(error), flush=True)
                        status = 3
                    else:
                        if told_by_handle:
                            print(type(x).__name__, name, "told", told, flush=True)
                            status = 3
            for refused in (
                lambda: stage.can("movable"), lambda: len(lab), lambda: list(lab),
                lambda: bytes(buffer), lambda: len(buffer), lambda: alidade.values.equal(1, 1),
            ):
                try:
                    print("told", refused(), flush=True)
                    status = 3
                except ForkedError:
                    pass
            os._exit(status)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0, status
        """
    )
    assert done.code == 0, done
    assert done.out == "not looked at: []\n", done


def test_multiprocessing_by_fork_and_by_spawn() -> None:
    done = run_python(
        """
        import multiprocessing, sys, os
        from alidade import MockReadable, ForkedError

        def read(kind):
            try:
                return MockReadable(value=3).read()
            except ForkedError:
                return "forked"

        if __name__ == "__main__":
            sensor = MockReadable(value=3)
            sensor.read()
            with multiprocessing.get_context("fork").Pool(2) as pool:
                print(pool.map(read, ["fork"] * 2))
            print(sensor.read())
        """
    )
    assert done.code == 0, done
    assert done.out == "['forked', 'forked']\n3.0\n", done


def test_a_program_that_a_child_executes_is_free() -> None:
    done = run_python(
        """
        import subprocess, sys
        from alidade import MockReadable
        sensor = MockReadable(value=3)
        sensor.read()
        code = "from alidade import MockReadable; print(MockReadable(value=4).read())"
        print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)
        """
    )
    assert done.code == 0, done
    assert done.out.strip() == "4.0"
