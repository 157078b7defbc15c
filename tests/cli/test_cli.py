from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tastemaker.cli import main
from tastemaker.cli.creator import print_card
from tastemaker.engine import Engine
from tastemaker.features import FeatureSnapshot
from tastemaker.schema import EXAMPLE_BRIEF, Brief, CreatorCard, Proof, Reason, Recommendation
from tastemaker.store import SqlDecisionLog

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


def test_recommend_exactly(run: Run, brief: Path, bundle_folder: Path) -> None:
    status, out, _ = run("recommend", "--brief", brief, "--bundle", bundle_folder, "--exact")
    assert status == 0
    assert "(plan: scan)" in out or "(plan: codes)" in out


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


@pytest.fixture(scope="module")
def creator_id(bundle_folder: Path) -> str:
    """A creator with evidence."""
    snapshot = FeatureSnapshot.load(bundle_folder / "features")
    account = min(snapshot.evidence.column("account_id").to_pylist())
    return str(snapshot.column("creator_id")[snapshot.column("account_id") == account][0])


def test_creator_prints_a_card(run: Run, bundle_folder: Path, creator_id: str) -> None:
    status, out, err = run("creator", creator_id, "--bundle", bundle_folder)
    assert status == 0
    for said in (
        f"creator {creator_id}",
        "Size: ",
        "confidence 0.",
        "more than ",
        "compared with ",
        "Brand safety",
        "“",
    ):
        assert said in out
    assert "as of " in err


def test_creator_says_why_a_signal_is_unknown(run: Run, bundle_folder: Path) -> None:
    snapshot = FeatureSnapshot.load(bundle_folder / "features")
    account = snapshot.column("account_id")[np.isnan(snapshot.column("past_content_rating"))][0]
    out = run("creator", account, "--bundle", bundle_folder)[1]
    unknown = [line for line in out.splitlines() if "  unknown  " in line]
    assert unknown
    assert all(line.split("  unknown  ")[1].strip() for line in unknown)


def test_creator_folds_what_is_not_needed_at_first_sight(run: Run, bundle_folder: Path) -> None:
    snapshot = FeatureSnapshot.load(bundle_folder / "features")
    judged = ~np.isnan(snapshot.column("authenticity")) & (snapshot.column("safety_posts") > 0)
    wanted = snapshot.column("account_id")[judged & np.isnan(snapshot.column("engagement_by_reach"))][0]
    card = Engine.load(bundle_folder).creator(wanted)
    short, whole = (run("creator", wanted, *more, "--bundle", bundle_folder)[1] for more in ((), ("--all",)))
    for said in ("Not reported: ", r"\d+ more reasons and \d+ more signals: --all", "Nothing found: "):
        assert re.search(said, short)
        assert not re.search(said, whole)
    for said in (
        "against peers, in spreads",
        "Engagements per person reached: looked",
        "Readings of followers",
    ):
        assert said not in short
        assert said in whole
    reasons = [group.reasons for account in card.accounts for group in account.groups]
    assert whole.count("Speaks ") == sum(len(told) for told in reasons)
    assert short.count("Speaks ") == sum(min(len(told), 3) for told in reasons)
    assert 1.5 * len(short.splitlines()) < len(whole.splitlines())


def test_creator_as_json(run: Run, bundle_folder: Path, creator_id: str) -> None:
    status, out, _ = run("creator", creator_id, "--json", "--bundle", bundle_folder)
    assert status == 0
    card = CreatorCard.model_validate_json(out)
    account = card.accounts[0]
    assert card.creator_id == creator_id
    again = run(
        "creator", f"{account.platform}:@{account.handle.upper()}", "--json", "--bundle", bundle_folder
    )
    assert again[1] == out == run("creator", account.account_id, "--json", "--bundle", bundle_folder)[1]


def test_wrong_creator_is_one_message_with_the_nearest(
    run: Run, bundle_folder: Path, creator_id: str
) -> None:
    status, out, err = run("creator", f"{creator_id}x", "--bundle", bundle_folder)
    assert (status, out) == (2, "")
    assert f"did you mean '{creator_id}'" in " ".join(err.split())
    assert "Traceback" not in err
    assert run("creator", "x\x1b]0;owned\x07", "--bundle", bundle_folder)[2].count("\x1b]0") == 0


def test_hostile_handles_and_captions_do_not_reach_the_terminal(
    bundle_folder: Path, creator_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    card = Engine.load(bundle_folder).creator(creator_id)
    hostile = "[red]x[/bar] \x1b]0;owned\x07\n\u202e"
    proof = Proof(
        post_id=hostile, posted_at=card.as_of, level=None, value=hostile, excerpt=hostile, words=(hostile,)
    )
    group = card.accounts[0].groups[0]
    signals = (group.signals[0].model_copy(update={"evidence": (proof,), "text": hostile}),)
    told = (Reason(evidence="growth_spike", text=hostile, speaks="for", contribution=2.0, numbers={}),)
    account = card.accounts[0].model_copy(
        update={
            "handle": hostile,
            "groups": (group.model_copy(update={"signals": signals, "reasons": told}),),
        }
    )
    print_card(card.model_copy(update={"accounts": (account,), "display_name": hostile, "owner_id": hostile}))
    out = capsys.readouterr().out
    assert "\x1b]0" not in out
    assert "\u202e" not in out
    assert out.count("[red]x[/bar]") >= 8


def test_help_names_every_command(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for command in ("simulate", "ingest", "build", "demo", "recommend", "creator", "brief", "serve"):
        assert command in out


def test_reader_that_goes_away_is_no_traceback() -> None:
    command = f"{sys.executable} -m tastemaker brief --schema | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr


def test_monitor_tells_too_few_and_succeeds(run: Run, bundle_folder: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/log.db"
    args = (
        "monitor",
        "--bundle",
        bundle_folder,
        "--since",
        "2026-08-01",
        "--until",
        "2026-09-01",
        "--store",
        url,
    )
    status, out, err = run(*args)
    assert status == 0
    assert "too few" in out
    assert "answers and results are not in the decision log" in err
    status, out, _ = run(*args, "--format", "json")
    told = json.loads(out)
    assert (status, told["verdict"], told["alarm"]) == (0, "too few", False)


def test_monitor_fails_with_the_configured_status(run: Run, bundle_folder: Path, tmp_path: Path) -> None:
    """One brief again and again is not what the training's campaigns asked for."""
    url = f"sqlite:///{tmp_path}/log.db"
    log = SqlDecisionLog(url)
    engine = Engine.load(bundle_folder, log)
    for _ in range(15):
        engine.recommend(EXAMPLE_BRIEF.model_copy(update={"filters": Brief.parse(BRIEF).filters}))
    log.close()
    settings = tmp_path / "monitor.yaml"
    settings.write_text("monitor: {exit_status: 17, min_decisions: 5, permutations: 1000}")
    day = datetime.now(UTC).date()
    period = ("--since", str(day - timedelta(days=1)), "--until", str(day + timedelta(days=2)))
    status, out, _ = run("monitor", "--bundle", bundle_folder, *period, "--store", url, "--config", settings)
    assert status == 17
    assert "in training" in out


def test_monitor_wants_a_period(run: Run, bundle_folder: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/log.db"
    args = (
        "monitor",
        "--bundle",
        bundle_folder,
        "--since",
        "2026-08-01",
        "--until",
        "2026-08-01",
        "--store",
        url,
    )
    status, _, err = run(*args)
    assert status == 2
    assert "is empty" in err
