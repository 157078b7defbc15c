from __future__ import annotations

import ast
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastemaker.errors import EvaluationError
from tastemaker.evaluation import judge, read_expected, true_gains

SRC = Path(__file__).parents[2] / "src" / "tastemaker"
OBJECTIVES = ("awareness", "engagement", "conversion", "content")
KPIS = ("reach", "engagements", "conversions", "content_rating")


def world(seed: int, campaigns: int = 4, most: int = 14) -> tuple[pd.DataFrame, dict[str, str]]:
    """A small truth: a random number of eligible creators a campaign, objectives in turn."""
    rng = np.random.default_rng(seed)
    rows = []
    for c in range(campaigns):
        for i in rng.permutation(most)[: rng.integers(1, most + 1)]:
            kpis = dict(zip(KPIS, rng.integers(0, 50, 4).astype(float), strict=True))
            rows.append(
                {
                    "campaign_id": f"c{c}",
                    "creator_id": f"p{i:02d}",
                    "p_accept": rng.random(),
                    "fee": rng.uniform(10, 90),
                    "product_cost": 5.0 + c,
                }
                | kpis
            )
    frame = pd.DataFrame(rows).sample(frac=1, random_state=seed, ignore_index=True)
    return frame, {f"c{c}": OBJECTIVES[c % 4] for c in range(campaigns)}


def slow_ndcg(
    truth: pd.DataFrame, scores: dict[tuple[str, str], float], campaign: str, kpi: str, k: int, per_fee: bool
) -> float:
    """One campaign with dictionaries and loops."""
    gains = {}
    for row in truth[truth["campaign_id"] == campaign].to_dict("records"):
        gains[row["creator_id"]] = (
            row["p_accept"] * row[kpi] / (row["fee"] + row["product_cost"] if per_fee else 1.0)
        )
    listed = set(gains) | {creator for c, creator in scores if c == campaign}
    order = sorted(listed, key=lambda creator: (-scores.get((campaign, creator), -math.inf), creator))

    def dcg(values: list[float]) -> float:
        return sum(v / math.log2(place + 1) for place, v in enumerate(values[:k], start=1))

    best = dcg(sorted(gains.values(), reverse=True))
    return dcg([gains.get(creator, 0.0) for creator in order]) / best if best > 0 else math.nan


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_judge_matches_counting_campaign_by_campaign(seed: int, k: int) -> None:
    """Few distinct scores (ties), some pairs unscored, one pair that is not eligible."""
    truth, objectives = world(seed)
    rng = np.random.default_rng(seed + 1)
    scores = truth[["campaign_id", "creator_id"]].copy()
    scores["toy"] = rng.integers(0, 4, len(scores)).astype(float)
    kept = scores.groupby("campaign_id").head(1).index.union(scores.sample(frac=0.7, random_state=seed).index)
    scores = scores.loc[kept]
    scores = pd.concat([scores, pd.DataFrame([{"campaign_id": "c0", "creator_id": "stray", "toy": 2.0}])])
    known = {(c, p): s for c, p, s in scores.itertuples(index=False)}
    judged = judge(scores, truth, objectives, cutoff=k, repetitions=10)
    for gain, per_fee in (("value", True), ("kpi", False)):
        assert judged[gain].strays == 1
        for campaign, objective in objectives.items():
            kpi = KPIS[OBJECTIVES.index(objective)]
            slow = slow_ndcg(truth, known, campaign, kpi, k, per_fee)
            assert judged[gain].per_campaign.loc[campaign, "toy"] == pytest.approx(slow, nan_ok=True)


def test_random_is_the_expectation_over_shuffles_and_the_oracle_is_one() -> None:
    truth, objectives = world(3, campaigns=2, most=8)
    rng = np.random.default_rng(0)
    shuffles = {f"s{i}": rng.random(len(truth)) for i in range(600)}
    scores = pd.concat([truth[["campaign_id", "creator_id"]], pd.DataFrame(shuffles)], axis=1)
    value = judge(scores, truth, objectives, cutoff=3, repetitions=10)["value"].per_campaign
    shuffled = value[list(shuffles)].mean(axis=1)
    assert value["random"].to_numpy() == pytest.approx(shuffled.to_numpy(), abs=0.03)
    assert (value["oracle"] == 1.0).all()


def test_a_better_order_reads_better_with_its_paired_difference() -> None:
    truth, objectives = world(5, campaigns=40)
    gains = true_gains(truth, objectives)["value"]
    noise = np.random.default_rng(2).normal(size=len(truth))
    scores = truth[["campaign_id", "creator_id"]].assign(good=gains, bad=noise)
    value = judge(scores, truth, objectives, repetitions=300)["value"]
    assert value.estimate("good").value == pytest.approx(1.0)
    assert value.difference("good", "bad").low > 0
    assert value.difference("bad", "good").high < 0
    report = json.loads(json.dumps(value.to_json()))
    assert set(report["rows"]) == {"good", "bad", "random", "oracle"}
    assert report["differences"]["good"]["oracle"]["value"] == pytest.approx(0.0)
    assert value.by_cutoff["bad"].shape == (50,)
    assert value.by_cutoff["bad"][9] == pytest.approx(value.estimate("bad").value)


def test_equal_scores_break_by_creator_id() -> None:
    truth, objectives = world(1, campaigns=1)
    flat = truth[["campaign_id", "creator_id"]].assign(flat=0.0)
    by_name = flat.assign(flat=-flat["creator_id"].rank())
    a, b = (judge(s, truth, objectives, repetitions=5)["value"].per_campaign["flat"] for s in (flat, by_name))
    assert a.equals(b)


def test_what_can_not_be_judged_is_named() -> None:
    truth, objectives = world(1)
    scores = truth[["campaign_id", "creator_id"]].assign(toy=0.0)
    cases = [
        (pd.concat([scores, scores.head(1)]), truth, objectives, "scores: creator .* stands twice"),
        (scores.head(1).assign(campaign_id="c9"), truth, objectives, "'c9' has no eligible pair"),
        (scores[["campaign_id", "creator_id"]], truth, objectives, "one column an order"),
        (scores, truth, objectives | {"c0": "fame"}, "objective 'fame'"),
        (scores, truth.assign(fee=0.0, product_cost=0.0), objectives, "a total cost is not above 0"),
    ]
    for bad_scores, bad_truth, bad_objectives, message in cases:
        with pytest.raises(EvaluationError, match=message):
            judge(bad_scores, bad_truth, bad_objectives)


def test_read_expected_names_the_missing_file(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"truth/expected\.parquet: not there"):
        read_expected(tmp_path)
    truth, _ = world(0)
    (tmp_path / "truth").mkdir()
    truth.to_parquet(tmp_path / "truth" / "expected.parquet")
    assert read_expected(tmp_path)["campaign_id"].tolist() == truth["campaign_id"].tolist()


def names_the_truth_folder(path: Path) -> bool:
    """A string constant, docstrings aside, that is or leads into the folder ``truth``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in docs]
    return any(isinstance(t, str) and "truth" in t.replace("\\", "/").split("/") for t in texts)


def test_no_room_that_computes_from_tables_knows_the_truth_folder() -> None:
    """Workflows and commands may name the folder, to keep it apart; whoever learns or serves may not."""
    free = {"simulation", "evaluation", "workflows", "cli"}
    knowing = {p.relative_to(SRC).parts[0] for p in SRC.rglob("*.py") if names_the_truth_folder(p)}
    assert "evaluation" in knowing
    assert knowing <= free


def test_a_truth_without_product_cost_divides_by_the_fee_alone() -> None:
    truth, objectives = world(2)
    gains = [
        true_gains(frame, objectives)["value"]
        for frame in (truth.drop(columns="product_cost"), truth.assign(product_cost=0.0))
    ]
    np.testing.assert_array_equal(*gains)
