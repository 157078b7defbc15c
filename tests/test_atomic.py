from __future__ import annotations

from pathlib import Path

import pytest

from tastemaker.atomic import atomic_file, atomic_folder
from tastemaker.errors import OutputError


def test_folder_appears_whole_and_replaces_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for text in ("one", "two"):
        with atomic_folder(target) as partial:
            (partial / f"{text}.txt").write_text(text)
            (partial / "report.json").write_text("{}")
    assert sorted(p.name for p in target.iterdir()) == ["report.json", "two.txt"]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_failure_leaves_the_old_folder(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with atomic_folder(target) as partial:
        (partial / "report.json").write_text("{}")
    with pytest.raises(ValueError, match="half way"), atomic_folder(target) as partial:
        (partial / "bad").write_text("bad")
        raise ValueError("half way")
    assert [p.name for p in target.iterdir()] == ["report.json"]


def test_leftovers_of_a_killed_run_do_not_enter_the_next(tmp_path: Path) -> None:
    leftover = tmp_path / ".out.partial"
    leftover.mkdir()
    (leftover / "stale").write_text("stale")
    with atomic_folder(tmp_path / "out") as partial:
        assert list(partial.iterdir()) == []


def test_file_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out.txt"
    with pytest.raises(ValueError, match="half way"), atomic_file(target) as partial:
        partial.write_text("half")
        raise ValueError("half way")
    assert not target.exists()
    with atomic_file(target) as partial:
        partial.write_text("whole")
    assert target.read_text() == "whole"


def test_what_is_not_ours_is_never_replaced(tmp_path: Path) -> None:
    """An output folder given by mistake once cost a user the files in it."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years")
    with pytest.raises(OutputError, match="not an output of ours"), atomic_folder(precious):
        pass
    with pytest.raises(OutputError, match="is not a folder"), atomic_folder(precious / "thesis.txt"):
        pass
    assert (precious / "thesis.txt").read_text() == "years"
    (tmp_path / "empty").mkdir()
    with atomic_folder(tmp_path / "empty") as partial:
        (partial / "new").write_text("new")
    assert (tmp_path / "empty" / "new").exists()
