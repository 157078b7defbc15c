"""``tastemaker portfolio``: table, JSON, exit status, one line for bad input."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tastemaker.cli import main

BRIEF = {
    "brand": {"name": "Quillmoor"},
    "objective": "awareness",
    "text": "trail running in the rain",
    "budget": {"amount": 6000},
}


def call(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["tastemaker", "portfolio", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.fixture
def brief(tmp_path: Path) -> Path:
    path = tmp_path / "brief.json"
    path.write_text(json.dumps(BRIEF))
    return path


def test_json_and_table_say_the_same_set(
    brief: Path, bundle_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "--brief", brief, "--bundle", bundle_folder, "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert call(monkeypatch, "--brief", brief, "--bundle", bundle_folder) == 0
    table = capsys.readouterr().out
    for pick in told["picks"]:
        assert f"@{pick['creator']['handle']}" in table
    assert "if all accept" in table
    assert "expected by budget" in table


def test_no_set_ends_with_status_one_and_the_reason(
    brief: Path, bundle_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    brief.write_text(json.dumps({**BRIEF, "budget": {"amount": 10}}))
    assert call(monkeypatch, "--brief", brief, "--bundle", bundle_folder) == 1
    assert "no set" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"size": {"min": 6, "max": 3}}, "min 6 is above max 3"),
        ({"risk": 2}, "risk"),
        ({"caps": [{"by": "mood", "most": 1}]}, "portfolio.caps.0.by"),
        ({"must_have": ["a"], "must_not": ["a"]}, "must_have and in must_not"),
    ],
)
def test_bad_wish_is_one_line(
    wish: dict[str, object],
    words: str,
    brief: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    brief.write_text(json.dumps({**BRIEF, "portfolio": wish}))
    assert call(monkeypatch, "--brief", brief) == 2
    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told


def test_bad_overlaps_name_the_file(
    brief: Path,
    bundle_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "overlaps.parquet"
    path.write_text("no parquet")
    words = ("--brief", brief, "--bundle", bundle_folder, "--overlaps", path)
    assert call(monkeypatch, *words) == 2
    assert str(path) in capsys.readouterr().err
