"""What the documents say is so: their code runs, their links lead somewhere, every command stands in the README."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from tastemaker.cli import app

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "experiments").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [code for name, code in FENCE.findall(page.read_text(encoding="utf-8")) if name == language]


def test_readme_python_runs(market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "demo").symlink_to(market)
    monkeypatch.chdir(tmp_path)
    code = blocks(README, "python")
    assert code
    for block in code:
        exec(compile(block, "README.md", "exec"), {"__name__": "readme"})


def test_readme_commands_exist_with_their_options() -> None:
    """Every ``tastemaker`` line of a console block parses: the command is there, and so are its options."""
    commands = get_command(app).commands  # type: ignore[attr-defined]
    lines = [
        line for block in blocks(README, "console") for line in block.splitlines() if "bin/tastemaker" in line
    ]
    assert lines
    for line in lines:
        words = shlex.split(line.split("tastemaker", 1)[1], comments=True)
        options = {name for p in commands[words[0]].params for name in p.opts}
        assert {w for w in words if w.startswith("--")} <= options, line


def test_readme_names_every_command() -> None:
    text = README.read_text(encoding="utf-8")
    for name in get_command(app).commands:  # type: ignore[attr-defined]
        assert f"`tastemaker {name}`" in text, name


def test_readme_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:^\$ |`)make ([a-z-]+)", README.read_text(encoding="utf-8"), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_python_in_the_documents_compiles(page: Path) -> None:
    for block in blocks(page, "python"):
        compile(block, str(page), "exec")


def test_every_setting_is_in_the_default_file_and_every_room_in_the_house() -> None:
    """A new room is named in docs/architecture.md."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {
        p.stem
        for p in (ROOT / "src" / "tastemaker").iterdir()
        if p.stem[0] not in "_." and p.suffix != ".typed"
    }
    assert {room for room in rooms if f"`{room}`" not in text} == set()
