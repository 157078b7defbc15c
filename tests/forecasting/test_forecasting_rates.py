"""Rates of small counts: against a planted world, against slow second versions, and where there is nothing to know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import gammaln
from scipy.stats import betabinom

from tastemaker.errors import RankingError
from tastemaker.forecasting import RateModel
from tastemaker.forecasting.rates.bordered import Bordered
from tastemaker.forecasting.rates.overdispersed import Chances, log_likelihood, slope_and_curvature

GROUPINGS = (("campaign",), ("age",), ("campaign", "age"))
SHAPE = 8.0


def planted(units: int, seed: int = 0) -> pd.DataFrame:
    """Ads of 6 campaigns x 5 ages with known effects on the log-odds; chances differ from ad to ad beyond them."""
    effects = np.random.default_rng(77)
    by_campaign, by_age = effects.normal(0, 0.8, 6), effects.normal(0, 0.4, 5)
    rng = np.random.default_rng(seed)
    campaign, age = rng.integers(0, 6, units), rng.integers(0, 5, units)
    mean = 1 / (1 + np.exp(6.0 - by_campaign[campaign] - by_age[age]))
    chance = rng.beta(SHAPE, SHAPE * (1 - mean) / mean)
    shown = np.exp(rng.uniform(3, 10, units)).astype(int)
    clicks = rng.binomial(shown, chance)
    return pd.DataFrame({"campaign": campaign, "age": age, "mean": mean, "shown": shown, "clicks": clicks})


@pytest.fixture(scope="module")
def model() -> RateModel:
    return RateModel(GROUPINGS).fit(planted(500), "clicks", "shown")


def loss(rate: np.ndarray, units: pd.DataFrame) -> float:
    k, n = units["clicks"].to_numpy(), units["shown"].to_numpy()
    return float(-(k * np.log(rate) + (n - k) * np.log1p(-rate)).sum() / n.sum())


def test_shrunk_rates_lie_nearer_to_new_units_than_global_and_unpooled_ones(model: RateModel) -> None:
    train, new = planted(500), planted(500, seed=1)
    sums = train.groupby(["campaign", "age"])[["clicks", "shown"]].sum()
    raw = (sums["clicks"] + 0.5) / (sums["shown"] + 1.0)
    unpooled = raw.reindex(pd.MultiIndex.from_frame(new[["campaign", "age"]])).to_numpy()
    everyone = np.full(len(new), train["clicks"].sum() / train["shown"].sum())
    shrunk = model.predict(new, new["shown"].to_numpy()).rate
    assert loss(shrunk, new) < loss(unpooled, new)
    assert loss(shrunk, new) < loss(everyone, new) - 1e-4
    assert np.abs(np.log(shrunk / new["mean"])).mean() < np.abs(np.log(unpooled / new["mean"])).mean()


def test_the_spread_between_units_is_found_and_intervals_hold_what_they_say(model: RateModel) -> None:
    assert SHAPE / 1.5 < model.shape_ < SHAPE * 1.5
    assert model.spreads_[0] > model.spreads_[2], (
        "the campaigns differ most, the cells hardly beyond their sum"
    )
    new = planted(800, seed=2)
    n = new["shown"].to_numpy(float)
    chances = model.chances(new, n)
    rng = np.random.default_rng(0)
    below, until = (chances.at_most(new["clicks"].to_numpy(float) - d, n) for d in (1, 0))
    place = below + rng.random(len(new)) * (until - below)
    assert 0.75 < ((place > 0.1) & (place < 0.9)).mean() < 0.85
    forecast = model.predict(new, n)
    inside = (forecast.low <= new["clicks"]) & (new["clicks"] <= forecast.high)
    assert inside.mean() > 0.78
    assert (forecast.low <= forecast.median).all()
    assert (forecast.median <= forecast.high).all()


def test_a_new_group_gets_the_common_rate_and_a_wider_interval(model: RateModel) -> None:
    units = pd.DataFrame({"campaign": [2, 99, None], "age": [1, 1, 1]})
    chances = model.chances(units)
    assert chances.variance[1] > chances.variance[0] + 0.5 * model.spreads_[0] ** 2
    assert chances.centre[1] == pytest.approx(chances.centre[2])
    wide = model.predict(units, np.full(3, 5_000.0))
    assert (wide.high - wide.low)[1] / wide.rate[1] > (wide.high - wide.low)[0] / wide.rate[0]


def test_few_exposures_move_an_estimate_little_and_many_move_it_far() -> None:
    def rate(ads: int, shown: int) -> float:
        own = pd.DataFrame({"campaign": [50] * ads, "shown": shown, "clicks": shown // 10})
        units = pd.concat([planted(200), own], ignore_index=True)
        model = RateModel([("campaign",)]).fit(units, "clicks", "shown")
        return float(model.chances(pd.DataFrame({"campaign": [50]})).mean()[0])

    assert rate(1, 10) < 0.5 * 0.1, "one click of ten: far from the tenth that it says"
    assert rate(40, 10_000) == pytest.approx(0.1, rel=0.1)


def test_no_success_at_all_is_a_small_rate_not_none() -> None:
    units = pd.DataFrame({"campaign": ["a", "a", "b"], "shown": [900, 0, 100], "clicks": [0, 0, 0]})
    rate = RateModel([("campaign",)]).fit(units, "clicks", "shown").chances(units).mean()
    assert ((rate > 0) & (rate < 0.1)).all()


def test_the_same_group_as_whole_number_and_as_float(model: RateModel) -> None:
    units = pd.DataFrame({"campaign": [1, 2], "age": [0, 3]})
    floats = units.astype(float)
    np.testing.assert_array_equal(model.chances(units).centre, model.chances(floats).centre)


def test_a_slope_in_the_exposures_is_found_and_wins_by_evidence() -> None:
    rng = np.random.default_rng(4)
    shown = np.exp(rng.uniform(4, 11, 300)).astype(int)
    clicks = rng.binomial(shown, 0.02 * (shown / 1_000) ** -0.5)
    units = pd.DataFrame({"campaign": rng.integers(0, 3, 300), "shown": shown, "clicks": clicks})
    flat, sloped = (
        RateModel([("campaign",)], exposure_slope=s).fit(units, "clicks", "shown") for s in (False, True)
    )
    assert sloped.evidence_ > flat.evidence_ + 10
    ask = pd.DataFrame({"campaign": [1, 1]})
    small, large = sloped.predict(ask, np.array([100.0, 10_000.0])).rate
    assert small / large == pytest.approx(10, rel=0.15)


def test_saved_and_loaded_says_the_same(model: RateModel, tmp_path: Path) -> None:
    model.save(tmp_path / "rates.json")
    loaded = RateModel.load(tmp_path / "rates.json")
    new = planted(20, seed=3)
    n = new["shown"].to_numpy(float)
    for name in ("rate", "low", "median", "high"):
        np.testing.assert_array_equal(
            getattr(model.predict(new, n), name), getattr(loaded.predict(new, n), name)
        )
    (tmp_path / "rates.json").write_text('{"format": 1, "groupings": []}')
    with pytest.raises(RankingError, match=r"rates\.json.*saved rate model"):
        RateModel.load(tmp_path / "rates.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clicks": [5, 1]}, "row 0: 5 clicks of 4 shown"),
        ({"clicks": [-1, 1]}, "row 0: clicks -1"),
        ({"shown": [4, 2.5]}, "row 1: shown 2.5"),
        ({"shown": [0, 0], "clicks": [0, 0]}, "none of 2 rows has shown"),
    ],
)
def test_counts_that_can_not_be_are_refused(change: dict[str, list[float]], message: str) -> None:
    units = pd.DataFrame({"campaign": ["a", "b"], "shown": [4, 4], "clicks": [1, 1]} | change)
    with pytest.raises(RankingError, match=message):
        RateModel([("campaign",)]).fit(units, "clicks", "shown")


def test_a_missing_column_and_odd_lengths_are_named(model: RateModel) -> None:
    with pytest.raises(RankingError, match="column age is missing"):
        model.chances(pd.DataFrame({"campaign": [1]}))
    with pytest.raises(RankingError, match="1 exposures for 2 units"):
        model.predict(planted(2), np.array([5.0]))


def test_likelihood_and_derivatives_match_the_library_and_differences() -> None:
    rng = np.random.default_rng(5)
    eta, n = rng.normal(-3, 1, 50), rng.integers(1, 900, 50).astype(float)
    k = np.floor(n * rng.random(50) * 0.2)
    p = 1 / (1 + np.exp(-eta))
    coefficient = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    known = betabinom.logpmf(k, n, SHAPE, SHAPE * (1 - p) / p) - coefficient
    np.testing.assert_allclose(log_likelihood(eta, k, n, SHAPE), known, atol=1e-8)
    step = 1e-4
    up, mid, down = (log_likelihood(eta + d, k, n, SHAPE) for d in (step, 0.0, -step))
    slope, curve = slope_and_curvature(eta, k, n, SHAPE)
    np.testing.assert_allclose(slope, (up - down) / (2 * step), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(-curve, (up - 2 * mid + down) / step**2, rtol=1e-2, atol=1e-3)


def test_quantiles_and_log_probability_match_a_large_sample() -> None:
    chances = Chances(np.array([-3.0]), np.array([0.25]), 5.0)
    rng = np.random.default_rng(6)
    mean = 1 / (1 + np.exp(-rng.normal(-3, 0.5, 200_000)))
    counts = rng.binomial(400, rng.beta(5.0, 5.0 * (1 - mean) / mean))
    n = np.array([400.0])
    low, high = chances.quantiles(n, (0.1, 0.9))[:, 0]
    assert (counts <= low).mean() == pytest.approx(0.1, abs=0.02)
    assert (counts <= high).mean() == pytest.approx(0.9, abs=0.02)
    assert chances.mean()[0] == pytest.approx(counts.mean() / 400, rel=0.01)
    ratio = np.exp(chances.log_probability(np.array([0.0]), n))[0]
    assert ratio == pytest.approx((counts == 0).mean(), rel=0.1)
    assert chances.at_most(np.array([-1.0]), n)[0] == 0.0
    assert chances.at_most(n, n)[0] == pytest.approx(1.0)


def test_bordered_matches_the_full_matrix() -> None:
    rng = np.random.default_rng(7)
    half = rng.normal(size=(3, 3))
    matrix = Bordered(half @ half.T + 20 * np.eye(3), rng.normal(size=(6, 3)), rng.uniform(2, 5, 6))
    full = np.block([[matrix.top, matrix.side.T], [matrix.side, np.diag(matrix.diagonal)]])
    right = rng.normal(size=9)
    np.testing.assert_allclose(matrix.solve(right), np.linalg.solve(full, right))
    assert matrix.log_determinant() == pytest.approx(np.linalg.slogdet(full)[1])
    rows, leaf = rng.normal(size=(4, 3)), np.array([0, 5, -1, 2])
    z = np.hstack([rows, (leaf[:, None] == np.arange(6)).astype(float)])
    np.testing.assert_allclose(matrix.variances(rows, leaf), (z * np.linalg.solve(full, z.T).T).sum(axis=1))
