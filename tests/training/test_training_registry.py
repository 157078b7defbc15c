"""A real MLflow on SQLite, shared by the tests of this file: making its database takes seconds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tastemaker.config import Config, digest
from tastemaker.errors import TrainingError
from tastemaker.evaluation import Estimate
from tastemaker.training import CHALLENGER, CHAMPION, GateResult, Registry, Verdict

BETTER = GateResult(True, Estimate(0.02, 0.01, 0.03), "better, surely")
WORSE = GateResult(False, Estimate(-0.02, -0.03, -0.01), "worse by 0.02")


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'deep' / 'mlflow.db'}"


@pytest.fixture(scope="module")
def client(uri: str) -> Any:
    from mlflow.tracking import MlflowClient

    Registry(uri, "warm-up", "nothing").champion()
    return MlflowClient(uri, uri)


def bundle(folder: Path, words: str = "flumen") -> Path:
    (folder / "ranker").mkdir(parents=True)
    (folder / "ranker" / "ranker.json").write_text(words, encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"digest": "ab" * 32}), encoding="utf-8")
    return folder


def log(registry: Registry, folder: Path, **options: Any) -> str:
    metrics = {"ndcg10.value": 0.5, "unmeasured": float("nan")}
    return registry.log_run(Config(), "d" * 64, metrics, bundle=folder, **options)


def test_a_run_holds_configuration_digests_metrics_pictures_and_bundle(
    uri: str, client: Any, tmp_path: Path
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "cutoffs.png").write_bytes(b"picture")
    run_id = log(Registry(uri, "runs", "runs"), bundle(tmp_path / "b"), pictures=pictures, name="first")
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "first"
    assert run.data.params["promotion.ndcg_margin"] == "-0.005"
    assert len(run.data.params) == sum(len(keys) for keys in Config().model_dump().values())
    assert run.data.tags["config_digest"] == digest(Config())
    assert run.data.tags["data_digest"] == "d" * 64
    assert run.data.metrics == {"ndcg10.value": 0.5}
    assert {a.path for a in client.list_artifacts(run_id)} == {"bundle", "pictures", "config.json"}
    assert not list(Path(client.download_artifacts(run_id, "", str(tmp_path))).rglob("*.pkl"))


def test_better_becomes_champion_and_worse_challenger_with_the_reason(
    uri: str, client: Any, tmp_path: Path
) -> None:
    registry = Registry(uri, "gate", "gated")
    assert registry.champion() is None
    first = registry.register(log(registry, bundle(tmp_path / "1", "one")), tmp_path / "1")
    assert registry.promote(first, GateResult(True, None, "first version")) == CHAMPION
    champion = registry.champion()
    assert champion is not None
    assert (champion.version, (champion.bundle / "ranker" / "ranker.json").read_text()) == (first, "one")

    second = registry.register(log(registry, bundle(tmp_path / "2", "two")), tmp_path / "2")
    assert registry.promote(second, WORSE) == CHALLENGER
    assert registry.champion() == champion
    held = client.get_model_version_by_alias("gated", CHALLENGER)
    assert (str(held.version), held.description) == (second, "worse by 0.02")
    assert held.tags["gate"] == CHALLENGER
    assert held.tags["gate_reason"] == "worse by 0.02"
    assert json.loads(held.tags["gate_difference"]) == {"value": -0.02, "ci95": [-0.03, -0.01]}
    assert held.tags["bundle"] == "ab" * 8

    third = registry.register(log(registry, bundle(tmp_path / "3", "three")), tmp_path / "3")
    assert registry.promote(third, BETTER) == CHAMPION
    now = registry.champion()
    assert now is not None
    assert (now.version, (now.bundle / "ranker" / "ranker.json").read_text()) == (third, "three")
    assert str(client.get_model_version_by_alias("gated", CHALLENGER).version) == second


def test_a_version_has_one_alias_at_a_time(uri: str, client: Any, tmp_path: Path) -> None:
    registry = Registry(uri, "turns", "turned")
    version = registry.register(log(registry, bundle(tmp_path / "b")), tmp_path / "b")
    registry.promote(version, WORSE)
    registry.promote(version, BETTER)
    assert list(client.get_registered_model("turned").aliases) == [CHAMPION]
    registry.promote(version, WORSE)
    assert list(client.get_registered_model("turned").aliases) == [CHAMPION]  # a refusal dethrones nobody


def test_a_second_registry_sees_what_the_first_wrote(uri: str, tmp_path: Path) -> None:
    first = Registry(uri, "again", "seen", artifacts=tmp_path / "elsewhere")
    version = first.register(log(first, bundle(tmp_path / "b")), tmp_path / "b")
    first.promote(version, BETTER)
    champion = Registry(uri, "again", "seen").champion()
    assert champion is not None
    assert champion.bundle.is_relative_to(tmp_path / "elsewhere")


def test_a_run_that_breaks_half_way_is_marked_as_failed(uri: str, client: Any, tmp_path: Path) -> None:
    registry = Registry(uri, "broken", "broken")
    folder = bundle(tmp_path / "b")
    with pytest.raises(TrainingError, match="no such metric"):
        registry.log_run(Config(), "d", {"no such metric?": 1.0}, bundle=folder)
    with pytest.raises(TrainingError, match="not-there is not a bundle"):
        log(registry, tmp_path / "not-there")  # refused before anything is written
    experiment = client.get_experiment_by_name("broken").experiment_id
    assert [r.info.status for r in client.search_runs([experiment])] == ["FAILED"]


def test_what_the_registry_refuses_is_said_in_our_words(uri: str, client: Any, tmp_path: Path) -> None:
    registry = Registry(uri, "refused", "refused")
    run_id = log(registry, bundle(tmp_path / "b"))
    with pytest.raises(TrainingError, match=r"MLflow at sqlite.*refused"):
        registry.promote("9", BETTER)
    (tmp_path / "b" / "manifest.json").unlink()
    with pytest.raises(TrainingError, match=r"manifest\.json: no manifest"):
        registry.register(run_id, tmp_path / "b")
    empty = client.create_run(client.get_experiment_by_name("refused").experiment_id).info.run_id
    with pytest.raises(TrainingError, match="holds no bundle"):
        registry.register(empty, bundle(tmp_path / "c"))


def test_a_champion_whose_bundle_is_gone_is_named(uri: str, tmp_path: Path) -> None:
    registry = Registry(uri, "gone", "gone", artifacts=tmp_path / "store")
    version = registry.register(log(registry, bundle(tmp_path / "b")), tmp_path / "b")
    registry.promote(version, BETTER)
    (tmp_path / "store").rename(tmp_path / "moved")
    with pytest.raises(TrainingError, match="the bundle of version 1 of 'gone' is not there"):
        registry.champion()


def three(uri: str, folder: Path, name: str) -> Registry:
    """A registry whose champions were 1, 2 and 3."""
    registry = Registry(uri, name, name)
    for number in "123":
        version = registry.register(log(registry, bundle(folder / number, number)), folder / number)
        registry.challenge(version)
        registry.promote(version, BETTER)
    return registry


def test_rollback_goes_back_step_by_step_and_records_why(uri: str, client: Any, tmp_path: Path) -> None:
    registry = three(uri, tmp_path, "back")
    assert registry.aliases() == {CHAMPION: "3"}
    assert registry.former().version == "2"
    assert registry.rollback("it shows nobody under 10,000").version == "2"
    gone = client.get_model_version("back", "3").tags
    assert gone["rolled_back_reason"] == "it shows nobody under 10,000"
    assert registry.rollback("again").version == "1"
    assert registry.aliases() == {CHAMPION: "1"}
    with pytest.raises(TrainingError, match="nothing to roll back to: version 1 is the first champion"):
        registry.rollback("once more")
    registry.promote("3", BETTER.force("mended"))
    assert "rolled_back_reason" not in registry.tags("3")
    assert registry.tags("3")["gate_forced"] == "mended"
    assert registry.rollback("no, it was not").version == "1"


def test_rollback_passes_over_a_deleted_version_and_counts_an_alias_set_by_hand(
    uri: str, client: Any, tmp_path: Path
) -> None:
    registry = three(uri, tmp_path, "holes")
    client.delete_model_version("holes", "2")
    assert registry.former().version == "1"
    fourth = registry.register(log(registry, bundle(tmp_path / "4")), tmp_path / "4")
    client.set_registered_model_alias("holes", CHAMPION, fourth)
    assert registry.rollback("set by hand").version == "3"


def test_rollback_to_a_bundle_that_is_gone_changes_nothing(uri: str, tmp_path: Path) -> None:
    registry = three(uri, tmp_path, "lost")
    registry.find("2").bundle.rename(tmp_path / "moved")
    with pytest.raises(TrainingError, match="the bundle of version 2 of 'lost' is not there"):
        registry.rollback("bad")
    assert registry.aliases() == {CHAMPION: "3"}


def test_a_version_is_found_by_number_and_alias_and_the_rest_is_listed(uri: str, tmp_path: Path) -> None:
    registry = three(uri, tmp_path, "found")
    assert registry.find("champion") == registry.find("3")
    assert registry.numbers() == ["1", "2", "3"]
    with pytest.raises(
        TrainingError, match=r"'9' is no version .* versions 1, 2, 3 and aliases champion \(3\)"
    ):
        registry.find("9")


def test_verdicts_are_kept_and_those_of_another_judgement_forgotten(uri: str, tmp_path: Path) -> None:
    registry = three(uri, tmp_path, "kept")
    told = GateResult(False, None, "no", (Verdict("size", "fails", 0.9, 0.5, "too big"),))
    registry.promote("1", told)
    assert json.loads(registry.tags("1")["gate_verdicts"])[0]["reason"] == "too big"
    registry.promote("1", WORSE)
    assert "gate_verdicts" not in registry.tags("1")


def test_a_bundle_that_was_rolled_back_is_known_under_a_new_number(uri: str, tmp_path: Path) -> None:
    registry = three(uri, tmp_path, "anew")
    folder = bundle(tmp_path / "4")
    (folder / "manifest.json").write_text(json.dumps({"digest": "cd" * 32}), encoding="utf-8")
    fourth = registry.register(log(registry, folder), folder)
    registry.promote(fourth, BETTER)
    registry.rollback("too slow on Fridays")
    fifth = registry.register(log(registry, folder), folder)
    for version in (fourth, fifth):
        told = registry.taken_out(version)
        assert told is not None
        assert told.endswith("too slow on Fridays")
    assert registry.taken_out("3") is None
