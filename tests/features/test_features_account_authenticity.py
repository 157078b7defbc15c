"""The account model on invented accounts whose right answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tastemaker.errors import FeatureError
from tastemaker.features import ACCOUNT_FACTS, AccountAuthenticity, handle_facts
from tastemaker.features.authenticity.account_facts import TOPICS
from tastemaker.features.authenticity.curves import curve, knots


def invented_accounts(n: int = 600, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Accounts and whether they are real: fakes follow many, are followed by few, and have digits in their handle."""
    rng = np.random.default_rng(seed)
    real = rng.random(n) < 0.8
    accounts = pd.DataFrame(
        {
            "followers": np.round(np.exp(rng.normal(np.where(real, 5.8, 3.6), 1.1))),
            "following": np.round(np.exp(rng.normal(np.where(real, 5.9, 7.0), 0.9))),
            "bio_length": rng.poisson(np.where(real, 20, 12)),
            "media_count": rng.poisson(np.where(real, 40, 4)),
            "has_picture": (rng.random(n) < np.where(real, 0.98, 0.7)).astype(float),
            "is_private": (rng.random(n) < 0.5).astype(float),
            "handle_digits": rng.poisson(np.where(real, 0.3, 1.5)),
            "handle_length": rng.integers(6, 20, n),
        }
    )
    return accounts, real


@pytest.fixture(scope="module")
def fitted() -> AccountAuthenticity:
    return AccountAuthenticity().fit(*invented_accounts())


def test_probability_is_calibrated_and_tells_fakes_from_real_ones(fitted: AccountAuthenticity) -> None:
    accounts, real = invented_accounts(4_000, seed=1)
    p = fitted.probability(accounts)
    assert p[real].mean() > 0.9 > 0.3 > p[~real].mean()
    for part in np.array_split(np.argsort(p), 8):
        assert p[part].mean() == pytest.approx(real[part].mean(), abs=0.06)


def test_contributions_sum_to_the_log_odds(fitted: AccountAuthenticity) -> None:
    accounts, _ = invented_accounts(50, seed=2)
    parts = fitted.contributions(accounts)
    assert parts.shape == (50, len(TOPICS) + 1)
    np.testing.assert_allclose(1.0 / (1.0 + np.exp(-parts.sum(axis=1))), fitted.probability(accounts))


def test_reasons_are_signed_ordered_and_hold_their_numbers(fitted: AccountAuthenticity) -> None:
    accounts, _ = invented_accounts(1)
    bought = accounts.assign(followers=9, following=4_321, media_count=0, has_picture=0.0, handle_digits=5)
    (reasons,) = fitted.reasons(bought, at_most=3)
    told = {reason.topic: reason for reason in reasons}
    assert told["follows"].text == "follows 4,321 accounts and is followed by 9"
    assert told["follows"].numbers == {"followers": 9.0, "following": 4321.0}
    assert told["follows"].contribution < -1.0
    assert told["media"].text == "has no posts"
    sizes = [abs(reason.contribution) for reason in reasons]
    assert sizes == sorted(sizes, reverse=True)
    assert "has 5 digits in its handle" in {reason.text for reason in fitted.reasons(bought, at_most=9)[0]}


def test_an_unknown_fact_is_the_typical_one_and_never_zero(fitted: AccountAuthenticity) -> None:
    accounts, _ = invented_accounts(20, seed=3)
    unknown = accounts.assign(media_count=np.nan)
    media = TOPICS.index("media")
    assert (fitted.contributions(unknown)[:, media] == 0.0).all()
    assert (fitted.contributions(accounts.assign(media_count=0))[:, media] < -0.1).all()
    assert all(reason.topic != "media" for row in fitted.reasons(unknown, 9) for reason in row)


def test_too_few_known_facts_are_no_probability(fitted: AccountAuthenticity) -> None:
    accounts, _ = invented_accounts(3)
    accounts = accounts.astype(float)
    accounts.loc[0, list(ACCOUNT_FACTS[:5])] = np.nan
    accounts.loc[1, list(ACCOUNT_FACTS[:4])] = np.nan
    assert np.isnan(fitted.probability(accounts)).tolist() == [True, False, False]


def test_a_fact_that_never_varied_tells_nothing() -> None:
    accounts, real = invented_accounts(300)
    model = AccountAuthenticity().fit(accounts.assign(is_private=1.0), real)
    parts = model.contributions(accounts.assign(is_private=0.0))
    assert (parts[:, TOPICS.index("private")] == 0.0).all()


def test_saved_and_loaded_it_says_the_same(fitted: AccountAuthenticity, tmp_path: Path) -> None:
    accounts, _ = invented_accounts(30, seed=4)
    fitted.save(tmp_path / "account.json")
    again = AccountAuthenticity.load(tmp_path / "account.json")
    np.testing.assert_array_equal(again.contributions(accounts), fitted.contributions(accounts))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "account.json"
    path.write_text('{"format": 7}')
    with pytest.raises(FeatureError, match=r"account\.json.*fit and save again"):
        AccountAuthenticity.load(path)
    with pytest.raises(FeatureError, match=r"absent\.json"):
        AccountAuthenticity.load(tmp_path / "absent.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"followers": -1.0}, "row 0: followers is -1; expected a count from 0 up"),
        ({"has_picture": 3.0}, "row 0: has_picture is 3; expected 0, 1"),
        ({"bio_length": np.inf}, "row 0: bio_length is inf"),
    ],
)
def test_impossible_values_are_refused(change: dict[str, float], message: str) -> None:
    accounts, real = invented_accounts(20)
    with pytest.raises(FeatureError, match=message):
        AccountAuthenticity().fit(accounts.assign(**change), real)


def test_fit_needs_its_columns_and_both_kinds() -> None:
    accounts, real = invented_accounts(20)
    with pytest.raises(FeatureError, match="column following is missing"):
        AccountAuthenticity().fit(accounts.drop(columns="following"), real)
    with pytest.raises(FeatureError, match="accounts of both kinds"):
        AccountAuthenticity().fit(accounts, np.ones(20))
    with pytest.raises(FeatureError, match="not fitted"):
        AccountAuthenticity().probability(accounts)


def test_handle_facts_count_digits_and_letters() -> None:
    assert handle_facts("@maker_2041") == {"handle_digits": 4, "handle_length": 10}


def test_a_curve_is_straight_beyond_its_outer_knots() -> None:
    x = np.linspace(-5.0, 10.0, 151)
    at = np.array([0.0, 1.0, 2.0, 4.0])
    bend = np.diff(curve(x, at), n=2, axis=0)
    assert curve(x, at).shape == (151, 3)
    outside = (x[1:-1] < -0.1) | (x[1:-1] > 4.1)
    np.testing.assert_allclose(bend[outside], 0.0, atol=1e-9)
    assert np.abs(bend[~outside]).max() > 1e-4


def test_knots_of_values_that_hardly_vary_leave_a_line() -> None:
    at = knots(np.array([0.0] * 50 + [np.nan]), 3)
    assert curve(np.array([1.0, np.nan]), at).shape == (2, 1)
