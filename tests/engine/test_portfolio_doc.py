"""The worked example of docs/portfolio.md runs, and its command parses."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from tastemaker.cli import app
from tastemaker.schema import Brief, SetWish

PAGE = Path(__file__).parents[2] / "docs" / "portfolio.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [code for name, code in FENCE.findall(PAGE.read_text(encoding="utf-8")) if name == language]


def test_example_runs(market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "demo").symlink_to(market)
    (tmp_path / "brief.json").write_text(blocks("json")[0])
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("python")
    exec(compile(code, "portfolio.md", "exec"), {"__name__": "portfolio"})


def test_commands_parse() -> None:
    command = get_command(app).commands["portfolio"]  # type: ignore[attr-defined]
    options = {name for p in command.params for name in p.opts}
    for line in blocks("console")[0].splitlines():
        assert {w for w in shlex.split(line) if w.startswith("--")} <= options


def test_every_field_of_the_wish_is_in_the_table() -> None:
    """And the example, which has no must-haves, is a good brief."""
    Brief.parse(json.loads(blocks("json")[0]))
    text = PAGE.read_text(encoding="utf-8")
    for name in SetWish.model_fields:
        assert f"`{name}`" in text, name
