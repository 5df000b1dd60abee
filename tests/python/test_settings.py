from __future__ import annotations

from pathlib import Path

import pytest

from alidade import Schema, Settings, errors

TEXT = """
title = "bench"
[camera]
exposure = 0.5
roi = [1, 2, 3]
when = 2026-01-02T03:04:05Z
"""


def test_reading() -> None:
    settings = Settings.parse(TEXT)
    assert settings[""] == {
        "title": "bench",
        "camera": {"exposure": 0.5, "roi": [1, 2, 3], "when": "2026-01-02T03:04:05Z"},
    }
    assert settings["camera.roi.1"] == 2
    assert settings.get("camera.exposure") == 0.5
    assert settings.get("camera.gain", 1) == 1
    assert settings.get("") == settings[""]
    assert "camera" in settings
    assert "camera.gain" not in settings
    assert settings.where("camera.exposure") == (4, 1)
    with pytest.raises(KeyError, match="did you mean 'exposure'"):
        settings["camera.exposur"]
    with pytest.raises(errors.NotFoundError):
        settings.where("nothing")


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(TEXT)
    assert Settings.load(path)["title"] == "bench"
    assert Settings.load(str(path))["title"] == "bench"
    with pytest.raises(FileNotFoundError, match=r"lab\.tml"):
        Settings.load(tmp_path / "lab.tml")
    path.write_text("a = 1\nb = = 2\n")
    with pytest.raises(errors.CorruptError) as caught:
        Settings.load(path)
    assert f"{path}:2:" in str(caught.value)
    with pytest.raises(errors.InvalidError, match="NUL"):
        Settings.load("a\0b")


def test_checking() -> None:
    known = [
        Schema("exposure", float, unit="s", min=0, max=1),
        Schema("roi", list, required=True),
        Schema("when", str),
    ]
    Settings.parse(TEXT, "bench.toml").check("camera", known)
    cases = {
        "exposre = 0.5\nroi = []": (errors.NotFoundError, "exposure"),
        "exposure = 2.0\nroi = []": (errors.RangeError, "2 s"),
        "exposure = 'long'\nroi = []": (errors.InvalidError, "exposure"),
        "exposure = 0.5": (errors.InvalidError, "roi"),
    }
    for text, (kind, words) in cases.items():
        settings = Settings.parse(f"[camera]\n{text}\n", "bench.toml")
        with pytest.raises(kind, match=words) as caught:
            settings.check("camera", known)
        assert caught.value.where.startswith("bench.toml:")
    Settings.parse("").check("", [])
