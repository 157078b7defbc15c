from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tastemaker.config import Features
from tastemaker.errors import TrainingError
from tastemaker.workflows.workspace import SEAL, Stage, Workspace, content_digest


class Counter:
    """A stage body that counts its runs and copies its input."""

    def __init__(self, source: Path) -> None:
        self.runs = 0
        self.source = source

    def __call__(self, out: Path) -> None:
        self.runs += 1
        (out / "copy.txt").write_text(self.source.read_text())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.txt"
    path.write_text("first")
    return path


def run(
    space: Path, source: Path, body: Callable[[Path], None], settings: Features | None = None, extra: str = ""
) -> Path:
    stage = Stage("copy", (source,), (settings or Features(),), ("errors",), body, extra)
    return Workspace(space).run(stage)


def test_unchanged_stage_is_skipped(tmp_path: Path, source: Path) -> None:
    body = Counter(source)
    for _ in range(3):
        out = run(tmp_path / "w", source, body)
    assert body.runs == 1
    assert (out / "copy.txt").read_text() == "first"


def test_same_content_under_a_new_time_stamp_is_no_change(tmp_path: Path, source: Path) -> None:
    body = Counter(source)
    run(tmp_path / "w", source, body)
    source.write_text("first")
    run(tmp_path / "w", source, body)
    assert body.runs == 1


def test_changed_input_setting_or_argument_runs_again(tmp_path: Path, source: Path) -> None:
    body = Counter(source)
    run(tmp_path / "w", source, body)
    source.write_text("second")
    out = run(tmp_path / "w", source, body)
    assert (body.runs, (out / "copy.txt").read_text()) == (2, "second")
    run(tmp_path / "w", source, body, Features(max_themes=1))
    run(tmp_path / "w", source, body, Features(max_themes=1), extra="other")
    assert body.runs == 4


@pytest.mark.parametrize("damage", ["edit", "delete", "add", "seal", "truncate seal"])
def test_damaged_output_is_not_trusted(tmp_path: Path, source: Path, damage: str) -> None:
    body = Counter(source)
    out = run(tmp_path / "w", source, body)
    if damage == "edit":
        (out / "copy.txt").write_text("other")
    elif damage == "delete":
        (out / "copy.txt").unlink()
    elif damage == "add":
        (out / "more.txt").write_text("more")
    elif damage == "seal":
        (out / SEAL).write_text(json.dumps({"made_from": "x", "content": content_digest(out)}))
    else:
        (out / SEAL).write_text("{")
    run(tmp_path / "w", source, body)
    assert body.runs == 2
    assert (out / "copy.txt").read_text() == "first"


def test_failing_stage_leaves_nothing_that_is_trusted(tmp_path: Path, source: Path) -> None:
    def body(out: Path) -> None:
        (out / "half.txt").write_text("half")
        raise ValueError("killed")

    with pytest.raises(ValueError, match="killed"):
        run(tmp_path / "w", source, body)
    assert not (tmp_path / "w" / "copy").exists()
    with pytest.raises(TrainingError, match="run the stage 'copy' first"):
        Workspace(tmp_path / "w").done("copy")
