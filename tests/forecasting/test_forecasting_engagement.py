"""Next-period engagement on an invented panel whose process is known: a creator's level, a fading part, and noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tastemaker.errors import RankingError
from tastemaker.forecasting.conformal import Conformal
from tastemaker.forecasting.engagement import (
    EngagementForecast,
    Persistence,
    authentic_share,
    authentic_share_rounding,
    engagement,
)
from tastemaker.forecasting.engagement.clock import Clock
from tastemaker.forecasting.engagement.covariance import Covariance, fit_covariance
from tastemaker.forecasting.engagement.learned import bounded_fit, closeness, drift, trust, weighted_median
from tastemaker.forecasting.engagement.panel import Panel, month_number, read_panels, shown_error

MONTHS = ("2021-01", "2021-04", "2021-07", "2021-09", "2021-10")
TRUE = Covariance(between=0.8, forgotten=0.15, months=4.0, noise=0.04)


def invented_panel(
    n: int = 500, seed: int = 0, missing: float = 0.15, drift: float = 0.0, months: tuple[float, ...] = ()
) -> pd.DataFrame:
    """``n`` creators of one platform over MONTHS; ``drift``: what ln(engagement) of all gains in a month.

    ``months``: when the lists were really taken, where that is not what their labels say.
    """
    rng = np.random.default_rng(seed)
    months = np.array(months or [month_number(m) for m in MONTHS])
    lag = np.abs(months[:, None] - months)
    among = TRUE.between + TRUE.forgotten * np.exp(-lag / TRUE.months) + TRUE.noise * np.eye(len(months))
    value = 10.0 + rng.multivariate_normal(np.zeros(len(months)), among, n) + drift * (months - months[0])
    frame = pd.DataFrame(
        {
            "platform": "invented",
            "month": np.tile(MONTHS, n),
            "creator_id": np.repeat([f"c{i:04d}" for i in range(n)], len(months)),
            "followers": np.exp(rng.normal(12.0, 1.0, n * len(months))),
            "views": np.nan,
            "comments": np.exp(rng.normal(3.0, 1.0, n * len(months))),
            "engagement": np.exp(value).ravel(),
        }
    )
    return frame[rng.random(len(frame)) > missing]


def judged(panel: pd.DataFrame, month: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forecasts of ``month`` and of the baseline, joined to what came (column ``came``)."""
    before, then = panel[panel["month"] < month], panel[panel["month"] == month]
    came = then[["platform", "creator_id", "engagement"]].rename(columns={"engagement": "came"})
    said = [model.fit(before).predict(month) for model in (EngagementForecast(), Persistence())]
    return tuple(s.merge(came, on=["platform", "creator_id"]) for s in said)  # type: ignore[return-value]


def off(rows: pd.DataFrame) -> np.ndarray:
    return np.abs(np.log(rows["came"] / rows["median"])).to_numpy()


def test_it_errs_less_than_the_last_value_and_its_intervals_hold() -> None:
    model, persistence = judged(invented_panel(), MONTHS[-1])
    assert len(model) == len(persistence) > 300
    assert np.median(off(model)) < 0.95 * np.median(off(persistence))
    assert ((model["came"] >= model["low"]) & (model["came"] <= model["high"])).mean() == pytest.approx(
        0.8, abs=0.07
    )
    assert (model["low"] < model["median"]).all()
    assert (model["median"] < model["high"]).all()


def test_the_width_follows_the_months_to_be_bridged() -> None:
    panel = invented_panel()
    known = EngagementForecast().fit(panel[panel["month"] < MONTHS[-1]])
    width = []
    for month in ("2021-10", "2022-01", "2022-09"):
        said = known.predict(month)
        latest = said[said["gap"] == said["gap"].min()]
        width.append(float(np.median(np.log(latest["high"] / latest["low"]))))
    assert width[0] < 0.95 * width[1]
    assert width[1] < width[2]


def test_a_longer_absence_is_a_longer_gap() -> None:
    said = EngagementForecast().fit(invented_panel(missing=0.3)).predict("2021-12")
    width = np.log(said["high"] / said["low"])
    assert sorted(said["gap"].unique()) == [2, 3, 5, 8, 11]
    assert width[said["gap"] >= 8].median() > width[said["gap"] == 2].median()


def test_nothing_of_the_judged_month_or_after_is_told() -> None:
    panel = invented_panel(n=150)
    later = panel["month"] >= MONTHS[-2]
    changed = panel.assign(engagement=panel["engagement"].where(~later, panel["engagement"] * 100.0))
    first, second = (judged(p, MONTHS[-2])[0].drop(columns="came") for p in (panel, changed))
    pd.testing.assert_frame_equal(first, second)


def test_a_common_drift_is_followed_in_part() -> None:
    panel = invented_panel(drift=0.1)
    said = EngagementForecast().fit(panel).predict("2022-01")
    still = EngagementForecast().fit(invented_panel()).predict("2022-01")
    gain = np.log(said["median"] / said["last"]).median() - np.log(still["median"] / still["last"]).median()
    assert 0.1 < gain < 0.3


def test_the_covariance_is_found_again() -> None:
    panel = read_panels(invented_panel(n=1500, missing=0.0), "engagement", ())["invented"]
    found = fit_covariance(panel.value - panel.value.mean(axis=0), panel.months.astype(float), panel.coarse)
    times, growth = panel.months[:3].astype(float), []
    # The forecast from a single 1 among zeros is the weight of that reading.
    for at in (times[-1] + 1, times[-1] + 6):
        weight, left = found.forecast(np.eye(3), times, at, np.zeros((3, 3)))
        true_weight, true_left = TRUE.forecast(np.eye(3), times, at, np.zeros((3, 3)))
        np.testing.assert_allclose(weight, true_weight, atol=0.12)
        growth.append(left[0] / true_left[0])
    # Heavy tails are allowed for, so variances are smaller than a normal's; their growth with the gap is not.
    assert growth[1] == pytest.approx(growth[0], rel=0.2)


def test_forecasts_of_the_covariance_are_those_of_each_row_alone() -> None:
    seen = np.array([[0.3, np.nan, -0.1], [np.nan, np.nan, np.nan], [0.2, 0.1, np.nan]])
    times = np.array([0.0, 3.0, 6.0])
    coarse = np.array([[0.0, 0.0, 0.5], [0.0, 0.0, 0.0], [0.1, 0.0, 0.0]])
    mean, variance = TRUE.forecast(seen, times, 8.0, coarse)
    for row, values in enumerate(seen):
        known = np.isfinite(values)
        among = TRUE.between + TRUE.forgotten * np.exp(
            -np.abs(times[known][:, None] - times[known]) / TRUE.months
        )
        among = among + np.diag(TRUE.noise + coarse[row, known])
        to = TRUE.between + TRUE.forgotten * np.exp(-np.abs(times[known] - 8.0) / TRUE.months)
        total = TRUE.between + TRUE.forgotten + TRUE.noise
        assert mean[row] == pytest.approx(
            float(to @ np.linalg.inv(among) @ values[known]) if known.any() else 0.0
        )
        assert variance[row] == pytest.approx(
            total - float(to @ np.linalg.inv(among) @ to) if known.any() else total
        )


def test_a_fraction_stays_below_its_ceiling() -> None:
    panel = invented_panel(n=100)
    shares = panel.assign(engagement=np.minimum(1.0, panel["engagement"] / panel["engagement"].median()))
    said = EngagementForecast(ceiling=1.0).fit(shares).predict("2021-11")
    assert said["high"].max() == 1.0


def test_too_few_steps_are_an_abstention_from_bounds() -> None:
    panel = invented_panel(n=2, missing=0.0)
    said = EngagementForecast().fit(panel[panel["month"] < MONTHS[2]]).predict("2021-07")
    assert said["median"].notna().all()
    assert said[["low", "high"]].isna().all().all()


def test_persistence_is_the_last_value_within_its_past_changes() -> None:
    panel = invented_panel(n=50)
    said = Persistence().fit(panel).predict("2021-12")
    assert (said["median"] == said["last"]).all()
    last = panel.sort_values("month").groupby("creator_id")["engagement"].last()
    np.testing.assert_allclose(said.set_index("creator_id")["last"], last)
    assert np.log(said["high"] / said["last"]).nunique() < 50


def test_engagement_is_what_is_reported_or_counted_and_never_zero() -> None:
    rows = pd.DataFrame(
        {
            "eng_avg": [7.0, np.nan, np.nan, np.nan, 0.0],
            "eng_auth": [3.5, np.nan, np.nan, np.nan, 1.0],
            "likes": [np.nan, 5.0, 0.0, np.nan, np.nan],
            "comments": [np.nan, 2.0, 9.0, 4.0, np.nan],
            "shares": [np.nan, np.nan, np.nan, np.nan, np.nan],
        }
    )
    np.testing.assert_array_equal(engagement(rows), [7.0, 7.0, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(authentic_share(rows), [0.5, np.nan, np.nan, np.nan, np.nan])


def test_zero_is_unknown() -> None:
    panel = invented_panel(n=60)
    hidden = panel["creator_id"] == "c0001"
    with_zero = panel.assign(engagement=panel["engagement"].where(~hidden, 0.0))
    said = EngagementForecast().fit(with_zero).predict("2021-12")
    assert "c0001" not in set(said["creator_id"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.drop(columns="comments"), "comments is missing"),
        (lambda p: pd.concat([p, p.head(1)]), "stands twice in 2021-"),
        (lambda p: p.assign(month=p["month"] + "-01"), "month '2021-01-01' is none; expected YYYY-MM"),
        (lambda p: p[p["month"] == MONTHS[0]], "fewer than two months"),
        (lambda p: p.assign(engagement=np.nan), "no row has a known engagement"),
        (
            lambda p: p.assign(creator_id=p["creator_id"] + p["month"]),
            "no creator has a value in two of 5 months",
        ),
    ],
)
def test_a_panel_that_teaches_nothing_is_refused(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RankingError, match=message):
        EngagementForecast().fit(change(invented_panel(n=30)))


def test_a_month_that_is_known_already_is_refused() -> None:
    with pytest.raises(RankingError, match="ask for a later one"):
        EngagementForecast().fit(invented_panel(n=30)).predict(MONTHS[-1])


def test_weighted_offsets_are_the_plain_ones_where_all_weigh_the_same() -> None:
    y = np.random.default_rng(0).normal(size=99)
    zero = np.zeros(99)
    plain = Conformal.fit(y, zero, zero, zero, 0.8)
    even = Conformal.fit(y, zero, zero, zero, 0.8, np.ones(99))
    assert (even.low, even.high) == (plain.low, plain.high)
    near = Conformal.fit(y, zero, zero, zero, 0.8, np.where(np.abs(y) < 0.5, 50.0, 0.01))
    assert near.high < 0.5 < plain.high


def test_what_is_closest_in_length_weighs_most() -> None:
    weight = closeness(np.array([2.0, 3.0, 6.0]), 1, 0.3)
    assert weight[0] == 1.0
    assert weight[0] > weight[1] > weight[2]


def test_the_bounded_fit_ignores_large_errors() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 1))
    y = 2.0 * x[:, 0] + rng.normal(0.0, 0.1, 400)
    y[:100] += 30.0
    assert bounded_fit(x, y, np.ones(400))[0] == pytest.approx(2.0 / 1.2, abs=0.1)


def test_trust_is_the_part_that_comes_true() -> None:
    rng = np.random.default_rng(0)
    change = rng.normal(size=2000)
    for part in (0.0, 0.5, 1.0):
        came = part * change + rng.normal(0.0, 0.05, 2000)
        assert trust(change, came, np.ones(2000), np.arange(2000)) == pytest.approx(part, abs=0.13)
    assert trust(change[:0], change[:0], change[:0], change[:0]) == 1.0
    assert weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 5.0])) == 9.0


def test_a_gain_that_may_be_chance_is_not_believed() -> None:
    rng = np.random.default_rng(3)
    change, noise = rng.normal(0.0, 0.1, 12), rng.normal(0.0, 1.0, 12)
    believed = trust(change, change + noise, np.ones(12), np.arange(12))
    # The same steps many times over are no more creators, and make it no surer.
    again = [np.tile(x, 20) for x in (change, change + noise, np.ones(12), np.arange(12))]
    assert believed == trust(*again)
    assert trust(change, noise, np.ones(12), np.arange(12)) == 0.0


def with_growth(pace: tuple[float, ...], n: int = 200, spread: float = 0.005) -> Panel:
    """Followers that grow by ``pace`` (ln) from each of MONTHS to the next."""
    panel = read_panels(invented_panel(n=n, missing=0.0), "engagement", ("followers",))["invented"]
    rng = np.random.default_rng(0)
    grown = np.concatenate([[0.0], np.cumsum(pace)]) + np.cumsum(
        rng.normal(0.0, spread, (n, len(MONTHS))), axis=1
    )
    return replace(panel, signals={"followers": rng.normal(15.0, 1.0, n)[:, None] + grown})


def test_a_step_in_which_followers_hardly_moved_was_a_short_one() -> None:
    clock = Clock.of(with_growth((0.03, 0.03, 0.002, 0.01)))
    assert list(clock.times[:3]) == [0.0, 3.0, 6.0]
    assert clock.times[3] - clock.times[2] == pytest.approx(0.2, abs=0.15)
    assert clock.times[4] - clock.times[3] == pytest.approx(1.0, abs=0.3)
    assert clock.lag == pytest.approx(9.0 - clock.times[-1])
    assert clock.at(2.0) == pytest.approx(clock.times[-1] + 2.0 + 0.5 * clock.lag)


def test_a_list_catches_up_with_its_labels_and_never_passes_them() -> None:
    clock = Clock.of(with_growth((0.03, 0.001, 0.06, 0.01)))
    assert clock.times[2] < 3.5
    assert clock.times[4] <= 9.0
    assert clock.times[3] - clock.times[2] > 3.5


def test_labels_count_where_followers_tell_no_time() -> None:
    labels = [0.0, 3.0, 6.0, 8.0, 9.0]
    for panel in (
        with_growth((0.03, 0.02, 0.012, 0.01)),
        with_growth((0.0, 0.0, 0.0, 0.0)),
        with_growth((-0.03, -0.03, -0.03, -0.01)),
        replace(with_growth((0.03, 0.03, 0.002, 0.01)), signals={}),
    ):
        clock = Clock.of(panel)
        assert (list(clock.times), clock.lag) == (labels, 0.0)


def test_a_stale_list_teaches_no_narrow_forecast() -> None:
    """The last list was taken days after the one before it: how little it moved says nothing of a whole month."""
    panel = invented_panel(n=400, missing=0.0, months=(0.0, 3.0, 6.0, 6.2, 9.0))
    taken = panel["month"].map(dict(zip(MONTHS, (0.0, 3.0, 6.0, 6.2, 9.0), strict=True)))
    level = 15.0 + panel.groupby("creator_id").ngroup() % 7
    width, before = {}, panel["month"] < MONTHS[-1]
    for name, grown in (("told", np.exp(level + 0.01 * taken)), ("untold", np.exp(level))):
        made = EngagementForecast().fit(panel.assign(followers=grown)[before]).predict(MONTHS[-1])
        width[name] = float(np.median(np.log(made["high"] / made["low"])))
    assert width["told"] > 1.2 * width["untold"]


def test_shown_numbers_are_as_coarse_as_their_last_digit() -> None:
    found = shown_error(np.array([1_400_000.0, 12_300.0, 640.0, 0.0, np.nan, 1_000.0, 1e9]))
    steps = np.array([1e5, 100.0, 1.0, np.nan, np.nan, 100.0, 1e8])
    np.testing.assert_allclose(found, steps / np.array([1.4e6, 12_300, 640, 1, 1, 1_000, 1e9]) / np.sqrt(12))


def test_what_rounding_moves_is_not_taken_for_a_change() -> None:
    """Half of the creators are shown coarsely: they are drawn to their mean more, and their intervals are wider."""
    rng = np.random.default_rng(5)
    n, months = 400, MONTHS[:4]
    share = rng.uniform(0.4, 0.9, n)[:, None] * np.exp(rng.normal(0.0, 0.002, (n, 4)))
    average = np.where(np.arange(n) % 2 == 0, 1.3e6, 4.0e5)[:, None] * np.exp(rng.normal(0.0, 0.3, (n, 4)))
    step = np.where(average >= 1e6, 1e5, 100.0)
    shown = {"eng_avg": np.round(average / step) * step}
    auth_step = np.where(average * share >= 1e6, 1e5, 100.0)
    shown["eng_auth"] = np.round(average * share / auth_step) * auth_step
    frame = pd.DataFrame(
        {
            "platform": "invented",
            "month": np.tile(months, n),
            "creator_id": np.repeat([f"c{i:03d}" for i in range(n)], 4),
            **{name: table.ravel() for name, table in shown.items()},
        }
    )
    frame = frame.assign(
        authentic_share=authentic_share(frame), authentic_share_rounding=authentic_share_rounding(frame)
    )
    before = frame[frame["month"] < months[-1]]
    came = frame.loc[frame["month"] == months[-1]].set_index("creator_id")["authentic_share"]
    settings = {"value": "authentic_share", "signals": (), "ceiling": 1.0}
    error, width = {}, {}
    for rounding in (None, "authentic_share_rounding"):
        made = EngagementForecast(**settings, rounding=rounding).fit(before).predict(months[-1])
        made = made.set_index("creator_id")
        error[rounding] = float(np.log(came / made["median"]).abs().median())
        width[rounding] = np.log(made["high"] / made["low"])
    assert error["authentic_share_rounding"] < error[None]
    fine = (np.arange(n) % 2 == 1) & (average[:, :3].max(axis=1) < 1e6)
    wide = width["authentic_share_rounding"].to_numpy()
    assert np.median(wide[fine]) < 0.5 * np.median(wide[~fine])


def test_a_drift_is_the_median_of_the_steps_drawn_to_nothing() -> None:
    mean, stray = drift(np.array([0.3, 0.0, -0.2]), np.array([3.0, 3.0, 2.0]))
    assert (mean, stray) == (0.0, pytest.approx(np.sqrt((0.03 + 0.02) / 3)))
    assert drift(np.array([0.3]), np.array([3.0]))[0] == pytest.approx(0.1 / 3)
