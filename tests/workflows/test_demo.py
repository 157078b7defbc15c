"""The whole offline order on a small marketplace."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tastemaker.bundle import verify_bundle
from tastemaker.config import Config
from tastemaker.workflows import Job, Workspace, build_all, run_demo


def copy_of(market: Path, target: Path) -> Path:
    return Path(shutil.copytree(market, target))


def test_second_run_computes_nothing(market: Path, market_config: Config) -> None:
    space = Workspace(market)
    run_demo(Job(space, market_config))
    assert space.timings == {}


def test_no_stage_before_the_judge_reads_the_truth(
    market: Path, market_config: Config, tmp_path: Path
) -> None:
    """Without its truth the same marketplace gives the same bundle, byte for byte."""
    source = Path(
        shutil.copytree(market / "marketplace", tmp_path / "raw", ignore=shutil.ignore_patterns("truth"))
    )
    space = Workspace(tmp_path / "space")
    shutil.copytree(market / "cache", space.path("cache"))
    bundle = build_all(Job(space, market_config), source)
    assert not space.path("evaluation").exists()
    assert verify_bundle(bundle).digest == verify_bundle(market / "bundle").digest


def test_the_learned_value_beats_what_needs_no_learning(market: Path) -> None:
    ndcg = json.loads((market / "evaluation" / "report.json").read_text())["ndcg"]
    assert ndcg["oracle"]["value"] == 1.0
    assert ndcg["value"]["value"] > max(ndcg[name]["value"] for name in ("content", "popularity", "random"))


def test_change_of_a_ranker_setting_leaves_features_alone(
    market: Path, market_config: Config, tmp_path: Path
) -> None:
    space = Workspace(copy_of(market, tmp_path / "space"))
    changed = market_config.model_copy(
        update={"ranking": market_config.ranking.model_copy(update={"ranker": "linear"})}
    )
    run_demo(Job(space, changed))
    assert set(space.timings) == {
        "models",
        "reference",
        "candidate",
        "run",
        "version",
        "evaluation",
        "promotion",
    }


def test_a_damaged_stage_is_computed_again(market: Path, market_config: Config, tmp_path: Path) -> None:
    space = Workspace(copy_of(market, tmp_path / "space"))
    victim = next(space.path("vectors").glob("*.parquet"))
    good = victim.read_bytes()
    victim.write_bytes(good[: len(good) // 2])
    run_demo(Job(space, market_config))
    assert set(space.timings) == {"vectors"}
    assert victim.read_bytes() == good


def test_lost_bundle_is_published_again(market: Path, market_config: Config, tmp_path: Path) -> None:
    space = Workspace(copy_of(market, tmp_path / "space"))
    shutil.rmtree(space.path("bundle"))
    assert verify_bundle(run_demo(Job(space, market_config)))


def test_lost_registry_is_filled_again(market: Path, market_config: Config, tmp_path: Path) -> None:
    space = Workspace(copy_of(market, tmp_path / "space"))
    space.path("mlflow.db").unlink()
    run_demo(Job(space, market_config))
    assert set(space.timings) == {"run", "version", "promotion"}


def test_catalogue_without_history_serves_by_content(
    market: Path, market_config: Config, tmp_path: Path
) -> None:
    source = tmp_path / "raw"
    source.mkdir()
    for name in ("creators", "accounts", "account_snapshots"):
        shutil.copy(market / "marketplace" / f"{name}.parquet", source)
    bundle = build_all(Job(Workspace(tmp_path / "space"), market_config), source)
    manifest = verify_bundle(bundle)
    assert manifest.ranker == "content"
    assert "without forecasts" in manifest.notes[0]


@pytest.mark.parametrize("name", ["promotion", "models"])
def test_records_are_json_a_person_can_read(market: Path, name: str) -> None:
    file = {"promotion": "promotion.json", "models": "report.json"}[name]
    assert json.loads((market / name / file).read_text())
