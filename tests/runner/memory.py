"""Which files of Python tests run a second time on the library built with AddressSanitizer.

Those that cross memory: buffers, arrays, frames, values and queues that are made on one side and
read on the other, callbacks, handles that end in any order, interrupts in the middle of a call,
drivers that are loaded, ends of the process. All others have a reason. Each file stands in one of
the tables; `test_memory.py` sees to it.
"""

from __future__ import annotations

CROSSING = (
    "test_abi.py",
    "test_aio_calls.py",
    "test_aio_cameras.py",
    "test_aio_cancel.py",
    "test_aio_events.py",
    "test_aio_loops.py",
    "test_aio_threads.py",
    "test_arrangements.py",
    "test_arrays.py",
    "test_callables.py",
    "test_cameras.py",
    "test_capabilities.py",
    "test_clocks.py",
    "test_device_machine.py",
    "test_devices.py",
    "test_driver_faults.py",
    "test_errors.py",
    "test_events.py",
    "test_exit.py",
    "test_faults_cameras.py",
    "test_faults_machine.py",
    "test_fork_lines.py",
    "test_handles.py",
    "test_images.py",
    "test_interrupt.py",
    "test_interrupt_anywhere.py",
    "test_jogging.py",
    "test_labs.py",
    "test_library.py",
    "test_line_answers.py",
    "test_log.py",
    "test_machine.py",
    "test_mocks.py",
    "test_op.py",
    "test_outside_drivers.py",
    "test_queue.py",
    "test_scans.py",
    "test_schema.py",
    "test_series.py",
    "test_settings.py",
    "test_settables.py",
    "test_shutters.py",
    "test_signals.py",
    "test_simulation.py",
    "test_frames.py",
    "test_sources.py",
    "test_units.py",
    "test_values.py",
    "judged/device/test_pyserial.py",
    "judged/kernels/test_fit.py",
)

_BY_DRIVERS = (
    "what crosses memory here does so in test_faults_machine.py and test_line_answers.py; drivers"
    " and lines run under the sanitizers in fuzz_replies, capi/test_line_faults.cpp, tests/drivers"
)
_BY_COMMANDS = "looks at output, files and exit codes of commands; their calls are in test_scans.py"

_OF_THE_INTERPRETER = "looks at Python's side: nothing new crosses"

APART = {
    "test_numbers.py": "converts numbers on Python's side; values cross in test_values.py",
    "test_wording.py": _OF_THE_INTERPRETER,
    "test_cli.py": _BY_COMMANDS,
    "test_cli_instruments.py": _BY_COMMANDS,
    "test_cli_scans.py": _BY_COMMANDS,
    "test_docs.py": _OF_THE_INTERPRETER,
    "test_elliptec.py": _BY_DRIVERS,
    "test_elliptec_by_manual.py": _BY_DRIVERS,
    "test_endings.py": _BY_COMMANDS,
    "test_esp300.py": _BY_DRIVERS,
    "test_examples.py": _OF_THE_INTERPRETER,
    "test_experiments.py": _BY_DRIVERS,
    "test_faults_arrival.py": _BY_DRIVERS,
    "test_faults_lines.py": _BY_DRIVERS,
    "test_faults_links.py": _BY_DRIVERS,
    "test_faults_motion.py": _BY_DRIVERS,
    "test_faults_time.py": _BY_DRIVERS,
    "test_fork.py": "goes on in forked children, which are not tried under ASan",
    "test_jupyter.py": "the interrupts of test_interrupt.py, by a kernel",
    "test_lab_check.py": "texts of errors, whose memory crosses in test_errors.py and test_labs.py",
    "test_locale.py": "texts and numbers of what other files do, in other locales",
    "test_newport_1830c.py": _BY_DRIVERS,
    "test_paths.py": _OF_THE_INTERPRETER,
    "test_plot.py": _OF_THE_INTERPRETER,
    "test_properties.py": _OF_THE_INTERPRETER,
    "test_relative_moves.py": _BY_DRIVERS,
    "test_recordings.py": "the calls of test_scans.py and test_series.py, interrupted",
    "test_stops.py": "the calls of test_scans.py and test_series.py, stopped",
    "test_typing.py": _OF_THE_INTERPRETER,
    "judged/base/test_units_table.py": "one function of numbers, which crosses in test_units.py",
    "judged/bench/test_bench.py": "runs the benchmarks, which measure time",
    "judged/device/test_elliptec_clients.py": _BY_DRIVERS,
    "judged/device/test_esp300_clients.py": _BY_DRIVERS,
    "judged/device/test_newport_1830c_clients.py": _BY_DRIVERS,
    "judged/device/test_rfc2217.py": "no Python crosses: a program in C++ is the client",
    "judged/kernels/test_fit_minima.py": "the same call as in test_fit.py, for many curves",
}
