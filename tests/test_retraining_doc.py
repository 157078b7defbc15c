"""Every command of docs/retraining.md, in its order, on the small marketplace."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from tastemaker.cli import main
from tastemaker.config import Promotion
from tastemaker.training import RULES
from test_docs import ROOT, blocks

PAGE = ROOT / "docs" / "retraining.md"
LINES = [line.removeprefix("$ ") for block in blocks(PAGE, "console") for line in block.splitlines()]


def test_every_command_of_the_page_runs(
    market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A listwise ranker stands for the new candidate: only what learns is computed again."""
    shutil.copytree(market, tmp_path / "var" / "mine")
    hidden = shutil.ignore_patterns("truth")
    shutil.copytree(market / "marketplace", tmp_path / "my-tables", ignore=hidden)
    own = (
        (ROOT / "configs" / "test.yaml").read_text().replace("ranking:\n", "ranking:\n  ranker: lambdamart\n")
    )
    # So few campaigns leave a listwise ranker little to be tuned on.
    few = "training:\n  calibration_share: 0.4\ntuning:\n  folds: 1\n  first_share: 0.75\n"
    (tmp_path / "mine.yaml").write_text(own + few)
    monkeypatch.chdir(tmp_path)
    ran = []
    for line in LINES:
        program, *words = shlex.split(line)
        assert program == ".venv/bin/tastemaker", line
        monkeypatch.setattr(sys, "argv", ["tastemaker", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        status = ended.value.code or 0
        # Only the gate may say no, and with a status of its own.
        refusable = words[0] == "promote" and "--force" not in words
        assert status in ((0, 3) if refusable else (0,)), f"{line}: {status}\n{capsys.readouterr().err}"
        ran.append(words[0])
    assert set(ran) == {"ingest", "train", "tune", "compare", "promote", "rollback"}
    assert "is champion again, instead of 2" in capsys.readouterr().out


def test_every_rule_and_setting_stands_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in RULES:
        assert f"| `{name}` |" in text, name
    for name in Promotion.model_fields:
        assert f"`{name}` (" in text, name


def test_the_settings_shown_on_the_page_are_settings(tmp_path: Path) -> None:
    from tastemaker.config import load_config

    for number, block in enumerate(blocks(PAGE, "yaml")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(block)
        load_config(path)
