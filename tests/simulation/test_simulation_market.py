"""Decisions, offers, outcomes and the truth: exact propensities, calibrated expectations, honest dials."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_tables import Tables, make

from tastemaker.schema import Brief
from tastemaker.simulation.marketer import coins
from tastemaker.simulation.outcomes import matured
from tastemaker.simulation.response import Situation, respond

KEYS = ["campaign_id", "creator_id"]


def truth(world: Tables) -> pd.DataFrame:
    return pd.read_parquet(world.folder / "truth" / "expected.parquet")


def final(world: Tables) -> pd.DataFrame:
    """Outcomes at their 30-day reading, lines added up, with the truth beside them."""
    outcomes = world["outcomes"].copy()
    counts = outcomes.groupby([*KEYS, "deliverable"]).observed_at.transform("size")
    outcomes = (
        outcomes[counts == 3].sort_values("observed_at").groupby([*KEYS, "deliverable"]).last().reset_index()
    )
    outcomes["engagements"] = outcomes[["likes", "comments", "shares", "saves"]].sum(axis=1)
    sums = outcomes.groupby(KEYS)[["reach", "impressions", "engagements", "clicks", "conversions"]].sum()
    rating = outcomes.groupby(KEYS)[["content_rating"]].mean()
    return sums.join(rating).reset_index().merge(truth(world), on=KEYS, suffixes=("", "_true"))


def test_market_propensities_are_calibrated(world: Tables) -> None:
    items = world["decision_items"]
    assert items.p_chosen.between(0.02, 0.9).all()
    spread = np.sqrt((items.p_chosen * (1 - items.p_chosen)).sum())
    assert abs(items.chosen.sum() - items.p_chosen.sum()) < 4 * spread
    for _, part in items.groupby(pd.qcut(items.p_chosen, 5, duplicates="drop")):
        sd = np.sqrt((part.p_chosen * (1 - part.p_chosen)).sum())
        assert abs(part.chosen.sum() - part.p_chosen.sum()) < 4.5 * sd


def test_market_shown_are_eligible_and_as_many_as_expected(world: Tables) -> None:
    items = world["decision_items"].merge(world["decisions"], on="decision_id")
    assert len(items.merge(truth(world)[KEYS], on=KEYS)) == len(items)
    shown = items.groupby("decision_id").size()
    assert 40 < shown.mean() < 50
    assert 6 < items.groupby("decision_id").chosen.sum().mean() < 10
    assert (items.groupby("decision_id").position.max() == shown).all()


def test_market_offers_follow_choices_and_acceptance_is_calibrated(world: Tables) -> None:
    items = world["decision_items"]
    offers = world["offers"].merge(items[items.chosen], on=["decision_id", "creator_id"])
    assert len(offers) == len(world["offers"]) == items.chosen.sum()
    offers = offers.merge(world["decisions"][["decision_id", "campaign_id"]], on="decision_id").merge(
        truth(world), on=KEYS
    )
    sd = np.sqrt((offers.p_accept * (1 - offers.p_accept)).sum())
    assert abs(offers.agreed.sum() - offers.p_accept.sum()) < 4 * sd
    ratio = np.log(offers.asked / offers.quoted)
    assert ratio[offers.agreed].mean() > ratio[~offers.agreed].mean(), "better offers are accepted more often"
    assert offers.reason_x[~offers.agreed].notna().all()


def test_market_outcomes_scatter_around_the_truth(world: Tables) -> None:
    done = final(world)
    assert len(done) > 300
    for name in ("reach", "engagements", "clicks", "conversions", "content_rating"):
        real, hoped = done[name], done[f"{name}_true"]
        error = (real - hoped) / hoped.mean()
        assert abs(error.mean()) < 4 * error.std() / np.sqrt(len(done)), name
        assert real.corr(hoped, method="spearman") > (0.5 if name == "conversions" else 0.6), name


def test_market_fees_spread_and_follow_the_truth(world: Tables) -> None:
    rates = world["fx_rates"].sort_values("observed_at").groupby("currency").usd.last()
    offers = world["offers"].merge(world["decisions"][["decision_id", "campaign_id"]], on="decision_id")
    offers["usd"] = offers.asked * offers.currency.map(rates)
    agreed = offers[offers.agreed].merge(truth(world), on=KEYS)
    scatter = np.log(agreed.usd / agreed.fee)
    assert 0.25 < scatter.std() < 0.6
    assert abs(agreed.usd.mean() / agreed.fee.mean() - 1) < 0.15
    assert set(offers.currency) == {"USD", "EUR", "GBP"}


def test_market_truth_is_complete_and_in_range(world: Tables) -> None:
    expected = truth(world)
    assert not expected.duplicated(KEYS).any()
    assert expected.notna().all().all()
    assert expected.p_accept.between(0, 1).all()
    assert expected.content_rating.between(1, 5).all()
    assert (expected.engagements <= expected.reach).all()
    assert (expected.conversions <= expected.clicks).all()
    owners = world["accounts"].set_index("account_id").creator_id
    assert (expected.account_id.map(owners) == expected.creator_id).all()
    share = expected.groupby("campaign_id").size() / len(world["creators"])
    assert 0.05 < share.median() < 0.3
    assert expected.campaign_id.nunique() == len(world["campaigns"])


def test_market_truth_keeps_the_briefs_filters(world: Tables) -> None:
    expected = truth(world)
    accounts = world["accounts"].set_index("account_id")
    creators = world["creators"].set_index("creator_id")
    for row in world["campaigns"].head(40).itertuples():
        brief = Brief.from_json(row.brief)
        mine = expected[expected.campaign_id == row.campaign_id]
        if brief.filters.platforms:
            assert accounts.platform[mine.account_id].isin(brief.filters.platforms).all()
        if brief.filters.countries:
            assert creators.country[mine.creator_id].isin(brief.filters.countries).all()
        if brief.filters.languages:
            wanted = set(brief.filters.languages)
            assert creators.languages[mine.creator_id].map(lambda own, w=wanted: bool(w & set(own))).all()
        if brief.filters.compensation:
            paid = set(brief.filters.compensation)
            assert creators.open_to[mine.creator_id].map(lambda own, p=paid: bool(p & set(own))).all()


def test_market_competitor_window_holds_in_the_truth(world: Tables) -> None:
    expected, brands = truth(world), world["brands"].set_index("brand_id")
    done = world["outcomes"].merge(world["campaigns"][["campaign_id", "brand_id"]], on="campaign_id")
    first = done.groupby(["creator_id", "brand_id", "campaign_id"]).observed_at.min().reset_index()
    made = world["decisions"].set_index("campaign_id").made_at
    checked = 0
    for row in world["campaigns"].itertuples():
        brief = Brief.from_json(row.brief)
        days = brief.filters.competitor_window_days
        if days is None:
            continue
        assert set(brief.brand.competitors) == set(brands.competitors[row.brand_id])
        until = made[row.campaign_id]
        # A first reading three to four days after the post: posts surely within the window.
        inside = first.observed_at.between(until - pd.Timedelta(days=days - 5), until)
        barred = set(first[inside & first.brand_id.isin(brief.brand.competitors)].creator_id)
        mine = set(expected[expected.campaign_id == row.campaign_id].creator_id)
        assert not barred & mine
        checked += len(barred)
    assert checked > 50


def test_market_oracle_beats_popularity_widely(world: Tables) -> None:
    kpi = {row.campaign_id: Brief.from_json(row.brief).kpi for row in world["campaigns"].itertuples()}
    size = world["account_snapshots"].sort_values("observed_at").groupby("account_id").followers.last()
    shares = []
    for campaign, pairs in truth(world).groupby("campaign_id"):
        value = (pairs.p_accept * pairs[kpi[campaign]] / (pairs.fee + pairs.product_cost)).to_numpy()
        popular = np.argsort(-pairs.account_id.map(size).to_numpy(), kind="stable")[:10]
        shares.append(value[popular].sum() / np.sort(value)[::-1][:10].sum())
    assert np.mean(shares) < 0.4


def spread(world: Tables) -> float:
    done = final(world)
    return float(np.log(done.reach / done.reach_true).std())


def pull(world: Tables) -> float:
    """How much larger the chosen are than all who were eligible, in log followers."""
    size = np.log(world["account_snapshots"].groupby("account_id").followers.median())
    pairs = truth(world).merge(world["decisions"][["decision_id", "campaign_id"]], on="campaign_id")
    pairs = pairs.merge(world["decision_items"], on=["decision_id", "creator_id"], how="left")
    pairs["size"] = pairs.account_id.map(size)
    pairs["size"] -= pairs.groupby("campaign_id")["size"].transform("mean")
    return float(pairs[pairs.chosen == True]["size"].mean())  # noqa: E712


@pytest.fixture(scope="module")
def dials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Tables]:
    size = {"creators": 400, "brands": 20, "campaigns": 60, "seed": 9}
    folder = tmp_path_factory.mktemp("dials")
    return {
        level: make(folder / level, noise=level, bias=level, **size) for level in ("low", "medium", "high")
    }


def test_market_noise_levels_widen_outcomes(dials: dict[str, Tables]) -> None:
    assert spread(dials["low"]) < 0.75 * spread(dials["medium"])
    assert spread(dials["medium"]) < 0.75 * spread(dials["high"])


def test_market_bias_levels_pull_towards_the_large(dials: dict[str, Tables]) -> None:
    assert pull(dials["low"]) + 0.15 < pull(dials["medium"])
    assert pull(dials["medium"]) + 0.15 < pull(dials["high"])


def test_market_dials_leave_the_catalogue_alone(dials: dict[str, Tables]) -> None:
    for name in ("creators", "accounts", "brands", "account_snapshots", "audiences"):
        low, high = (dials[level].folder / f"{name}.parquet" for level in ("low", "high"))
        assert Path(low).read_bytes() == Path(high).read_bytes(), name


def test_market_followers_of_a_community_overlap(world: Tables) -> None:
    rows = pd.read_parquet(world.folder / "truth" / "creators.parquet").set_index("account_id").follower_ids
    accounts = world["accounts"]
    group = accounts[
        (accounts.language == "en") & (accounts.category == accounts.category.mode()[0])
    ].account_id[:30]
    others = accounts[accounts.language == "de"].account_id[:30]
    near = [len(set(rows[a]) & set(rows[b])) for a in group for b in group if a < b]
    far = [len(set(rows[a]) & set(rows[b])) for a in group for b in others]
    assert np.mean(near) > 0
    assert np.mean(far) == 0
    assert rows.map(len).max() <= 200


def one(**changes: float) -> Situation:
    facts = {
        "followers": 2e4, "authentic": 1.8e4, "engagement": 0.03, "quality": 0.0, "match": 0.5, "overlap": 0.6,
        "fatigue": 0.1, "values": 0.5, "hidden": 0.0, "knows": 0, "choosy": 0, "price_factor": 0.0, "niche_fee": 1,
    } | changes  # fmt: skip
    arrays = {name: np.array([value]) for name, value in facts.items()}
    return Situation(**arrays, platform=np.array([0]), price=60.0, lines=(("reel", 1),))


@pytest.mark.parametrize(
    ("name", "better", "worse"),
    [
        ("match", 0.9, 0.1),
        ("overlap", 0.9, 0.3),
        ("fatigue", 0.0, 0.8),
        ("hidden", 1.0, -1.0),
        ("authentic", 18_000.0, 9_000.0),
    ],
)
def test_response_goes_the_documented_way(name: str, better: float, worse: float) -> None:
    up, down = respond(one(**{name: better})), respond(one(**{name: worse}))
    assert up.conversions[0] > down.conversions[0]
    assert up.engagements[0] > down.engagements[0]


def test_response_interacts_match_and_overlap() -> None:
    def gain(overlap: float) -> float:
        up, down = respond(one(match=0.9, overlap=overlap)), respond(one(match=0.1, overlap=overlap))
        return float(np.log(up.conversions[0] / down.conversions[0]))

    assert gain(0.9) > gain(0.4) + 0.3


def test_response_large_creators_reach_less_per_follower() -> None:
    small, large = respond(one(followers=1e4, authentic=9e3)), respond(one(followers=1e6, authentic=9e5))
    assert small.reach[0] / 9e3 > 3 * large.reach[0] / 9e5
    assert large.fee[0] > 20 * small.fee[0]


@settings(max_examples=60)
@given(
    st.lists(st.floats(-6, 6), min_size=1, max_size=200),
    st.floats(1, 50),
)
def test_coins_sum_to_what_was_asked(utility: list[float], total: float) -> None:
    chances = coins(np.array(utility), total, low=0.0, high=1.0)
    assert abs(chances.sum() - min(total, 0.7 * len(utility))) < 1e-3
    assert (np.argsort(np.argsort(chances, kind="stable")) >= 0).all()
    order = np.argsort(utility, kind="stable")
    assert (np.diff(chances[order]) >= 0).all(), "who is liked more is never less likely"


def test_readings_mature_to_the_whole() -> None:
    parts = [matured(age, 6.0) for age in (3.0, 14.0, 30.0)]
    assert 0.3 < parts[0] < parts[1] < parts[2] == 1.0
