"""Experiment 0002, simulated frauds: what is planted changes what it says, and the section reports what it promises."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from fraud_worlds import CONTAINS, HONEST, KINDS, OWN, fraud_world
from planted_frauds import CHANGED, PLANTED, plant
from signal_authenticity import authenticity_simulated, over_worlds
from signal_inputs import Inputs
from signal_settings import Settings, read_settings

from tastemaker.config import Simulation, Sources
from tastemaker.features.authenticity import shipped_model
from tastemaker.progress import silent
from tastemaker.simulation import simulate
from tastemaker.sources import ingest

CONFIG = Path(__file__).parents[2] / "experiments" / "0002-creator-signals" / "config.yaml"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return read_settings(CONFIG)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, str]]:
    """(untouched world, world with frauds planted, account -> kind)."""
    before, after = (tmp_path_factory.mktemp(name) for name in ("before", "after"))
    for folder in (before, after):
        simulate(Simulation(creators=150, brands=6, campaigns=6, seed=3), folder)
    truth = pq.read_table(after / "truth" / "creators.parquet").to_pandas()
    honest = truth.loc[truth["fraud"] == HONEST, "account_id"].to_numpy(dtype=object)
    return before, after, plant(after, honest, 0.1, seed=3)


def test_only_the_accounts_of_a_kind_are_changed(planted: tuple[Path, Path, dict[str, str]]) -> None:
    before, after, kinds = planted
    posts = pq.read_table(before / "posts.parquet").to_pydict()
    owner = dict(zip(posts["post_id"], posts["account_id"], strict=True))
    for name in CHANGED:
        old, new = (
            {repr(row): row for row in pq.read_table(folder / f"{name}.parquet").to_pylist()}
            for folder in (before, after)
        )
        touched = [old.get(key) or new[key] for key in old.keys() ^ new.keys()]
        assert {row.get("account_id") or owner[row["post_id"]] for row in touched} <= set(kinds), name
        assert touched or name == "posts"
    assert set(kinds.values()) == set(PLANTED)


def test_planted_tables_are_valid(planted: tuple[Path, Path, dict[str, str]], tmp_path: Path) -> None:
    report = ingest(planted[1], tmp_path / "checked", Sources())
    assert report.rejected == 0


def test_weights_were_learned_on_other_seeds_than_they_are_judged_on(settings: Settings) -> None:
    learned = shipped_model().about["seeds"]
    assert learned == list(settings.frauds.train_seeds)
    assert not set(learned) & set(settings.frauds.test_seeds)
    assert set(OWN) | set(PLANTED) == set(KINDS)
    assert {kind for kinds in CONTAINS.values() for kind in kinds} == set(KINDS)


def test_the_section_reports_frauds_found_and_honest_creators_left_alone(settings: Settings) -> None:
    found = authenticity_simulated(Inputs(Path(), None, settings, silent, quick=True))
    json.dumps(found, allow_nan=False)
    assert found["auc"]["value"] > 0.85
    assert found["unseen_fraud_auc"]["value"] > 0.75
    assert found["honest_flagged"]["value"] < 0.1
    assert set(found["by_kind"]) == set(KINDS)
    assert set(found["unseen_by_kind"]) == set(CONTAINS)
    for name in ("calibration", "calibration_half_hidden"):
        assert found[name]["ece"] < 0.08
        assert sum(row["accounts"] for row in found[name]["reliability"]) <= found["accounts"]


def test_a_world_is_the_same_again(settings: Settings) -> None:
    small = settings.frauds.model_copy(update={"creators": 80})
    first, again = fraud_world(9, small), fraud_world(9, small)
    assert (first.kind == again.kind).all()
    for name, values in first.standings.items():
        np.testing.assert_array_equal(values, again.standings[name])


def test_an_interval_needs_more_than_one_world() -> None:
    assert over_worlds([0.9])["ci95"] is None
    low, high = over_worlds([0.9, 0.92, 0.94])["ci95"]
    assert low < 0.92 < high
