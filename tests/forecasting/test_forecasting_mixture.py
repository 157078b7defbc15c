"""The mixture of a head: terms, the linear model, what later campaigns choose, and the last fit on all rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tastemaker.forecasting import fitting
from tastemaker.forecasting.design import Design
from tastemaker.forecasting.fitting import Fitting
from tastemaker.forecasting.line import Link
from tastemaker.forecasting.linear import Kind, Linear
from tastemaker.forecasting.mixture import Mixture
from tastemaker.forecasting.rows import Rows
from tastemaker.forecasting.trees import Boosting
from tastemaker.schema.tables import PLATFORMS

COLUMNS = ("log_followers", "platform", "engagement_rate", "other")
BOOSTING = Boosting(rounds=32, learning_rate=0.1, leaves=7, min_leaf=10)


def features(n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = np.column_stack(
        [rng.normal(9, 1, n), rng.integers(0, 3, n), np.exp(rng.normal(-3, 1, n)), rng.normal(0, 1, n)]
    )
    x[rng.random(n) < 0.1, 2] = np.nan
    return x


def product(x: np.ndarray) -> np.ndarray:
    """A log mean that is linear in the terms."""
    rate = np.nan_to_num(np.log(x[:, 2]), nan=-3.0)
    return x[:, 0] - 5.0 + 0.8 * (rate + 3.0) + np.array([0.0, 0.5, -0.5])[x[:, 1].astype(int)]


def steps(x: np.ndarray) -> np.ndarray:
    """One that no straight line follows."""
    return 5.0 + 1.5 * ((x[:, 3] > -0.7) & (x[:, 3] < 0.7)) * (x[:, 0] > 9.0)


def rows(log_mean: np.ndarray, x: np.ndarray, seed: int = 1) -> Rows:
    noise = np.random.default_rng(seed).normal(0, 0.3, len(x))
    n = len(x)
    return Rows(
        x, np.exp(log_mean + noise), np.ones(n), np.arange(n) >= 0.8 * n, np.ones(n, bool), np.arange(n), n
    )


def test_terms_are_marks_logarithms_and_deviations() -> None:
    x = features(500)
    design = Design.fit(x, COLUMNS)
    terms = design.terms(x)
    last = 1 + len(PLATFORMS)
    assert terms.shape == (500, last + 2)
    np.testing.assert_array_equal(terms[:, 1:last].sum(axis=1), 1.0)
    known = np.isfinite(x[:, 2])
    np.testing.assert_array_equal(terms[~known, last], 0.0)
    twice = x.copy()
    twice[:, 2] *= 2.0
    step, high = (design.terms(twice) - terms)[known, last], x[known, 2] > 0.05
    np.testing.assert_allclose(step[high], np.log(2.0) / design.scales[2], rtol=0.25)
    assert np.abs(design.terms(x * 1e6)).max() == 5.0
    summed = [0.0, sum(range(1, last)), last, last + 1]
    np.testing.assert_array_equal(design.by_column(np.arange(last + 2.0)), summed)


@pytest.mark.parametrize("kind", ["amount", "count", "odds"])
def test_linear_finds_the_coefficients_of_its_own_kind(kind: Kind) -> None:
    x, rng = features(20_000), np.random.default_rng(2)
    line = 0.5 * (product(x) - product(x).mean())
    draw = {
        "amount": lambda: np.exp(line + rng.normal(0, 0.3, len(x))),
        "count": lambda: rng.poisson(np.exp(line)).astype(float),
        "odds": lambda: (rng.random(len(x)) < 1 / (1 + np.exp(-line))).astype(float),
    }[kind]
    fitted = Linear.fit(x, draw(), np.ones(len(x)), COLUMNS, kind, 1e-4)
    found = fitted.at(x)
    assert np.corrcoef(found, line)[0, 1] > 0.99
    assert abs(np.polyfit(line, found, 1)[0] - 1.0) < 0.1
    np.testing.assert_allclose(fitted.contributions(x).sum(axis=1), found, atol=1e-9)
    assert fitted.pull().argmin() == 3


def test_weights_count_like_repeated_rows() -> None:
    x = features(300)
    y = np.exp(product(x))
    weight = np.random.default_rng(3).integers(1, 4, 300).astype(float)
    design = Design.fit(x, COLUMNS)
    again = np.repeat(np.arange(300), weight.astype(int))
    for kind in ("amount", "count"):
        once = Linear.fit(x, y, weight, COLUMNS, kind, 0.1)
        often = fitting.Linear.fit(x[again], y[again], np.ones(len(again)), COLUMNS, kind, 0.1)
        scale = often.design.scales / design.scales
        assert np.abs(scale - 1.0).max() < 0.2
        assert np.corrcoef(once.at(x), often.at(x))[0, 1] > 0.999


@pytest.mark.parametrize(("truth", "more"), [(product, "linear"), (steps, "trees")])
def test_later_campaigns_say_how_much_of_either(truth: object, more: str) -> None:
    x = features(1500)
    found, _ = Fitting(COLUMNS, None, "log", BOOSTING).mixture(rows(truth(x), x))  # type: ignore[operator]
    assert (found.mix > 0.5) == (more == "linear")


def test_the_last_fit_hears_the_later_campaigns_too() -> None:
    x = features(1000)
    data = rows(product(x), x)
    later_only = np.where(data.later, x[:, 3], 0.0)
    moved = replace(data, y=data.y * np.exp(later_only))
    fits = [Fitting(COLUMNS, None, "log", BOOSTING).mixture(d)[0] for d in (data, moved)]
    pulls = [one.linear.pull()[3] for one in fits if one.linear is not None]
    assert pulls[1] > pulls[0] + 0.05


@pytest.mark.parametrize("link", ["log", "odds"])
def test_a_mixture_is_saved_whole_and_adds_up(link: Link, tmp_path: Path) -> None:
    x = features(600)
    data = rows(product(x), x)
    if link == "odds":
        data = replace(data, y=(data.y > np.median(data.y)).astype(float))
    made, _ = Fitting(COLUMNS, "log_followers", link, BOOSTING).mixture(data)
    again = Mixture.load(tmp_path, "head", made.save(tmp_path, "head"), COLUMNS)
    np.testing.assert_array_equal(again.at(x), made.at(x))
    np.testing.assert_allclose(made.contributions(x).sum(axis=1), made.at(x), atol=1e-9)
    shares = made.shares()
    assert shares is not None
    assert abs(shares.sum() - 1.0) < 1e-12


def test_one_answer_alone_needs_no_linear_model() -> None:
    x = features(200)
    data = replace(rows(product(x), x), y=np.ones(200))
    found, _ = Fitting(COLUMNS, None, "odds", BOOSTING).mixture(data)
    assert found.linear is None
    assert found.mix == 0.0
