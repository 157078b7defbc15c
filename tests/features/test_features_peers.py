"""Peers, checked by arithmetic."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest

from tastemaker.features.engagement import MEASURES as LEVELS
from tastemaker.features.packages import parsed_size
from tastemaker.features.peers import Peers, band_place, reduce_peers, tally
from tastemaker.features.price.quotes import COUNTS


def table(rows: list[tuple[str | None, float | None, float | None]], platform: str = "tiktok") -> pa.Table:
    """(category, followers, engagement rate) by row, all of moment 0."""
    n = len(rows)
    nothing = pa.array([None] * n, pa.float64())
    return pa.table(
        {
            "t": pa.array([0] * n, pa.int32()),
            "creator_id": [f"c{i}" for i in range(n)],
            "account_id": [f"a{i}" for i in range(n)],
            "platform": [platform] * n,
            "category": pa.array([r[0] for r in rows], pa.string()),
            "followers": pa.array([r[1] for r in rows], pa.float64()),
            "engagement_rate": pa.array([r[2] for r in rows], pa.float64()),
            "comment_like_ratio": pa.array([None] * n, pa.float64()),
            **{f"{m}_{end}": nothing for m in LEVELS for end in ("log", "spread", "posts")},
        }
    )


QUOTES = pa.table(
    {
        "t": pa.array([], pa.int32()),
        **{name: pa.array([], pa.string()) for name in ("platform", "draw", "creator_id")},
    }
    | {
        "at": pa.array([], pa.int64()),
        **{name: pa.array([], pa.float64()) for name in ("log_usd", "log_size", *COUNTS)},
    }
)


def peers_of(*parts: pa.Table) -> Peers:
    return reduce_peers([tally(part, QUOTES) for part in parts])


def test_standing_is_the_distance_from_the_peers_median_in_spreads() -> None:
    rates = np.exp(np.random.default_rng(1).normal(-3.0, 0.5, 4_000))
    rows = table([(None, 10_000.0, float(r)) for r in rates])
    standing = peers_of(rows).standing(rows, "engagement_rate")
    assert standing == pytest.approx((np.log(rates) + 3.0) / 0.5, abs=0.15)


def test_a_small_category_leans_on_all_categories() -> None:
    rows = table([("food", 10_000.0, 0.02)] * 400 + [("chess", 10_000.0, 0.08)] * 2)
    few = peers_of(rows).standing(rows, "engagement_rate")[-1]
    rows = table([("food", 10_000.0, 0.02)] * 400 + [("chess", 10_000.0, 0.08)] * 400)
    many = peers_of(rows).standing(rows, "engagement_rate")[-1]
    assert few > 3.0
    assert 0.0 < many < few / 3


def test_standing_is_continuous_in_size() -> None:
    rows = table(
        [(None, f, r) for f, r in ((3_000.0, 0.08), (10_000.0, 0.05), (100_000.0, 0.01)) for _ in range(200)]
    )
    peers = peers_of(rows)
    sizes = np.geomspace(1_000, 1_000_000, 2_000)
    standing = peers.standing(table([(None, float(f), 0.03) for f in sizes]), "engagement_rate")
    assert np.abs(np.diff(standing)).max() < 0.1
    small, large = np.searchsorted(sizes, [3_000, 100_000])
    assert standing[large] > standing[small] + 2


def test_too_few_peers_and_unknown_values_give_no_standing() -> None:
    rows = table([(None, 10_000.0, 0.02)] * 4)
    assert np.isnan(peers_of(rows).standing(rows, "engagement_rate")).all()
    rows = table([("food", 10_000.0, 0.02)] * 6 + [("food", None, 0.02), ("food", 10_000.0, None)])
    standing = peers_of(rows).standing(rows, "engagement_rate")
    assert np.isnan(standing).tolist() == [False] * 7 + [True]


def test_a_rate_of_zero_is_low_but_finite() -> None:
    rows = table([(None, 10_000.0, 0.02)] * 20 + [(None, 10_000.0, 0.0)])
    standing = peers_of(rows).standing(rows, "engagement_rate")
    assert np.isfinite(standing[-1])
    assert standing[-1] < -5


def test_peers_do_not_hang_on_how_the_rows_were_split() -> None:
    rng = np.random.default_rng(2)
    rows = table(
        [
            (rng.choice(["food", "chess"]), float(rng.integers(10, 10**6)), float(rng.random()))
            for _ in range(300)
        ]
    )
    cuts = [0, 7, 7, 120, 300]
    parts = [rows.slice(a, b - a) for a, b in itertools.pairwise(cuts)]
    assert peers_of(*reversed(parts)).usual == peers_of(rows).usual


def test_bands_are_half_a_power_of_ten() -> None:
    assert band_place(np.array([1.0, 10**0.25, 10.0, 10**0.75, 100.0])) == pytest.approx(
        [-0.5, 0, 1.5, 1, 3.5], abs=1e-9
    )


@pytest.mark.parametrize(
    ("package", "size"),
    [
        (None, 1.0), ("", 1.0), ("two posts", 1.0), ("[]", 1.0), ('{"lines": 3}', 1.0), ('{"lines": []}', 1.0),
        ('{"lines": [{"kind": "reel", "count": 2}, {"kind": "story"}]}', 2.8),
        ('{"lines": [{"kind": "song", "count": 3}]}', 3.0),
    ],
)  # fmt: skip
def test_package_sizes(package: str | None, size: float) -> None:
    assert parsed_size(package) == pytest.approx(size)
