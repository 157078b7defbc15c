"""Experiment 0003's report: how it adds up, and that the command makes it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from outcome_forecasts import coverage80, picks_report
from outcome_rankers import clipped_weights, learning_curve, ndcg10
from outcome_settings import read_settings

from tastemaker.errors import ConfigError

RUN = Path(__file__).parents[2] / "experiments/0003-outcome-ranking/run.py"
SPEC = importlib.util.spec_from_file_location("outcome_ranking_run", RUN)
assert SPEC is not None
assert SPEC.loader is not None
run = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(run)


def results(inside: np.ndarray, outcome: str = "reach") -> pd.DataFrame:
    n = len(inside)
    return pd.DataFrame(
        {
            "campaign": [f"c{i // 5}" for i in range(n)],
            "outcome": outcome,
            "platform": np.where(np.arange(n) % 2 == 0, "tiktok", "youtube"),
            "objective": 0,
            "inside": inside,
            "width": 1.0,
            "plain_inside": True,
            "plain_width": 2.0,
        }
    )


def test_coverage_names_the_groups_in_which_it_fails() -> None:
    inside = np.arange(500) % 5 != 0
    inside[1::2] &= np.arange(250) % 3 != 0  # on one platform every third of them too
    told = coverage80([results(inside)])
    assert told["overall"] == pytest.approx(inside.mean())
    assert told["groups"]["reach, platform tiktok"]["holds"]
    assert not told["groups"]["reach, platform youtube"]["holds"]
    assert told["groups_that_hold"] == 1
    assert told["width_ratio"] == 0.5


def test_campaigns_of_two_worlds_are_not_mixed_up_and_small_groups_stay_out() -> None:
    told = coverage80([results(np.ones(60, bool)), results(np.ones(60, bool))])
    assert told["campaigns"] == 24
    assert set(told["groups"]) == {"reach, objective 0"}


def test_weights_are_clipped_and_average_one_among_the_chosen() -> None:
    rows = pd.DataFrame(
        {"chosen": [True] * 10 + [False], "p_shown": 0.5, "p_chosen": [0.5] * 9 + [1e-6, 0.1]}
    )
    weight = clipped_weights(rows, 0.8)
    assert weight[:10].mean() == pytest.approx(1.0)
    np.testing.assert_allclose(weight[:10], 1.0)
    unknown = clipped_weights(rows.assign(p_chosen=np.nan), 0.8)
    np.testing.assert_array_equal(unknown, np.ones(11))


def test_gaps_are_paired_and_told_as_a_share_of_what_naive_leaves() -> None:
    rng = np.random.default_rng(0)
    naive = rng.uniform(0.5, 0.7, 40)
    table = pd.DataFrame({"naive": naive, "ips": naive, "dr": naive, "served": naive + 0.1, "oracle": 1.0})
    told = ndcg10([table.iloc[:20], table.iloc[20:]])
    assert told["over_naive"]["served"]["ci95"] == pytest.approx([0.1, 0.1])
    assert told["gap_closed"]["served"] == pytest.approx(0.1 / (1 - naive.mean()))
    assert told["gap_closed"]["ips"] == 0.0


def test_curves_and_promises_of_all_worlds_are_one() -> None:
    small, large = (pd.DataFrame({"naive": [a], "served": [a + 0.1]}) for a in (0.5, 0.6))
    curve = learning_curve([{50: small, 100: large}, {50: large}])
    assert [(p["campaigns"], p["naive"]["value"]) for p in curve] == [(50, 0.55), (100, 0.6)]
    picks = picks_report([{50: pd.DataFrame({"top_delivered": [0.9, 1.1]})}])
    assert picks[0]["lists"] == 2
    assert picks[0]["top_delivered"]["value"] == pytest.approx(1.0)


def test_settings_are_strict(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("worlds: {creators: 3}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine.yaml: worlds.brands"):
        read_settings(file)


def test_a_folder_that_is_not_there_is_said_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(["--out", str(tmp_path / "r.json"), "--data", str(tmp_path / "none")]) == 2
    assert "none: is no folder" in capsys.readouterr().err


@pytest.mark.slow
def test_the_quick_report_has_every_key(tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    assert run.main(["--quick", "--out", str(out), "--data", str(tmp_path)]) == 0
    told = json.loads(out.read_text(encoding="utf-8"))
    assert set(told) == set(run.SECTIONS)
    orders = {"oracle", "random", "popularity", "content", "naive", "ips", "dr", "served"}
    assert orders <= set(told["ndcg10"])
    assert {"campaigns", "naive", "served"} <= set(told["learning_curve"][0])
    assert {"overall", "groups", "width_ratio"} <= set(told["coverage80"])
    assert {"interval_hits", "repetitions", "logged_choices"} <= set(told["ope"])
    assert {"greedy", "explore", "oracle"} <= set(told["closed_loop"])
    assert {"caught", "planted", "false_alarms", "quiet_runs"} <= set(told["drift"])
    assert told["one_number"]["contradictions"] == 0
