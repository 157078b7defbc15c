"""Experiment 0002: its report on invented data, what it refuses, and the real data where they are."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from invented_signals import LATER, MONTHS, panel, write_accounts, write_panel
from scale_world import NOW as SCALE_NOW
from scale_world import write_world
from scipy import stats
from signal_accounts import choose, log_losses
from signal_panel import interval_score
from signal_settings import read_settings
from signal_tests import corrected_resampled_t, coverage_p, median_difference
from signal_voice import labelled_niches, labelled_voices

from tastemaker.config import Features
from tastemaker.encoders import load_encoder
from tastemaker.errors import ConfigError
from tastemaker.features import FeatureSnapshot, build_snapshots
from tastemaker.schema import SAFETY_CATEGORIES

RUN = Path(__file__).parents[2] / "experiments" / "0002-creator-signals" / "run.py"
SPEC = importlib.util.spec_from_file_location("creator_signals_run", RUN)
experiment = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(experiment)

REAL = Path(__file__).parents[3] / "shared" / "data"
APART = ("ablation", "authenticity_simulated", "niche", "voice")
"""Sections with tests of their own."""
QUICK = tuple(name for name in experiment.SECTIONS if name not in APART)
SIX = ("model_error", "persistence_error", "coverage80", "interval_score", "persistence_interval_score", "n")


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The experiment's settings with fewer folds."""
    path = tmp_path_factory.mktemp("settings") / "config.yaml"
    text = (experiment.HERE / "config.yaml").read_text(encoding="utf-8")
    text = text.replace("repeats: 10", "repeats: 1").replace("folds: 5", "folds: 3")
    text = text.replace("posts: [100000, 300000, 1000000, 3000000]", "posts: [300, 600]").replace(
        "dim: 512", "dim: 8"
    )
    text = text.replace("worlds: 3", "worlds: 1").replace("creators: 2000", "creators: 300")
    text = text.replace("campaigns: 800", "campaigns: 120")
    path.write_text(text.replace("bootstrap: 2000", "bootstrap: 200"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(data, holdout): the holdout's panel has the later month alone."""
    data, holdout = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("holdout")
    write_accounts(data, 300, seed=0)
    write_accounts(holdout, 150, seed=1)
    rows = panel()
    write_panel(data, rows[rows["month"] != LATER])
    write_panel(holdout, rows[rows["month"] == LATER])
    return data, holdout


def run(data: Path, out: Path, *more: str) -> dict:
    assert experiment.main(["--data", str(data), "--out", str(out), *more]) == 0
    return json.loads(out.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def report(folders: tuple[Path, Path], quick: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    out = tmp_path_factory.mktemp("report") / "signals.json"
    only = [word for name in QUICK for word in ("--only", name)]
    return run(folders[0], out, "--holdout", str(folders[1]), "--config", str(quick), *only)


def test_accounts_report_model_baseline_and_holdout(report: dict) -> None:
    found = report["fake_accounts"]
    for name in ("auc", "ece", "baseline_auc", "holdout_auc", "holdout_ece", "holdout_log_loss"):
        assert 0.0 <= found[name] <= 1.0
    assert found["auc"] > 0.95
    assert found["holdout_auc"] > 0.95
    assert found["chosen"] in found["candidates"]
    assert found["holdout_baseline_log_loss"] == pytest.approx(found["holdout_log_loss"], abs=0.2)
    assert sum(row["accounts"] for row in found["reliability"]) == 300
    assert sum(row["accounts"] for row in found["holdout_reliability"]) == 150


def test_panel_reports_each_platform_its_holdout_and_the_share(report: dict) -> None:
    found = report["engagement_panel"]
    assert set(found) == {"instagram", "tiktok"}
    for figures in (*found.values(), found["instagram"]["authentic_share"]):
        assert (figures["month"], figures["gap"]) == (MONTHS[-1], 2)
        assert (figures["holdout"]["month"], figures["holdout"]["gap"]) == (LATER, 1)
        for part in (figures, figures["holdout"]):
            assert all(np.isfinite(part[key]) for key in SIX)
            assert part["coverage80"] == pytest.approx(0.8, abs=0.12)
        assert figures["holdout"]["model_error"] < figures["holdout"]["persistence_error"]
        assert list(figures["earlier"]) == [MONTHS[2]]
        assert figures["next"]["taken"] == [0.0, 3.0, 6.0, 8.0]
        assert figures["next"]["width"] > 0.0
    assert "authentic_share" not in found["tiktok"]


def test_simulated_markets_report_rates_reach_and_fees(report: dict) -> None:
    rates, reach, fees = (report[f"{name}_simulated"] for name in ("engagement", "reach", "price"))
    assert rates["shrunk"] < rates["raw"]
    # Who has no posts behind the rate, but one that the source reports, is in no bin.
    assert 0 < sum(part["accounts"] for part in rates["by_posts"].values()) <= rates["accounts"]
    assert {"all", "reported", "views"} <= set(reach)
    assert reach["all"]["coverage80"] == pytest.approx(0.8, abs=0.15)
    for case in fees.values():
        for name in ("model", "line"):
            low, middle, high = case[name]["below"]
            assert low <= middle <= high
            assert case[name]["pinball"] > 0


def test_a_holdout_of_all_months_is_judged_as_one_of_the_last_alone(
    folders: tuple[Path, Path], report: dict, quick: Path, tmp_path: Path
) -> None:
    write_panel(tmp_path, panel())
    more = ("--holdout", str(tmp_path), "--config", str(quick), "--only", "engagement_panel")
    again = run(folders[0], tmp_path / "all.json", *more)
    assert list(again) == ["engagement_panel"]
    assert again == {"engagement_panel": report["engagement_panel"]}


def test_without_a_holdout_nothing_is_said_of_it(
    folders: tuple[Path, Path], quick: Path, tmp_path: Path
) -> None:
    found = run(folders[0], tmp_path / "r.json", "--config", str(quick), "--only", "engagement_panel")
    assert all(figures["holdout"] is None for figures in found["engagement_panel"].values())


def test_texts_report_the_held_out_half_by_category(tmp_path: Path) -> None:
    found = run(tmp_path, tmp_path / "texts.json", "--only", "safety", "--only", "disclosure")
    assert set(found["safety"]) == {*SAFETY_CATEGORIES, "all"}
    whole, paid = found["safety"]["all"], found["disclosure"]
    assert whole["n"] == sum(found["safety"][c]["n"] for c in SAFETY_CATEGORIES) == 129
    assert (round(whole["recall"], 2), round(whole["precision"], 2)) == (0.61, 0.92)
    weak = [c for c in SAFETY_CATEGORIES if found["safety"][c]["recall"] < 0.5]
    assert weak == ["conflict", "piracy", "hate"]
    assert (paid["precision"], round(paid["recall"], 2)) == (1.0, 0.87)
    assert round(paid["rounds"]["round 4"]["recall"], 2) == 0.63
    assert found["safety"]["all"]["tuning"]["n"] > whole["n"]


def test_scale_reports_time_and_memory_of_each_size(report: dict) -> None:
    small, large = report["scale"]
    assert [(row["posts"], row["creators"]) for row in (small, large)] == [(300, 8), (600, 18)]
    for row in (small, large):
        assert row["seconds"] > 0.0
        assert row["cpu_seconds"] > 0.0
        assert 50.0 < row["peak_mb"] < 2_000.0
    assert np.isfinite(large["exponent"])


def test_the_measured_catalogues_have_every_kind_of_signal(tmp_path: Path) -> None:
    """Else the measurement would leave work out."""
    write_world(tmp_path, 4_000, 8, 0)
    (path,) = build_snapshots(
        tmp_path / "buckets",
        tmp_path / "vectors",
        [SCALE_NOW],
        tmp_path / "out",
        Features(workers=1),
        anchors=tmp_path / "anchors.parquet",
    )
    table = FeatureSnapshot.load(path).table
    given = {"display_name", "verified", "available_from", "open_to", "owner_id", "languages"}
    empty = {name for name in table.column_names if table.column(name).null_count == len(table)}
    unsaid = {
        "past_conversion_rate",
        "past_on_time",
        "audience_credibility",
        "reported_response",
        "reported_fall",
        "audience_abroad",
    }
    assert empty <= given | unsaid | {f"odd_{name}" for name in unsaid}
    assert (table.column("safety_profanity").to_numpy(zero_copy_only=False) > 0).any()
    assert 0.02 < np.nanmean(table.column("sponsored_share").to_numpy(zero_copy_only=False)) < 0.2


def test_niche_and_voice_of_the_labelled_texts() -> None:
    encoder = load_encoder("multilingual")
    niches, voices = labelled_niches(encoder), labelled_voices(encoder)
    assert (niches["heldout"]["texts"], voices["heldout"]["texts"]) == (70, 37)
    assert round(niches["heldout"]["top1"], 2) == 0.84
    assert round(niches["heldout"]["precision"], 2) == 0.92
    assert round(voices["heldout"]["pairwise_agreement"], 2) == 1.0
    assert set(niches["languages"]) == {"de", "en", "es", "fr", "pt"}


@pytest.mark.slow
def test_niche_and_voice_of_the_simulated_marketplace(tmp_path: Path) -> None:
    found = run(tmp_path, tmp_path / "voice.json", "--only", "niche", "--only", "voice")
    assert found["niche"]["simulated"]["precision"] > 0.7
    assert found["voice"]["brands"]["pairwise_agreement"] > 0.7


def test_bad_input_is_one_message_and_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "r.json"
    assert experiment.main(["--data", str(tmp_path / "absent"), "--out", str(out)]) == 2
    assert "absent/fake_accounts/accounts.parquet: not there" in capsys.readouterr().err
    rows = panel(n=20)
    write_panel(tmp_path, rows[rows["month"] < MONTHS[2]])
    assert experiment.main(["--data", str(tmp_path), "--out", str(out), "--only", "engagement_panel"]) == 2
    assert "has 2 months; expected 3" in capsys.readouterr().err
    write_panel(tmp_path, rows.drop(columns="eng_avg"))
    assert experiment.main(["--data", str(tmp_path), "--out", str(out), "--only", "engagement_panel"]) == 2
    assert "has no column 'eng_avg'" in capsys.readouterr().err
    assert not out.exists()


def test_an_unknown_setting_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(
        (experiment.HERE / "config.yaml").read_text(encoding="utf-8") + "sed: 1\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError, match="sed"):
        read_settings(path)


def test_the_simplest_that_wins_is_chosen_and_the_baseline_where_none_does() -> None:
    settings = read_settings(experiment.HERE / "config.yaml")
    rng = np.random.default_rng(0)
    base = rng.exponential(0.2, (10, 200))
    order = rng.permutation(200)
    folds = [(np.empty(0), part) for _ in range(10) for part in np.array_split(order, 5)]
    won, lost = {"corrected_t": {"value": -0.1, "p": 0.001}}, {"corrected_t": {"value": -0.1, "p": 0.3}}
    losses = {
        "logistic": base,
        "plain": base - 0.1,
        "clever": base - 0.1 + rng.normal(-1e-4, 0.05, base.shape),
    }
    assert choose(losses, {"logistic": lost, "plain": won, "clever": won}, folds, settings) == "plain"
    assert choose(losses, {"logistic": lost, "plain": lost, "clever": won}, folds, settings) == "clever"
    assert choose(losses, {"logistic": lost, "plain": lost, "clever": lost}, folds, settings) == "logistic"


def test_the_corrected_t_test_is_the_published_formula() -> None:
    d = np.array([0.1, 0.3, -0.1, 0.2, 0.25])
    t = d.mean() / np.sqrt((1 / 5 + 1 / 4) * d.var(ddof=1))
    found = corrected_resampled_t(d, 0.25)
    assert found["p"] == pytest.approx(2 * stats.t.sf(t, 4))
    assert found["ci95"][0] < found["value"] < found["ci95"][1]


def test_scores_and_tests_of_the_panel() -> None:
    came, low, high = np.array([0.0, 2.0, -1.5]), np.full(3, -1.0), np.full(3, 1.0)
    np.testing.assert_allclose(interval_score(came, low, high), [2.0, 12.0, 7.0])
    assert coverage_p(np.array([True] * 80 + [False] * 20), 0.8) == pytest.approx(1.0)
    assert coverage_p(np.array([True] * 95 + [False] * 5), 0.8) < 0.001
    a = np.linspace(0.0, 1.0, 101)
    found = median_difference(a, a + 0.5, 200, 0)
    assert found["value"] == pytest.approx(-0.5)
    assert found["ci95"] == pytest.approx([-0.5, -0.5])


def test_log_loss_is_finite_where_a_model_was_sure_and_wrong() -> None:
    found = log_losses(np.array([True, False]), np.array([[0.0, 0.0]]))
    assert found[0, 0] == pytest.approx(-np.log(1e-6))
    assert found[0, 1] == pytest.approx(0.0, abs=1e-5)


@pytest.mark.data
@pytest.mark.skipif(
    not (REAL / "engagement_panel").is_dir(), reason="the public data are not beside the checkout"
)
def test_on_real_data(quick: Path, tmp_path: Path) -> None:
    found = run(REAL, tmp_path / "real.json", "--config", str(quick))
    accounts = found["fake_accounts"]
    assert accounts["candidates"]["curves"]["log_loss"] < accounts["baseline_log_loss"]
    assert accounts["auc"] > 0.97
    assert set(found["engagement_panel"]) == {"instagram", "tiktok", "youtube"}
    for platform, figures in found["engagement_panel"].items():
        assert figures["interval_score"] < figures["persistence_interval_score"]
        if platform != "instagram":
            assert figures["model_error"] < figures["persistence_error"]
