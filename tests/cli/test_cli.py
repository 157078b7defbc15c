from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tastemaker.cli import main
from tastemaker.schema import EXAMPLE_BRIEF, Brief, Recommendation

BRIEF = {"brand": {"name": "Quillmoor"}, "objective": "awareness", "text": "trail running in the rain"}


class Run:
    """Runs the command in this process: status, what it wrote, what it told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *args: str | Path) -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["tastemaker", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = self._capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), captured.out, captured.err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capsys)


@pytest.fixture
def brief(tmp_path: Path) -> Path:
    path = tmp_path / "brief.json"
    path.write_text(json.dumps(BRIEF))
    return path


def test_brief_example_is_a_good_brief(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("brief", "--example")
    assert status == 0
    assert Brief.from_json(out) == EXAMPLE_BRIEF
    path = tmp_path / "example.json"
    path.write_text(out)
    assert run("brief", "--check", path)[0] == 0


def test_brief_schema_names_every_field(run: Run) -> None:
    status, out, _ = run("brief", "--schema")
    assert status == 0
    assert set(json.loads(out)["properties"]) == set(Brief.model_fields)


def test_brief_wants_one_option(run: Run) -> None:
    assert run("brief")[0] == 2
    assert run("brief", "--schema", "--example")[0] == 2


def test_recommend_as_json(run: Run, brief: Path, bundle_folder: Path) -> None:
    status, out, _ = run(
        "recommend", "--brief", brief, "--bundle", bundle_folder, "--limit", "7", "--format", "json"
    )
    assert status == 0
    answer = Recommendation.model_validate_json(out)
    assert len(answer.shortlist) == 7
    assert {"decision_id", "bundle", "funnel", "shortlist"} <= json.loads(out).keys()


def test_recommend_as_csv(run: Run, brief: Path, bundle_folder: Path) -> None:
    status, out, _ = run(
        "recommend", "--brief", brief, "--bundle", bundle_folder, "--limit", "3", "--format", "csv"
    )
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert [row["rank"] for row in rows] == ["1", "2", "3"]
    assert all(float(row["score"]) > 0 and row["reason"] for row in rows)


def test_recommend_as_table(run: Run, brief: Path, bundle_folder: Path) -> None:
    status, out, err = run("recommend", "--brief", brief, "--bundle", bundle_folder, "--limit", "3")
    assert status == 0
    assert "300 creators" in out
    assert "followers" in out
    assert "decision" in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("{}", "brand: required"),
        ('{"brand": {"name": "x"}, "objective": "fame"}', "objective"),
        ('{"brand": {"name": "x"}, "objective": "awareness", "filter": {}}', "did you mean 'filters'"),
        ('{"brand": {"name": "x"}, "objective": "reach"}', "got 'reach'"),
    ],
)  # fmt: skip
def test_bad_brief_is_one_message_and_status_2(
    run: Run, tmp_path: Path, bundle_folder: Path, text: str, message: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    status, out, err = run("recommend", "--brief", path, "--bundle", bundle_folder)
    assert (status, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_currency_that_the_bundle_does_not_know_is_named(
    run: Run, tmp_path: Path, bundle_folder: Path
) -> None:
    path = tmp_path / "brief.json"
    path.write_text(json.dumps({**BRIEF, "filters": {"max_fee": {"amount": 5, "currency": "ZZZ"}}}))
    status, _, err = run("recommend", "--brief", path, "--bundle", bundle_folder)
    assert status == 2
    assert "ZZZ" in err


def test_bad_bundle_is_one_message_and_status_2(run: Run, brief: Path, tmp_path: Path) -> None:
    status, _, err = run("recommend", "--brief", brief, "--bundle", tmp_path / "nowhere")
    assert status == 2
    assert "no such folder" in err


@pytest.mark.parametrize("limit", ["0", "501"])
def test_bad_limit_is_status_2(run: Run, brief: Path, bundle_folder: Path, limit: str) -> None:
    status, _, err = run("recommend", "--brief", brief, "--bundle", bundle_folder, "--limit", limit)
    assert status == 2
    assert "limit" in err


def test_unknown_option_is_status_2(run: Run) -> None:
    assert run("recommend", "--nonsense")[0] == 2


def test_simulate_then_ingest(run: Run, tmp_path: Path) -> None:
    raw, checked = tmp_path / "raw", tmp_path / "checked"
    sizes = ("--creators", "60", "--brands", "6", "--campaigns", "8", "--seed", "3")
    assert run("simulate", *sizes, "--out", raw)[0] == 0
    assert (raw / "truth" / "expected.parquet").is_file()
    status, _, err = run("ingest", raw, "--out", checked)
    assert status == 0
    assert "creators: 60 of 60 rows" in err
    assert not (checked / "truth").exists()


def test_ingest_of_nothing_is_status_2(run: Run, tmp_path: Path) -> None:
    status, _, err = run("ingest", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert status == 2
    assert "nowhere" in err


def test_ingest_never_replaces_what_it_did_not_make(run: Run, market: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years")
    status, _, err = run("ingest", market / "marketplace", "--out", tmp_path)
    assert status == 2
    assert "not an output of ours" in err
    assert (tmp_path / "thesis.txt").read_text() == "years"
    status, _, err = run("ingest", market / "marketplace", "--out", market / "marketplace")
    assert status == 2
    assert (market / "marketplace" / "truth").is_dir()


def test_output_that_can_not_be_written_is_status_2(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, _, err = run(
        "simulate", "--out", tmp_path / "file" / "below", "--creators", "60", "--brands", "6"
    )
    assert status == 2
    assert "Traceback" not in err


def test_hostile_brand_name_is_shown_as_it_is(run: Run, tmp_path: Path, bundle_folder: Path) -> None:
    path = tmp_path / "brief.json"
    path.write_text(json.dumps({**BRIEF, "brand": {"name": "Foo [/bar] [red]x \x1b]0;owned\x07"}}))
    status, out, _ = run("recommend", "--brief", path, "--bundle", bundle_folder, "--limit", "2")
    assert status == 0
    assert "[/bar] [red]x" in out
    assert "\x1b]0" not in out


def test_unknown_adapter_is_status_2(run: Run, tmp_path: Path) -> None:
    status, _, err = run("ingest", tmp_path, "--adapter", "tiktok-catalog", "--out", tmp_path / "out")
    assert status == 2
    assert "tiktok-catalogue" in err


def test_unknown_setting_is_status_2(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("retrieval:\n  candidats: 5\n")
    status, _, err = run("build", tmp_path, "--workspace", tmp_path / "w", "--config", config)
    assert status == 2
    assert "did you mean retrieval.candidates" in err


def test_help_names_every_command(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for command in ("simulate", "ingest", "build", "demo", "recommend", "brief", "serve"):
        assert command in out


def test_reader_that_goes_away_is_no_traceback() -> None:
    command = f"{sys.executable} -m tastemaker brief --schema | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
