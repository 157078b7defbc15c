"""The cost sheet of a small bundle: every part is there and adds up; no figure is judged."""

from __future__ import annotations

import json
from pathlib import Path

import cost_sheet
import pytest

pytestmark = pytest.mark.slow


def test_sheet_of_a_small_bundle(bundle_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.json"
    assert cost_sheet.main(["--bundle", str(bundle_folder), "--requests", "4", "--out", str(out)]) == 0
    sheet = json.loads(out.read_text())
    assert (sheet["creators"], sheet["ranker"], sheet["retraining"]) == (300, "value", None)
    serving, disk = sheet["serving"], sheet["disk_mib"]
    assert serving["requests"] == 4
    assert all(value > 0 for value in serving.values())
    parts = sum(size for name, size in disk.items() if name != "bundle")
    manifest = (bundle_folder / "manifest.json").stat().st_size / 2**20
    assert disk["bundle"] == pytest.approx(parts + manifest)


def test_a_bundle_that_is_not_there_is_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["--bundle", str(tmp_path / "none"), "--out", str(tmp_path / "sheet.json")]
    assert cost_sheet.main(args) == 2
    assert "none: no such folder" in capsys.readouterr().err
