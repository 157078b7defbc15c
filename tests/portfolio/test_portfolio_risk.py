"""Joint draws, their common parts, and the slider between mean and lower decile."""

from __future__ import annotations

import numpy as np
import pytest

from tastemaker.portfolio import (
    Constraints,
    Coverage,
    Outlook,
    SharedErrors,
    cautious,
    draw_joint,
    normal_scores,
    ratios,
    totals,
    utility,
)

LOW, MEDIAN, HIGH = (np.full(6, v) for v in (50.0, 100.0, 300.0))
PLATFORMS = np.array(["a", "a", "a", "b", "b", "b"])


def test_marginals_keep_median_and_interval() -> None:
    drawn = draw_joint(LOW, MEDIAN, HIGH, PLATFORMS, SharedErrors(0.3, 0.2), draws=20_000)
    assert np.quantile(drawn, [0.1, 0.5, 0.9], axis=0) == pytest.approx(
        np.stack([LOW, MEDIAN, HIGH]), rel=0.05
    )
    assert (drawn >= 0.0).all()


def test_common_parts_correlate_within_the_brief_and_more_within_the_platform() -> None:
    drawn = draw_joint(LOW, MEDIAN, HIGH, PLATFORMS, SharedErrors(0.3, 0.3), draws=20_000)
    correlation = np.corrcoef(normal_scores(drawn, LOW, MEDIAN, HIGH).T)
    assert correlation[0, 1] == pytest.approx(0.6, abs=0.04)
    assert correlation[0, 3] == pytest.approx(0.3, abs=0.04)


def test_fit_finds_the_common_parts() -> None:
    truth, rng = SharedErrors(0.3, 0.2), np.random.default_rng(0)
    scores, campaigns, platforms = [], [], []
    for campaign in range(400):
        drawn = draw_joint(LOW, MEDIAN, HIGH, PLATFORMS, truth, draws=1, seed=int(rng.integers(1 << 30)))
        scores.append(normal_scores(drawn[0], LOW, MEDIAN, HIGH))
        campaigns += [campaign] * 6
        platforms.append(PLATFORMS)
    fitted = SharedErrors.fit(np.concatenate(scores), campaigns, np.concatenate(platforms))
    assert fitted.brief == pytest.approx(0.3, abs=0.08)
    assert fitted.platform == pytest.approx(0.2, abs=0.08)
    assert fitted.pairs == 400 * 15


def test_few_pairs_leave_the_default() -> None:
    fitted = SharedErrors.fit(np.array([1.0, -1.0, np.nan]), ["c", "c", "c"], np.array(["a", "a", "a"]))
    assert (fitted.brief, fitted.platform, fitted.pairs) == (SharedErrors().brief, SharedErrors().platform, 1)


def test_the_total_is_wider_where_errors_are_shared_and_its_median_above_the_sum_of_medians() -> None:
    own, shared = (
        Outlook.of(draw_joint(LOW, MEDIAN, HIGH, PLATFORMS, errors, draws=8_000).sum(axis=1))
        for errors in (SharedErrors(0.0, 0.0), SharedErrors(0.5, 0.2))
    )
    assert shared.high - shared.low > 1.4 * (own.high - own.low)
    assert own.median > 1.1 * MEDIAN.sum()


def test_declining_keeps_the_mean_and_widens() -> None:
    drawn = draw_joint(LOW, MEDIAN, HIGH, PLATFORMS, SharedErrors(), draws=20_000)
    mean = drawn.mean(axis=0)
    sure, unsure = ratios(drawn, mean), ratios(drawn, mean, np.full(6, 0.5))
    assert unsure.mean() == pytest.approx(1.0, abs=0.02)
    assert unsure.std() > 1.3 * sure.std()


def test_unknown_spread_is_drawn_as_its_mean() -> None:
    drawn = draw_joint(LOW, MEDIAN, np.full(6, np.nan), PLATFORMS, SharedErrors(), draws=10)
    assert (ratios(drawn, np.full(6, 7.0)) == 1.0).all()


def test_a_cautious_buyer_takes_the_sure_one() -> None:
    """Option 0 brings a little more on average, and nothing in half of all cases."""
    coverage = Coverage.dense(np.diag([10.5, 10.0, 10.0]))
    constraints = Constraints(np.ones(3), budget=2.0, least=2, most=2)
    ratio = np.ones((1_000, 3))
    ratio[:, 0] = np.repeat([0.0, 2.0], 500)
    assert sorted(cautious(coverage, constraints, [0, 1], ratio, 0.0)) == [0, 1]
    chosen = cautious(coverage, constraints, [0, 1], ratio, 1.0)
    assert sorted(chosen) == [1, 2]
    for risk in (0.1, 0.5, 1.0):
        told = [
            utility(totals(coverage, rows, ratio), risk)
            for rows in ([0, 1], cautious(coverage, constraints, [0, 1], ratio, risk))
        ]
        assert told[1] >= told[0]


def test_caution_keeps_to_the_constraints() -> None:
    rng = np.random.default_rng(3)
    coverage = Coverage.dense(np.diag(rng.gamma(3.0, 1.0, 12)))
    constraints = Constraints(rng.gamma(3.0, 1.0, 12), budget=8.0, least=2, most=4)
    ratio = np.exp(rng.standard_normal((500, 12)) * rng.uniform(0.1, 1.5, 12))
    first = [int(np.argmin(constraints.cost)), int(np.argsort(constraints.cost)[1])]
    assert constraints.holds(cautious(coverage, constraints, first, ratio, 0.7))
