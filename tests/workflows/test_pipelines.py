"""Every file in ``pipelines/`` runs as a program of its own."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

PIPELINES = Path(__file__).parents[2] / "pipelines"
CONFIG = PIPELINES.parent / "configs" / "test.yaml"


def call(monkeypatch: pytest.MonkeyPatch, name: str, *args: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", [f"{name}.py", *map(str, args)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(PIPELINES / f"{name}.py"), run_name="__main__")
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize("path", sorted(PIPELINES.glob("*.py")), ids=lambda p: p.stem)
def test_pipeline_runs_and_says_where_its_output_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], market: Path, path: Path
) -> None:
    assert call(monkeypatch, path.stem, "--workspace", market, "--config", CONFIG) == 0
    assert Path(capsys.readouterr().out.strip()).is_dir()
    assert len(path.read_text().splitlines()) <= 60


def test_stage_without_its_input_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(monkeypatch, "train", "--workspace", tmp_path) == 2
    assert "run the stage 'snapshots' first" in capsys.readouterr().err
