"""The simulated followers: counts, shared audiences, reach, reports; and that the world does not depend on them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tastemaker.config import Simulation
from tastemaker.schema import TABLES
from tastemaker.simulation import Followers

SETTINGS = Simulation(creators=60, brands=6, campaigns=12, seed=3)


@pytest.fixture(scope="module")
def followers() -> Followers:
    return Followers(SETTINGS)


def test_everyone_has_their_count(followers: Followers) -> None:
    for name in followers.account_ids[:20]:
        simulated = 60 * len(followers.of(name))
        assert simulated == pytest.approx(followers.authentic(name), rel=0.25, abs=600)


def test_the_same_seed_gives_the_same_followers_in_any_order(followers: Followers) -> None:
    other = Followers(SETTINGS)
    names = followers.account_ids[:6]
    for name in reversed(names):
        assert (other.of(name) == followers.of(name)).all()


def test_sharing_is_symmetric_and_no_more_than_the_smaller(followers: Followers) -> None:
    names = sorted(followers.account_ids, key=followers.authentic)[-8:]
    for a, b in pairwise(names):
        assert followers.shared(a, b) == followers.shared(b, a)
        assert followers.shared(a, b) <= 60 * min(len(followers.of(a)), len(followers.of(b)))
        assert followers.shared(a, a) == 60 * len(followers.of(a))
    assert max(followers.shared(a, b) for a in names for b in names if a < b) > 0


def test_unique_reach_is_the_reach_of_one_and_less_than_the_sum_of_several(followers: Followers) -> None:
    names = sorted(followers.account_ids, key=followers.authentic)[-6:]
    reach = [0.3 * followers.authentic(name) for name in names]
    assert followers.unique_reach(names[:1], reach[:1]) == pytest.approx(reach[0], rel=1e-3)
    assert followers.unique_reach(names[:1], reach[:1], [0.5]) == pytest.approx(0.5 * reach[0], rel=1e-3)
    assert max(reach) < followers.unique_reach(names, reach) < 0.999 * sum(reach)


def test_reach_beyond_the_followers_is_nobody_elses(followers: Followers) -> None:
    name = followers.account_ids[0]
    reach = 2.0 * 60 * len(followers.of(name))
    assert followers.unique_reach([name], [reach]) == pytest.approx(reach, rel=1e-6)


def test_audiences_follow_the_account_s_shares(followers: Followers) -> None:
    """The largest account's followers live where the truth says that its audience lives."""
    name = max(followers.account_ids, key=followers.authentic)
    row = followers.account_ids.index(name)
    keys = followers._people.keys["country"][followers.of(name)]
    found = np.bincount(keys, minlength=31) / len(keys)
    assert np.corrcoef(found, followers._shares[row, 14:45])[0, 1] > 0.95


def test_reports_are_the_canonical_table(followers: Followers) -> None:
    names = followers.account_ids
    table = followers.reports([names[:2], names[:3]])
    assert table.schema == TABLES["overlaps"].schema
    first = table.to_pylist()[0]
    assert first["total_followers"] - first["unique_followers"] == followers.shared(*names[:2])
