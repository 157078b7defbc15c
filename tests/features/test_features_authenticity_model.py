"""The model of authenticity on invented evidence whose right answer is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tastemaker.errors import FeatureError
from tastemaker.features.authenticity import EVIDENCE, AuthenticityModel, FitSettings, shipped_model
from tastemaker.features.authenticity.evidence import FLAT, NAMES
from tastemaker.features.authenticity.fitting import bounded_logistic
from tastemaker.features.authenticity.model import BENDS

Standings = dict[str, np.ndarray]


def accounts(n: int = 1_500, seed: int = 0, **odd: float) -> tuple[Standings, np.ndarray]:
    """Standard scores of all evidence; the fifth that is not real lies so many spreads off in ``odd``."""
    rng = np.random.default_rng(seed)
    real = rng.random(n) < 0.8
    standings = {name: rng.normal(size=n) for name in NAMES}
    for name, by in odd.items():
        standings[name] = standings[name] + np.where(real, 0.0, by)
    standings["audience_credibility"] = np.full(n, np.nan)
    return standings, real


def unknown(n: int = 1, **known: float) -> Standings:
    return {name: np.full(n, known.get(name, np.nan)) for name in NAMES}


@pytest.fixture(scope="module")
def fitted() -> AuthenticityModel:
    return AuthenticityModel.fit(*accounts(growth_spike=3.0, response=-2.0))


def test_probability_is_calibrated_also_where_half_is_hidden(fitted: AuthenticityModel) -> None:
    standings, real = accounts(12_000, seed=1, growth_spike=3.0, response=-2.0)
    rng = np.random.default_rng(2)
    hidden = {name: np.where(rng.random(len(v)) < 0.5, np.nan, v) for name, v in standings.items()}
    for given in (standings, hidden):
        p = fitted.probability(given, 0.2)
        p, label = p[np.isfinite(p)], real[np.isfinite(p)]
        for part in np.array_split(np.argsort(p), 8):
            assert p[part].mean() == pytest.approx(label[part].mean(), abs=0.08)


def test_more_oddness_never_raises_the_probability() -> None:
    steps = np.linspace(-8.0, 8.0, 65)
    for name, way in FLAT:
        given = unknown(len(steps), growth_spike=0.0) | {name: steps}
        p = shipped_model().probability(given, 0.2)
        odd = steps * way > 0
        assert (np.diff(p[odd])[:: 1 if way > 0 else -1] * way <= 1e-12).all(), name


def test_unknown_evidence_contributes_nothing_and_the_base_rate_is_left(fitted: AuthenticityModel) -> None:
    assert (fitted.contributions(unknown()) == 0.0).all()
    assert np.isnan(fitted.probability(unknown(audience_language=0.0), 0.2)).all()
    calm = fitted.probability(unknown(response=0.0), 0.2)[0]
    assert 0.8 <= calm < 0.97
    sure = fitted.probability(unknown(response=0.0, growth_spike=0.0), 0.2)[0]
    assert calm < sure


def test_contributions_and_base_rate_sum_to_the_log_odds(fitted: AuthenticityModel) -> None:
    standings, _ = accounts(50, seed=3)
    parts = fitted.contributions(standings)
    assert parts.shape == (50, len(EVIDENCE))
    for base_rate in (0.05, 0.4):
        p = fitted.probability(standings, base_rate)
        expected = parts.sum(axis=1) + np.log((1 - base_rate) / base_rate)
        np.testing.assert_allclose(np.log(p / (1 - p)), expected, atol=1e-9)


def test_a_fraud_that_was_never_labelled_is_still_seen(fitted: AuthenticityModel) -> None:
    settings = FitSettings()
    bots = fitted.contributions(unknown(comment_delay=-BENDS[-1]))[0, NAMES.index("comment_delay")]
    widths = np.diff(BENDS)
    assert bots <= -(np.array(settings.floor) * widths).sum() + fitted.calm.max()
    most = fitted.contributions(unknown(growth_spike=99.0))[0, NAMES.index("growth_spike")]
    assert most >= -settings.cap - 1e-9


def test_the_same_accounts_are_flagged_whatever_the_base_rate(fitted: AuthenticityModel) -> None:
    standings, real = accounts(4_000, seed=4, growth_spike=3.0, response=-2.0)
    flagged = [fitted.probability(standings, rate) < fitted.threshold(rate) for rate in (0.02, 0.2, 0.6)]
    assert (flagged[0] == flagged[1]).all()
    assert (flagged[0] == flagged[2]).all()
    assert flagged[0][real].mean() < 0.05 < 0.5 < flagged[0][~real].mean()


def test_weights_come_back_from_their_file_and_the_shipped_ones_say_their_source(
    fitted: AuthenticityModel, tmp_path: Path
) -> None:
    fitted.save(tmp_path / "w.json")
    again = AuthenticityModel.load(tmp_path / "w.json")
    standings, _ = accounts(40, seed=5)
    np.testing.assert_array_equal(again.probability(standings, 0.2), fitted.probability(standings, 0.2))
    assert again.threshold(0.2) == fitted.threshold(0.2)
    assert "simulated" in shipped_model().about["source"]
    assert (shipped_model().slopes >= 0).all()


def test_what_can_not_be_used_is_refused_by_name(fitted: AuthenticityModel, tmp_path: Path) -> None:
    standings, real = accounts(30)
    with pytest.raises(FeatureError, match="accounts of both kinds"):
        AuthenticityModel.fit(standings, np.ones(30, dtype=bool))
    with pytest.raises(FeatureError, match="response is missing"):
        fitted.contributions({k: v for k, v in standings.items() if k != "response"})
    with pytest.raises(FeatureError, match="base rate of 1"):
        fitted.probability(standings, 1.0)
    with pytest.raises(FeatureError, match=r"none\.json"):
        AuthenticityModel.load(tmp_path / "none.json")
    fitted.save(tmp_path / "w.json")
    text = json.loads((tmp_path / "w.json").read_text(encoding="utf-8"))
    text["calm"]["response"] = -1.0
    (tmp_path / "w.json").write_text(json.dumps(text), encoding="utf-8")
    with pytest.raises(FeatureError, match="below 0"):
        AuthenticityModel.load(tmp_path / "w.json")
    assert len(real) == 30


def test_bounds_hold_and_inside_them_the_slope_of_the_loss_vanishes() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(800, 3))
    y = rng.random(800) < 1 / (1 + np.exp(-(x @ np.array([1.0, -1.0, 0.3]))))
    low, high, start = np.zeros(3), np.array([0.5, 2.0, 2.0]), np.zeros(3)
    w = bounded_logistic(x, y, 0.0, low, high, 1e-3, start)
    slope = x.T @ (1 / (1 + np.exp(-(x @ w))) - y) / 800 + 1e-3 * w
    assert w[0] == pytest.approx(0.5)
    assert w[1] == pytest.approx(0.0)
    assert slope[0] < 0 < slope[1]
    assert slope[2] == pytest.approx(0.0, abs=1e-5)
