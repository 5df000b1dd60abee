"""`alidade check`: whether a lab's file fits its instruments, known before anything moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .._constants import DeviceState
from ..errors import Error
from ..labs import Lab
from ..settings import Settings
from . import _experiments, _recording, _scan_settings, _scanning, _series_settings
from ._settings import place

if TYPE_CHECKING:
    Check = Callable[[Lab, dict[str, str]], object]


class _Report:
    """Report that prints each finding as soon as it is known."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, where: str, message: str) -> None:
        self.count += 1
        print(f"{where}: {message}" if where else message)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Takes an error of the block for something that was found."""
        try:
            yield
        except Error as error:
            self.add(error.where, error.message)


def check(file: Path, offline: bool) -> int:
    """Prints what is wrong with a file, and with it and its instruments.

    Args:
        file: TOML with a lab.
        offline: Whether no instrument is to be opened.

    Returns:
        The exit code: 0 if all fits.
    """
    report = _Report()
    settings = None
    with report.gathering():
        settings = Settings.load(file)
    if settings is not None:
        _check(settings, file, offline, report)
    if report.count:
        print(f"{file}: {report.count} finding{'' if report.count == 1 else 's'}")
    return 1 if report.count else 0


def _check(settings: Settings, file: Path, offline: bool, report: _Report) -> None:
    checks: list[Check] = []
    with report.gathering():
        checks = _experiment(settings, file)
    lab = None
    with report.gathering():
        lab = Lab.from_settings(settings)
    if lab is None:
        return
    with closing(lab):
        if not offline:
            absent = _open(lab, settings, file, report)
            for each in checks:
                with report.gathering():
                    each(lab, absent)
        unchecked = lab.check()["unchecked"]
        for part in unchecked:
            print(f"{part['where']}: {part['key']} is not checked: {part['device']} is not asked")
        if not report.count:
            fits = "what can be known without the instruments fits" if offline else "all fits"
            print(f"{file}: {fits}; {len(lab)} device{'' if len(lab) == 1 else 's'}")


def _experiment(settings: Settings, file: Path) -> list[Check]:
    """Checks the keys of the table that tells what to measure.

    Returns:
        What checks it against the devices; none if there is no such table.
    """
    table = _experiments.table_of(settings, file)
    if table == _scan_settings.TABLE:
        scan = _scan_settings.scan_settings(settings, file)
        return [
            lambda lab, absent: _scanning.check_set(lab, absent, scan, settings, file),
            lambda lab, absent: _scanning.planned(lab, absent, scan, settings, file),
        ]
    if table == _series_settings.TABLE:
        series = _series_settings.series_settings(settings, file)
        return [lambda lab, absent: _recording.planned(lab, absent, series, settings, file)]
    return []


def _open(lab: Lab, settings: Settings, file: Path, report: _Report) -> dict[str, str]:
    """Opens the devices and reports what is absent and what does not fit.

    Returns:
        What is absent: the device's name, and why.
    """
    try:
        absent = {name: why["message"] for name, why in lab.open().items() if why is not None}
    except Error:
        misfits = lab.check()["findings"]
        if not misfits:
            raise
        for misfit in misfits:
            report.add(misfit["where"], f"{misfit['key']}: {misfit['message']}")
        absent = dict(_absent(lab))
    for name, why in absent.items():
        device = name.partition("/")[0]
        report.add(place(settings, file, f'devices."{device}"'), f"{name} is absent: {why}")
    return absent


def _absent(lab: Lab) -> Iterator[tuple[str, str]]:
    for device in lab.devices:
        if device.state is not DeviceState.OPEN:
            try:
                device.open()
            except Error as error:
                yield device.path, error.message
        for name, why in device.describe()["failed_children"].items():
            yield f"{device.path}/{name}", why
