"""Experiment 0003, off-policy part: its marketer is the simulation's, its truths are true, its report is whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import ope_choices
import ope_known
import ope_world
import pandas as pd
import pytest

from tastemaker.config import Simulation
from tastemaker.evaluation.off_policy import policy_value
from tastemaker.simulation.marketer import CHOSEN, coins

WORLD = Simulation(creators=400, brands=15, campaigns=40, seed=7)
REAL = Path(__file__).parents[3] / "shared" / "data" / "logged_choices"


@pytest.fixture(scope="module")
def pools() -> ope_world.Pools:
    return ope_world.pools_of(WORLD, 40)


def test_coins_of_many_decisions_are_those_of_the_marketer() -> None:
    rng = np.random.default_rng(0)
    utility, rows = rng.normal(size=(5, 30)), rng.random((5, 30)) < 0.7
    many = ope_world.coins_of(utility, rows, CHOSEN, low=0.02, high=0.9)
    for p, u, mine in zip(many, utility, rows, strict=True):
        assert p[mine] == pytest.approx(coins(u[mine], CHOSEN, low=0.02, high=0.9), abs=2e-6)


def test_choices_come_as_often_as_their_propensities_say(pools: ope_world.Pools) -> None:
    brief = np.zeros(3_000, dtype=np.int64)
    shown, p_shown, chosen, p_chosen = ope_world.marketer_coins(pools, brief, np.random.default_rng(1))
    assert shown.mean(axis=0) == pytest.approx(p_shown.mean(axis=0), abs=0.03)
    assert chosen.mean(axis=0) == pytest.approx((shown * p_chosen).mean(axis=0), abs=0.03)
    assert not (chosen & ~shown).any()


@pytest.mark.parametrize("name", ["shortlist", "single"])
def test_truth_is_what_many_decisions_bring(pools: ope_world.Pools, name: str) -> None:
    design = getattr(ope_known, name)(pools, 200)
    drawn = [design.draw(np.random.default_rng(seed)) for seed in range(15)]
    found = [policy_value(d.log, d.policies["content"], method="ips") for d in drawn]
    values = [e.estimate.value for e in found if e.estimable]
    assert np.mean(values) == pytest.approx(
        design.truth["content"], abs=4 * np.std(values) / np.sqrt(len(values))
    )


def test_report_of_the_known_truth_is_whole() -> None:
    report = ope_known.known_truth(3, 120, Simulation(creators=1_000, brands=15, campaigns=20, seed=7))
    assert report["repetitions"] == 3
    assert set(report["interval_hits"]) == {"ips", "snips", "dm", "dr", "switch-dr"}
    assert all(0 <= hits <= 3 for row in report["interval_hits"].values() for hits in row.values())
    json.dumps(report, allow_nan=False)


def invented(folder: Path, n: int = 1_000) -> Path:
    rng = np.random.default_rng(0)
    skewed = rng.dirichlet(np.full(80, 2.0))
    for name, p in (("uniform", np.full(80, 1 / 80)), ("thompson", skewed)):
        item = rng.choice(80, n, p=p)
        pd.DataFrame(
            {
                "timestamp": [f"{name}{i}" for i in range(n)],
                "item_id": item,
                "position": rng.integers(1, 4, n),
                "click": (rng.random(n) < 0.3).astype(int),
                "propensity_score": p[item],
            }
        ).to_parquet(folder / f"{name}.parquet")
    return folder


def test_either_log_estimates_the_other(tmp_path: Path) -> None:
    report = ope_choices.logged_choices(invented(tmp_path))
    json.dumps(report, allow_nan=False)
    for name in ("thompson_from_uniform", "uniform_from_thompson"):
        low, high = report[name]["all"]["dr"]["ci95"]
        assert low < 0.3 < high


@pytest.mark.data
@pytest.mark.skipif(not REAL.is_dir(), reason="the public evaluation data is not beside this checkout")
def test_real_logs_hold_the_mean_on_policy() -> None:
    report = ope_choices.logged_choices(REAL)
    for name in ("thompson", "uniform"):
        other = {"thompson": "uniform", "uniform": "thompson"}[name]
        low, high = report[f"{name}_from_{other}"]["all"]["dr"]["ci95"]
        assert low < report["on_policy"][name]["all"]["value"] < high
