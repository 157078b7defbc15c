"""From a registered candidate to champion and back, on the small marketplace."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tastemaker.bundle import load_bundle, verify_bundle
from tastemaker.config import Config, load_config
from tastemaker.errors import BundleError, TrainingError
from tastemaker.training import CHALLENGER, CHAMPION, Registry, later_rows
from tastemaker.workflows import (
    Job,
    Trained,
    Workspace,
    build_all,
    compare_models,
    promote_version,
    rollback_champion,
    train_version,
)
from tastemaker.workflows.contenders import Contender, contestant
from tastemaker.workflows.indexing import made_by
from tastemaker.workflows.registering import registry

LENIENT = {"ndcg_margin": -1.0, "calibration_worsening": None, "latency_growth": None}


def changed(config: Config, section: str, **values: object) -> Config:
    return config.model_copy(update={section: getattr(config, section).model_copy(update=values)})


@pytest.fixture(scope="module")
def linear(market_config: Config) -> Config:
    return changed(market_config, "ranking", ranker="linear")


@pytest.fixture(scope="module")
def retrained(market: Path, linear: Config, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Trained]:
    """The market's workspace with a second version, of a linear ranker, that nobody has promoted."""
    root = tmp_path_factory.mktemp("retrained") / "space"
    shutil.copytree(market, root)
    return root, train_version(Job(Workspace(root), linear), market / "marketplace")


@pytest.fixture
def job(retrained: tuple[Path, Trained], market_config: Config, tmp_path: Path) -> Job:
    """A copy of it to change."""
    return Job(Workspace(Path(shutil.copytree(retrained[0], tmp_path / "space"))), market_config)


def lenient(job: Job) -> Job:
    return Job(job.workspace, changed(job.config, "promotion", **LENIENT))


def aliases(job: Job) -> dict[str, str]:
    return registry(job).aliases()


def served(job: Job) -> str:
    return verify_bundle(job.workspace.path("bundle")).digest


def test_training_registers_a_challenger_and_leaves_the_champion(
    retrained: tuple[Path, Trained], market: Path, linear: Config
) -> None:
    root, made = retrained
    job = Job(Workspace(root), linear)
    assert (made.version, made.champion) == ("2", "1")
    assert aliases(job) == {CHALLENGER: "2", CHAMPION: "1"}
    assert served(job) == verify_bundle(market / "bundle").digest
    again = train_version(job, market / "marketplace")
    assert again.version == "2"
    assert job.workspace.timings == {}


def test_a_bundle_says_when_its_training_ended(retrained: tuple[Path, Trained]) -> None:
    root, made = retrained
    told = json.loads((made.bundle / "reports" / "training.json").read_text())["trained_until"]
    until = Contender.read("b", made.bundle).trained_until
    assert until == pd.Timestamp(told)
    examples = pd.read_parquet(root / "examples" / "examples.parquet")
    later = later_rows(examples, until)
    held = json.loads(made.report.read_text())["holdout_campaigns"]
    assert set(later["campaign_id"]) == set(held)


def test_a_bundle_that_does_not_say_was_taught_by_all_it_knew(
    retrained: tuple[Path, Trained], tmp_path: Path
) -> None:
    bundle = load_bundle(retrained[1].bundle)
    silent = Contender("silent", tmp_path, bundle)
    assert silent.trained_until == pd.Timestamp(bundle.manifest.as_of)


def test_a_refused_version_changes_nothing_and_the_reason_is_kept(job: Job) -> None:
    before = served(job)
    strict = Job(job.workspace, changed(job.config, "promotion", ndcg_margin=0.5))
    told = promote_version(strict, "challenger")
    assert (told.version, told.former, told.promoted) == ("2", "1", False)
    assert "ndcg" in told.gate.failed
    assert aliases(job) == {CHALLENGER: "2", CHAMPION: "1"}
    assert served(job) == before
    tags = registry(job).tags("2")
    assert tags["gate"] == CHALLENGER
    assert tags["gate_reason"] == told.gate.reason
    verdicts = {v["rule"]: v["state"] for v in json.loads(tags["gate_verdicts"])}
    assert verdicts["ndcg"] == "fails"
    assert verdicts["off_policy"] == "not judged"  # 16 decisions are too few


def test_a_promoted_version_serves_and_a_rollback_brings_the_former_back(
    job: Job, market: Path, linear: Config
) -> None:
    first = served(job)
    told = promote_version(lenient(job), "2")
    assert told.promoted
    assert told.gate.forced is None
    assert aliases(job) == {CHAMPION: "2"}
    assert served(job) == verify_bundle(registry(job).find("2").bundle).digest != first
    again = promote_version(lenient(job), "2")
    assert again.promoted
    assert "already" in again.gate.reason

    back = rollback_champion(job, "it shows too few")
    assert (back.version, back.from_version) == ("1", "2")
    assert (aliases(job), served(job)) == ({CHAMPION: "1"}, first)
    with pytest.raises(TrainingError, match="nothing to roll back to"):
        rollback_champion(job)
    assert served(job) == first

    refused = promote_version(lenient(job), "2")
    assert refused.gate.failed == ("rolled_back",)
    assert "it shows too few" in refused.gate.reason
    build_all(Job(job.workspace, linear), market / "marketplace")  # a build takes nobody's rollback back
    assert aliases(job)[CHAMPION] == "1"
    record = json.loads((job.workspace.path("promotion") / "promotion.json").read_text())
    assert (record["version"], record["alias"]) == ("2", CHALLENGER)
    assert "rolled back" in record["reason"]
    forced = promote_version(job, "2", force="the fault is mended")
    assert forced.promoted
    assert registry(job).tags("2")["gate_forced"] == "the fault is mended"


def test_a_damaged_bundle_is_neither_promoted_nor_rolled_back_to(job: Job) -> None:
    promote_version(lenient(job), "2", force="to go on")
    before = served(job)
    folder = registry(job).find("1").bundle  # the market's own: put back below
    kept = (folder / "ranker" / "ranker.json").read_bytes()
    try:
        (folder / "ranker" / "ranker.json").write_text("{}")
        with pytest.raises(BundleError, match=r"ranker\.json"):
            rollback_champion(job)
        with pytest.raises(BundleError, match=r"ranker\.json"):
            promote_version(job, "1", force="whatever")
        assert (aliases(job)[CHAMPION], served(job)) == ("2", before)
    finally:
        (folder / "ranker" / "ranker.json").write_bytes(kept)


def test_a_comparison_is_filed_and_logged_and_changes_nothing(job: Job) -> None:
    before = aliases(job)
    found = compare_models(job, "champion", str(job.workspace.path("candidate") / "bundle"))
    told = found.comparison
    assert told.problems == ()
    assert told.backtest is not None
    assert told.campaigns == 18
    assert {part.facet for part in told.slices} >= {"platform", "size", "country", "brand", "creator"}
    assert told.exposure is not None
    assert told.exposure.by_size["first"].sum() == pytest.approx(1.0)
    assert told.latency is not None
    assert told.latency.first[0] > 0
    assert json.loads((found.folder / "report.json").read_text())["gate"]["passed"] == found.gate.passed
    assert aliases(job) == before
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{job.workspace.path('mlflow.db')}"
    client = MlflowClient(uri, uri)
    assert {a.path for a in client.list_artifacts(found.run_id)} == {"pictures", "report.html", "report.json"}
    run = client.get_run(found.run_id)
    assert run.data.metrics["ndcg10.difference"] == pytest.approx(told.backtest.difference.value)
    assert "size" not in run.data.tags["gate_failed"]


def test_an_unreadable_champion_shuts_the_gate_and_a_person_may_open_it(
    retrained: tuple[Path, Trained], job: Job, tmp_path: Path
) -> None:
    broken = Path(shutil.copytree(retrained[1].bundle, tmp_path / "broken"))
    (broken / "manifest.json").write_text("{")
    found = compare_models(job, str(broken), "2")
    assert found.comparison.backtest is None
    assert "manifest.json" in found.comparison.problems[0]
    assert "ndcg" in found.gate.failed
    assert "manifest.json" in found.page.read_text()


def test_a_bundle_made_with_other_features_is_judged_by_its_own(job: Job) -> None:
    """The same campaigns, each with the features that it was made with."""
    made = Contender.read("version 1", job.workspace.path("bundle"))
    assert made.bundle is not None
    other = changed(made.bundle.manifest.config, "features", history_step_days=200)
    assert made_by(other) != made_by(job.config)
    assert made_by(changed(job.config, "features", buckets=7)) == made_by(job.config)
    bundle = replace(made.bundle, manifest=made.bundle.manifest.model_copy(update={"config": other}))
    examples = pd.read_parquet(job.workspace.done("examples") / "examples.parquet")
    later = later_rows(examples, made.trained_until)
    own = contestant(job, replace(made, bundle=bundle), later)
    shared = contestant(job, made, later)
    assert shared.pairs is later
    assert own.pairs is not None
    assert len(own.pairs) == len(later)
    assert (own.pairs["creator_id"] == later["creator_id"]).all()
    known = own.pairs["objective"].notna()
    assert known.mean() > 0.5
    # Facts of an older snapshot: days since the last post are more than in the workspace's own.
    older = own.pairs.loc[known, "days_since_post"].mean()
    assert older > later.loc[known.to_numpy(), "days_since_post"].mean()


@pytest.mark.parametrize("name", ["9", "chalenger", "no/such/folder"])
def test_a_name_that_is_none_lists_what_there_is(job: Job, name: str) -> None:
    with pytest.raises(TrainingError, match=r"versions 1, 2.*champion"):
        compare_models(job, "champion", name)


def test_an_empty_workspace_says_what_to_run(tmp_path: Path) -> None:
    job = Job(Workspace(tmp_path), load_config())
    for act in (lambda: promote_version(job, "1"), lambda: rollback_champion(job)):
        with pytest.raises(TrainingError, match="tastemaker train SOURCE"):
            act()
    with pytest.raises(TrainingError, match="run the stage 'examples' first"):
        compare_models(job, "1", "2")
    assert isinstance(registry(job), Registry)
