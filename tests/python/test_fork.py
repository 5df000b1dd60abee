"""A forked child may give things back, and nothing else."""

from __future__ import annotations

from support import run_python


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
