"""Overlap of audiences: modelled, fitted to reports, sampled into a coverage."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from tastemaker.portfolio import Audiences, OverlapModel, sample_coverage
from tastemaker.schema import AUDIENCE_WIDTH, FACET_SLICES, TABLES


def audiences(n: int = 40, seed: int = 0) -> Audiences:
    """Every second account is for one country, the others for another; all else is alike."""
    shares = np.full((n, AUDIENCE_WIDTH), np.nan)
    part = FACET_SLICES["country"]
    shares[:, part] = 0.0
    shares[::2, part.start], shares[1::2, part.start + 1] = 0.9, 0.9
    usual = np.concatenate([np.full(s.stop - s.start, 1 / (s.stop - s.start)) for s in FACET_SLICES.values()])
    size = np.exp(np.random.default_rng(seed).normal(10.5, 0.8, n))
    ids = [f"a{i:02d}" for i in range(n)]
    return Audiences.of(ids, size, np.ones(n), shares, np.tile(usual, (n, 1)), shares_mean(usual))


def shares_mean(usual: np.ndarray) -> np.ndarray:
    """Over the catalogue: half of them here, half there."""
    mean, part = usual.copy(), FACET_SLICES["country"]
    mean[part] = 0.1 / (part.stop - part.start)
    mean[part.start : part.start + 2] += 0.45
    return mean


def reports(
    found: Audiences, model: OverlapModel, pairs: list[tuple[int, int]], noise: float = 0.0
) -> pa.Table:
    shared, rng = model.shared(found), np.random.default_rng(1)
    rows = [
        {
            "overlap_id": f"o{k}",
            "account_ids": [found.ids[a], found.ids[b]],
            "observed_at": datetime(2026, 1, 1, tzinfo=UTC),
            "total_followers": int(found.size[a] + found.size[b]),
            "unique_followers": int(
                found.size[a] + found.size[b] - shared[a, b] * np.exp(noise * rng.standard_normal())
            ),
        }
        for k, (a, b) in enumerate(pairs)
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["overlaps"].schema)


def test_shares_are_completed_and_sum_to_one() -> None:
    shares = np.full((2, AUDIENCE_WIDTH), np.nan)
    part = FACET_SLICES["country"]
    shares[0, part] = 0.0
    shares[0, part.start] = 0.6
    usual = np.full((2, AUDIENCE_WIDTH), 0.02)
    found = Audiences.of(
        ["a", "b"], np.array([10.0, np.nan]), np.array([np.nan, 0.0]), shares, usual, usual[0]
    )
    for facet in FACET_SLICES.values():
        assert found.shares[:, facet].sum(axis=1) == pytest.approx(1.0)
    assert found.shares[0, part.start] == pytest.approx(0.6, abs=1e-4), "what is listed stays"
    assert found.size.tolist() == [10.0, 0.0]


def test_audiences_of_one_country_share_more() -> None:
    found = audiences()
    shared = OverlapModel().shared(found)
    assert shared[0, 2] / (found.size[0] * found.size[2]) > 4 * shared[0, 1] / (found.size[0] * found.size[1])
    assert (shared <= np.minimum.outer(found.size, found.size) + 1e-9).all()
    assert shared == pytest.approx(shared.T)


def test_fit_finds_how_many_people_there_are() -> None:
    found = audiences()
    truth = OverlapModel(people=2e6)
    pairs = [(a, b) for a in range(12) for b in range(a)]
    fitted = OverlapModel.fit(found, reports(found, truth, pairs, noise=0.3))
    assert fitted.reports == len(pairs)
    assert fitted.people == pytest.approx(2e6, rel=0.35)
    assert fitted.slope == pytest.approx(1.0, abs=0.2)
    assert 0.1 < fitted.spread < 0.7


def test_a_reported_pair_is_taken_as_reported() -> None:
    found = audiences()
    told = reports(found, OverlapModel(people=1e6), [(0, 2)])
    fitted = OverlapModel.fit(found, told)
    assert (fitted.people, fitted.reports) == (OverlapModel().people, 1), "one report moves no model"
    expected = OverlapModel(people=1e6).shared(found)[0, 2]
    assert fitted.shared(found)[0, 2] == pytest.approx(expected, abs=2.0)


def test_reports_of_strangers_of_larger_sets_and_without_counts_are_passed_over() -> None:
    found = audiences()
    row = reports(found, OverlapModel(), [(0, 2)]).to_pylist()[0]
    odd = [
        {**row, "account_ids": ["a00", "nobody"]},
        {**row, "account_ids": ["a00", "a02", "a04"]},
        {**row, "unique_followers": None},
    ]
    fitted = OverlapModel.fit(found, pa.Table.from_pylist(odd, schema=TABLES["overlaps"].schema))
    assert fitted.reports == 0
    assert OverlapModel.fit(found, None) == OverlapModel(known={})


def test_coverage_counts_alone_exactly_and_pairs_as_modelled() -> None:
    found, model = audiences(4), OverlapModel(people=3e5)
    reach = 0.5 * found.size
    coverage = sample_coverage(found, model, reach, reach, np.ones(4), points_each=20_000)
    assert coverage.alone == pytest.approx(reach)
    twice = reach[0] + reach[2] - coverage.value([0, 2])
    assert twice == pytest.approx(0.25 * model.shared(found)[0, 2], rel=0.1)


def test_who_may_decline_is_there_with_that_chance() -> None:
    found = audiences(4)
    reach, chance = 0.2 * found.size, np.array([0.5, 1.0, 1.0, 0.0])
    coverage = sample_coverage(found, OverlapModel(), 2.0 * reach, reach, chance)
    assert coverage.alone == pytest.approx(2.0 * reach * chance)


def test_unknown_reach_overlaps_with_nobody() -> None:
    found = audiences(4)
    kpi = np.array([4.0, 3.0, 2.0, 1.0])
    coverage = sample_coverage(found, OverlapModel(people=1e4), kpi, np.full(4, np.nan), np.ones(4))
    assert coverage.value([0, 1, 2, 3]) == pytest.approx(kpi.sum())


def test_packages_of_one_account_reach_the_same_people() -> None:
    found = audiences(2)
    reach = np.array([found.size[0], found.size[0]])
    account = np.zeros(2, dtype=np.int64)
    coverage = sample_coverage(
        found, OverlapModel(), reach, reach, np.ones(2), account=account, points_each=4_000
    )
    assert coverage.value([0, 1]) < 1.35 * reach[0]


def test_who_is_reached_by_two_is_rather_reached_by_a_third() -> None:
    """The few who follow many."""
    found, each = audiences(6), 20_000
    coverage = sample_coverage(
        found, OverlapModel(people=6e5), *([found.size] * 2), np.ones(6), points_each=each
    )
    first, second = (coverage.row(option)[0] for option in (2, 4))
    a, b = first[first < each], second[second < each]
    both = len(np.intersect1d(a, b)) / each
    assert both / (len(a) / each * len(b) / each) == pytest.approx(1.5, abs=0.2)


def test_the_same_seed_gives_the_same_points() -> None:
    found = audiences(6)
    reach = 0.1 * found.size
    one, two, other = (
        sample_coverage(found, OverlapModel(people=1e5), reach, reach, np.ones(6), seed=seed)
        for seed in (1, 1, 2)
    )
    assert (one.gain == two.gain).all()
    assert one.value([0, 1, 2]) != other.value([0, 1, 2])
