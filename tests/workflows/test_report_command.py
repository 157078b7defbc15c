"""A report is there whole or as it was, and its place is tried before the work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tastemaker.errors import ConfigError, OutputError
from tastemaker.workflows import report_command


def test_the_report_is_written_and_then_handed_on(tmp_path: Path) -> None:
    out, heard = tmp_path / "new" / "report.json", []
    assert report_command(out, lambda: {"MAP": 0.25}, heard.append) == 0
    assert json.loads(out.read_text()) == {"MAP": 0.25} == heard[0]


def test_a_place_that_can_not_be_is_told_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path, tmp_path / "file" / "report.json"):
        assert report_command(out, lambda: pytest.fail("worked before the place was tried")) == 2
        assert str(out.parent if out != tmp_path else out) in capsys.readouterr().err


def test_what_the_user_can_mend_is_one_message_and_the_old_report_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.json"
    out.write_text("as it was")

    def refuse() -> dict[str, object]:
        raise ConfigError("seeds: got none; name at least one")

    assert report_command(out, refuse) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert out.read_text() == "as it was"


def test_what_fails_after_the_report_costs_none(tmp_path: Path) -> None:
    out = tmp_path / "report.json"

    def fail(_: object) -> None:
        raise OutputError("MLflow is gone")

    assert report_command(out, lambda: {"a": 1}, fail) == 2
    assert json.loads(out.read_text()) == {"a": 1}
