"""The fee model against quotes whose law is known, and what a snapshot says of prices."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from features_world import World, days, row

from tastemaker.features.packages import WORK, parsed_lines
from tastemaker.features.price import LEVELS, fit_fees, gather_quotes, quotes, sample_quotes
from tastemaker.features.price.design import KINDS, Asked, one_of
from tastemaker.features.price.model import asked_by

BETWEEN, WITHIN = 0.5, 0.3


def law(table: dict[str, np.ndarray]) -> np.ndarray:
    """ln(fee): power 0.6 of the size, niche and country steps, reels dearer than the convention says."""
    level = (
        1.0 + 0.6 * table["log_size"] + 0.5 * (table["niche"] == "finance") - 0.4 * (table["country"] == "BR")
    )
    reel = np.log(WORK["reel"]) + 0.35
    return (
        level + np.where(table["n_reel"] > 0, reel, 0.0) + np.where(table["platform"] == "youtube", 0.7, 0.0)
    )


def world(creators: int, seed: int, several: int = 3) -> dict[str, np.ndarray]:
    """Quotes, ``several`` from each creator, of one post or one reel."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(creators), several)

    def drawn(values: list[str]) -> np.ndarray:
        return rng.choice(values, creators)[who]

    n = len(who)
    table = {
        "t": np.zeros(n, dtype=np.int32),
        "creator_id": np.array([f"c{i:05}" for i in who]),
        "draw": np.array([f"{(i * 2654435761) % 2**32:08x}" for i in who]),
        "at": rng.integers(0, 10**9, n),
        "platform": drawn(["instagram", "youtube"]),
        "niche": drawn(["finance", "food", ""]),
        "country": drawn(["US", "BR"]),
        "log_size": rng.normal(9.5, 1.3, creators)[who],
        "log_reach": np.full(n, np.nan),
        **{f"n_{kind}": np.zeros(n) for kind in KINDS},
    }
    reel = rng.random(n) < 0.5
    table["n_reel"], table["n_post"] = reel.astype(float), (~reel).astype(float)
    own = rng.normal(0, BETWEEN, creators)[who]
    return {**table, "own": own, "log_usd": law(table) + own + rng.normal(0, WITHIN, n)}


def as_table(rows: dict[str, np.ndarray]) -> pa.Table:
    return pa.table({name: values for name, values in rows.items() if name != "own"})


def test_the_model_finds_the_law_and_both_spreads() -> None:
    model = fit_fees(gather_quotes([as_table(world(1_500, 1))]))[0]
    later = world(400, 2, several=1)
    assert model.level(asked_by(as_table(later))) == pytest.approx(law(later), abs=0.12)
    assert (model.between, model.within) == (
        pytest.approx(BETWEEN, abs=0.05),
        pytest.approx(WITHIN, abs=0.03),
    )


def test_quantiles_hold_for_the_unquoted_and_narrow_for_the_quoted() -> None:
    model = fit_fees(gather_quotes([as_table(world(800, 3))]))[0]
    rows = world(2_000, 4, several=2)
    first, second = (as_table({k: v[i::2] for k, v in rows.items()}) for i in (0, 1))
    asked, came = asked_by(second), second.column("log_usd").to_numpy()
    plain = model.quantiles(asked)
    own = first.column("log_usd").to_numpy() - model.level(asked_by(first))
    told = model.quantiles(asked, own, np.ones(len(own)))
    for found in (plain, told):
        below = (came[:, None] < found).mean(axis=0)
        assert below == pytest.approx(LEVELS, abs=0.03)
    assert (told[:, 2] - told[:, 0]).mean() < 0.85 * (plain[:, 2] - plain[:, 0]).mean()
    assert np.abs(came - told[:, 1]).mean() < 0.85 * np.abs(came - plain[:, 1]).mean()


def test_quantiles_do_not_cross_and_unknown_platforms_have_none() -> None:
    model = fit_fees(gather_quotes([as_table(world(60, 5))]))[0]
    asked = Asked(["instagram", "twitch"], ["food", "food"], [None, "US"], np.array([8.0, 8.0]),
                  np.array([np.nan, -1.0]), one_of("post", 2))  # fmt: skip
    found = model.quantiles(asked, np.array([2.0, np.nan]), np.array([4.0, 0.0]))
    assert (np.diff(found[0]) > 0).all()
    assert np.isnan(found[1]).all()


def test_one_loud_quote_moves_little() -> None:
    rows = world(60, 6)
    loud = {**rows, "log_usd": np.where(np.arange(180) == 7, 25.0, rows["log_usd"])}
    asked = asked_by(as_table(world(50, 7, several=1)))
    plain, moved = (fit_fees(gather_quotes([as_table(r)]))[0].level(asked) for r in (rows, loud))
    assert np.abs(plain - moved).max() < 0.3


def test_few_quoted_creators_make_no_model() -> None:
    assert fit_fees(gather_quotes([as_table(world(7, 8, several=20))])) == {}


@pytest.mark.parametrize("most", [20_000, 50])
def test_the_model_does_not_hang_on_how_the_quotes_were_split(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotes, "MOST_QUOTES", most)
    table = as_table(world(100, 9))
    order = pa.array(np.random.default_rng(0).permutation(len(table)))
    cuts = [0, 3, 3, 150, len(table)]
    parts = [sample_quotes(table.take(order).slice(a, b - a)) for a, b in itertools.pairwise(cuts)]
    whole, again = gather_quotes([table]), gather_quotes(reversed(parts))
    told = [
        name for name in whole.column_names if name != "log_reach"
    ]  # unknown throughout, and NaN is not NaN
    assert again.select(told).equals(whole.select(told))
    assert len(whole) == min(2 * most, 300)
    a, b = fit_fees(whole)[0], fit_fees(again)[0]
    assert (a.terms == b.terms).all()
    assert (a.between, a.within, a.latest) == (b.between, b.within, b.latest)


@pytest.mark.parametrize(
    ("package", "lines"),
    [
        (None, {"post": 1.0}), ("nonsense", {"post": 1.0}), ('{"lines": []}', {"post": 1.0}),
        ('{"lines": [{"kind": "reel", "count": 2}, {"kind": "story"}]}', {"reel": 2.0, "story": 1.0}),
        ('{"lines": [{"kind": "song", "count": 3}]}', {"post": 3.0}),
    ],
)  # fmt: skip
def test_lines_of_a_package(package: str | None, lines: dict[str, float]) -> None:
    assert parsed_lines(package) == {**dict.fromkeys(WORK, 0.0), **lines}


def quoted_world() -> World:
    world = World()
    for i in range(24):
        size = 1_000 * 2 ** (i // 2)
        world.account(f"a{i:02}", f"c{i:02}").size(f"a{i:02}", size, 5)
        for j in range(2):
            asked = 2.0 * size**0.7 * np.exp(0.3 * (-1) ** (i + j) * (1 + i % 3))
            world.add("offers", decision_id=f"d{j}", creator_id=f"c{i:02}", at=days(9 + j), quoted=asked)
    return world.account("new", "zed").size("new", 50_000, 5)


def test_own_quotes_win_and_narrow_the_interval(tmp_path: Path) -> None:
    world = quoted_world().account("own", "yan").size("own", 50_000, 5)
    for j in range(4):
        world.add("offers", decision_id=f"e{j}", creator_id="yan", at=days(3 + j), quoted=9_000.0)
    snapshot = world.snapshot(tmp_path)
    new, own = row(snapshot, "new"), row(snapshot, "own")
    assert (new["fee_basis"], own["fee_basis"]) == ("peers", "quotes")
    assert (new["fee"], own["fee"]) == (pytest.approx(new["fee_expected"]), 9_000.0)
    assert new["fee_low"] < new["fee_expected"] < new["fee_high"]
    assert new["fee_expected"] < own["fee_expected"] < 9_000.0
    assert own["fee_high"] / own["fee_low"] < new["fee_high"] / new["fee_low"]
    assert new["fee_story"] < new["fee_expected"] < new["fee_video"]
    assert (new["price_as_of"], own["price_as_of"]) == (days(3), days(3))
    assert own["price_confidence"] > new["price_confidence"] > 0
    assert (new["fee_standing"], new["fee_far"]) == (None, None)
    assert own["fee_standing"] > 0


def test_a_quote_far_outside_is_flagged(tmp_path: Path) -> None:
    world = quoted_world()
    for name, asked in (("high", 400_000.0), ("fair", 3_900.0), ("low", 20.0)):
        world.account(name, name).size(name, 50_000, 5)
        world.add("offers", decision_id="e", creator_id=name, at=days(3), quoted=asked)
    snapshot = world.snapshot(tmp_path)
    assert {name: row(snapshot, name)["fee_far"] for name in ("high", "fair", "low")} == {
        "high": True,
        "fair": False,
        "low": True,
    }
    assert row(snapshot, "high")["fee_standing"] > 2.5 > -2.5 > row(snapshot, "low")["fee_standing"]


def test_cost_per_expected_engagement(tmp_path: Path) -> None:
    world = World()
    for i in range(6):
        world.account(f"a{i}", f"c{i}").size(f"a{i}", 1_000, 50)
        world.add("offers", decision_id="d", creator_id=f"c{i}", at=days(9), quoted=60.0)
        for j in range(3):
            world.post(f"p{i}.{j}", f"a{i}", 30 + j)
            world.add("post_snapshots", post_id=f"p{i}.{j}", observed_at=days(5), likes=20, comments=0)
    got = row(world.snapshot(tmp_path), "a0")
    assert got["engagement_by_followers_shrunk"] == pytest.approx(0.02, rel=0.03)
    assert got["cost_per_engagement"] == pytest.approx(3.0, rel=0.03)


def test_without_quotes_nothing_is_said_of_price(tmp_path: Path) -> None:
    got = row(World().account("a", "ann").size("a", 100, 5).snapshot(tmp_path), "a")
    assert [
        got[n]
        for n in ("fee", "fee_low", "fee_far", "cost_per_engagement", "price_as_of", "price_confidence")
    ] == [None] * 6
