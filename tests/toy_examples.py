"""A toy world whose right answer is known: examples as the training makes them, and the truth beside them.

Reach, engagements, conversions, rating, fee and acceptance are documented functions of a few pair features with
interactions, log-normal and Poisson noise; the marketer who chose prefers the famous. Everything else is decoys.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tastemaker.features import PAIR_FEATURES
from tastemaker.forecasting import KPI_COLUMNS

NOISE = 0.35


@dataclass(frozen=True)
class Toy:
    """``examples``: a row per considered pair. ``truth``, row by row: p_accept, cost, fee, reach ... and value."""

    examples: pd.DataFrame
    truth: pd.DataFrame

    def split(self, share: float = 0.7) -> tuple[Toy, Toy]:
        """Earlier and later campaigns."""
        order = self.examples["made_at"].rank(method="dense", pct=True) <= share
        parts = [
            Toy(self.examples[m].reset_index(drop=True), self.truth[m].reset_index(drop=True))
            for m in (order, ~order)
        ]
        return parts[0], parts[1]


def toy(campaigns: int = 300, considered: int = 25, chosen: int = 8, seed: int = 0) -> Toy:
    rng = np.random.default_rng(seed)
    n = campaigns * considered
    campaign = np.repeat(np.arange(campaigns), considered)
    pairs = _features(rng, n, campaign, campaigns)
    truth = _truth(pairs)
    keep = _chosen(rng, pairs, campaign, chosen)
    agreed = np.where(keep, (rng.random(n) < truth["p_accept"]).astype(float), np.nan)
    done = agreed == 1.0
    made = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(campaign * 12, unit="h")
    fee = truth["fee"] * _lognormal(rng, n, 0.2)
    examples = pairs.assign(
        decision_id=[f"d{c:05d}" for c in campaign],
        campaign_id=[f"c{c:05d}" for c in campaign],
        creator_id=[f"k{i:06d}" for i in rng.permutation(n)],
        account_id=[f"a{i:06d}" for i in range(n)],
        made_at=made,
        chosen=keep,
        p_chosen=np.nan,
        agreed=agreed,
        quoted=np.where(keep, fee, np.nan),
        cost=np.where(done, fee + 20.0, np.nan),
        reach=np.where(done, np.round(truth["reach"] * _lognormal(rng, n, NOISE)), np.nan),
        engagements=np.where(done, rng.poisson(truth["engagements"] * _lognormal(rng, n, NOISE)), np.nan),
        clicks=np.nan,
        conversions=np.where(done, rng.poisson(truth["conversions"] * _lognormal(rng, n, NOISE)), np.nan),
        content_rating=np.where(
            done, np.clip(truth["content_rating"] + 0.4 * rng.normal(size=n), 1.0, 5.0), np.nan
        ),
    )
    return Toy(examples, truth)


def _features(rng: np.random.Generator, n: int, campaign: np.ndarray, campaigns: int) -> pd.DataFrame:
    frame = pd.DataFrame(rng.normal(size=(n, len(PAIR_FEATURES))), columns=list(PAIR_FEATURES))
    frame["objective"] = rng.integers(0, 4, campaigns)[campaign].astype(float)
    frame["platform"] = rng.integers(0, 3, n).astype(float)
    followers = np.exp(rng.normal(10.0, 1.3, n))
    frame["log_followers"] = np.log1p(followers)
    frame["content_similarity"] = rng.beta(2, 3, n)
    frame["audience_fit"] = rng.beta(5, 2, n)
    frame["engagement_rate"] = np.exp(rng.normal(-3.4, 0.6, n)) * (followers / 22_000) ** -0.15
    frame["authenticity"] = rng.beta(8, 2, n)
    frame["sponsored_share"] = rng.beta(1.5, 6, n)
    frame["log_budget"] = rng.normal(9.0, 0.7, campaigns)[campaign]
    frame["log_fee"] = np.log1p(30.0 + 0.012 * followers * np.exp(0.5 * rng.normal(size=n)))
    for name in ("audience_fit", "engagement_rate", "past_campaigns", "past_content_rating"):
        frame.loc[rng.random(n) < 0.1, f"{name}"] = np.nan
    return frame


def _truth(x: pd.DataFrame) -> pd.DataFrame:
    followers = np.expm1(x["log_followers"])
    fit = x["audience_fit"].fillna(0.7)
    rate = x["engagement_rate"].fillna(0.035)
    close = x["content_similarity"]
    fee = np.expm1(x["log_fee"]) * np.exp(0.25 * (x["platform"] == 1) - 0.2 * close)
    reach = followers * x["authenticity"] * 0.3 * np.exp(0.3 * (x["platform"] == 2) + 0.6 * fit)
    engagements = reach * rate * np.exp(1.2 * close - 1.5 * x["sponsored_share"])
    truth = pd.DataFrame(
        {
            "fee": fee,
            "p_accept": 1.0 / (1.0 + np.exp(-(-1.0 + 2.5 * close + 0.35 * (x["log_budget"] - 9.0)))),
            "reach": reach,
            "engagements": engagements,
            "conversions": engagements * 0.01 * np.exp(2.0 * fit * close),
            "content_rating": 2.0 + 2.0 * close,
        }
    )
    truth["cost"] = truth["fee"] + 20.0
    kpi = truth[list(KPI_COLUMNS)].to_numpy()[np.arange(len(x)), x["objective"].astype(int)]
    truth["kpi"] = kpi
    truth["value"] = truth["p_accept"] * kpi / truth["cost"]
    return truth


def _chosen(rng: np.random.Generator, x: pd.DataFrame, campaign: np.ndarray, chosen: int) -> np.ndarray:
    taste = 0.5 * x["log_followers"] + x["content_similarity"] + rng.gumbel(size=len(x))
    return (pd.Series(-taste).groupby(campaign).rank(method="first") <= chosen).to_numpy()


def _lognormal(rng: np.random.Generator, n: int, sigma: float) -> np.ndarray:
    """Noise with mean 1."""
    return np.exp(sigma * rng.normal(size=n) - sigma**2 / 2)


def mean_ndcg(values: np.ndarray, world: Toy, cutoff: int = 10) -> float:
    """NDCG over the decisions of ``world``, gains are the true values as they are."""
    scores = []
    for _, rows in world.examples.groupby("decision_id").indices.items():
        gains = world.truth["value"].to_numpy()[rows]
        discount = 1.0 / np.log2(np.arange(2, cutoff + 2))
        shown = gains[np.argsort(-values[rows], kind="stable")][:cutoff]
        scores.append(
            (shown * discount[: len(shown)]).sum() / (np.sort(gains)[::-1][:cutoff] * discount).sum()
        )
    return float(np.mean(scores))
